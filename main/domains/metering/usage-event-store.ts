import { sql, type Kysely } from 'kysely';
import type { AnyTransaction, StoreKind } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import type { MeteringParts } from './metering-parts.ts';
import type { MeteringTables, UsageEventTable } from './metering-tables.ts';

type Db = Kysely<MeteringTables>;

/** What an event says; the same id with another of these is another event. */
export type EventContent = Pick<
  UsageEventTable,
  'id' | 'subscription_id' | 'meter' | 'member' | 'at_ms' | 'units'
>;

/** The events of these ids that are kept, as they were told. */
export async function eventsKept(
  db: Db,
  kind: StoreKind,
  ids: readonly string[],
): Promise<ReadonlyMap<string, EventContent>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('usage_event')
    .leftJoin('held_usage', 'held_usage.event_id', 'usage_event.id')
    .select(['id', 'meter', 'member', 'at_ms', 'units'])
    // A person may have charged it to another subscription since.
    .select(sql<string>`coalesce(told_subscription_id, subscription_id)`.as('subscription_id'))
    .where('id', 'in', textList(kind, ids))
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

export function saysTheSame(one: EventContent, other: EventContent): boolean {
  return (
    one.subscription_id === other.subscription_id &&
    one.meter === other.meter &&
    one.member === other.member &&
    one.at_ms === other.at_ms &&
    one.units === other.units
  );
}

/**
 * Keeps these events, in the order of their ids: two who keep the same ones at once then wait for each other in one order. Returns the
 * ids that were kept; those that somebody else kept meanwhile are left out.
 */
export async function keepEvents(
  parts: Pick<MeteringParts, 'insertMany' | 'kind'>,
  db: Db,
  events: readonly UsageEventTable[],
): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set();
  if (parts.kind === 'sqlite') {
    // One writer at a time: what was not there a moment ago is not there now.
    await parts.insertMany(db as unknown as AnyTransaction, 'usage_event', events);
    return new Set(events.map(({ id }) => id));
  }
  const { rows } = await sql<{ id: string }>`
    insert into usage_event select * from json_populate_recordset(null::usage_event, ${JSON.stringify(events)}::text::json)
    on conflict do nothing returning id`.execute(db);
  return new Set(rows.map(({ id }) => id));
}
