import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { meteringContract } from '../../../shared/domains/metering/metering-contract.ts';
import { dayAt, dayStartMs, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { customerNames } from '../customers/customers-public.ts';
import { decideHeld, heldLocked, heldSubscriptions, type HeldEvent } from './held-usage-store.ts';
import { noteLate } from './late-usage-store.ts';
import type { CalendarDays, MeteringParts } from './metering-parts.ts';
import type { MeteringTables, UsageEventTable } from './metering-tables.ts';
import { changeEvents } from './usage-event-store.ts';
import { holdSubscriptionDays, knownBy, type SubscriptionDays } from './subscription-days.ts';

type Operation = typeof meteringContract.heldUsageCharge;

/**
 * Gives held usage its place on a bill: that of the subscription it is of (the one that was told, unless a person moved it before) or of
 * another, on the day it was used or, where that was not served, on the nearest one that was. It is late usage then, and goes onto the
 * next invoice with the period of that day.
 */
export async function heldUsageCharge(
  parts: MeteringParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<MeteringTables>();
  const ids = [...new Set(input.eventIds)];
  context.subject(`${ids.length} held events`);
  // Days are held before the events, as whoever records takes them; of which subscriptions they are is known only then.
  const waiting = await heldSubscriptions(db, parts.kind, ids);
  const asked = input.subscriptionId === undefined ? [] : [input.subscriptionId];
  const known = await holdSubscriptionDays(parts, db, [...waiting, ...asked]);
  if (known === undefined) return refuse('no-company');
  const held = await heldLocked(db, parts.kind, ids);
  const missing = ids.find((id) => !held.has(id));
  if (missing !== undefined) return refuse('not-held', { id: missing });
  const rows: Pick<UsageEventTable, 'id' | 'subscription_id' | 'day' | 'known_on'>[] = [];
  for (const event of held.values()) {
    const subscriptionId = input.subscriptionId ?? event.subscription_id;
    const of = known.terms.get(subscriptionId);
    const days = of && known.days.get(of.calendar);
    if (of === undefined || days === undefined) return refuse('no-such-subscription', { subscriptionId });
    const { meter } = event;
    const day = of.nearestDay(meter, dayThere(event, days, known));
    if (day === undefined) {
      const customer = (await customerNames(db, [of.customerId])).get(of.customerId)?.name ?? '';
      return refuse('not-metered', { what: of.what, customer, subscriptionId, meter });
    }
    rows.push({ id: event.id, subscription_id: subscriptionId, day, known_on: knownBy(days)(day) });
  }
  await changeEvents(parts, db, rows);
  await noteLate(parts, db, rows);
  await decideHeld(db, parts.kind, ids, {
    state: 'charged',
    decided_by: context.actor.name,
    decided_at_ms: await parts.nowMs(db),
    note: input.subscriptionId === undefined ? '' : `to ${input.subscriptionId}`,
  });
  await context.note('held-usage', 'events');
  return done({ charged: rows.length });
}

/**
 * The day it was used by the zone it is charged in now. One that began a day where it was told stands for that day: most likely nothing
 * else was said.
 */
function dayThere(event: HeldEvent, there: CalendarDays, { terms, days }: SubscriptionDays): LocalDate {
  const own = days.get(terms.get(event.told_subscription_id)?.calendar ?? '');
  const [first] = days.values();
  // Before its subscription was sold, if it ever was, it was read by the first one; midnight there is an instant like others since.
  const wasUnsold = own === undefined || event.reason === 'no-subscription';
  for (const told of [own, wasUnsold ? first : undefined]) {
    if (told === undefined) continue;
    const day = dayAt(event.at_ms, told.zone);
    if (dayStartMs(day, told.zone) === event.at_ms) return day;
  }
  return dayAt(event.at_ms, there.zone);
}
