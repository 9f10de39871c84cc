import { DatabaseSync } from 'node:sqlite';
import type { Backend } from 'openworkflow/internal';
import { BackendPostgres } from 'openworkflow/postgres';
import { BackendSqlite } from 'openworkflow/sqlite';
import postgres from 'postgres';
import { parseStoreAddress } from '../store/store-address.ts';

/** Its own schema inside the store's database. */
const SCHEMA = 'openworkflow';
/** Advisory lock while OpenWorkflow makes its tables: 'task' in ASCII. */
const SCHEMA_LOCK = 0x7461736b;
/** Claims, heartbeats and step records are short; the store has connections of its own. */
const CONNECTIONS = 3;

export interface TaskBackend {
  readonly backend: Backend;
  /** Only this process works on it, so claims found at the start belong to a dead one. */
  readonly isAlone: boolean;
  /** Removes the record of runs that ended before this instant; OpenWorkflow itself keeps them for ever. */
  forget(beforeMs: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * OpenWorkflow's record of runs and finished steps: beside a SQLite store in `<store>.tasks.sqlite` (in memory for a store in
 * memory), in a PostgreSQL store's database in a schema of its own.
 */
export async function openTaskBackend(storeAddress: string): Promise<TaskBackend> {
  const address = parseStoreAddress(storeAddress);
  if (address.kind === 'postgres') return await openPostgres(address.url);
  const file = address.file === undefined ? undefined : `${address.file}.tasks.sqlite`;
  const backend = BackendSqlite.connect(file ?? ':memory:');
  return {
    backend,
    isAlone: true,
    forget: async (beforeMs) => {
      if (file !== undefined) forgetSqlite(file, beforeMs);
    },
    close: async () => await backend.stop(),
  };
}

/** Through a connection of our own: OpenWorkflow offers no way. Its step records go with their runs (on delete cascade). */
function forgetSqlite(file: string, beforeMs: number): void {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    database
      .prepare(
        "delete from workflow_runs where status in ('completed', 'failed', 'canceled') and finished_at < ?",
      )
      .run(new Date(beforeMs).toISOString());
  } finally {
    database.close();
  }
}

async function openPostgres(url: string): Promise<TaskBackend> {
  await makeTables(url);
  // The names of its columns are camel case on our side: what OpenWorkflow's own pool does.
  const pool = postgres(url, {
    max: CONNECTIONS,
    transform: { column: { from: postgres.toCamel } },
    onnotice: () => undefined,
  });
  const backend = BackendPostgres.fromPool(pool, { schema: SCHEMA });
  return {
    backend,
    isAlone: false,
    forget: async (beforeMs) => {
      await pool`
        delete from ${pool(SCHEMA)}.workflow_runs
        where status in ('completed', 'failed', 'canceled') and finished_at < ${new Date(beforeMs)}`;
    },
    close: async () => await pool.end({ timeout: 5 }),
  };
}

/** One engine at a time: two that make the same tables at once fail in PostgreSQL's catalogue. */
async function makeTables(url: string): Promise<void> {
  const lock = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await lock`select pg_advisory_lock(${SCHEMA_LOCK})`;
    const migrated = await BackendPostgres.connect(url, { schema: SCHEMA });
    await migrated.stop();
  } finally {
    await lock.end({ timeout: 5 });
  }
}
