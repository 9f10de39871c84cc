import { refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { documentsContract } from '../../../shared/domains/documents/documents-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { billingTables, subscribedTo } from '../billing/billing-public.ts';
import type { DocumentsParts } from './documents-parts.ts';
import { issuePaper, openPaper } from './paper-issue.ts';

type Operation = typeof documentsContract.contractIssue;

/** The contract for what a customer has subscribed to on the day of issue, at the prices it was sold for. */
export async function contractIssue(
  parts: DocumentsParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const opened = await openPaper(parts, input, context);
  if (!opened.ok) return opened;
  const { db, customer, company, issuedOn, common } = opened.value;
  const found = await subscribedTo(billingTables(db), { customerId: customer.id, day: issuedOn });
  if (found.length === 0) return refuse('nothing-subscribed', { customer: customer.name });
  return await issuePaper(
    opened.value,
    {
      kind: 'contract',
      amountMinor: 0n,
      draft: {
        ...common(customer.currency),
        form: 'contract-1',
        services: found.map(({ currency: _currency, ...service }) => service),
        paymentDays: company.payment_days,
        noticeDays: input.noticeDays,
        clauses: input.clauses,
      },
    },
    context,
  );
}
