import { sql, type Kysely } from 'kysely';
import type { HeldUsage, UsageEvent } from '../../../shared/domains/billing/rating-lines.ts';
import { quantityText, type UsageMeter } from '../../../shared/domains/metering/usage-meter-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { AnyTransaction, StoreKind } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import { holdEvents } from './held-usage-store.ts';
import { declaredMeters } from './meter-store.ts';
import type { MeteringParts } from './metering-parts.ts';
import type { MeteringTables } from './metering-tables.ts';
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
    .selectFrom('usage_event')
    .select('subscription_id')
    .select((of) => of.fn.min('day').as('first'))
    .where('known_on', '=', known)
    .where(sql<boolean>`day < known_on`)
    .groupBy('subscription_id')
    .execute();
  return new Map(rows.map((row) => [row.subscription_id, String(row.first) as LocalDate]));
}

/** Days and meters of which something was told of a subscription, from a day on. */
export async function daysTold(
  db: AnyDatabase,
  of: { readonly subscriptionId: string; readonly from: LocalDate },
): Promise<{ readonly meter: string; readonly day: LocalDate }[]> {
  return await ours(db)
    .selectFrom('usage_event')
    .select(['meter', 'day'])
    .distinct()
    .where('subscription_id', '=', of.subscriptionId)
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
  const trx = db as unknown as AnyTransaction;
  await parts.updateMany(
    trx,
    'usage_event',
    held.map(({ id }) => ({ id, known_on: null })),
    'id',
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

function keyOf(subscriptionId: string, meter: string, day: string): string {
  return `${subscriptionId} ${day} ${meter}`;
}
