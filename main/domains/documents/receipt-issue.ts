import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { documentsContract } from '../../../shared/domains/documents/documents-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { paymentDetailLocked } from '../payments/payments-public.ts';
import type { DocumentsParts } from './documents-parts.ts';
import type { DocumentsTables } from './documents-tables.ts';
import { issuePaper, openPaper } from './paper-issue.ts';

type Operation = typeof documentsContract.receiptIssue;

/**
 * The receipt of a payment, once: asked for again it is the one there is. The payment is locked first: whoever takes it back meanwhile is
 * waited for, and what is no payment any more has no receipt.
 */
export async function receiptIssue(
  parts: DocumentsParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<DocumentsTables>();
  const { paymentId } = input;
  const payment = await paymentDetailLocked(context.tables(), parts.kind, paymentId);
  if (payment === undefined) return refuse('no-such-payment', { paymentId });
  const before = await db
    .selectFrom('paper')
    .selectAll()
    .where('kind', '=', 'receipt')
    .where('subject_id', '=', paymentId)
    .executeTakeFirst();
  if (before !== undefined) {
    const amount = { amountMinor: String(before.amount_minor), currency: before.currency };
    return done({ documentId: before.id, number: before.number, amount });
  }
  const { reference, customerId, amount } = payment;
  const advances = payment.advances.flatMap(({ invoiceId, number, standing: { amountMinor } }) =>
    amountMinor === '0' ? [] : [{ invoiceId, number, amountMinor }],
  );
  const onNoInvoice = payment.refunds
    .filter(({ reversal }) => reversal === null)
    .reduce(
      (sum, refund) => sum + BigInt(refund.amount.amountMinor),
      BigInt(payment.unallocated.amountMinor),
    );
  if (payment.state === 'reversed') return refuse('payment-reversed', { reference });
  const opened = await openPaper(parts, { ...input, customerId }, context);
  if (!opened.ok) return opened;
  return await issuePaper(
    opened.value,
    {
      kind: 'receipt',
      subjectId: paymentId,
      amountMinor: BigInt(amount.amountMinor),
      draft: {
        ...opened.value.common(amount.currency),
        form: 'receipt-1',
        payment: { paymentId, receivedOn: localDate(payment.receivedOn), reference },
        amountMinor: amount.amountMinor,
        allocations: payment.allocations.flatMap(({ invoiceId, number, standing: { amountMinor } }) =>
          amountMinor === '0' ? [] : [{ invoiceId, number, amountMinor }],
        ),
        ...(advances.length > 0 && { advances }),
        // What was paid back since stood on no invoice either: the receipt is of what came in.
        unallocatedMinor: onNoInvoice.toString(),
      },
    },
    context,
  );
}
