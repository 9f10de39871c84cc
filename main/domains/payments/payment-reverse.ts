import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { allocationPosting, paymentPosting, reversed } from '../../../shared/domains/billing/ledger-rules.ts';
import type { paymentsContract } from '../../../shared/domains/payments/payments-contract.ts';
import { dayAt } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { billingTables, companyById, post } from '../billing/billing-public.ts';
import { allocationsOf, paymentLocked } from './payment-store.ts';
import type { PaymentsParts } from './payments-parts.ts';
import type { PaymentsTables } from './payments-tables.ts';

type Operation = typeof paymentsContract.paymentReverse;

/** Takes a payment back, whole: each of its entries is reversed by one of today, so its invoices are open again from today on. */
export async function paymentReverse(
  parts: PaymentsParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<PaymentsTables>();
  const { paymentId, reason } = input;
  const payment = await paymentLocked(db, parts.kind, paymentId);
  if (payment === undefined) return refuse('no-such-payment', { paymentId });
  const { reference, currency } = payment;
  context.subject(`${reference} of ${payment.customer_name}`);
  const before = await db
    .selectFrom('payment_reversal')
    .select('booked_on')
    .where('payment_id', '=', paymentId)
    .executeTakeFirst();
  if (before !== undefined) return refuse('reversed-before', { reference, bookedOn: before.booked_on });
  const company = await companyById(billingTables(db), payment.company_id);
  const nowMs = await parts.nowMs(db);
  const bookedOn = dayAt(nowMs, company.time_zone);
  const entry = {
    companyId: company.id,
    currency,
    bookedOn,
    kind: 'payment' as const,
    memo: `${reference}: ${reason}`,
    customerId: payment.customer_id,
    postedAtMs: nowMs,
  };
  const allocations = await allocationsOf(db, paymentId);
  for (const { allocation_no: no, invoice_id: documentId, amount_minor: minor } of allocations) {
    const lines = reversed(allocationPosting(BigInt(minor)));
    await post(billingTables(db), { ...entry, documentId, lines, source: `reversal ${paymentId} ${no}` });
  }
  const entryId = await post(billingTables(db), {
    ...entry,
    lines: reversed(paymentPosting(BigInt(payment.amount_minor))),
    source: `reversal ${paymentId}`,
  });
  await db
    .insertInto('payment_reversal')
    .values({ payment_id: paymentId, reason, booked_on: bookedOn, entry_id: entryId, reversed_at_ms: nowMs })
    .execute();
  await context.note('payment', paymentId);
  for (const { invoice_id: invoiceId } of allocations) await context.note('invoice', invoiceId);
  return done({ amount: { amountMinor: String(payment.amount_minor), currency } });
}
