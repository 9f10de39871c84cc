import { sql, type RawBuilder, type Transaction } from 'kysely';
import type { ChangeBatch, ChangeLog } from './change-log.ts';
import { databaseNowMs } from './database-clock.ts';
import type { PlatformTables } from './platform-schema.ts';
import type { StoreCore } from './store-core.ts';

export const changeChannel = 'innkeeper_changes';

/** Newest transaction of what was expired, and what the last expiry saw. */
export const EXPIRED_XID = 'change_log_expired_xid';
export const EXPIRED_SNAPSHOT = 'change_log_expired_snapshot';

/**
 * On PostgreSQL transactions commit in another order than their sequence numbers were drawn, so "after seq 7" would miss a
 * seq 6 that commits later. A cursor is a snapshot instead (`pg_current_snapshot()`, "every transaction finished by then"),
 * and what comes after it is every row whose transaction that snapshot does not see: nothing is missed or doubled, and a
 * long transaction elsewhere delays nobody. Inside a batch the place is (snapshot before, snapshot after, seq).
 * https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
 */
interface Place {
  readonly before: string;
  readonly within: { readonly after: string; readonly seq: number } | undefined;
}

interface ReadRow {
  readonly now: string;
  readonly is_gone: number;
  readonly seq: number | null;
  readonly topic: string;
  readonly key: string;
}

export function createPostgresChangeLog(core: StoreCore, feedId: string): ChangeLog {
  return {
    note: async (trx, topic, keys) => {
      const own = trx as Transaction<PlatformTables>;
      const atMs = core.clock.nowMs();
      await own
        .insertInto('change_log')
        .values(keys.map((key) => ({ topic, key, at_ms: atMs })))
        .execute();
      // Equal notifications of one transaction are sent once.
      await sql`select pg_notify(${changeChannel}, '')`.execute(own);
      core.hooks.noteChange();
    },
    position: async () => {
      const { rows } = await sql<{ now: string }>`select pg_current_snapshot()::text as now`.execute(core.db);
      return `${feedId}.${rows[0]?.now ?? ''}`;
    },
    read: async (from, until, limit) => {
      const place = placeOf(from, feedId);
      const end = until === undefined ? undefined : placeOf(until, feedId)?.before;
      if (place === undefined) return 'gone';
      return await readFrom(core, { feedId, place, end, limit });
    },
    expire: async (olderThanMs) =>
      await core.transaction(async (trx) => await expire(core, trx, olderThanMs), { repeatable: true }),
  };
}

async function readFrom(
  core: StoreCore,
  from: { feedId: string; place: Place; end: string | undefined; limit: number },
): Promise<ChangeBatch | 'gone'> {
  const { before, within } = from.place;
  const known = snapshot(before);
  const end = within?.after ?? from.end;
  const newest = within?.after ?? before;
  const { rows } = await sql<ReadRow>`
    select here.now::text as now, c.seq, c.topic, c.key,
      ${missedExpired(known)} or pg_snapshot_xmax(${snapshot(newest)}) > pg_snapshot_xmax(here.now) as is_gone
    from (select pg_current_snapshot() as now) here
    left join change_log c on c.xid >= pg_snapshot_xmin(${known}) and not pg_visible_in_snapshot(c.xid, ${known})
      ${end === undefined ? sql`` : sql`and pg_visible_in_snapshot(c.xid, ${snapshot(end)})`}
      ${within === undefined ? sql`` : sql`and c.seq > ${within.seq}`}
    order by c.seq limit ${from.limit}`.execute(core.db);
  const first = rows[0];
  if (first === undefined || first.is_gone === 1) return 'gone';
  const after = end ?? first.now;
  const changes = rows.flatMap((row) =>
    row.seq === null
      ? []
      : [{ cursor: `${from.feedId}.${before}.${after}.${row.seq}`, topic: row.topic, key: row.key }],
  );
  const isFull = changes.length === from.limit;
  // The rest of an interrupted batch was read; whatever came after that batch is still to be read.
  const more = isFull || within !== undefined;
  return { changes, cursor: isFull ? (changes.at(-1)?.cursor ?? '') : `${from.feedId}.${after}`, more };
}

/**
 * Whether something that was expired came after this snapshot. What was expired was finished when the last expiry looked, and no
 * newer than the newest that went: a transaction that ran all the time, here or in another database of the server, lost nothing.
 */
function missedExpired(known: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`coalesce((
    select pg_snapshot_xmax(${known}) <= expired.newest or exists (
      select 1 from pg_snapshot_xip(${known}) open
      where open <= expired.newest and coalesce(pg_visible_in_snapshot(open, expired.seen), true))
    from (select max(value) filter (where name = ${EXPIRED_XID})::xid8 as newest,
        max(value) filter (where name = ${EXPIRED_SNAPSHOT})::pg_snapshot as seen
      from store_meta where name in (${EXPIRED_XID}, ${EXPIRED_SNAPSHOT})) expired), false)`;
}

async function expire(
  core: StoreCore,
  trx: Transaction<PlatformTables>,
  olderThanMs: number,
): Promise<number> {
  // One expiry after the other, so that the last one written down also looked last.
  await sql`
    insert into store_meta (name, value) values (${EXPIRED_SNAPSHOT}, pg_current_snapshot()::text)
    on conflict (name) do update set value = store_meta.value`.execute(trx);
  const cutoffMs = (await databaseNowMs(core, trx)) - olderThanMs;
  // By the number, not by the text that is selected under the same name: 1000 comes after 999.
  const { rows } = await sql<{ rows: number; newest: string | null; seen: string }>`
    with gone as (delete from change_log where at_ms < ${cutoffMs} returning xid)
    select count(*) as rows, (select gone.xid::text from gone order by gone.xid desc limit 1) as newest,
      pg_current_snapshot()::text as seen from gone`.execute(trx);
  const { rows: count, newest, seen } = rows[0] ?? { rows: 0, newest: null, seen: '' };
  if (newest === null) return 0;
  await sql`
    insert into store_meta (name, value) values (${EXPIRED_XID}, ${newest})
    on conflict (name) do update set value = greatest(store_meta.value::xid8, excluded.value::xid8)::text`.execute(
    trx,
  );
  await sql`update store_meta set value = ${seen} where name = ${EXPIRED_SNAPSHOT}`.execute(trx);
  return count;
}

const snapshotText = /^\d{1,20}:\d{1,20}:(\d{1,20}(,\d{1,20})*)?$/;

function placeOf(cursor: string, feedId: string): Place | undefined {
  const [id, before, after, seq] = cursor.split('.');
  if (id !== feedId || before === undefined || !snapshotText.test(before)) return undefined;
  if (after === undefined && seq === undefined) return { before, within: undefined };
  if (after === undefined || !snapshotText.test(after) || seq === undefined || !/^\d{1,15}$/.test(seq))
    return undefined;
  return { before, within: { after, seq: Number(seq) } };
}

function snapshot(text: string): RawBuilder<unknown> {
  return sql`${text}::text::pg_snapshot`;
}
