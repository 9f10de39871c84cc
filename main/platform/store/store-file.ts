import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseStoreAddress } from './store-address.ts';
import { StoreError } from './store-error.ts';

/** OpenWorkflow keeps its runs in a SQLite file of its own beside the store. */
export function tasksFileOf(file: string): string {
  return `${file}.tasks.sqlite`;
}

/** The file behind an address. Throws where there is none to copy. */
export function storeFileOf(address: string): string {
  const parsed = parseStoreAddress(address);
  if (parsed.kind === 'postgres') {
    throw new StoreError(
      'address-invalid',
      `${parsed.shown} is backed up and restored with PostgreSQL's own tools: pg_dump --format=custom and pg_restore, or the server's point-in-time recovery.`,
    );
  }
  if (parsed.file === undefined)
    throw new StoreError('address-invalid', 'A store in memory has no file to back up or restore.');
  return parsed.file;
}

/** What the operating system says about a file of the store, in words. */
export function translateFileError(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const options = { cause: error, code };
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return new StoreError(
        'permission-denied',
        `This user may not write ${file}. Check the permissions of the file and of its folder.`,
        options,
      );
    case 'EROFS':
      return new StoreError(
        'read-only',
        `${file} is on a read-only file system. Choose another place for it.`,
        options,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new StoreError(
        'disk-full',
        `The disk of ${file} is full. Free some space, then try again.`,
        options,
      );
    case 'ENOENT':
    case 'EISDIR':
    case 'ENOTDIR':
      return new StoreError(
        'file-missing',
        `${file} is not there, or a folder is in its place. Check the path.`,
        options,
      );
    case 'EEXIST':
      return new StoreError(
        'file-exists',
        `${file} exists already and is left alone. Choose another name.`,
        options,
      );
    default:
      return error;
  }
}

/** Makes renames and new names in a folder survive a power cut (not possible, and not needed, on Windows). */
export function syncFolderOf(file: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(dirname(file), 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
