import { refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { documentsContract } from '../../../shared/domains/documents/documents-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { billingTables, documentsWithin, previewOf, readDocument } from '../billing/billing-public.ts';
import type { DocumentsParts } from './documents-parts.ts';
import { PAPER_EDITION } from './paper-forms.ts';
import { issuePaper, openPaper, periodTold } from './paper-issue.ts';
import { paperLine } from './paper-line.ts';

type Operation = typeof documentsContract.serviceActIssue;

/** What was supplied in a period, line by line as it was invoiced, less what was credited of it. */
export async function serviceActIssue(
  parts: DocumentsParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const opened = await openPaper(parts, input, context);
  if (!opened.ok) return opened;
  const { db, customer, common } = opened.value;
  const told = periodTold(input, opened.value.issuedOn);
  if (!told.ok) return told;
  const period = told.value;
  const shared = common(customer.currency);
  const found = await documentsWithin(billingTables(db), {
    customerId: customer.id,
    currency: shared.currency,
    period,
  });
  if (found.length === 0) return refuse('nothing-supplied', { customer: customer.name });
  const documents = found.map((each) => ({ ...each, body: readDocument(each.document) }));
  const sum = (of: (body: (typeof documents)[number]['body']) => string): string =>
    documents.reduce((total, { body }) => total + BigInt(of(body)), 0n).toString();
  const grossMinor = sum((body) => body.grossMinor);
  return await issuePaper(
    opened.value,
    {
      kind: 'service-act',
      amountMinor: BigInt(grossMinor),
      draft: {
        ...shared,
        form: 'service-act-1',
        period,
        lines: documents.flatMap(({ body, number }) =>
          previewOf(body, parts.layoutFolder, shared.language, PAPER_EDITION).lines.map((line) => ({
            ...paperLine(line),
            source: number,
          })),
        ),
        netMinor: sum((body) => body.netMinor),
        vatMinor: sum((body) => body.vatMinor),
        grossMinor,
      },
    },
    context,
  );
}
