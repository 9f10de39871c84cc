import { sql, type Expression, type Kysely, type SqlBool } from 'kysely';
import type { HeldUsage, UsageEvent } from '../../../shared/domains/billing/rating-lines.ts';
import { quantityText, type UsageMeter } from '../../../shared/domains/metering/usage-meter-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { Store, StoreKind } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import { decideHeld, heldFrom, holdEvents } from './held-usage-store.ts';
import { declaredMeters } from './meter-store.ts';
import type { MeteringParts } from './metering-parts.ts';
import type { MeteringTables } from './metering-tables.ts';
import { changeEvents } from './usage-event-store.ts';
import { dayReadings } from './usage-reading.ts';

/** All that was told of a meter on a day of a subscription. */
export type Misplaced = Pick<HeldUsage, 'meter' | 'day' | 'reason'> & { readonly subscriptionId: string };

function ours(db: AnyDatabase): Kysely<MeteringTables> {
  return db as Kysely<MeteringTables>;
}

/** Meters that are told from outside. */
export async function metersTold(db: AnyDatabase): Promise<UsageMeter[]> {
  return await declaredMeters(ours(db));
}

/** What was told of these subscriptions from a day on and is reckoned with by the close of another, a reading for each day, as rating takes it. */
export async function usageTold(
  db: AnyDatabase,
  kind: StoreKind,
  asked: {
    readonly subscriptionIds: readonly string[];
    readonly from: LocalDate;
    readonly knownUntil: LocalDate;
  },
): Promise<ReadonlyMap<string, readonly UsageEvent[]>> {
  const readings = await dayReadings(ours(db), kind, asked);
  const found = new Map<string, UsageEvent[]>();
  for (const { subscription_id: id, meter, member, day, units, decimals } of readings) {
    const event: UsageEvent = {
      id: member === '' ? `${day} ${meter}` : `${day} ${meter} ${member}`,
      meter,
      day,
      quantity: quantityText(units, decimals),
      ...(member !== '' && { member }),
    };
    const before = found.get(id);
    if (before === undefined) found.set(id, [event]);
    else before.push(event);
  }
  return found;
}

/**
 * Subscriptions with usage that came after its day was closed and is reckoned with as this day closes, each with the earliest such
 * day: what it ends is not settled any more.
 */
export async function lateUsageOn(
  db: AnyDatabase,
  known: LocalDate,
): Promise<ReadonlyMap<string, LocalDate>> {
  const rows = await ours(db)
    .selectFrom('usage_late')
    .select(['subscription_id', 'first_day'])
    .where('known_on', '=', known)
    .execute();
  return new Map(rows.map((row) => [row.subscription_id, row.first_day]));
}

/**
 * Forgets of whom usage came late for days before one that are settled: each was reckoned with as its day closed, and is not asked for
 * again. The usage itself stays, with the ids by which it counts once. Day by day, so that nobody waits for it. Returns how many rows.
 */
export async function forgetLateUsage(
  store: Pick<Store, 'tables'>,
  of: { readonly before: LocalDate; isSettled(day: Expression<LocalDate>): Expression<SqlBool> },
  signal: AbortSignal,
): Promise<number> {
  const db = store.tables<MeteringTables>();
  const settled = of.isSettled(sql.ref('usage_late.known_on'));
  let forgotten = 0;
  while (!signal.aborted) {
    const first = await db
      .selectFrom('usage_late')
      .select('known_on')
      .where('known_on', '<', of.before)
      .where(settled)
      .orderBy('known_on')
      .limit(1)
      .executeTakeFirst();
    if (first === undefined) break;
    const gone = await db
      .deleteFrom('usage_late')
      .where('known_on', '=', first.known_on)
      .where(settled)
      .executeTakeFirst();
    forgotten += Number(gone.numDeletedRows);
  }
  return forgotten;
}

/** Days and meters of which something was told of these subscriptions, from a day on. */
export async function daysTold(
  db: AnyDatabase,
  kind: StoreKind,
  of: { readonly subscriptionIds: readonly string[]; readonly from: LocalDate },
): Promise<{ readonly subscriptionId: string; readonly meter: string; readonly day: LocalDate }[]> {
  return await ours(db)
    .selectFrom('usage_event')
    .select(['subscription_id as subscriptionId', 'meter', 'day'])
    .distinct()
    .where('subscription_id', 'in', textList(kind, of.subscriptionIds))
    .where('day', '>=', of.from)
    .where('known_on', 'is not', null)
    .execute();
}

/** Usage that has no place on its bill waits for a person from now on. */
export async function holdUsage(
  parts: Pick<MeteringParts, 'kind' | 'insertMany' | 'updateMany'>,
  db: AnyDatabase,
  of: { readonly held: readonly Misplaced[]; readonly nowMs: number },
): Promise<void> {
  if (of.held.length === 0) return;
  const reasons = new Map(of.held.map((one) => [keyOf(one.subscriptionId, one.meter, one.day), one.reason]));
  const days = of.held.map(({ day }) => day);
  const rows = await ours(db)
    .selectFrom('usage_event')
    .select(['id', 'subscription_id', 'meter', 'day'])
    .where(
      'subscription_id',
      'in',
      textList(parts.kind, [...new Set(of.held.map((one) => one.subscriptionId))]),
    )
    .where('day', 'in', textList(parts.kind, [...new Set(days)]) as never)
    .where('known_on', 'is not', null)
    .orderBy('id')
    .execute();
  const held = rows.flatMap((row) => {
    const reason = reasons.get(keyOf(row.subscription_id, row.meter, row.day));
    return reason === undefined ? [] : [{ ...row, reason }];
  });
  await changeEvents(
    parts,
    ours(db),
    held.map(({ id }) => ({ id, known_on: null })),
  );
  await holdEvents(
    parts,
    ours(db),
    held.map((row) => ({
      event_id: row.id,
      told_subscription_id: row.subscription_id,
      reason: row.reason,
      held_at_ms: of.nowMs,
    })),
  );
}

export interface HeldOne {
  readonly id: string;
  readonly subscriptionId: string;
  readonly meter: string;
  readonly day: LocalDate;
}

/** Events of these subscriptions, from a day on, that wait for a person; they stay so until the caller's transaction ends. */
export async function heldOf(
  db: AnyDatabase,
  kind: StoreKind,
  of: readonly { readonly subscriptionId: string; readonly on: LocalDate }[],
): Promise<HeldOne[]> {
  const [first] = of.map(({ on }) => on).toSorted();
  if (first === undefined) return [];
  const ids = of.map(({ subscriptionId }) => subscriptionId);
  return await heldFrom(ours(db), kind, { subscriptionIds: ids, day: first });
}

/** Held events have their own day on their bill again. */
export async function releaseUsage(
  parts: Pick<MeteringParts, 'kind' | 'updateMany'>,
  db: AnyDatabase,
  of: { readonly released: readonly HeldOne[]; readonly by: string; readonly nowMs: number },
): Promise<void> {
  if (of.released.length === 0) return;
  await changeEvents(
    parts,
    ours(db),
    of.released.map(({ id, day }) => ({ id, known_on: day })),
  );
  const ids = of.released.map(({ id }) => id);
  await decideHeld(ours(db), parts.kind, ids, {
    state: 'charged',
    decided_by: of.by,
    decided_at_ms: of.nowMs,
    note: 'what held it was taken back',
  });
}

function keyOf(subscriptionId: string, meter: string, day: string): string {
  return `${subscriptionId} ${day} ${meter}`;
}
