import { CompiledQuery, Kysely, sql } from 'kysely';
import type { WatchLog } from './change-feed.ts';
import { changeChannel } from './change-log-postgres.ts';
import { PostgresStoreDialect } from './postgres-dialect.ts';
import { PostgresSession, type SessionSettings } from './postgres-session.ts';
import type { PlatformTables } from './platform-schema.ts';
import type { StoreLog } from './store.ts';
import type { TransactionHooks } from './transaction-hooks.ts';

export interface PostgresConnection {
  readonly db: Kysely<PlatformTables>;
  readonly watch: WatchLog;
  close(): Promise<void>;
}

export interface PostgresOpening {
  readonly url: string;
  readonly shown: string;
  readonly program: string;
  readonly hooks: TransactionHooks;
  readonly log: StoreLog;
}

/** The feed looks at the log this often even when no notification came, and this soon after the listener broke. */
const pollMs = 1000;

export async function openPostgres(opening: PostgresOpening): Promise<PostgresConnection> {
  const { url, shown, program, hooks, log } = opening;
  const settings: SessionSettings = { url, shown, program };
  const dialect = new PostgresStoreDialect(settings, hooks);
  const db = new Kysely<PlatformTables>({ dialect });
  try {
    await sql`select 1`.execute(db);
  } catch (error) {
    await dialect.close();
    throw error;
  }
  return { db, watch: watchNotifications(settings, hooks, log), close: async () => await dialect.close() };
}

/** Wakes on NOTIFY, on commits of this process, and each second in any case, so that a lost listener costs a second at most. */
function watchNotifications(settings: SessionSettings, hooks: TransactionHooks, log: StoreLog): WatchLog {
  return (wake) => {
    let isListening = false;
    let isStopped = false;
    let isTold = false;
    const session = new PostgresSession({
      ...settings,
      onNotification: wake,
      onLost: () => {
        isListening = false;
      },
    });
    const listen = async (): Promise<void> => {
      isListening = true;
      try {
        await session.connect();
        await session.executeQuery(CompiledQuery.raw(`listen ${changeChannel}`));
        isTold = false;
        wake();
      } catch (error) {
        isListening = false;
        if (!isTold) log.warn('Waiting for PostgreSQL to listen for changes.', { error: String(error) });
        isTold = true;
      }
    };
    let listening = listen();
    const unhook = hooks.onCommittedChange(wake);
    const timer = setInterval(() => {
      if (!isListening && !isStopped) listening = listen();
      wake();
    }, pollMs);
    timer.unref();
    return async () => {
      isStopped = true;
      unhook();
      clearInterval(timer);
      await listening;
      await session.end();
    };
  };
}
