import { sql } from 'kysely';
import type { Currency } from '../../../shared/kernel/money.ts';
import { chargesOnDocuments, readCalendar } from '../billing/billing-public.ts';
import { customersByQuery, vatChecksOf } from '../customers/customers-public.ts';
import { saysTheSame } from './run-preview.ts';
import type { ChargesOfRow } from './run-row-draft.ts';
import { customerHash, type RunsDb } from './run-store.ts';
import { vatTableChange } from './run-vat-table.ts';
import type { RunRecord } from './runs-tables.ts';

const PAGE = 1_000;

/**
 * What has changed since a run was previewed, in words; undefined: nothing. Of the charges of a customer it compares how many there
 * are: they never change, and one by one they are compared again while they are posted.
 */
export async function changesSince(db: RunsDb, run: RunRecord): Promise<string | undefined> {
  const calendar = await readCalendar(db as never, { companyId: run.company_id });
  if (calendar === undefined || !saysTheSame(calendar, run)) return 'the data of the company';
  const vatTable = await vatTableChange(db, run.vat_table);
  if (vatTable !== undefined) return vatTable;
  return (
    (await changedCharges(db, run)) ??
    (await changedCredits(db, run)) ??
    (await changedAdvances(db, run)) ??
    (await changedCustomer(db, run))
  );
}

async function changedCharges(db: RunsDb, run: RunRecord): Promise<string | undefined> {
  const { rows } = await sql<{ name: string; currency: Currency }>`
    with open as (
      select customer_id, currency, count(*) as charges from charge
      where company_id = ${run.company_id} and day >= ${run.period_start} and day < ${run.period_end_exclusive}
        and not exists (select 1 from invoice_charge where invoice_charge.charge_id = charge.id)
      group by customer_id, currency)
    select customer_name as name, billing_run_row.currency as currency from billing_run_row
    left join open on open.customer_id = billing_run_row.customer_id and open.currency = billing_run_row.currency
    where run_id = ${run.id} and state = 'ready' and document_type = 'invoice'
      and coalesce(open.charges, 0) <> billing_run_row.charges
    order by seq`.execute(db);
  return wordsOf(
    'charges',
    rows.map(({ name }) => name),
  );
}

/** Whether what credit notes would settle is on a document meanwhile. What is left of their invoices is looked at as they are posted. */
async function changedCredits(db: RunsDb, run: RunRecord): Promise<string | undefined> {
  const changed: string[] = [];
  for (let afterSeq = 0; ;) {
    const page = await db
      .selectFrom('billing_run_row')
      .innerJoin('billing_run_body', 'billing_run_body.row_id', 'billing_run_row.id')
      .select(['seq', 'customer_name', 'billing_run_body.charges as settles'])
      .where('billing_run_row.run_id', '=', run.id)
      .where('state', '=', 'ready')
      .where('document_type', '=', 'credit-note')
      .where('seq', '>', afterSeq)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    const last = page.at(-1);
    if (last === undefined) return wordsOf('credits', changed);
    afterSeq = last.seq;
    const settled = page.map((row) =>
      (JSON.parse(row.settles) as ChargesOfRow).map(([chargeId]) => chargeId),
    );
    const gone = await chargesOnDocuments(db as never, settled.flat());
    changed.push(
      ...page.flatMap((row, at) => (settled[at]?.some((id) => gone.has(id)) ? [row.customer_name] : [])),
    );
  }
}

/** Advances for money that came later are none of its business. */
async function changedAdvances(db: RunsDb, run: RunRecord): Promise<string | undefined> {
  const { rows } = await sql<{ name: string }>`
    with open as (
      select advance.customer_id, advance.currency, sum(advance.gross_minor - coalesce((
        select sum(advance_use.gross_minor) from advance_use where advance_id = advance.invoice_id), 0)) as minor
      from advance join payment on payment.id = advance.payment_id
      where advance.company_id = ${run.company_id} and payment.received_on < ${run.period_end_exclusive}
        and not exists (select 1 from payment_reversal where payment_id = payment.id)
      group by advance.customer_id, advance.currency)
    select customer_name as name from billing_run_row
    left join open on open.customer_id = billing_run_row.customer_id and open.currency = billing_run_row.currency
    where run_id = ${run.id} and state = 'ready' and document_type = 'invoice' and coalesce(open.minor, 0) <> advances_minor
    order by seq`.execute(db);
  return wordsOf(
    'advance invoices',
    rows.map(({ name }) => name),
  );
}

async function changedCustomer(db: RunsDb, run: RunRecord): Promise<string | undefined> {
  const hashes = new Map(
    (
      await db
        .selectFrom('billing_run_row')
        .select(['customer_id', 'customer_hash'])
        .where('run_id', '=', run.id)
        .where('state', '=', 'ready')
        .execute()
    ).map((row) => [row.customer_id, row.customer_hash]),
  );
  const changed: string[] = [];
  for (let afterNumber = ''; ;) {
    const page = await customersByQuery(db, {
      companyId: run.company_id,
      query: '',
      afterNumber,
      limit: PAGE,
    });
    const last = page.at(-1);
    if (last === undefined) return wordsOf('data', changed);
    afterNumber = last.number;
    const checks = await vatChecksOf(
      db,
      page.map(({ vatId }) => vatId),
    );
    for (const customer of page) {
      const hash = hashes.get(customer.id);
      if (hash !== undefined && hash !== customerHash(customer, checks.get(customer.vatId)))
        changed.push(customer.name);
    }
  }
}

function wordsOf(what: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > 1 ? ` and ${names.length - 1} more` : '';
  return `the ${what} of ${names[0]}${more}`;
}
