import { randomBytes } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import type { PlatformTables } from './platform-schema.ts';
import { platformSchema } from './platform-schema.ts';
import { readSchemaState, type Program } from './schema-apply.ts';
import type { SchemaStep } from './schema-step.ts';
import { NodeSqliteDialect } from './sqlite-dialect.ts';
import { translateSqliteError } from './sqlite-error.ts';
import { checkIntegrity } from './sqlite-thread.ts';
import { StoreError } from './store-error.ts';
import { storeFileOf, syncFolderOf, tasksFileOf, translateFileError } from './store-file.ts';
import { applicationId, restrictFile } from './store-open-sqlite.ts';
import { ownFile } from './store-owner.ts';
import { TransactionHooks } from './transaction-hooks.ts';

export interface StoreRestored {
  readonly file: string;
  /** Where the store that was there before is kept. */
  readonly replacedFile?: string;
  /** Version of the program that wrote the backup's schema. */
  readonly writtenBy: string;
}

export interface RestoreOptions {
  readonly schema: readonly SchemaStep[];
  readonly program: Program;
}

/**
 * Puts a backup made by `backupStore` (or by an update, FILE.before-….backup) in the place of a store that nobody uses. The
 * backup is checked whole before anything is touched; the store that was there is kept beside it. Throws `StoreError`, among
 * them `StoreInUse` and 'schema-newer'.
 */
export async function restoreStore(
  file: string,
  address: string,
  options: RestoreOptions,
): Promise<StoreRestored> {
  const target = storeFileOf(address);
  const draft = `${target}.restoring`;
  try {
    const writtenBy = await checkBackup(file, options);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    const owned = ownFile(target, `${options.program.name} ${options.program.version}`, Date.now());
    try {
      prepareDraft(file, draft);
      const replacedFile = putInPlace(draft, target);
      return { file: target, writtenBy, ...(replacedFile === undefined ? {} : { replacedFile }) };
    } finally {
      removeDatabase(draft);
      rmSync(tasksFileOf(draft), { force: true });
      owned.release();
    }
  } catch (error) {
    throw translateFileError(translateSqliteError(error, file), file);
  }
}

async function checkBackup(file: string, options: RestoreOptions): Promise<string> {
  const verdict = existsSync(file) ? await readVerdict(file, options) : undefined;
  if (verdict === undefined)
    throw new StoreError('file-missing', `There is no backup ${file}. Check the path.`);
  return verdict;
}

async function readVerdict(file: string, options: RestoreOptions): Promise<string> {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    if (database.prepare('pragma application_id').get()?.['application_id'] !== applicationId) {
      throw new StoreError(
        'not-a-store',
        `${file} is not a backup of an Innkeeper store. Nothing was changed.`,
      );
    }
    const db = new Kysely<PlatformTables>({
      dialect: new NodeSqliteDialect(database, file, new TransactionHooks()),
    });
    const state = await readSchemaState(db, [...platformSchema, ...options.schema], options.program);
    const integrity = await checkIntegrity(file);
    if (integrity === 'ok') return state.writtenBy ?? 'unknown';
    throw new StoreError(
      'corrupt',
      `The backup ${file} is damaged (${integrity}). Nothing was changed; try an older one.`,
    );
  } finally {
    database.close();
  }
}

/** A copy beside the target: tasks unpacked, and a feed id of its own, so that nobody takes old cursors for positions in it. */
function prepareDraft(file: string, draft: string): void {
  removeDatabase(draft);
  copyFileSync(file, draft);
  restrictFile(draft);
  const database = new DatabaseSync(draft);
  try {
    database.exec('pragma journal_mode = delete');
    rmSync(tasksFileOf(draft), { force: true });
    if (hasTasks(database)) unpackTasks(database, tasksFileOf(draft));
    database
      .prepare("update store_meta set value = ? where name = 'feed_id'")
      .run(randomBytes(6).toString('hex'));
    database.exec('pragma synchronous = full; vacuum');
  } finally {
    database.close();
  }
}

function hasTasks(database: DatabaseSync): boolean {
  return database.prepare("select 1 from sqlite_schema where name = 'backup_tasks_part'").get() !== undefined;
}

function unpackTasks(database: DatabaseSync, tasks: string): void {
  const handle = openSync(tasks, 'wx', 0o600);
  try {
    for (const row of database.prepare('select content from backup_tasks_part order by part').iterate()) {
      writeSync(handle, row['content'] as Uint8Array);
    }
  } finally {
    closeSync(handle);
  }
  database.exec('drop table backup_tasks_part');
}

/** The store last: as long as it is the old one, a restore that was killed can simply be run again. */
function putInPlace(draft: string, target: string): string | undefined {
  const suffix = `.replaced-${new Date().toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}-${randomBytes(2).toString('hex')}`;
  setAside(tasksFileOf(target), tasksFileOf(`${target}${suffix}`));
  const isReplacing = setAside(target, `${target}${suffix}`);
  if (existsSync(tasksFileOf(draft))) renameSync(tasksFileOf(draft), tasksFileOf(target));
  else rmSync(tasksFileOf(target), { force: true });
  renameSync(draft, target);
  syncFolderOf(target);
  return isReplacing ? `${target}${suffix}` : undefined;
}

/** Gives a database a second name. The first one stays until it is renamed over, so there is a store at every moment. */
function setAside(file: string, aside: string): boolean {
  if (!existsSync(file)) return false;
  if (!foldLog(file)) {
    // It cannot be opened (that may be why a backup is restored): its log stays its log, under the new name.
    for (const suffix of ['-wal', '-shm']) {
      if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${aside}${suffix}`);
    }
  }
  linkSync(file, aside);
  return true;
}

/** Brings what is in the write-ahead log into the file and removes the log, which must not meet the new file. */
function foldLog(file: string): boolean {
  try {
    const database = new DatabaseSync(file);
    try {
      return database.prepare('pragma journal_mode = delete').get()?.['journal_mode'] === 'delete';
    } finally {
      database.close();
    }
  } catch {
    return false;
  }
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true });
}
