import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { paymentsContract } from '../../../shared/domains/payments/payments-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { postAllocations } from './allocation-post.ts';
import { wantedOf } from './payment-record.ts';
import { allocationsOf, paymentLocked } from './payment-store.ts';
import type { PaymentsParts } from './payments-parts.ts';
import type { PaymentsTables } from './payments-tables.ts';

type Operation = typeof paymentsContract.paymentAllocate;

/** Puts what is left of a payment on invoices; the payment is locked, so that its rest is given once. */
export async function paymentAllocate(
  parts: PaymentsParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<PaymentsTables>();
  const payment = await paymentLocked(db, parts.kind, input.paymentId);
  if (payment === undefined) return refuse('no-such-payment', { paymentId: input.paymentId });
  const { reference, currency } = payment;
  context.subject(`${reference} of ${payment.customer_name}`);
  if (payment.state === 'reversed') return refuse('is-reversed', { reference });
  const { length: count } = await allocationsOf(db, payment.id);
  const paid = { payment, leftMinor: BigInt(payment.unallocated_minor), count };
  const left = await postAllocations(parts, db, paid, input.allocations.map(wantedOf));
  if (!left.ok) return left;
  await context.note('payment', payment.id);
  for (const { invoiceId } of input.allocations) await context.note('invoice', invoiceId);
  return done({ unallocated: { amountMinor: left.value.toString(), currency } });
}
