import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  linkSync,
  mkdtempSync,
  readSync,
  openSync,
  closeSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { translateSqliteError } from './sqlite-error.ts';
import { checkIntegrity } from './sqlite-thread.ts';
import { StoreError } from './store-error.ts';
import { storeFileOf, syncFolderOf, tasksFileOf, translateFileError } from './store-file.ts';
import { applicationId, restrictFile } from './store-open-sqlite.ts';

export interface BackupMade {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Part of the tasks file per row of the backup's table. */
const partBytes = 4 * 1024 * 1024;

/**
 * Copies an embedded store, with the runs of its tasks, into one new file (mode 600) while it is in use. The copy is a
 * consistent moment of the store and was read back whole (integrity_check) before it got its name; killed half-way it leaves
 * only a folder `.<name>.partial-…`. Throws `StoreError`; for PostgreSQL it says what to use instead.
 */
export async function backupStore(address: string, file: string): Promise<BackupMade> {
  const source = storeFileOf(address);
  if (existsSync(file)) throw translateFileError(Object.assign(new Error(), { code: 'EEXIST' }), file);
  let folder: string | undefined;
  try {
    statSync(source);
    // A folder of its own, so that half a copy and SQLite's files beside it can never be taken for the backup.
    folder = mkdtempSync(join(dirname(file), `.${basename(file)}.partial-`));
    const draft = join(folder, 'store.db');
    const tasks = join(folder, 'tasks.db');
    // The tasks first: a task whose run is missing is shown as interrupted, a run without its rows would fail oddly.
    if (existsSync(tasksFileOf(source))) await copyDatabase(tasksFileOf(source), tasks);
    await copyDatabase(source, draft);
    finishDraft(draft, tasks);
    await expectIntact(draft, source);
    restrictFile(draft);
    const made = { file, bytes: statSync(draft).size, sha256: await sha256Of(draft) };
    linkSync(draft, file);
    syncFolderOf(file);
    return made;
  } catch (error) {
    throw translateFileError(translateSqliteError(error, isAboutSource(error) ? source : file), file);
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB can only come from the store that is read, the rest from the copy that is written. */
function isAboutSource(error: unknown): boolean {
  const translated = translateSqliteError(error, '');
  return translated instanceof StoreError && ['corrupt', 'not-a-store', 'busy'].includes(translated.kind);
}

/** In SQLite's thread, all pages in one step: writers go on, and the copy does not start again because of them. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true, timeout: 10_000 });
  try {
    await backup(source, to, { rate: 0x7fffffff });
  } finally {
    source.close();
  }
}

/** Puts the tasks into the same file, and leaves one file with no log beside it. */
function finishDraft(draft: string, tasks: string): void {
  const database = new DatabaseSync(draft);
  try {
    if (database.prepare('pragma application_id').get()?.['application_id'] !== applicationId) {
      throw new StoreError(
        'not-a-store',
        'This file is not an Innkeeper store, so there is nothing to back up.',
      );
    }
    database.exec('pragma journal_mode = delete');
    if (existsSync(tasks)) storeParts(database, tasks);
  } finally {
    database.close();
  }
}

function storeParts(database: DatabaseSync, tasks: string): void {
  database.exec('begin; create table backup_tasks_part (part integer primary key, content blob not null)');
  const insert = database.prepare('insert into backup_tasks_part (part, content) values (?, ?)');
  const handle = openSync(tasks, 'r');
  try {
    const buffer = Buffer.alloc(partBytes);
    for (let part = 0; ; part += 1) {
      const length = readSync(handle, buffer, 0, partBytes, part * partBytes);
      if (length === 0) break;
      insert.run(part, buffer.subarray(0, length));
    }
  } finally {
    closeSync(handle);
  }
  database.exec('commit');
}

async function expectIntact(draft: string, source: string): Promise<void> {
  const verdict = await checkIntegrity(draft);
  if (verdict === 'ok') return;
  throw new StoreError(
    'corrupt',
    `The copy of ${source} is damaged (${verdict}), so no backup was made. The store itself may be damaged: keep the older backups.`,
  );
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
