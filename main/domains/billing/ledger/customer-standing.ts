import { sql, type Kysely, type RawBuilder } from 'kysely';
import { vatOfMinor } from '../../../../shared/domains/billing/invoice-rules.ts';
import { vatTreatment } from '../../../../shared/domains/billing/vat-rules.ts';
import { USUAL_SUPPLY, type SupplyTerms } from '../../../../shared/domains/billing/supply-rules.ts';
import { vatRate } from '../../../../shared/domains/billing/vat-rates.ts';
import { firstId } from '../../../../shared/kernel/id.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { textList } from '../../../platform/store/update-many.ts';
import { suppliesOf } from '../../catalog/catalog-public.ts';
import { vatChecksOf, type CustomerFacts } from '../../customers/customers-public.ts';
import type { BillingTables } from '../billing-tables.ts';
import { findCompany, type CalendarKey, type CompanyRow } from '../companies/company-store.ts';
import { buyerFor, sellerOf } from '../invoices/price-vat.ts';

type Db = Kysely<BillingTables>;

/** What a customer paid, paid ahead and owes in one currency at the end of a day, in minor units. */
export interface CustomerStanding {
  readonly customerId: string;
  readonly currency: Currency;
  /** All that ever came in, less what went back. */
  readonly paidMinor: bigint;
  readonly advancesMinor: bigint;
  readonly receivablesMinor: bigint;
  /** Charged by the end of the day and on no invoice of that day or earlier. */
  readonly unbilledNetMinor: bigint;
  /** With the VAT that will be on it. */
  readonly unbilledGrossMinor: bigint;
}

/**
 * By the ledger and the charges, for some hundreds of customers at once, by customer and currency; those without any postings are left
 * out. VAT is that of an invoice made on that day; where nobody could say which, that of the seller's own country.
 */
export async function customerStandings(
  anyDb: AnyDatabase,
  asked: {
    readonly kind: StoreKind;
    readonly companyId: string;
    readonly customers: readonly CustomerFacts[];
    readonly day: LocalDate;
  },
): Promise<CustomerStanding[]> {
  const db = anyDb as Db;
  const { kind, customers, day } = asked;
  const company = await findCompany(db, asked.companyId);
  // Before anybody sells nothing can have been booked.
  if (customers.length === 0 || company === undefined) return [];
  const ids = textList(
    kind,
    customers.map(({ id }) => id),
  );
  const { rows: booked } = await sql<Sums>`
    select customer_id, currency, '' as product_id,
      cast(sum(case when debit = 'receivables' then amount_minor when credit = 'receivables' then -amount_minor else 0 end) as text)
        as receivables,
      cast(sum(case when credit = 'advances' then amount_minor when debit = 'advances' then -amount_minor else 0 end) as text)
        as advances,
      cast(sum(case when kind in ('invoice', 'credit-note', 'write-off') then 0
        when credit in ('receivables', 'advances') and debit in ('receivables', 'advances') then 0
        when credit in ('receivables', 'advances') then amount_minor
        when debit in ('receivables', 'advances') then -amount_minor else 0 end) as text) as paid,
      '0' as unbilled
    from ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
    where customer_id in ${ids} and booked_on <= ${day} group by customer_id, currency`.execute(db);
  const productId = sql`coalesce(${saidProduct(kind)}, plan.product_id, '')`;
  const { rows: charged } = await sql<Sums>`
    select charge.customer_id, charge.currency, ${productId} as product_id,
      '0' as receivables, '0' as advances, '0' as paid, cast(sum(amount_minor) as text) as unbilled
    from charge join subscription on subscription.id = charge.subscription_id
      left join plan on plan.id = subscription.plan_id
    where charge.customer_id in ${ids} and day <= ${day} and not exists (
      select 1 from invoice_charge join invoice on invoice.id = invoice_charge.invoice_id
      where invoice_charge.charge_id = charge.id and invoice.issued_on <= ${day})
    group by charge.customer_id, charge.currency, ${productId}`.execute(db);
  const rateOf = await vatRatesOf(db, company, asked);
  return [
    ...Map.groupBy([...booked, ...charged], (row) => `${row.customer_id} ${row.currency}`).values(),
  ].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined) return [];
    const sum = (of: 'receivables' | 'advances' | 'paid' | 'unbilled'): bigint =>
      rows.reduce((total, row) => total + BigInt(row[of]), 0n);
    const unbilledNetMinor = sum('unbilled');
    return [
      {
        customerId: first.customer_id,
        currency: first.currency,
        paidMinor: sum('paid'),
        advancesMinor: sum('advances'),
        receivablesMinor: sum('receivables'),
        unbilledNetMinor,
        unbilledGrossMinor: unbilledNetMinor + vatOfUnbilled(rows, rateOf),
      },
    ];
  });
}

/** What a line by hand says it is of (charge-desk-line.ts); null of others, which their plan tells. */
function saidProduct(kind: StoreKind): RawBuilder<string | null> {
  return kind === 'sqlite'
    ? sql`json_extract(charge.line, '$.productId')`
    : sql`cast(charge.line as json) ->> 'productId'`;
}

/** Computed on the sum of what is taxed at a rate, as on the invoice. */
function vatOfUnbilled(rows: readonly Sums[], rateOf: (row: Sums) => string): bigint {
  let vatMinor = 0n;
  for (const [rate, together] of Map.groupBy(rows, rateOf))
    vatMinor += vatOfMinor(
      together.reduce((sum, { unbilled }) => sum + BigInt(unbilled), 0n),
      rate,
    );
  return vatMinor;
}

interface Sums {
  readonly customer_id: string;
  /** Of the line itself, or of the plan that its subscription has now; '' is none. */
  readonly product_id: string;
  readonly currency: Currency;
  readonly receivables: string;
  readonly advances: string;
  readonly paid: string;
  readonly unbilled: string;
}

async function vatRatesOf(
  db: Db,
  company: CompanyRow,
  asked: { readonly customers: readonly CustomerFacts[]; readonly day: LocalDate },
): Promise<(row: Pick<Sums, 'customer_id' | 'product_id'>) => string> {
  const { day } = asked;
  const checks = await vatChecksOf(
    db,
    asked.customers.map(({ vatId }) => vatId),
  );
  const customers = new Map(asked.customers.map((customer) => [customer.id, customer]));
  const { ofProducts } = await suppliesOf(db);
  const seller = sellerOf(company);
  const atHome = (supply: SupplyTerms): string =>
    seller.scheme === 'exempt' ? '0' : (vatRate(seller.country, supply.rateClass, day) ?? '0');
  return ({ customer_id: customerId, product_id: productId }) => {
    const customer = customers.get(customerId);
    if (customer === undefined) return '0';
    const supply = ofProducts.get(productId) ?? USUAL_SUPPLY;
    const buyer = buyerFor(customer, checks.get(customer.vatId));
    const vat = vatTreatment({ seller, buyer, taxPoint: day, supply });
    return vat.ok ? vat.rate : atHome(supply);
  };
}

/** A calendar of which days are closed. */
export interface ClosedCalendar extends CalendarKey {
  readonly closedUntil: LocalDate;
}

/** All of which some are, in a fixed order. */
export async function closedCalendars(db: AnyDatabase): Promise<ClosedCalendar[]> {
  const rows = await (db as Db)
    .selectFrom('billing_calendar')
    .selectAll()
    .orderBy('company_id')
    .orderBy('billing_zone')
    .execute();
  return rows.flatMap(({ company_id: companyId, billing_zone: billingZone, closed_until: closedUntil }) =>
    closedUntil === null ? [] : [{ companyId, billingZone, closedUntil }],
  );
}

/** Customers of whom something was posted at this time (epoch milliseconds, the store's clock) or later. */
export async function customersPostedSince(db: AnyDatabase, sinceMs: number): Promise<ReadonlySet<string>> {
  const rows = await (db as Db)
    .selectFrom('ledger_line')
    .select('customer_id')
    .distinct()
    // Their ids sort by the time they were made at, and are an index.
    .where('entry_id', '>=', firstId('entry', sinceMs))
    .where('customer_id', 'is not', null)
    .execute();
  return new Set(rows.map((row) => String(row.customer_id)));
}
