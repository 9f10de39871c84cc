import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { paymentsContract } from '../../../shared/domains/payments/payments-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { billingTables, issueAdvance, type AdvanceAsked } from '../billing/billing-public.ts';
import { paymentLocked } from './payment-store.ts';
import type { PaymentsParts } from './payments-parts.ts';
import type { PaymentsTables } from './payments-tables.ts';

type Operation = typeof paymentsContract.advanceIssue;
type Answer = Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>;

/** Issues the advance invoice for a payment that came ahead. */
export async function advanceIssue(
  parts: PaymentsParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Answer> {
  return await issueAdvanceFor(parts, input, context);
}

/**
 * The same, where it is known what was ordered. The payment is locked, so that what stands on no invoice is documented once, and is neither
 * put on another invoice nor taken back meanwhile.
 */
export async function issueAdvanceFor(
  parts: PaymentsParts,
  asked: Omit<AdvanceAsked, 'payment'> & { readonly paymentId: string },
  context: CallContext,
): Promise<Answer> {
  const db = context.tables<PaymentsTables>();
  const { paymentId, ...of } = asked;
  const payment = await paymentLocked(db, parts.kind, paymentId);
  if (payment === undefined) return refuse('no-such-payment', { paymentId });
  const { reference, customer_name: customer } = payment;
  context.subject(`${reference} of ${customer}`);
  if (payment.state === 'reversed') return refuse('is-reversed', { reference });
  const issued = await issueAdvance(parts, billingTables(db), {
    ...of,
    payment: {
      id: payment.id,
      reference,
      customerId: payment.customer_id,
      companyId: payment.company_id,
      currency: payment.currency,
      receivedOn: localDate(payment.received_on),
      leftMinor: BigInt(payment.unallocated_minor),
    },
  });
  if (!issued.ok) return issued;
  const { invoiceId, number, gross } = issued.value;
  context.subject(`${number} for ${reference} of ${customer}`);
  await context.note('payment', payment.id);
  await context.note('invoice', invoiceId);
  return done({ invoiceId, number, gross });
}
