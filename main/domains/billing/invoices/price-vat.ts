import type { Kysely } from 'kysely';
import { rateInPrice } from '../../../../shared/domains/billing/price-vat-rules.ts';
import type { HistoryEvent } from '../../../../shared/domains/billing/segment-rules.ts';
import { USUAL_SUPPLY } from '../../../../shared/domains/billing/supply-rules.ts';
import { vatTreatment, type VatParties } from '../../../../shared/domains/billing/vat-rules.ts';
import type { VatCheck } from '../../../../shared/domains/customers/customers-contract.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import { suppliesOf } from '../../catalog/catalog-public.ts';
import { customersFacts, type CustomerFacts } from '../../customers/customers-public.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { companyById, type CompanyRow } from '../companies/company-store.ts';

type Db = Kysely<BillingTables>;

/** Versions of plans in a history whose prices have VAT in them. */
export function versionsWithVat(history: readonly HistoryEvent[]): ReadonlySet<string> {
  const versions = new Set<string>();
  for (const event of history)
    if ('plan' in event && event.plan?.vat === 'included') versions.add(event.plan.version);
  return versions;
}

/** What of a company decides on VAT. */
export function sellerOf(company: CompanyRow): VatParties['seller'] {
  return {
    country: company.country,
    vatId: company.vat_id,
    scheme: company.vat_scheme,
    consumersAbroad: company.consumers_abroad,
  };
}

/** Where a private person is taxed; a company where it is. */
export function taxedIn({ kind, country, taxCountry }: CustomerFacts): string {
  return kind === 'person' && taxCountry !== '' ? taxCountry : country;
}

/** The buyer of a customer, with what VIES says of it. */
export function buyerFor(customer: CustomerFacts, check?: Pick<VatCheck, 'result'>): VatParties['buyer'] {
  const { kind, vatId, country: addressCountry } = customer;
  return { kind, vatId, country: taxedIn(customer), addressCountry, vatCheck: check?.result };
}

interface Rated {
  readonly subscription: SubscriptionTable;
  readonly history: readonly HistoryEvent[];
}

/** The rate that is in prices with VAT in them, as far as can be told; '0' of customers that were not asked about. */
export type RatesInPrices = (of: { readonly customerId: string; readonly planId: string }) => string;

/**
 * The rate that is in prices with VAT in them for each customer who has such a price, by what is sold, as far as can be told on a day. The
 * invoice tells for good, and posts what its net differs by.
 */
export async function vatRatesInPrices(
  db: Db,
  kind: StoreKind,
  of: { readonly rated: readonly Rated[]; readonly day: LocalDate },
): Promise<RatesInPrices> {
  return (await vatRatesByDay(db, kind, of.rated))(of.day);
}

/** The same for any days: who is concerned is read once. */
export async function vatRatesByDay(
  db: Db,
  kind: StoreKind,
  rated: readonly Rated[],
): Promise<(day: LocalDate) => RatesInPrices> {
  const concerned = rated.filter(({ history }) => versionsWithVat(history).size > 0);
  const [first] = concerned;
  if (first === undefined) return () => () => '0';
  const seller = sellerOf(await companyById(db, first.subscription.company_id));
  const ids = concerned.map(({ subscription }) => subscription.customer_id);
  const customers = new Map(
    (await customersFacts(db, kind, ids)).map((customer) => [customer.id, buyerFor(customer)]),
  );
  const supplies = await suppliesOf(db);
  return (day) =>
    ({ customerId, planId }) => {
      const buyer = customers.get(customerId);
      if (buyer === undefined) return '0';
      const supply = supplies.ofProducts.get(supplies.productOfPlan.get(planId) ?? '') ?? USUAL_SUPPLY;
      return rateInPrice(vatTreatment({ seller, buyer, taxPoint: day, supply }), seller, day, supply);
    };
}
