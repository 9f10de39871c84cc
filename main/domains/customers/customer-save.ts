import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { customersContract } from '../../../shared/domains/customers/customers-contract.ts';
import { mergeEdit } from '../../../shared/kernel/edit-merge.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { hasBalanceAmounts } from '../balances/balances-public.ts';
import { isBilled } from '../billing/billing-public.ts';
import { columnsOf, fieldsOf, lockCustomer, lockIdentities, updateCustomer } from './customer-store.ts';
import { checkedVatId } from './customer-vat-id.ts';
import type { CustomersTables } from './customers-tables.ts';

type Operation = typeof customersContract.customerSave;

/**
 * Changes a customer's data. What somebody else changed since it was seen stays, and where both changed the same, nothing is
 * saved. Documents carry their own copy. What is billed has its currency, so that cannot change any more.
 */
export async function customerSave(
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<CustomersTables>();
  const { customerId, before, ...mine } = input;
  // Before the customer's own lock, as everybody takes them.
  await lockIdentities(db);
  const known = await lockCustomer(db, customerId);
  if (known === undefined) return refuse('no-such-customer', { customerId });
  context.subject(`${known.name} (${known.number})`);
  const { merged, clashes } = mergeEdit({ before, mine, now: fieldsOf(known) });
  if (clashes.length > 0) {
    return refuse('changed-meanwhile', { name: known.name, fields: clashes.join(', ') });
  }
  const checked = await checkedVatId(db, merged, { companyId: known.company_id, customerId });
  if (!checked.ok) return refuse(checked.code, checked.facts);
  if (known.currency !== merged.currency) {
    const facts = { name: known.name, currency: known.currency };
    if (await isBilled(db, customerId)) return refuse('currency-fixed', facts);
    // Behind the customer's lock, which whoever says such amounts takes too.
    if (await hasBalanceAmounts(db, customerId)) return refuse('has-balance-amounts', facts);
  }
  await updateCustomer(db, customerId, columnsOf(merged, checked.value));
  await context.note('customer', customerId);
  return done({});
}
