import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux's file system in memory. */
const MEMORY_FOLDER = '/dev/shm';
/** A database of a test is 10 MiB; this is several hundred of them, and as much again is left to those who work. */
const ROOM_BYTES = 6 * 2 ** 30;

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
  const base = isInMemory ? MEMORY_FOLDER : tmpdir();
  return { folder: mkdtempSync(join(base, `${prefix}${process.pid}-`)), isInMemory };
}

/** Gives back the memory of runs that were killed: folders whose process is no more. */
export function forgetKilledRuns(): void {
  if (!existsSync(MEMORY_FOLDER)) return;
  for (const name of readdirSync(MEMORY_FOLDER)) {
    const pid = /^innkeeper-[a-z-]+-(\d+)-\w+$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(MEMORY_FOLDER, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
