import { sql, type Kysely } from 'kysely';
import type { PlatformTables } from './platform-schema.ts';
import type { StoreCore } from './store-core.ts';

/**
 * The one clock all engines of a store agree on, in epoch milliseconds: the server's on PostgreSQL (several machines share
 * it), this machine's on SQLite.
 */
export async function databaseNowMs(
  core: Pick<StoreCore, 'kind' | 'clock'>,
  db: Kysely<PlatformTables>,
): Promise<number> {
  if (core.kind === 'sqlite') return core.clock.nowMs();
  const { rows } = await sql<{
    now_ms: number;
  }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms`.execute(db);
  const row = rows[0];
  if (row === undefined) throw new Error('The database did not tell the time.');
  return row.now_ms;
}
