import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { balancesContract } from '../../../shared/domains/balances/balances-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { customerFactsLocked } from '../customers/customers-public.ts';
import type { BalancesTables } from './balances-tables.ts';

type Operation = typeof balancesContract.termsSave;

/** Says how a customer pays; seen as the next day closes. */
export async function termsSave(
  { customerId, mode, low, creditLimit }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BalancesTables>();
  const customer = await customerFactsLocked(db, customerId);
  if (customer === undefined) return refuse('no-such-customer', { customerId });
  const { name, currency } = customer;
  context.subject(`${name} (${customer.number})`);
  if ([low, creditLimit].some((amount) => amount !== null && amount.currency !== currency)) {
    return refuse('other-currency', { customer: name, currency });
  }
  const isBelow =
    (low !== null && BigInt(low.amountMinor) <= 0n) ||
    (creditLimit !== null && BigInt(creditLimit.amountMinor) < 0n);
  if (isBelow) return refuse('below-nothing', { customer: name });
  const terms = {
    mode,
    low_minor: low === null ? null : Number(low.amountMinor),
    credit_limit_minor: creditLimit === null ? null : Number(creditLimit.amountMinor),
  };
  await db
    .insertInto('balance_terms')
    .values({ customer_id: customerId, ...terms })
    .onConflict((conflict) => conflict.column('customer_id').doUpdateSet(terms))
    .execute();
  await context.note('balance', customerId);
  return done({});
}
