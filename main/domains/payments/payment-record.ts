import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { paymentPosting } from '../../../shared/domains/billing/ledger-rules.ts';
import type { paymentsContract } from '../../../shared/domains/payments/payments-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import { dayAt } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import {
  billingTables,
  closedBooks,
  findCompany,
  lockOwed,
  openInvoicesOf,
  post,
} from '../billing/billing-public.ts';
import { customerFactsLocked } from '../customers/customers-public.ts';
import { amountWords, postAllocations, type Wanted } from './allocation-post.ts';
import { paymentById } from './payment-store.ts';
import type { PaymentsParts } from './payments-parts.ts';
import type { PaymentsTables, PaymentTable } from './payments-tables.ts';

type Operation = typeof paymentsContract.paymentRecord;
type Answer = Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>;

/**
 * Records a payment in the caller's transaction: what came in is first owed to the customer (advances), then put on invoices. The
 * reference is its natural key: the same payment again is answered by the one that is there, another one of that name is refused, and so
 * is one that was taken back since. The customer is locked first, so that two who record the same statement at once are one after the other.
 */
export async function paymentRecord(
  parts: PaymentsParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Answer> {
  const db = context.tables<PaymentsTables>();
  const { customerId, reference, receivedOn } = input;
  const customer = await customerFactsLocked(db, customerId);
  if (customer === undefined) return refuse('no-such-customer', { customerId });
  context.subject(`${reference} of ${customer.name} (${customer.number})`);
  const company = await findCompany(billingTables(db), customer.companyId);
  if (company === undefined) return refuse('no-company');
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, company.time_zone);
  if (receivedOn > today) return refuse('date-in-future', { receivedOn, today });
  const id = newId('pay', nowMs);
  const payment: PaymentTable = {
    id,
    company_id: company.id,
    customer_id: customerId,
    customer_name: customer.name,
    currency: input.amount.currency,
    amount_minor: Number(input.amount.amountMinor),
    received_on: receivedOn,
    reference,
    note: input.note,
    entry_id: newId('entry', nowMs),
    recorded_at_ms: nowMs,
  };
  const before = await referenceHolder(db, payment);
  if (before !== undefined) return await recordedBefore(db, before, payment);
  const booked = { companyId: company.id, bookedOn: receivedOn, memo: reference, customerId };
  const closed = await closedBooks(billingTables(db), [booked]);
  if (closed !== undefined) return refuse('books-closed', closed);
  await post(billingTables(db), {
    ...booked,
    id: payment.entry_id,
    currency: payment.currency,
    kind: 'payment',
    source: `payment ${id}`,
    lines: paymentPosting(BigInt(payment.amount_minor)),
    postedAtMs: nowMs,
  });
  await db.insertInto('payment').values(payment).execute();
  const wanted = input.allocations?.map(wantedOf) ?? (await dueFirst(parts, db, payment));
  const left = await postAllocations(
    parts,
    db,
    { payment, leftMinor: BigInt(payment.amount_minor), count: 0 },
    wanted,
  );
  if (!left.ok) return left;
  await context.note('payment', id);
  for (const { invoiceId } of wanted) await context.note('invoice', invoiceId);
  const unallocated = { amountMinor: left.value.toString(), currency: payment.currency };
  return done({ paymentId: id, already: false, unallocated });
}

export function wantedOf(line: { readonly invoiceId: string; readonly amountMinor: string }): Wanted {
  return { invoiceId: line.invoiceId, amountMinor: BigInt(line.amountMinor) };
}

async function referenceHolder(
  db: Kysely<PaymentsTables>,
  { company_id: companyId, reference }: PaymentTable,
): Promise<PaymentTable | undefined> {
  return await db
    .selectFrom('payment')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('reference', '=', reference)
    .executeTakeFirst();
}

async function recordedBefore(
  db: Kysely<PaymentsTables>,
  before: PaymentTable,
  asked: PaymentTable,
): Promise<Answer> {
  const isSame =
    before.customer_id === asked.customer_id &&
    before.currency === asked.currency &&
    before.amount_minor === asked.amount_minor &&
    before.received_on === asked.received_on;
  const found = isSame ? await paymentById(db, before.id) : undefined;
  const facts = {
    reference: before.reference,
    amount: amountWords(BigInt(before.amount_minor), before.currency),
    customer: before.customer_name,
    receivedOn: before.received_on,
  };
  if (found === undefined) return refuse('reference-taken', facts);
  if (found.state === 'reversed') return refuse('taken-back', facts);
  const unallocated = { amountMinor: String(found.unallocated_minor), currency: found.currency };
  return done({ paymentId: before.id, already: true, unallocated });
}

/**
 * The open invoices that it is enough for, those that were due first before others; a part of the last. Divided by what is open behind
 * their locks: who credits, writes off or exchanges one of them meanwhile is waited for, and more of it goes on the next.
 */
async function dueFirst(parts: PaymentsParts, db: AnyDatabase, payment: PaymentTable): Promise<Wanted[]> {
  const open = await openInvoicesOf(billingTables(db), {
    customerId: payment.customer_id,
    currency: payment.currency,
  });
  const ids = open.map(({ id }) => id);
  const owed = await lockOwed(billingTables(db), parts.kind, ids);
  let left = BigInt(payment.amount_minor);
  const wanted: Wanted[] = [];
  for (const invoiceId of ids) {
    const openMinor = owed.get(invoiceId)?.openMinor ?? 0n;
    const amountMinor = openMinor < left ? openMinor : left;
    if (amountMinor > 0n) wanted.push({ invoiceId, amountMinor });
    left -= amountMinor;
  }
  return wanted;
}
