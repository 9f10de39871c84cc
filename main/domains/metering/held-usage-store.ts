import type { Kysely } from 'kysely';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { AnyTransaction, StoreKind } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import type { MeteringParts } from './metering-parts.ts';
import type { MeteringTables, UsageEventTable } from './metering-tables.ts';
import { isOfHeld } from './usage-event-store.ts';

type Db = Kysely<MeteringTables>;
type HeldTable = MeteringTables['held_usage'];

/** Writes down that these events wait for a person; one that a person had decided about before waits again. */
export async function holdEvents(
  parts: Pick<MeteringParts, 'insertMany'>,
  db: Db,
  held: readonly Pick<HeldTable, 'event_id' | 'told_subscription_id' | 'reason' | 'held_at_ms'>[],
): Promise<void> {
  const rows: HeldTable[] = held.map((one) => ({
    ...one,
    state: 'held',
    decided_by: '',
    decided_at_ms: null,
    note: '',
  }));
  await parts.insertMany(db as unknown as AnyTransaction, 'held_usage', rows, {
    onConflict: {
      key: ['event_id'],
      replace: ['reason', 'state', 'held_at_ms', 'decided_by', 'decided_at_ms', 'note'],
    },
  });
}

export type HeldEvent = UsageEventTable & Pick<HeldTable, 'told_subscription_id' | 'reason'>;

/** Those of these events that are held, by id, until the caller's transaction ends. */
export async function heldLocked(
  db: Db,
  kind: StoreKind,
  ids: readonly string[],
): Promise<ReadonlyMap<string, HeldEvent>> {
  const held = db
    .selectFrom('held_usage')
    .innerJoin('usage_event', (join) => join.on(isOfHeld(kind)))
    .selectAll('usage_event')
    .select(['told_subscription_id', 'reason'])
    .where('state', '=', 'held')
    .where('event_id', 'in', textList(kind, ids))
    .orderBy('event_id');
  const rows = await (kind === 'postgres' ? held.forUpdate('held_usage') : held).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** Held events of subscriptions, from a day on, until the caller's transaction ends. */
export async function heldFrom(
  db: Db,
  kind: StoreKind,
  of: { readonly subscriptionIds: readonly string[]; readonly day: LocalDate },
): Promise<{ id: string; subscriptionId: string; meter: string; day: LocalDate }[]> {
  const held = db
    .selectFrom('held_usage')
    .innerJoin('usage_event', (join) => join.on(isOfHeld(kind)))
    .select(['usage_event.id as id', 'subscription_id as subscriptionId', 'meter', 'day'])
    .where('state', '=', 'held')
    .where('subscription_id', 'in', textList(kind, of.subscriptionIds))
    .where('day', '>=', of.day)
    .orderBy('event_id');
  return await (kind === 'postgres' ? held.forUpdate('held_usage') : held).execute();
}

/** The subscriptions that these events were told of and are of now. */
export async function heldSubscriptions(db: Db, kind: StoreKind, ids: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('held_usage')
    .innerJoin('usage_event', (join) => join.on(isOfHeld(kind)))
    .select(['subscription_id', 'told_subscription_id'])
    .where('event_id', 'in', textList(kind, ids))
    .execute();
  return rows.flatMap((row) => [row.subscription_id, row.told_subscription_id]);
}

/** Writes down what a person decided about held events. */
export async function decideHeld(
  db: Db,
  kind: StoreKind,
  ids: readonly string[],
  decided: Pick<HeldTable, 'state' | 'decided_by' | 'decided_at_ms' | 'note'>,
): Promise<void> {
  await db.updateTable('held_usage').set(decided).where('event_id', 'in', textList(kind, ids)).execute();
}
