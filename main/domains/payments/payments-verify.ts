import { sql } from 'kysely';
import type { AnyDatabase } from '../../platform/store/any-database.ts';

const MOST = 100;

/**
 * Recomputes the entries of payments: each payment, allocation and reversal is posted as it says, no more of a payment is allocated than
 * it is, every entry of a payment has one of them behind it, and what the ledger holds as received in advance is what stands on no invoice.
 */
export async function paymentsOffTheirEntries(db: AnyDatabase): Promise<string[]> {
  return [
    ...(await lines(db, notAsPosted)),
    ...(await lines(db, overAllocated)),
    ...(await lines(db, entriesOfNothing)),
    ...(await lines(db, advancesOff)),
  ];
}

async function lines(db: AnyDatabase, query: typeof notAsPosted): Promise<string[]> {
  const { rows } = await query.execute(db);
  return rows.map(({ problem }) => problem);
}

/** Everything that must be in the ledger once, with the accounts it moves between. */
const expected = sql`
  select payment.id as payment_id, reference, payment.entry_id as entry_id, 'cash' as debit, 'advances' as credit,
    amount_minor, customer_id, cast(null as text) as document_id from payment
  union all
  select payment.id, reference, payment_allocation.entry_id, 'advances', 'receivables',
    payment_allocation.amount_minor, customer_id, invoice_id
  from payment_allocation join payment on payment.id = payment_allocation.payment_id
  union all
  select payment.id, reference, payment_reversal.entry_id, 'advances', 'cash', amount_minor, customer_id, null
  from payment_reversal join payment on payment.id = payment_reversal.payment_id
  union all
  select payment.id, reference, ledger_entry.id, 'receivables', 'advances',
    payment_allocation.amount_minor, customer_id, invoice_id
  from payment_reversal join payment on payment.id = payment_reversal.payment_id
    join payment_allocation on payment_allocation.payment_id = payment.id
    left join ledger_entry on ledger_entry.company_id = payment.company_id
      and ledger_entry.source = 'reversal ' || payment.id || ' ' || cast(allocation_no as text)`;

const notAsPosted = sql<{ problem: string }>`
  select 'Payment ' || wanted.reference || ': what is posted for it is not what it says.' as problem
  from (${expected}) as wanted
  left join ledger_line on ledger_line.entry_id = wanted.entry_id
  left join ledger_line as second on second.entry_id = wanted.entry_id and second.line_no > 1
  where ledger_line.entry_id is null or second.entry_id is not null or ledger_line.debit <> wanted.debit
    or ledger_line.credit <> wanted.credit or ledger_line.amount_minor <> wanted.amount_minor
    or ledger_line.customer_id <> wanted.customer_id
    or coalesce(ledger_line.document_id, '') <> coalesce(wanted.document_id, '')
  limit ${MOST}`;

const overAllocated = sql<{ problem: string }>`
  select 'Payment ' || reference || ': more of it is allocated than it is.' as problem
  from payment join (
    select payment_id, sum(amount_minor) as total, count(*) as count, max(allocation_no) as last_no
    from payment_allocation group by payment_id) as allocated on allocated.payment_id = payment.id
  where allocated.total > payment.amount_minor or allocated.count <> allocated.last_no limit ${MOST}`;

const entriesOfNothing = sql<{ problem: string }>`
  select 'The entry "' || source || '" has no payment behind it.' as problem from ledger_entry
  where kind = 'payment' and not exists (
    select 1 from (${expected}) as wanted where wanted.entry_id = ledger_entry.id) limit ${MOST}`;

const advancesOff = sql<{ problem: string }>`
  select 'Advances received in ' || currency || ' are ' || cast(sum(held) as text)
    || ' minor units, payments on no invoice come to ' || cast(sum(left_over) as text) || '.' as problem
  from (
    select currency, case when credit = 'advances' then amount_minor else -amount_minor end as held, 0 as left_over
    from ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
    where debit = 'advances' or credit = 'advances'
    union all
    select currency, 0, amount_minor - coalesce((
      select sum(payment_allocation.amount_minor) from payment_allocation where payment_id = payment.id), 0)
    from payment where not exists (select 1 from payment_reversal where payment_id = payment.id)) as sides
  group by currency having sum(held) <> sum(left_over)`;
