import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { customersContract } from '../../../shared/domains/customers/customers-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { runningSubscriptionsOf } from '../billing/billing-public.ts';
import { lockCustomer, setCustomerActive } from './customer-store.ts';
import type { CustomersParts } from './customers-parts.ts';
import type { CustomersTables } from './customers-tables.ts';

type Operation = typeof customersContract.customerArchive;

/** Puts a customer without running subscriptions away, or brings one back. */
export async function customerArchive(
  parts: CustomersParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<CustomersTables>();
  const { customerId } = input;
  const known = await lockCustomer(db, customerId);
  if (known === undefined) return refuse('no-such-customer', { customerId });
  context.subject(`${known.name} (${known.number})`);
  const running = await runningSubscriptionsOf(db, [customerId], await parts.nowMs(db));
  const count = running.get(customerId) ?? 0;
  if (!input.active && count > 0) return refuse('has-subscriptions', { name: known.name, count });
  await setCustomerActive(db, customerId, input.active);
  await context.note('customer', customerId);
  return done({});
}
