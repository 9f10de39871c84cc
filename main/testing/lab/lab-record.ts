import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process, safe against its number being used again: the start time (clock ticks since boot) tells two processes of one number apart. */
export interface ProcessIdentity {
  pid: number;
  startTicks: number;
}

export type LabHostRole = 'hypervisor' | 'vps';

/** What is known about a lab outside the processes that made it; written under /run, which a reboot empties as it does namespaces. */
export interface LabRecord {
  /** 0–255: names the lab's links (`lab7`, `lab7-hv1`), cgroups, and its subnet unless another was asked for. */
  id: number;
  name: string;
  /** Tells this lab from a later one of the same name. */
  run: string;
  /** First three numbers of a /24, e.g. 10.77.3; the machine is .1, hypervisors .11 and up, DHCP .100–.250. */
  subnet: string;
  folder: string;
  /** The lab goes when this process does; null: it stays until `down`. */
  owner: ProcessIdentity | null;
  hosts: { name: string; role: LabHostRole; address: string }[];
  opsPassword: string;
}

const recordFolder = '/run/innkeeper-lab';
const recordFile = (id: number) => join(recordFolder, `${id}.json`);

/** Start time in ticks (field 22 of /proc/PID/stat, see proc(5)), or undefined when the process is gone or only its exit code is left. */
function startTicks(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}

export function identify(pid: number): ProcessIdentity | undefined {
  const ticks = startTicks(pid);
  return ticks === undefined ? undefined : { pid, startTicks: ticks };
}

export function isAlive(process: ProcessIdentity): boolean {
  return startTicks(process.pid) === process.startTicks;
}

export function readLabRecords(): LabRecord[] {
  const read = (file: string) => {
    try {
      return [JSON.parse(readFileSync(join(recordFolder, file), 'utf8')) as LabRecord];
    } catch {
      return []; // taken down, or being written, at this moment
    }
  };
  try {
    return readdirSync(recordFolder)
      .filter((file) => /^\d+\.json$/.test(file))
      .flatMap(read);
  } catch {
    return [];
  }
}

export function findLabRecord(name: string): LabRecord | undefined {
  return readLabRecords().find((record) => record.name === name);
}

/** Takes an id for this record alone; false when another lab has it. */
export function claimLabRecord(record: LabRecord): boolean {
  mkdirSync(recordFolder, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(recordFile(record.id), JSON.stringify(record), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

export function updateLabRecord(record: LabRecord): void {
  const draft = `${recordFile(record.id)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(record), { mode: 0o600 });
  renameSync(draft, recordFile(record.id));
}

/**
 * Runs `work` while nobody else on this machine takes down a lab of this id. The kernel holds the lock for as long as a small shell waits on a pipe
 * from this process, so it goes with the process, however that goes.
 */
export async function takingDown<T>(id: number, work: () => Promise<T>): Promise<T> {
  mkdirSync(recordFolder, { recursive: true, mode: 0o700 });
  const lock = join(recordFolder, `${id}.lock`);
  const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; read -r _'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  holder.stdin.on('error', () => undefined); // it was killed: nobody is left to be told
  await Promise.race([
    once(holder.stdout, 'data'),
    once(holder, 'exit').then(([code]) => {
      throw new Error(`${lock} cannot be locked: flock ended with ${String(code)}`);
    }),
  ]);
  try {
    return await work();
  } finally {
    holder.stdin.end();
  }
}

export function removeLabRecord(record: LabRecord): void {
  rmSync(recordFile(record.id), { force: true });
}
