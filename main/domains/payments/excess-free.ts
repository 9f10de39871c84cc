import { sql, type Kysely } from 'kysely';
import { allocationPosting, reversed } from '../../../shared/domains/billing/ledger-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { billingTables, booksOf, post, type CreditedInvoice } from '../billing/billing-public.ts';
import { settledOn } from './allocation-post.ts';
import type { PaymentsTables } from './payments-tables.ts';

type Db = Kysely<PaymentsTables>;

/**
 * SQL: what of payments was put on invoices (`entry_id payment_id invoice_id amount_minor`): by an allocation, or by an advance invoice
 * that the invoice settles. The entry that put it there is its key.
 */
export const putOnInvoices = sql`
  select entry_id, payment_id, invoice_id, amount_minor from payment_allocation
  union all
  select advance_use.entry_id, advance.payment_id, advance_use.invoice_id, advance_use.gross_minor
  from advance_use join advance on advance.invoice_id = advance_use.advance_id where advance_use.kind = 'invoice'`;

/** SQL of a row of {@link putOnInvoices} named `put`: what of it stands there still, in minor units. */
export const standingMinor = sql<number>`(put.amount_minor - coalesce((
  select cast(sum(payment_release.amount_minor) as bigint) from payment_release
  where payment_release.put_entry_id = put.entry_id), 0))`;

/** SQL: an invoice less what credit notes took of it and what money of another currency settled, in minor units. */
export const payableMinor = sql<number>`(invoice.gross_minor + coalesce((
  select cast(sum(note.gross_minor) as bigint) from invoice as note where note.credits_id = invoice.id), 0) - coalesce((
  select cast(sum(exchange.settled_minor) as bigint) from exchange where exchange.invoice_id = invoice.id), 0))`;

interface Put {
  entry_id: string;
  payment_id: string;
  standing_minor: number;
  booked_on: LocalDate;
  company_id: string;
  customer_id: string;
  currency: Currency;
  reference: string;
}

/**
 * Frees what stands of payments on an invoice beyond what is left of it after a credit note, what was put there last first: an entry each,
 * which moves it back to what was received in advance, so it can be put on other invoices or paid back. In the transaction of the credit
 * note, which holds the invoice: whoever puts money on it, or takes a payment back, holds it too, so nothing is freed twice. Answers the
 * payments it is of.
 */
export async function freeExcess(any: AnyDatabase, credit: CreditedInvoice): Promise<readonly string[]> {
  const db = any as Db;
  const { invoiceId, creditNoteId, number, issuedOn, nowMs } = credit;
  const { rows: puts } = await sql<Put>`
    select put.entry_id as entry_id, put.payment_id as payment_id, ${standingMinor} as standing_minor,
      ledger_entry.booked_on as booked_on, payment.company_id as company_id, payment.customer_id as customer_id,
      payment.currency as currency, payment.reference as reference
    from (${putOnInvoices}) as put join payment on payment.id = put.payment_id
      join ledger_entry on ledger_entry.id = put.entry_id
    where put.invoice_id = ${invoiceId} and not exists (
      select 1 from payment_reversal where payment_reversal.payment_id = put.payment_id)
    order by ledger_entry.posted_at_ms desc, put.entry_id desc`.execute(db);
  const [first] = puts;
  if (first === undefined) return [];
  const { rows } = await sql<{ payable: number }>`
    select ${payableMinor} as payable from invoice where invoice.id = ${invoiceId}`.execute(db);
  const standing = puts.reduce((sum, put) => sum + BigInt(put.standing_minor), 0n);
  let over = standing - BigInt(rows[0]?.payable ?? 0);
  const { closedUntil } = await booksOf(billingTables(db), first.company_id);
  const freed = new Set<string>();
  for (const put of puts) {
    const here = BigInt(put.standing_minor);
    const amountMinor = here < over ? here : over;
    if (amountMinor <= 0n) continue;
    over -= amountMinor;
    // No earlier than it was put there.
    const bookedOn = settledOn([issuedOn, put.booked_on], closedUntil);
    const entryId = await post(billingTables(db), {
      companyId: put.company_id,
      currency: put.currency,
      bookedOn,
      kind: 'payment',
      source: `release ${creditNoteId} of ${put.entry_id}`,
      memo: `${put.reference}: free again by ${number}`,
      lines: reversed(allocationPosting(amountMinor)),
      customerId: put.customer_id,
      documentId: invoiceId,
      postedAtMs: nowMs,
    });
    await db
      .insertInto('payment_release')
      .values({
        put_entry_id: put.entry_id,
        credit_note_id: creditNoteId,
        payment_id: put.payment_id,
        invoice_id: invoiceId,
        amount_minor: Number(amountMinor),
        booked_on: bookedOn,
        entry_id: entryId,
      })
      .execute();
    freed.add(put.payment_id);
  }
  return [...freed];
}

type Release = PaymentsTables['payment_release'];

/** What credit notes freed of a payment, oldest first. */
export async function releasesOf(db: Db, paymentId: string): Promise<readonly Release[]> {
  return await db
    .selectFrom('payment_release')
    .selectAll()
    .where('payment_id', '=', paymentId)
    .orderBy('booked_on')
    .orderBy('entry_id')
    .execute();
}

/** The same by the entry that had put it on its invoice, in minor units. */
export function releasedBy(releases: readonly Release[]): ReadonlyMap<string, bigint> {
  const released = new Map<string, bigint>();
  for (const { put_entry_id: entry, amount_minor: minor } of releases) {
    released.set(entry, (released.get(entry) ?? 0n) + BigInt(minor));
  }
  return released;
}
