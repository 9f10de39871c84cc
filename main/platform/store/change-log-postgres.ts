import { sql, type RawBuilder, type Transaction } from 'kysely';
import type { ChangeBatch, ChangeLog } from './change-log.ts';
import { databaseNowMs } from './database-clock.ts';
import type { PlatformTables } from './platform-schema.ts';
import type { StoreCore } from './store-core.ts';

export const changeChannel = 'innkeeper_changes';

/** Newest transaction of what was expired, and what the last expiry saw. */
const EXPIRED_XID = 'change_log_expired_xid';
const EXPIRED_SNAPSHOT = 'change_log_expired_snapshot';
/** The newest transactions of what was expired, after the number from which on the list is whole. Separated by commas. */
const EXPIRED_RECENT = 'change_log_expired_recent';
/** All that is remembered of expiries. */
export const EXPIRY_NOTES: readonly string[] = [EXPIRED_XID, EXPIRED_SNAPSHOT, EXPIRED_RECENT];
const recentMax = 1000;

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
 * Whether something that was expired came after this snapshot: what is newer than all the snapshot knew, or was open then.
 * Transactions that were open and changed nothing, of this database or another of the server, are told from those by the list of
 * what was expired. For those older than the list it is enough to have finished before the last expiry looked.
 */
function missedExpired(known: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`coalesce((
    select pg_snapshot_xmax(${known}) <= expired.newest or exists (
      select 1 from pg_snapshot_xip(${known}) open
      where open <= expired.newest and (open = any(expired.recent[2:])
        or coalesce(open < expired.recent[1], true) and coalesce(pg_visible_in_snapshot(open, expired.seen), true)))
    from (select max(value) filter (where name = ${EXPIRED_XID})::xid8 as newest,
        max(value) filter (where name = ${EXPIRED_SNAPSHOT})::pg_snapshot as seen,
        string_to_array(max(value) filter (where name = ${EXPIRED_RECENT}), ',')::xid8[] as recent
      from store_meta where name in (${sql.join(EXPIRY_NOTES)})) expired), false)`;
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
  const { rows } = await sql<{ rows: number; gone: string | null; seen: string }>`
    with gone as (delete from change_log where at_ms < ${cutoffMs} returning xid)
    select count(*) as rows, string_agg(distinct xid::text, ',') as gone, pg_current_snapshot()::text as seen
    from gone`.execute(trx);
  const { rows: count, gone, seen } = rows[0] ?? { rows: 0, gone: null, seen: '' };
  if (gone === null) return 0;
  const { wholeFrom, xids } = await recentlyExpired(trx, gone.split(',').map(BigInt));
  await trx
    .insertInto('store_meta')
    .values([
      { name: EXPIRED_XID, value: String(xids[0]) },
      { name: EXPIRED_RECENT, value: [wholeFrom, ...xids].join(',') },
      { name: EXPIRED_SNAPSHOT, value: seen },
    ])
    .onConflict((known) => known.column('name').doUpdateSet({ value: (eb) => eb.ref('excluded.value') }))
    .execute();
  return count;
}

/** The transactions that were expired lately, newest first, with these. From `wholeFrom` on none is missing. */
async function recentlyExpired(
  trx: Transaction<PlatformTables>,
  added: readonly bigint[],
): Promise<{ wholeFrom: bigint; xids: readonly bigint[] }> {
  const rows = await trx
    .selectFrom('store_meta')
    .selectAll()
    .where('name', 'in', [EXPIRED_XID, EXPIRED_RECENT])
    .execute();
  const noted = new Map(rows.map(({ name, value }) => [name, value.split(',').map(BigInt)]));
  const newest = noted.get(EXPIRED_XID) ?? [];
  // Before there was a list, anything up to the newest may have gone.
  const [since = 0n, ...listed] = noted.get(EXPIRED_RECENT) ?? newest.map((xid) => xid + 1n);
  const all = [...new Set([...newest, ...listed, ...added])].toSorted((a, b) => (a < b ? 1 : -1));
  const xids = all.slice(0, recentMax);
  return { wholeFrom: xids.length < all.length ? (xids.at(-1) ?? since) : since, xids };
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
