import { refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { documentsContract } from '../../../shared/domains/documents/documents-contract.ts';
import { addDays } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { accountOf, billingTables } from '../billing/billing-public.ts';
import type { DocumentsParts } from './documents-parts.ts';
import { issuePaper, openPaper, periodTold } from './paper-issue.ts';

type Operation = typeof documentsContract.statementIssue;

const ENTRIES_MAX = 5000;

/** A customer's account in one currency over a period, with the balance after each entry. */
export async function statementIssue(
  parts: DocumentsParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const opened = await openPaper(parts, input, context);
  if (!opened.ok) return opened;
  const { db, customer, company, issuedOn, common } = opened.value;
  const currency = input.currency ?? customer.currency;
  const told = periodTold(input, opened.value.issuedOn);
  if (!told.ok) return told;
  const period = told.value;
  const account = await accountOf(billingTables(db), {
    customerId: customer.id,
    currency,
    period,
    most: ENTRIES_MAX,
  });
  if (account.entries.length > ENTRIES_MAX) return refuse('too-long', { most: ENTRIES_MAX });
  let balance = account.openingMinor;
  const entries = account.entries.map(({ minor, ...entry }) => {
    balance += minor;
    return { ...entry, amountMinor: minor.toString(), balanceMinor: balance.toString() };
  });
  return await issuePaper(
    opened.value,
    {
      kind: 'statement',
      amountMinor: balance,
      draft: {
        ...common(currency),
        form: 'statement-1',
        period,
        openingMinor: account.openingMinor.toString(),
        entries,
        closingMinor: balance.toString(),
        dueOn: addDays(issuedOn, company.payment_days),
      },
    },
    context,
  );
}
