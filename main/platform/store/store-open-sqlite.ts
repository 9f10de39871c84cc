import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import type { WatchLog } from './change-feed.ts';
import { addFoldText } from './fold-text-function.ts';
import type { PlatformTables } from './platform-schema.ts';
import { NodeSqliteDialect, type RunMany } from './sqlite-dialect.ts';
import { translateSqliteError } from './sqlite-error.ts';
import { StoreError } from './store-error.ts';
import { translateFileError } from './store-file.ts';
import { ownFile, type OwnedFile } from './store-owner.ts';
import { addTextHash } from './text-hash.ts';
import type { TransactionHooks } from './transaction-hooks.ts';

/** 'Innk': says in the header of a SQLite file whose it is (PRAGMA application_id). */
export const applicationId = 0x496e6e6b;
const busyTimeoutMs = 10_000;
/** How soon a commit of another process on the same file is noticed. */
const dataVersionPollMs = 400;

export interface SqliteConnection {
  readonly db: Kysely<PlatformTables>;
  readonly database: DatabaseSync;
  readonly watch: WatchLog;
  readonly runMany: RunMany;
  readonly owned: OwnedFile | undefined;
  close(): Promise<void>;
}

export interface SqliteOpening {
  /** Undefined: in memory. */
  readonly file: string | undefined;
  readonly shown: string;
  readonly program: string;
  readonly hooks: TransactionHooks;
  /** False: beside the process that owns the file. */
  readonly isOwner: boolean;
  /** What is in it need not survive this process. */
  readonly isThrownAway: boolean;
}

export function openSqlite(opening: SqliteOpening): SqliteConnection {
  const { file, shown, hooks } = opening;
  if (file !== undefined) {
    if (opening.isOwner) createFile(file);
    expectOurs(file);
  }
  const owned =
    file === undefined || !opening.isOwner ? undefined : ownFile(file, opening.program, Date.now());
  let database: DatabaseSync | undefined;
  try {
    database = connect(file ?? ':memory:', shown);
    if (opening.isThrownAway) database.exec('pragma synchronous = off');
    const opened = database;
    const dialect = new NodeSqliteDialect(opened, shown, hooks);
    const db = new Kysely<PlatformTables>({ dialect });
    return {
      db,
      database: opened,
      owned,
      runMany: dialect.runMany,
      watch: watchDataVersion(opened, hooks),
      close: async () => {
        await dialect.close();
        owned?.release();
      },
    };
  } catch (error) {
    database?.close();
    owned?.release();
    throw error;
  }
}

/** Made before SQLite opens it, for the mode: the store holds people's names and addresses. */
function createFile(file: string): void {
  try {
    if (!existsSync(dirname(file))) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw translateFileError(error, file);
  }
}

const sqliteHeader = 'SQLite format 3\0';
const applicationIdOffset = 68;

/** Looks at the header before anything is done to the file (https://www.sqlite.org/fileformat.html). */
function expectOurs(file: string): void {
  const header = Buffer.alloc(100);
  try {
    const handle = openSync(file, 'r');
    try {
      if (readSync(handle, header, 0, header.length, 0) === 0) return;
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw translateFileError(error, file);
  }
  const isSqlite = header.toString('latin1', 0, sqliteHeader.length) === sqliteHeader;
  if (isSqlite && header.readUInt32BE(applicationIdOffset) === applicationId) return;
  throw new StoreError(
    'not-a-store',
    `${file} is not an Innkeeper store. Nothing was changed; give the address of another file.`,
  );
}

function connect(path: string, shown: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, {
      timeout: busyTimeoutMs,
      enableForeignKeyConstraints: true,
      enableDoubleQuotedStringLiterals: false,
    });
    const isEmpty = database.prepare('select count(*) as n from sqlite_schema').get()?.['n'] === 0;
    if (isEmpty) database.exec(`pragma application_id = ${applicationId}`);
    // WAL: readers (backup, a second process) do not wait for a writer. FULL: what was answered "done" (an invoice number, a
    // payment) survives a power cut; NORMAL would be faster by one fsync per commit and may lose the last seconds.
    database.exec('pragma journal_mode = wal; pragma synchronous = full');
    // LIKE as on PostgreSQL.
    database.exec('pragma case_sensitive_like = on');
    // A list counts all rows of its table: kept in memory (up to 64 MiB) they are not read from the file each time.
    database.exec('pragma cache_size = -65536');
    // Pages (of 4 KiB) in the log before they are copied into the file: a page that ten transactions wrote is then copied once.
    database.exec('pragma wal_autocheckpoint = 16384');
    addFoldText(database);
    addTextHash(database);
    return database;
  } catch (error) {
    database?.close();
    throw translateSqliteError(error, shown);
  }
}

/** Commits of this process wake at once; those of another one on the same file change PRAGMA data_version. */
function watchDataVersion(database: DatabaseSync, hooks: TransactionHooks): WatchLog {
  return (wake) => {
    const unhook = hooks.onCommittedChange(wake);
    const statement = database.prepare('pragma data_version');
    let seen = statement.get()?.['data_version'];
    const look = (): void => {
      try {
        const version = statement.get()?.['data_version'];
        if (version !== seen) wake();
        seen = version;
      } catch {
        // The file cannot be read just now: reading the log will say so in words.
        wake();
      }
    };
    const timer = setInterval(() => database.isOpen && look(), dataVersionPollMs);
    timer.unref();
    return async () => {
      unhook();
      clearInterval(timer);
    };
  };
}

/** Mode 600 for a store file that came from elsewhere. */
export function restrictFile(file: string): void {
  chmodSync(file, 0o600);
}
