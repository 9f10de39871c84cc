import { readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Mount points of the machine's cgroup hierarchies, version 1 and 2. */
function hierarchies(): string[] {
  const lines = readFileSync('/proc/mounts', 'utf8').split('\n');
  return lines
    .map((line) => line.split(' '))
    .flatMap(([, mount, type]) =>
      mount !== undefined && (type === 'cgroup' || type === 'cgroup2') ? [mount] : [],
    );
}

function foldersBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => [...foldersBelow(join(folder, entry.name)), join(folder, entry.name)]);
}

/** Every cgroup whose top folder's name satisfies `matches`, deepest first. */
function cgroups(matches: (name: string) => boolean): string[] {
  return hierarchies().flatMap((mount) => {
    const tops = readdirSync(mount, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && matches(entry.name),
    );
    return tops.flatMap((top) => [...foldersBelow(join(mount, top.name)), join(mount, top.name)]);
  });
}

function processesIn(folder: string): number[] {
  try {
    return readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Kills every process in the cgroups whose name satisfies `matches` and removes these; returns when they are gone. */
export async function clearCgroups(matches: (name: string) => boolean, timeoutMs = 20_000): Promise<void> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const left = cgroups(matches);
    if (left.length === 0) return;
    for (const pid of new Set(left.flatMap(processesIn))) {
      // 0 is a process outside of this pid namespace.
      if (pid > 0) killQuietly(pid);
    }
    const stuck = left.filter((folder) => !removed(folder));
    if (stuck.length === 0) return;
    if (Date.now() > until)
      throw new Error(`these cgroups cannot be removed, something in them does not die: ${stuck.join(', ')}`);
    await delay(10);
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already
  }
}

function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** Names of the machine's top cgroups that satisfy `matches`. */
export function cgroupNames(matches: (name: string) => boolean): string[] {
  return [...new Set(hierarchies().flatMap((mount) => readdirSync(mount).filter(matches)))];
}
