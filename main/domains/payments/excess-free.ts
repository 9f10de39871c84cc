import { sql, type Kysely } from 'kysely';
import { allocationPosting, reversed } from '../../../shared/domains/billing/ledger-rules.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { InsertMany } from '../../platform/store/insert-many.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import {
  billingTables,
  booksOf,
  postMany,
  type CreditedInvoice,
  type Posting,
} from '../billing/billing-public.ts';
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
  invoice_id: string;
  standing_minor: number;
  booked_on: LocalDate;
  company_id: string;
  customer_id: string;
  currency: Currency;
  reference: string;
}

/**
 * Frees what stands of payments on invoices beyond what is left of each after a credit note, what was put there last first: an entry each,
 * which moves it back to what was received in advance, so it can be put on other invoices or paid back. In the transaction of the credit
 * notes, which holds the invoices: whoever puts money on one, or takes a payment back, holds it too, so nothing is freed twice. Answers the
 * payments it is of. Some hundreds of invoices at once, of one company, each once.
 */
export async function freeExcess(
  any: AnyDatabase,
  credits: readonly CreditedInvoice[],
  insertMany: InsertMany,
): Promise<readonly string[]> {
  if (credits.length === 0) return [];
  const db = any as Db;
  const ids = sql.join(credits.map(({ invoiceId }) => sql`${invoiceId}`));
  const { rows: puts } = await sql<Put>`
    select put.entry_id as entry_id, put.payment_id as payment_id, put.invoice_id as invoice_id, ${standingMinor} as standing_minor,
      ledger_entry.booked_on as booked_on, payment.company_id as company_id, payment.customer_id as customer_id,
      payment.currency as currency, payment.reference as reference
    from (${putOnInvoices}) as put join payment on payment.id = put.payment_id
      join ledger_entry on ledger_entry.id = put.entry_id
    where put.invoice_id in (${ids}) and not exists (
      select 1 from payment_reversal where payment_reversal.payment_id = put.payment_id)
    order by ledger_entry.posted_at_ms desc, put.entry_id desc`.execute(db);
  const [first] = puts;
  if (first === undefined) return [];
  const { rows } = await sql<{ id: string; payable: number }>`
    select invoice.id as id, ${payableMinor} as payable from invoice where invoice.id in (${ids})`.execute(
    db,
  );
  const payable = new Map(rows.map((row) => [row.id, BigInt(row.payable)]));
  const { closedUntil } = await booksOf(billingTables(db), first.company_id);
  const byInvoice = Map.groupBy(puts, (put) => put.invoice_id);
  const freed = credits.flatMap((credit) =>
    freedBy(credit, {
      puts: byInvoice.get(credit.invoiceId) ?? [],
      payable: payable.get(credit.invoiceId) ?? 0n,
      closedUntil,
    }),
  );
  await postMany(
    insertMany,
    billingTables(db),
    freed.map(({ posting }) => posting),
  );
  await insertMany(
    db as unknown as AnyTransaction,
    'payment_release',
    freed.map(({ release }) => release),
  );
  return [...new Set(freed.map(({ release }) => release.payment_id))];
}

interface Freed {
  readonly posting: Posting & { readonly id: string };
  readonly release: PaymentsTables['payment_release'];
}

function freedBy(
  { invoiceId, creditNoteId, number, issuedOn, nowMs }: CreditedInvoice,
  of: { readonly puts: readonly Put[]; readonly payable: bigint; readonly closedUntil: LocalDate | null },
): Freed[] {
  let over = of.puts.reduce((sum, put) => sum + BigInt(put.standing_minor), 0n) - of.payable;
  return of.puts.flatMap((put) => {
    const here = BigInt(put.standing_minor);
    const amountMinor = here < over ? here : over;
    if (amountMinor <= 0n) return [];
    over -= amountMinor;
    // No earlier than it was put there.
    const bookedOn = settledOn([issuedOn, put.booked_on], of.closedUntil);
    const entryId = newId('entry', nowMs);
    const posting = {
      id: entryId,
      companyId: put.company_id,
      currency: put.currency,
      bookedOn,
      kind: 'payment' as const,
      source: `release ${creditNoteId} of ${put.entry_id}`,
      memo: `${put.reference}: free again by ${number}`,
      lines: reversed(allocationPosting(amountMinor)),
      customerId: put.customer_id,
      documentId: invoiceId,
      postedAtMs: nowMs,
    };
    const release = {
      put_entry_id: put.entry_id,
      credit_note_id: creditNoteId,
      payment_id: put.payment_id,
      invoice_id: invoiceId,
      amount_minor: Number(amountMinor),
      booked_on: bookedOn,
      entry_id: entryId,
    };
    return [{ posting, release }];
  });
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
