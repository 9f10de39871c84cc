import { refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { documentsContract } from '../../../shared/domains/documents/documents-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { billingTables, openItemsOf } from '../billing/billing-public.ts';
import type { DocumentsParts } from './documents-parts.ts';
import type { Reconciliation } from './paper-forms.ts';
import { issuePaper, openPaper } from './paper-issue.ts';

type Operation = typeof documentsContract.reconciliationIssue;

/** What is open between a customer and us at the end of a day, item by item, for the customer to confirm. */
export async function reconciliationIssue(
  parts: DocumentsParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const opened = await openPaper(parts, input, context);
  if (!opened.ok) return opened;
  const { db, customer, issuedOn, common } = opened.value;
  const currency = input.currency ?? customer.currency;
  const asOf = input.asOf === undefined ? issuedOn : localDate(input.asOf);
  if (asOf > issuedOn) return refuse('day-ahead', { issuedOn, day: asOf });
  const scope = { customerId: customer.id, currency, asOf };
  const open = await openItemsOf(billingTables(db), scope);
  const items: Reconciliation['items'][number][] = open.items.map((item) => ({
    kind: 'invoice',
    number: item.number,
    day: item.issuedOn,
    dueOn: item.dueOn,
    openMinor: item.openMinor.toString(),
  }));
  if (open.advancesMinor !== 0n) {
    const openMinor = (-open.advancesMinor).toString();
    items.push({ kind: 'payment', number: '', day: asOf, dueOn: null, openMinor });
  }
  const total = open.items.reduce((sum, item) => sum + item.openMinor, -open.advancesMinor);
  return await issuePaper(
    opened.value,
    {
      kind: 'reconciliation',
      amountMinor: total,
      draft: { ...common(currency), form: 'reconciliation-1', asOf, items, totalMinor: total.toString() },
    },
    context,
  );
}
