import { sql, type Kysely, type RawBuilder } from 'kysely';
import { TEXT_HASHES, textHash } from '../../platform/store/text-hash.ts';
import type { MeteringTables } from './metering-tables.ts';

/**
 * How SQLite finds events by their ids, which are random: a page of an index for each, were they written as they come. A trigger writes the
 * hash of a new one to `usage_event_new_key`, small enough to stay in memory. From there they go to `usage_event_key`, which grows for
 * ever, a share of all hashes at a time: those of a share are thousands, and lie on few pages.
 */
type Db = Kysely<MeteringTables>;

const SHARES = 64;
const SHARE = TEXT_HASHES / SHARES;
/** After so many new events the next share is settled. */
const EVENTS_PER_SHARE = 4096;

/** The numbers of all events that may have one of these ids; more may be among them. */
export function numbersLike(ids: readonly string[]): RawBuilder<number> {
  const hashes = JSON.stringify(ids.map(textHash));
  const among = sql`hash in (select value from json_each(${hashes}))`;
  return sql<number>`(select no from usage_event_new_key where ${among}
    union all select no from usage_event_key where ${among})`;
}

/** Settles the shares whose turn has come with so many events just kept. */
export async function settleKeys(db: Db, kept: number): Promise<void> {
  const { rows } = await sql<{ last: number | null }>`select max(no) as last from usage_event`.execute(db);
  const last = rows[0]?.last ?? 0;
  const until = Math.floor(last / EVENTS_PER_SHARE);
  const from = Math.max(Math.floor((last - kept) / EVENTS_PER_SHARE), until - SHARES);
  for (let turn = from + 1; turn <= until; turn += 1) {
    const first = (turn % SHARES) * SHARE;
    const within = sql`hash >= ${first} and hash < ${first + SHARE}`;
    await sql`insert into usage_event_key (hash, no)
      select hash, no from usage_event_new_key where ${within} order by hash, no`.execute(db);
    await sql`delete from usage_event_new_key where ${within}`.execute(db);
  }
}
