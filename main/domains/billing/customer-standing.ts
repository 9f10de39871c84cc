import { sql, type Kysely } from 'kysely';
import { vatOfMinor } from '../../../shared/domains/billing/invoice-rules.ts';
import { vatTreatment } from '../../../shared/domains/billing/vat-rules.ts';
import { standardVatRate } from '../../../shared/domains/billing/vat-rates.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import { vatChecksOf, type CustomerFacts } from '../customers/customers-public.ts';
import type { BillingTables } from './billing-tables.ts';
import { companyById } from './company-store.ts';

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
  if (customers.length === 0) return [];
  const ids = textList(
    kind,
    customers.map(({ id }) => id),
  );
  const { rows: booked } = await sql<Sums>`
    select customer_id, currency,
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
  const { rows: charged } = await sql<Sums>`
    select customer_id, currency, '0' as receivables, '0' as advances, '0' as paid, cast(sum(amount_minor) as text) as unbilled
    from charge where customer_id in ${ids} and day <= ${day} and not exists (
      select 1 from invoice_charge join invoice on invoice.id = invoice_charge.invoice_id
      where invoice_charge.charge_id = charge.id and invoice.issued_on <= ${day})
    group by customer_id, currency`.execute(db);
  const rates = await vatRatesOf(db, asked);
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
        unbilledGrossMinor:
          unbilledNetMinor + vatOfMinor(unbilledNetMinor, rates.get(first.customer_id) ?? '0'),
      },
    ];
  });
}

interface Sums {
  readonly customer_id: string;
  readonly currency: Currency;
  readonly receivables: string;
  readonly advances: string;
  readonly paid: string;
  readonly unbilled: string;
}

async function vatRatesOf(
  db: Db,
  asked: {
    readonly companyId: string;
    readonly customers: readonly CustomerFacts[];
    readonly day: LocalDate;
  },
): Promise<Map<string, string>> {
  const { customers, day } = asked;
  const company = await companyById(db, asked.companyId);
  const checks = await vatChecksOf(
    db,
    customers.map(({ vatId }) => vatId),
  );
  const seller = {
    country: company.country,
    vatId: company.vat_id,
    scheme: company.vat_scheme,
    consumersAbroad: company.consumers_abroad,
  };
  const atHome = company.vat_scheme === 'exempt' ? '0' : (standardVatRate(company.country, day) ?? '0');
  return new Map(
    customers.map((customer) => {
      const buyer = { ...customer, vatCheck: checks.get(customer.vatId)?.result };
      const vat = vatTreatment({ seller, buyer, taxPoint: day });
      return [customer.id, vat.ok ? vat.rate : atHome];
    }),
  );
}

/** Until which day days are closed in every zone in which some are, by company. */
export async function daysClosedBy(db: AnyDatabase): Promise<Map<string, LocalDate>> {
  const { rows } = await sql<{ company_id: string; until: LocalDate }>`
    select company_id, min(closed_until) as until from billing_calendar
    where closed_until is not null group by company_id`.execute(db as Db);
  return new Map(rows.map((row) => [row.company_id, row.until]));
}

/** Who sells to these customers; those to whom nothing was sold are left out. */
export async function companiesOfCustomers(
  db: AnyDatabase,
  customerIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await (db as Db)
    .selectFrom('subscription')
    .select(['customer_id', (of) => of.fn.max('company_id').as('company_id')])
    .where('customer_id', 'in', customerIds)
    .groupBy('customer_id')
    .execute();
  return new Map(rows.map((row) => [row.customer_id, row.company_id]));
}
