import { readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { writeFileAtomically } from './file-write-atomic.ts';
import { translateSqliteError } from './sqlite-error.ts';
import { StoreError, StoreInUse } from './store-error.ts';

/** What FILE.owner says about the process that holds a SQLite store. Only told to others, never trusted as a lock. */
export interface StoreOwner {
  readonly pid: number;
  readonly host: string;
  readonly program: string;
  readonly sinceMs: number;
  readonly joinAddress?: string;
}

export interface OwnedFile {
  announce(joinAddress: string): void;
  release(): void;
}

/**
 * One process per SQLite store. The lock itself is a lock of the operating system on FILE.owner-lock (taken through SQLite,
 * which knows how on every system), so it ends with the process however that dies; FILE.owner (mode 600) says who it is.
 * Throws `StoreInUse` when another process, or this one, holds the file already.
 */
export function ownFile(file: string, program: string, sinceMs: number): OwnedFile {
  const lock = takeLock(file);
  let owner: StoreOwner = { pid: process.pid, host: hostname(), program, sinceMs };
  const write = (): void => writeFileAtomically(`${file}.owner`, JSON.stringify(owner));
  write();
  return {
    announce: (joinAddress) => {
      owner = { ...owner, joinAddress };
      write();
    },
    release: () => {
      rmSync(`${file}.owner`, { force: true });
      lock.close();
    },
  };
}

function takeLock(file: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(`${file}.owner-lock`, { timeout: 0 });
    lock.exec('pragma journal_mode = memory; begin exclusive');
    return lock;
  } catch (error) {
    lock?.close();
    const translated = translateSqliteError(error, file);
    if (!(translated instanceof StoreError) || translated.kind !== 'busy') throw translated;
    throw new StoreInUse({ file, ...readOwner(file) });
  }
}

/** Undefined when nobody said who they are (or the file is cut short). */
export function readOwner(file: string): StoreOwner | undefined {
  try {
    const owner = JSON.parse(readFileSync(`${file}.owner`, 'utf8')) as Partial<StoreOwner>;
    if (typeof owner.pid !== 'number' || typeof owner.host !== 'string') return undefined;
    return {
      pid: owner.pid,
      host: owner.host,
      program: String(owner.program),
      sinceMs: Number(owner.sinceMs),
      ...(typeof owner.joinAddress === 'string' ? { joinAddress: owner.joinAddress } : {}),
    };
  } catch {
    return undefined;
  }
}
