import type { Kysely, Transaction } from 'kysely';
import type { ChangeLog } from './change-log.ts';
import type { PlatformTables } from './platform-schema.ts';
import type { StoreCore } from './store-core.ts';

/** SQLite has one writer at a time, so the order of seq is the order of commits and a cursor is `<feed id>.<seq>`. */
export function createSqliteChangeLog(core: StoreCore, feedId: string): ChangeLog {
  const cursorAt = (seq: number): string => `${feedId}.${seq}`;
  const seqOf = (cursor: string): number | undefined => {
    const [id, seq] = cursor.split('.');
    return id === feedId && seq !== undefined && /^\d{1,15}$/.test(seq) ? Number(seq) : undefined;
  };
  return {
    note: async (trx, topic, keys) => {
      const own = trx as Transaction<PlatformTables>;
      const atMs = core.clock.nowMs();
      await own
        .insertInto('change_log')
        .values(keys.map((key) => ({ topic, key, at_ms: atMs })))
        .execute();
      core.hooks.noteChange();
    },
    position: async () => cursorAt((await bounds(core.db)).newest),
    read: async (from, until, limit) => {
      const after = seqOf(from);
      const { oldest, newest } = await bounds(core.db);
      if (after === undefined || after > newest || after < oldest - 1) return 'gone';
      const last = Math.min((until === undefined ? undefined : seqOf(until)) ?? newest, newest);
      const rows = await core.db
        .selectFrom('change_log')
        .select(['seq', 'topic', 'key'])
        .where('seq', '>', after)
        .where('seq', '<=', last)
        .orderBy('seq')
        .limit(limit)
        .execute();
      const more = rows.length === limit;
      return {
        changes: rows.map((row) => ({ cursor: cursorAt(row.seq), topic: row.topic, key: row.key })),
        cursor: cursorAt(more ? (rows.at(-1)?.seq ?? last) : Math.max(last, after)),
        more,
      };
    },
    expire: async (olderThanMs) => {
      const cutoffMs = core.clock.nowMs() - olderThanMs;
      // By seq, so that a clock that once went back leaves no hole between what is gone and what is kept.
      const gone = await core.db
        .deleteFrom('change_log')
        .where('seq', '<=', (eb) =>
          eb
            .selectFrom('change_log')
            .select((column) => column.fn.max('seq').as('seq'))
            .where('at_ms', '<', cutoffMs),
        )
        .executeTakeFirst();
      return Number(gone.numDeletedRows);
    },
  };
}

/** `newest` survives the removal of all rows: SQLite keeps the last AUTOINCREMENT value in sqlite_sequence. */
async function bounds(db: Kysely<PlatformTables>): Promise<{ oldest: number; newest: number }> {
  const row = await db
    .withTables<{ sqlite_sequence: { name: string; seq: number } }>()
    .selectNoFrom((eb) => [
      eb.selectFrom('sqlite_sequence').select('seq').where('name', '=', 'change_log').as('newest'),
      eb
        .selectFrom('change_log')
        .select((column) => column.fn.min('seq').as('seq'))
        .as('oldest'),
    ])
    .executeTakeFirst();
  const newest = row?.newest ?? 0;
  return { newest, oldest: row?.oldest ?? newest + 1 };
}
