import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import { addDays } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { BillingTables } from './billing-tables.ts';
import { lockCalendar } from './company-store.ts';
import { setSubscriptionEnd, subscriptionById } from './subscription-store.ts';

type Operation = typeof billingContract.subscriptionEnd;

/** Ends a subscription on a day that is not charged yet: that day and all after it are free. */
export async function subscriptionEnd(
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { subscriptionId, endsOn } = input;
  const calendar = await lockCalendar(db);
  const known = await subscriptionById(db, subscriptionId);
  if (known === undefined) return refuse('no-such-subscription', { subscriptionId });
  context.subject(`${known.plan_name} for ${known.vm_name}`);
  if (known.ends_on !== null) return refuse('already-ended', { endsOn: known.ends_on });
  if (endsOn < known.starts_on) return refuse('before-start', { startsOn: known.starts_on });
  const closedUntil = calendar?.closedUntil ?? null;
  if (closedUntil !== null && endsOn <= closedUntil) {
    return refuse('day-closed', { endsOn, firstOpenDay: addDays(closedUntil, 1) });
  }
  await setSubscriptionEnd(db, subscriptionId, endsOn);
  await context.note('subscription', subscriptionId);
  return done({});
}
