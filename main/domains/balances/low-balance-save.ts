import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { balancesContract } from '../../../shared/domains/balances/balances-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { customerFactsLocked } from '../customers/customers-public.ts';
import type { BalancesTables } from './balances-tables.ts';

type Operation = typeof balancesContract.lowBalanceSave;

/** Says from what balance on a customer is told that it is low; seen at the next look, within a day. */
export async function lowBalanceSave(
  { customerId, low }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BalancesTables>();
  const customer = await customerFactsLocked(db, customerId);
  if (customer === undefined) return refuse('no-such-customer', { customerId });
  context.subject(`${customer.name} (${customer.number})`);
  if (low !== null && low.currency !== customer.currency) {
    return refuse('other-currency', { customer: customer.name, currency: customer.currency });
  }
  if (low !== null && BigInt(low.amountMinor) <= 0n)
    return refuse('below-nothing', { customer: customer.name });
  const lowMinor = low === null ? null : Number(low.amountMinor);
  await db
    .insertInto('balance_terms')
    .values({ customer_id: customerId, low_minor: lowMinor })
    .onConflict((conflict) => conflict.column('customer_id').doUpdateSet({ low_minor: lowMinor }))
    .execute();
  await context.note('balance', customerId);
  return done({});
}
