import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import { createAuditLog } from './audit-log.ts';
import { ChangeHub, type WatchLog } from './change-feed.ts';
import type { ChangeLog } from './change-log.ts';
import { createPostgresChangeLog } from './change-log-postgres.ts';
import { createSqliteChangeLog } from './change-log-sqlite.ts';
import { createCommandOutcomes } from './command-outcomes.ts';
import { readFeedId } from './change-feed-id.ts';
import { databaseNowMs } from './database-clock.ts';
import { createInsertMany } from './insert-many.ts';
import { createLeases } from './leases.ts';
import { platformSchema, type PlatformTables } from './platform-schema.ts';
import type { Program } from './schema-apply.ts';
import type { SchemaStep } from './schema-step.ts';
import { parseStoreAddress } from './store-address.ts';
import type { StoreCore } from './store-core.ts';
import { StoreError } from './store-error.ts';
import { bringSchemaUpToDate } from './store-schema.ts';
import type { RunMany } from './sqlite-dialect.ts';
import { openSqlite } from './store-open-sqlite.ts';
import type { Store, StoreClock, StoreLog, StoreOpening, TransactionOptions } from './store.ts';
import { TransactionHooks } from './transaction-hooks.ts';
import { createUpdateMany } from './update-many.ts';
import { openPostgres } from './store-open-postgres.ts';

export interface OpenStoreOptions {
  /** sqlite:FILE, sqlite::memory: or postgres://… (see store-address.ts). */
  readonly address: string;
  /** The steps of all domains; the store's own are added. */
  readonly schema: readonly SchemaStep[];
  readonly program: Program;
  readonly log?: StoreLog;
  /** Default: the system's. */
  readonly clock?: StoreClock;
  /**
   * SQLite: false opens the file beside the process that owns it, for short maintenance (verify, report); the schema must be
   * up to date then. Default true.
   */
  readonly isOwner?: boolean;
  /** SQLite: the file goes with its process, so that no commit waits for the disk. Default false. */
  readonly isThrownAway?: boolean;
}

const silent: StoreLog = { info: () => undefined, warn: () => undefined };

/**
 * Opens (and creates, or brings up to date) a store. Throws `StoreError`, among them `StoreInUse` and 'schema-newer'; nothing
 * was changed then.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const address = parseStoreAddress(options.address);
  const hooks = new TransactionHooks();
  const shown = address.kind === 'sqlite' ? (address.file ?? address.shown) : address.shown;
  const log = options.log ?? silent;
  const clock = options.clock ?? { nowMs: () => Date.now() };
  const isOwner = options.isOwner ?? true;
  const program = `${options.program.name} ${options.program.version}`;
  const connection: OpenConnection =
    address.kind === 'sqlite'
      ? openSqlite({
          file: address.file,
          shown,
          program,
          hooks,
          isOwner,
          isThrownAway: options.isThrownAway ?? false,
        })
      : await openPostgres({ url: address.url, shown, program, hooks, log });
  try {
    const core: StoreCore = {
      kind: address.kind,
      db: connection.db,
      hooks,
      clock,
      log,
      transaction: async (work, transactionOptions) =>
        await transact(connection.db, hooks, work, transactionOptions),
    };
    const schema = [...platformSchema, ...options.schema];
    const opened = await bringSchemaUpToDate(core, {
      schema,
      program: options.program,
      file: address.kind === 'sqlite' ? address.file : undefined,
      isOwner,
    });
    return await assemble(core, { ...connection, shown: address.shown, opened });
  } catch (error) {
    await connection.close();
    throw error;
  }
}

interface OpenConnection {
  readonly db: Kysely<PlatformTables>;
  readonly watch: WatchLog;
  /** SQLite alone, see `RunMany`. */
  readonly runMany?: RunMany;
  readonly owned?: { announce(joinAddress: string): void } | undefined;
  close(): Promise<void>;
}

interface Parts extends OpenConnection {
  readonly shown: string;
  readonly opened: StoreOpening;
}

async function assemble(core: StoreCore, parts: Parts): Promise<Store> {
  const changes = new ChangeHub(changeLogOf(core, await readFeedId(core)), parts.watch, core.log.warn);
  let closing: Promise<void> | undefined;
  return {
    kind: core.kind,
    address: parts.shown,
    opened: parts.opened,
    tables: <T>() => core.db as unknown as Kysely<T>,
    transaction: async <T, R>(work: (trx: Transaction<T>) => Promise<R>, options?: TransactionOptions) =>
      await core.transaction(async (trx) => await work(trx as unknown as Transaction<T>), options),
    insertMany: createInsertMany(parts.runMany),
    updateMany: createUpdateMany(parts.runMany),
    changes,
    audit: createAuditLog(core),
    outcomes: createCommandOutcomes(core),
    leases: createLeases(core),
    nowMs: async (within = core.db) => await databaseNowMs(core, within),
    announce: async (owner) => parts.owned?.announce(owner.joinAddress),
    close: async () => {
      closing ??= changes.close().then(parts.close);
      await closing;
    },
  };
}

function changeLogOf(core: StoreCore, feedId: string): ChangeLog {
  return core.kind === 'sqlite' ? createSqliteChangeLog(core, feedId) : createPostgresChangeLog(core, feedId);
}

const attemptsMax = 7;
/** A server that is only restarted is back by then; an absent one is reported. */
const patienceMs = 5000;

async function transact<R>(
  db: Kysely<PlatformTables>,
  hooks: TransactionHooks,
  work: (trx: Transaction<PlatformTables>) => Promise<R>,
  options: TransactionOptions = {},
): Promise<R> {
  const beganAtMs = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const builder =
        options.isolation === undefined
          ? db.transaction()
          : db.transaction().setIsolationLevel(options.isolation);
      return await builder.execute(async (trx) => await hooks.inside(async () => await work(trx)));
    } catch (error) {
      const isLate = attempt === attemptsMax || performance.now() - beganAtMs > patienceMs;
      if (options.repeatable !== true || isLate || !mayTryAgain(error)) throw error;
      await sleep(2 ** attempt * 10 * (0.5 + Math.random()));
    }
  }
}

function mayTryAgain(error: unknown): boolean {
  return error instanceof StoreError && ['busy', 'connection-lost', 'unreachable'].includes(error.kind);
}
