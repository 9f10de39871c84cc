import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux's file system in memory. */
const MEMORY_FOLDER = '/dev/shm';
/** A database of a test is 10 MiB; this is several hundred of them, and as much again is left to those who work. */
const ROOM_BYTES = 6 * 2 ** 30;

const DAY_MS = 86_400_000;

function hasRoomInMemory(): boolean {
  if (!existsSync(MEMORY_FOLDER)) return false;
  const { bavail, bsize } = statfsSync(MEMORY_FOLDER);
  return bavail * bsize > ROOM_BYTES && freemem() > 2 * ROOM_BYTES;
}

/**
 * A new folder for the databases of tests: in memory where the machine has plenty, because there a copy is quick and a commit waits for
 * no disk, which costs a test more than all its own work. Nothing can be executed there.
 */
export function makeQuickFolder(prefix: string): { readonly folder: string; readonly isInMemory: boolean } {
  const isInMemory = hasRoomInMemory();
  return { folder: mkdtempSync(join(isInMemory ? MEMORY_FOLDER : tmpdir(), prefix)), isInMemory };
}

/** Gives back the memory of runs that were killed: no run lasts a day. */
export function forgetKilledRuns(): void {
  if (!existsSync(MEMORY_FOLDER)) return;
  for (const name of readdirSync(MEMORY_FOLDER).filter((one) => one.startsWith('innkeeper-'))) {
    const folder = join(MEMORY_FOLDER, name);
    const madeAtMs = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - madeAtMs > DAY_MS) rmSync(folder, { recursive: true, force: true });
  }
}
