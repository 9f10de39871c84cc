import { sql, type RawBuilder } from 'kysely';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { advancedMinor } from '../billing/billing-public.ts';
import { payableMinor, putOnInvoices, standingMinor } from './excess-free.ts';
import { refundedMinor } from './refund-store.ts';

const MOST = 100;

/**
 * Recomputes the entries of payments: each payment, allocation, release, refund and reversal is posted as it says, no more of a payment is
 * allocated than it is, no more stands on a credited invoice than is left of it, every entry of a payment has one of them behind it, and what the ledger holds as received in advance is what stands on no invoice.
 */
export async function paymentsOffTheirEntries(db: AnyDatabase): Promise<string[]> {
  return [
    ...(await lines(db, notAsPosted)),
    ...(await lines(db, overAllocated)),
    ...(await lines(db, releasedOff)),
    ...(await lines(db, refundedOff)),
    ...(await lines(db, advancedOff)),
    ...(await lines(db, entriesOfNothing)),
    ...(await lines(db, advancesOff)),
  ];
}

async function lines(db: AnyDatabase, query: typeof notAsPosted): Promise<string[]> {
  const { rows } = await query.execute(db);
  return rows.map(({ problem }) => problem);
}

/** SQL: what credit notes freed of what an allocation or the use of an advance invoice had put on its invoice. */
function releasedOf(table: 'payment_allocation' | 'advance_use'): RawBuilder<number> {
  return sql<number>`coalesce((select cast(sum(payment_release.amount_minor) as bigint) from payment_release
    where payment_release.put_entry_id = ${sql.ref(`${table}.entry_id`)}), 0)`;
}

/** SQL: what credit notes freed of a payment. */
const releasedMinor = sql<number>`coalesce((
  select cast(sum(payment_release.amount_minor) as bigint) from payment_release where payment_release.payment_id = payment.id), 0)`;

/** Everything that must be in the ledger once, with the accounts it moves between. */
const expected = sql`
  select payment.id as payment_id, reference, payment.entry_id as entry_id, 'cash' as debit, 'advances' as credit,
    amount_minor, customer_id, cast(null as text) as document_id from payment
  union all
  select payment.id, reference, payment_allocation.entry_id, 'advances', 'receivables',
    payment_allocation.amount_minor, customer_id, invoice_id
  from payment_allocation join payment on payment.id = payment_allocation.payment_id
  union all
  select payment.id, reference, advance_use.entry_id, 'advances', 'receivables', advance_use.gross_minor,
    payment.customer_id, advance_use.invoice_id
  from advance_use join advance on advance.invoice_id = advance_use.advance_id
    join payment on payment.id = advance.payment_id
  where advance_use.kind = 'invoice'
  union all
  select payment.id, reference, payment_release.entry_id, 'receivables', 'advances', payment_release.amount_minor,
    customer_id, invoice_id
  from payment_release join payment on payment.id = payment_release.payment_id
  union all
  select payment.id, payment.reference, payment_refund.entry_id, 'advances', 'cash', payment_refund.amount_minor,
    customer_id, null
  from payment_refund join payment on payment.id = payment_refund.payment_id
  union all
  select payment.id, payment.reference, payment_refund_reversal.entry_id, 'cash', 'advances', payment_refund.amount_minor,
    customer_id, null
  from payment_refund_reversal join payment_refund on payment_refund.id = payment_refund_reversal.refund_id
    join payment on payment.id = payment_refund.payment_id
  union all
  select payment.id, reference, payment_reversal.entry_id, 'advances', 'cash', amount_minor, customer_id, null
  from payment_reversal join payment on payment.id = payment_reversal.payment_id
  union all
  select payment.id, reference, ledger_entry.id, 'receivables', 'advances',
    payment_allocation.amount_minor - ${releasedOf('payment_allocation')}, customer_id, invoice_id
  from payment_reversal join payment on payment.id = payment_reversal.payment_id
    join payment_allocation on payment_allocation.payment_id = payment.id
    left join ledger_entry on ledger_entry.company_id = payment.company_id
      and ledger_entry.source = 'reversal ' || payment.id || ' ' || cast(allocation_no as text)
  where payment_allocation.amount_minor > ${releasedOf('payment_allocation')}
  union all
  select payment.id, reference, ledger_entry.id, 'receivables', 'advances',
    advance_use.gross_minor - ${releasedOf('advance_use')}, payment.customer_id, advance_use.invoice_id
  from payment_reversal join payment on payment.id = payment_reversal.payment_id
    join advance on advance.payment_id = payment.id
    join advance_use on advance_use.advance_id = advance.invoice_id and advance_use.kind = 'invoice'
    left join ledger_entry on ledger_entry.company_id = payment.company_id
      and ledger_entry.source = 'reversal ' || payment.id || ' of ' || advance.invoice_id || ' '
        || cast(advance_use.use_no as text)
  where advance_use.gross_minor > ${releasedOf('advance_use')}`;

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
  where allocated.total - ${releasedMinor} > payment.amount_minor or allocated.count <> allocated.last_no limit ${MOST}`;

/** What was freed had stood there, by its payment; and where a credit note took more than was not paid, nothing is left to free. */
const releasedOff = sql<{ problem: string }>`
  select 'Payment ' || reference || ': what was freed of it had not stood on that invoice, or more was freed than had.' as problem
  from payment_release join payment on payment.id = payment_release.payment_id
  join invoice as note on note.id = payment_release.credit_note_id
  where coalesce(note.credits_id, '') <> payment_release.invoice_id or not exists (
    select 1 from (${putOnInvoices}) as put where put.entry_id = payment_release.put_entry_id
      and put.payment_id = payment_release.payment_id and put.invoice_id = payment_release.invoice_id
      and ${standingMinor} >= 0)
  union all
  select 'Invoice ' || invoice.number || ': ' || cast(standing.minor - ${payableMinor} as text)
    || ' minor units of payments stand on it beyond what is left of it.'
  from (
    select put.invoice_id as invoice_id, cast(sum(${standingMinor}) as bigint) as minor from (${putOnInvoices}) as put
    where put.invoice_id in (select credits_id from invoice where credits_id is not null)
      and not exists (select 1 from payment_reversal where payment_reversal.payment_id = put.payment_id)
    group by put.invoice_id) as standing
  join invoice on invoice.id = standing.invoice_id
  where standing.minor > 0 and standing.minor > ${payableMinor} limit ${MOST}`;

/** What was paid back of a payment stood on nothing, and was its company's to pay. */
const refundedOff = sql<{ problem: string }>`
  select 'Payment ' || reference || ': more of it was paid back than stands on no invoice.' as problem
  from payment where exists (select 1 from payment_refund where payment_refund.payment_id = payment.id)
    and (${refundedMinor} > payment.amount_minor - ${advancedMinor} + ${releasedMinor} - coalesce((
      select sum(payment_allocation.amount_minor) from payment_allocation where payment_id = payment.id), 0)
      or (${refundedMinor} > 0 and exists (select 1 from payment_reversal where payment_id = payment.id)))
  union all
  select 'Refund ' || payment_refund.reference || ': it is of another company than its payment.'
  from payment_refund join payment on payment.id = payment_refund.payment_id
  where payment_refund.company_id <> payment.company_id limit ${MOST}`;

/** Advance invoices for a payment are its customer's, and document no more than stands on no invoice. */
const advancedOff = sql<{ problem: string }>`
  select 'Payment ' || reference || ': advance invoices for it and what is allocated of it come to more than it is.' as problem
  from payment where exists (select 1 from advance where advance.payment_id = payment.id)
    and ${advancedMinor} + coalesce((
      select sum(payment_allocation.amount_minor) from payment_allocation where payment_id = payment.id), 0)
      - ${releasedMinor} > payment.amount_minor
  union all
  select 'Payment ' || reference || ': an advance invoice for it is of another customer or currency.'
  from payment join advance on advance.payment_id = payment.id
  where advance.customer_id <> payment.customer_id or advance.company_id <> payment.company_id
    or advance.currency <> payment.currency
  union all
  select 'Payment ' || reference || ': it was taken back, and an advance invoice for it was not.'
  from payment join payment_reversal on payment_reversal.payment_id = payment.id
  join advance on advance.payment_id = payment.id
  where advance.vat_minor > coalesce((
    select sum(advance_use.vat_minor) from advance_use where advance_use.advance_id = advance.invoice_id), 0)
  limit ${MOST}`;

const entriesOfNothing = sql<{ problem: string }>`
  select 'The entry "' || source || '" has no payment behind it.' as problem from ledger_entry
  where kind in ('payment', 'refund') and not exists (
    select 1 from (${expected}) as wanted where wanted.entry_id = ledger_entry.id) limit ${MOST}`;

/** Of each company by itself: what one has too much of does not make up for another. */
const advancesOff = sql<{ problem: string }>`
  select 'Advances received by ' || company.name || ' in ' || currency || ' are ' || cast(sum(held) as text)
    || ' minor units, payments on no invoice come to ' || cast(sum(left_over) as text) || '.' as problem
  from (
    select company_id, currency, case when credit = 'advances' then amount_minor else -amount_minor end as held,
      0 as left_over
    from ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
    where debit = 'advances' or credit = 'advances'
    union all
    select company_id, currency, 0, amount_minor - coalesce((
      select sum(payment_allocation.amount_minor) from payment_allocation where payment_id = payment.id), 0) - coalesce((
      select sum(advance_use.gross_minor) from advance_use join advance on advance.invoice_id = advance_use.advance_id
      where advance.payment_id = payment.id and advance_use.kind = 'invoice'), 0) + ${releasedMinor} - ${refundedMinor}
    from payment where not exists (select 1 from payment_reversal where payment_id = payment.id)) as sides
  join company on company.id = sides.company_id
  group by company.id, company.name, currency having sum(held) <> sum(left_over)
  order by company.name, currency limit ${MOST}`;
