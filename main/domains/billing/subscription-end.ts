import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import { addDays, dayAt } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables } from './billing-tables.ts';
import { billingZone, calendarOfSubscription, lockCalendar } from './company-store.ts';
import { periodEndFrom } from './subscription-change.ts';
import { addEvent } from './subscription-history.ts';
import { subscriptionById, updateSubscription } from './subscription-store.ts';
import { holdMisplaced } from './usage-terms.ts';

type Operation = typeof billingContract.subscriptionEnd;

/**
 * Ends a subscription on a day that is not closed yet: that day and all after it are free, and what was paid beyond is taken back when
 * the day closes. At the end of its period where it is charged by the period; else a period is a day.
 */
export async function subscriptionEnd(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { subscriptionId } = input;
  const calendar = await lockCalendar(db, await calendarOfSubscription(db, subscriptionId));
  const known = await subscriptionById(db, subscriptionId);
  if (known === undefined) return refuse('no-such-subscription', { subscriptionId });
  context.subject(known.vm_name === '' ? known.plan_name : `${known.plan_name} for ${known.vm_name}`);
  if (known.ends_on !== null) return refuse('already-ended', { endsOn: known.ends_on });
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, calendar?.timeZone ?? (await billingZone(db)));
  const endsOn = input.endsOn === 'period-end' ? await periodEndFrom(db, known, today) : input.endsOn;
  if (endsOn < known.starts_on) return refuse('before-start', { startsOn: known.starts_on });
  const closedUntil = calendar?.closedUntil ?? null;
  if (closedUntil !== null && endsOn <= closedUntil) {
    return refuse('day-closed', { endsOn, firstOpenDay: addDays(closedUntil, 1) });
  }
  if (known.charged === 'by-period') {
    const knownOn = endsOn < today ? endsOn : today;
    const change = { do: 'cancel' } as const;
    await addEvent(db, { subscriptionId, on: endsOn, known: knownOn, madeAtMs: nowMs, change });
    await holdMisplaced(parts, db, { subscriptionId, on: endsOn, nowMs });
    const due = known.next_due !== null && known.next_due < knownOn ? known.next_due : knownOn;
    await updateSubscription(db, subscriptionId, { ends_on: endsOn, next_due: due });
  } else await updateSubscription(db, subscriptionId, { ends_on: endsOn });
  await context.note('subscription', subscriptionId);
  return done({});
}
