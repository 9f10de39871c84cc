import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { documentsContract } from '../../../shared/domains/documents/documents-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { paymentDetail } from '../payments/payments-public.ts';
import type { DocumentsParts } from './documents-parts.ts';
import type { DocumentsTables } from './documents-tables.ts';
import { issuePaper, openPaper } from './paper-issue.ts';

type Operation = typeof documentsContract.receiptIssue;

/** The receipt of a payment, once: asked for again it is the one there is. */
export async function receiptIssue(
  parts: DocumentsParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<DocumentsTables>();
  const { paymentId } = input;
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
  const payment = await paymentDetail(context.tables(), paymentId);
  if (payment === undefined) return refuse('no-such-payment', { paymentId });
  const { reference, customerId, amount } = payment;
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
        allocations: payment.allocations.map(({ invoiceId, number, amount: part }) => ({
          invoiceId,
          number,
          amountMinor: part.amountMinor,
        })),
        unallocatedMinor: payment.unallocated.amountMinor,
      },
    },
    context,
  );
}
