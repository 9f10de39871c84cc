import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { meteringContract } from '../../../shared/domains/metering/metering-contract.ts';
import { addDays } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import { customerNames } from '../customers/customers-public.ts';
import { decideHeld, heldLocked } from './held-usage-store.ts';
import type { MeteringParts } from './metering-parts.ts';
import type { MeteringTables, UsageEventTable } from './metering-tables.ts';

type Operation = typeof meteringContract.heldUsageCharge;

/**
 * Gives held usage its place on a bill: that of the subscription that was told or of another, on the day it was used or, where that was
 * not served, on the nearest one that was. It is late usage then, and goes onto the next invoice with the period of that day.
 */
export async function heldUsageCharge(
  parts: MeteringParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<MeteringTables>();
  const ids = [...new Set(input.eventIds)];
  context.subject(`${ids.length} held events`);
  const days = await parts.billing.daysHeldOpen(db);
  if (days.size === 0) return refuse('no-company');
  const held = await heldLocked(db, parts.kind, ids);
  const missing = ids.find((id) => !held.has(id));
  if (missing !== undefined) return refuse('not-held', { id: missing });
  const targets = [...held.values()].map((row) => input.subscriptionId ?? row.told_subscription_id);
  const terms = await parts.billing.termsOf(db, [...new Set(targets)]);
  const rows: Pick<UsageEventTable, 'id' | 'subscription_id' | 'day' | 'known_on'>[] = [];
  for (const event of held.values()) {
    const subscriptionId = input.subscriptionId ?? event.told_subscription_id;
    const of = terms.get(subscriptionId);
    if (of === undefined) return refuse('no-such-subscription', { subscriptionId });
    const { meter } = event;
    const day = of.nearestDay(meter, event.day);
    if (day === undefined) {
      const customer = (await customerNames(db, [of.customerId])).get(of.customerId)?.name ?? '';
      return refuse('not-metered', { what: of.what, customer, subscriptionId, meter });
    }
    const closedUntil = days.get(of.companyId)?.closedUntil ?? null;
    const known = closedUntil !== null && day <= closedUntil ? addDays(closedUntil, 1) : day;
    rows.push({ id: event.id, subscription_id: subscriptionId, day, known_on: known });
  }
  await parts.updateMany(db as unknown as AnyTransaction, 'usage_event', rows, 'id');
  await decideHeld(db, parts.kind, ids, {
    state: 'charged',
    decided_by: context.actor.name,
    decided_at_ms: await parts.nowMs(db),
    note: input.subscriptionId === undefined ? '' : `to ${input.subscriptionId}`,
  });
  await context.note('held-usage', 'events');
  return done({ charged: rows.length });
}
