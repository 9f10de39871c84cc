import { sql, type Kysely } from 'kysely';
import type { OutputOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { addDays, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import { customerNames } from '../../customers/customers-public.ts';
import type { BillingTables } from '../billing-tables.ts';

type Ageing = OutputOf<typeof billingContract.ageing>;
type Aged = Ageing['totals'][number];

const BUCKETS = ['notDue', 'to30', 'to60', 'to90', 'over90', 'credit'] as const;
type Minors = Readonly<Record<(typeof BUCKETS)[number], bigint>>;

interface Row {
  customer_id: string;
  currency: Currency;
  bucket: (typeof BUCKETS)[number];
  minor: string;
}

/** What the ledger said was owed to a company at the end of `asOf`, invoice by invoice: what one was overpaid makes no other one younger. */
export async function ageing(
  db: Kysely<BillingTables>,
  {
    companyId,
    asOf,
    limit,
  }: { readonly companyId: string; readonly asOf: LocalDate; readonly limit: number },
): Promise<Ageing> {
  const { rows } = await sql<Row>`
    with owed as (
      select ledger_line.document_id as document_id,
        sum(case when debit = 'receivables' then amount_minor else -amount_minor end) as minor
      from ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
      where (debit = 'receivables' or credit = 'receivables') and booked_on <= ${asOf}
      group by ledger_line.document_id)
    select customer_id, currency, bucket, cast(sum(minor) as text) as minor from (
      select invoice.customer_id as customer_id, invoice.currency as currency, owed.minor as minor,
        case when owed.minor < 0 then 'credit' when due_on >= ${asOf} then 'notDue'
          when due_on >= ${addDays(asOf, -30)} then 'to30' when due_on >= ${addDays(asOf, -60)} then 'to60'
          when due_on >= ${addDays(asOf, -90)} then 'to90' else 'over90' end as bucket
      from owed join invoice on invoice.id = owed.document_id where owed.minor <> 0 and invoice.company_id = ${companyId}) as aged
    group by customer_id, currency, bucket`.execute(db);
  const accounts = [...Map.groupBy(rows, (row) => `${row.customer_id} ${row.currency}`).values()].flatMap(
    (of) =>
      of[0] === undefined ? [] : [{ customerId: of[0].customer_id, currency: of[0].currency, ...minors(of) }],
  );
  const shown = accounts.toSorted((a, b) =>
    overdue(a) === overdue(b) ? 0 : overdue(a) > overdue(b) ? -1 : 1,
  );
  const first = shown.slice(0, limit);
  const names = await customerNames(
    db,
    first.map(({ customerId }) => customerId),
  );
  return {
    asOf,
    totals: [...Map.groupBy(rows, ({ currency }) => currency)]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, of]) => agedOf(minors(of), currency)),
    customers: new Set(accounts.map(({ customerId }) => customerId)).size,
    rows: first.map((account) => ({
      ...agedOf(account, account.currency),
      customerId: account.customerId,
      customer: names.get(account.customerId)?.name ?? '',
      number: names.get(account.customerId)?.number ?? '',
    })),
  };
}

function minors(rows: readonly Row[]): Minors {
  const sum = (bucket: Row['bucket']): bigint =>
    rows.reduce((total, row) => (row.bucket === bucket ? total + BigInt(row.minor) : total), 0n);
  return Object.fromEntries(BUCKETS.map((bucket) => [bucket, sum(bucket)])) as Record<Row['bucket'], bigint>;
}

function overdue(of: Minors): bigint {
  return of.to30 + of.to60 + of.to90 + of.over90;
}

function agedOf(of: Minors, currency: Currency): Aged {
  const wire = (minor: bigint): Aged['total'] => ({ amountMinor: minor.toString(), currency });
  return {
    notDue: wire(of.notDue),
    to30: wire(of.to30),
    to60: wire(of.to60),
    to90: wire(of.to90),
    over90: wire(of.over90),
    credit: wire(of.credit),
    total: wire(of.notDue + overdue(of) + of.credit),
  };
}
