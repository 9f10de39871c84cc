import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import { isBeginningOf } from '../../../shared/domains/metering/usage-event-rules.ts';
import type { AnyTransaction, StoreKind } from '../../platform/store/store.ts';
import type { MeteringParts } from './metering-parts.ts';
import type { MeteringTables, UsageEventTable } from './metering-tables.ts';
import { numbersLike, settleKeys } from './usage-event-keys.ts';

type Db = Kysely<MeteringTables>;

/** What an event says; the same id with another of these is another event. */
export type EventContent = Pick<
  UsageEventTable,
  'id' | 'subscription_id' | 'meter' | 'member' | 'at_ms' | 'units'
>;

/**
 * Until the caller's transaction ends PostgreSQL goes by indexes. It keeps a plan as long as it knows nothing new of a table: one that was
 * made while there were no events would go through all of them for every id, half a minute for a batch, until they are counted the next time.
 */
export async function findByIndexes({ kind }: Pick<MeteringParts, 'kind'>, db: Db): Promise<void> {
  if (kind === 'postgres') await sql`set local enable_seqscan = off`.execute(db);
}

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
    .where(
      kind === 'sqlite'
        ? sql<boolean>`usage_event.no in ${numbersLike(ids)}`
        : sql<boolean>`id = any(${arrayText(ids)}::text::text[])`,
    )
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** What held usage is joined with its event by: on SQLite its number, for there no index has the ids. */
export function isOfHeld(kind: StoreKind): RawBuilder<SqlBool> {
  return kind === 'sqlite'
    ? sql<SqlBool>`usage_event.no = held_usage.event_no`
    : sql<SqlBool>`usage_event.id = held_usage.event_id`;
}

/** Changes these events, whatever columns are given. */
export async function changeEvents(
  { kind, updateMany }: Pick<MeteringParts, 'updateMany' | 'kind'>,
  db: Db,
  rows: readonly (Pick<UsageEventTable, 'id'> & Partial<UsageEventTable>)[],
): Promise<void> {
  const trx = db as unknown as AnyTransaction;
  if (kind === 'postgres') {
    await updateMany(trx, 'usage_event', rows, 'id');
    return;
  }
  const found = await sql<{ no: number; id: string }>`
    select no, id from usage_event where no in ${numbersLike(rows.map(({ id }) => id))}`.execute(db);
  const numbers = new Map(found.rows.map(({ no, id }) => [id, no]));
  const numbered = rows.flatMap(({ id, ...changes }) => {
    const no = numbers.get(id);
    return no === undefined ? [] : [{ no, ...changes }];
  });
  await updateMany(trx, 'usage_event', numbered, 'no');
}

/** Whether what is told says what is kept. */
export function saysTheSame(
  kept: EventContent,
  told: { readonly row: EventContent & Pick<UsageEventTable, 'day'>; readonly isOfDay: boolean },
): boolean {
  const { row, isOfDay } = told;
  return (
    kept.subscription_id === row.subscription_id &&
    kept.meter === row.meter &&
    kept.member === row.member &&
    kept.units === row.units &&
    (kept.at_ms === row.at_ms || (isOfDay && isBeginningOf(row.day, kept.at_ms)))
  );
}

const COLUMNS: readonly (readonly [keyof UsageEventTable, 'text' | 'bigint'])[] = [
  ['id', 'text'],
  ['subscription_id', 'text'],
  ['meter', 'text'],
  ['member', 'text'],
  ['day', 'text'],
  ['known_on', 'text'],
  ['at_ms', 'bigint'],
  ['units', 'bigint'],
  ['received_at_ms', 'bigint'],
];

/**
 * An array as PostgreSQL reads it from text.
 * https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
function arrayText(values: readonly (string | number | null)[]): string {
  const element = (value: string | number | null): string => {
    if (value === null) return 'NULL';
    if (typeof value === 'number') return String(value);
    return /["\\]/.test(value) ? `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"` : `"${value}"`;
  };
  return `{${values.map(element).join(',')}}`;
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
    // One writer at a time: what was not there a moment ago is not there now. Those of a subscription stand together in its index.
    const near = events.toSorted((one, other) => (one.subscription_id < other.subscription_id ? -1 : 1));
    await parts.insertMany(db as unknown as AnyTransaction, 'usage_event', near);
    await settleKeys(db, near.length);
    return new Set(events.map(({ id }) => id));
  }
  const column = (of: keyof UsageEventTable, type: 'text' | 'bigint'): RawBuilder<unknown> =>
    sql`${arrayText(events.map((event) => event[of]))}::text::${sql.raw(type)}[]`;
  const columns = COLUMNS.map(([name, type]) => column(name, type));
  // Columns as arrays: the server takes them apart in a third of the time that rows of JSON cost.
  const { rows } = await sql<{ id: string }>`
    insert into usage_event (${sql.join(COLUMNS.map(([name]) => sql.ref(name)))})
    select * from unnest(${sql.join(columns)}) on conflict do nothing returning id`.execute(db);
  return new Set(rows.map(({ id }) => id));
}
