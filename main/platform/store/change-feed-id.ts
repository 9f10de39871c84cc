import { randomBytes } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import { EXPIRY_NOTES } from './change-log-postgres.ts';
import type { PlatformTables } from './platform-schema.ts';
import type { StoreCore } from './store-core.ts';

type Trx = Transaction<PlatformTables>;

/**
 * Names this feed in its cursors, so that those of a store which was replaced (restored, copied, moved to another server)
 * are not taken for positions in this one. On PostgreSQL transaction numbers mean nothing outside their cluster, so a
 * database that was moved begins a new log.
 */
export async function readFeedId(core: StoreCore): Promise<string> {
  return await core.transaction(
    async (trx) => {
      const origin = await originOf(core, trx);
      const [id, knownOrigin] = await Promise.all([readMeta(trx, 'feed_id'), readMeta(trx, 'feed_origin')]);
      if (id !== undefined && knownOrigin === origin) return id;
      return await beginFeed(trx, origin);
    },
    { repeatable: true },
  );
}

/** Which cluster and database this is; the same for every SQLite file (restoring one gives it a new id itself). */
async function originOf(core: StoreCore, trx: Trx): Promise<string> {
  if (core.kind === 'sqlite') return 'sqlite';
  await sql`lock table store_meta in share row exclusive mode`.execute(trx);
  const { rows } = await sql<{ origin: string }>`
    select system_identifier::text || '/' || (select oid from pg_database where datname = current_database())::text as origin
    from pg_control_system()`.execute(trx);
  return rows[0]?.origin ?? '';
}

async function beginFeed(trx: Trx, origin: string): Promise<string> {
  const id = randomBytes(6).toString('hex');
  await trx.deleteFrom('change_log').execute();
  await trx
    .deleteFrom('store_meta')
    .where('name', 'in', ['feed_id', 'feed_origin', ...EXPIRY_NOTES])
    .execute();
  await trx
    .insertInto('store_meta')
    .values([
      { name: 'feed_id', value: id },
      { name: 'feed_origin', value: origin },
    ])
    .execute();
  return id;
}

async function readMeta(trx: Trx, name: string): Promise<string | undefined> {
  return (await trx.selectFrom('store_meta').select('value').where('name', '=', name).executeTakeFirst())
    ?.value;
}
