import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { paymentPosting } from '../../../shared/domains/billing/ledger-rules.ts';
import type { paymentsContract } from '../../../shared/domains/payments/payments-contract.ts';
import { dayAt } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { billingTables, closedBooks, companyById, post } from '../billing/billing-public.ts';
import { paymentLocked } from './payment-store.ts';
import type { PaymentsParts } from './payments-parts.ts';
import type { PaymentsTables } from './payments-tables.ts';
import { refundById } from './refund-store.ts';

type Operation = typeof paymentsContract.refundReverse;

/** Takes a refund back, whole: its entry is reversed by one of today, and what it paid is left of its payment again, which is locked. */
export async function refundReverse(
  parts: PaymentsParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<PaymentsTables>();
  const { refundId, reason } = input;
  const asked = await refundById(db, refundId);
  const payment = asked && (await paymentLocked(db, parts.kind, asked.payment_id));
  // Again behind the lock: it is taken back once.
  const refund = asked && (await refundById(db, refundId));
  if (payment === undefined || refund === undefined) return refuse('no-such-refund', { refundId });
  const { reference } = refund;
  const { currency, customer_name: customer, customer_id: customerId } = payment;
  context.subject(`${reference} to ${customer}`);
  if (refund.reversed_on !== null) {
    return refuse('reversed-before', { reference, customer, bookedOn: refund.reversed_on });
  }
  const company = await companyById(billingTables(db), payment.company_id);
  const nowMs = await parts.nowMs(db);
  const bookedOn = dayAt(nowMs, company.time_zone);
  const booked = { companyId: company.id, bookedOn, memo: `${reference}: ${reason}`, customerId };
  const closed = await closedBooks(billingTables(db), [booked]);
  if (closed !== undefined) return refuse('books-closed', closed);
  const entryId = await post(billingTables(db), {
    ...booked,
    currency,
    kind: 'refund',
    source: `refund-reversal ${refundId}`,
    lines: paymentPosting(BigInt(refund.amount_minor)),
    postedAtMs: nowMs,
  });
  await db
    .insertInto('payment_refund_reversal')
    .values({ refund_id: refundId, reason, booked_on: bookedOn, entry_id: entryId, reversed_at_ms: nowMs })
    .execute();
  await context.note('payment', payment.id);
  return done({ amount: { amountMinor: String(refund.amount_minor), currency } });
}
