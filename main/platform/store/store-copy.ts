import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Automatic copies kept beside a store. */
const copiesKept = 5;

/**
 * Copies a SQLite store beside itself before its schema changes: FILE.before-<version>-<time>.backup. The caller holds the
 * write lock, so the copy is exactly what the change starts from. Nothing in memory, or on PostgreSQL (the DBA's pg_dump).
 */
export function copyBeforeSchemaChange(
  file: string | undefined,
  version: string,
  nowMs: number,
): string | undefined {
  if (file === undefined) return undefined;
  const time = new Date(nowMs).toISOString().replaceAll(/[-:]/g, '').slice(0, 15);
  const copy = `${file}.before-${version.replaceAll(/[^\w.]/g, '_')}-${time}.backup`;
  rmSync(copy, { force: true });
  const reader = new DatabaseSync(file, { readOnly: true });
  try {
    reader.prepare('vacuum into ?').run(copy);
  } finally {
    reader.close();
  }
  removeOldCopies(file);
  return copy;
}

function removeOldCopies(file: string): void {
  const folder = dirname(file);
  const prefix = `${basename(file)}.before-`;
  const timeOf = (name: string): string => name.slice(-'YYYYMMDDTHHMMSS.backup'.length);
  const copies = readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.backup'))
    .toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1));
  for (const name of copies.slice(copiesKept)) rmSync(join(folder, name), { force: true });
}
