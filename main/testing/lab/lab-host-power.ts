import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { clearCgroups } from './lab-cgroups.ts';
import { identify, type LabRecord } from './lab-record.ts';
import { runProgram, tryProgram } from './program-run.ts';

const startScript = join(import.meta.dirname, 'lab-host-start.sh');
const startTimeoutMs = 60_000;

export const hostLink = (record: LabRecord, host: string) => `lab${record.id}-${host}`;
export const hostCgroup = (record: LabRecord, host: string) => `innkeeper-lab-${record.id}-${host}`;

/** The machine's number of the host's pid 1, or undefined when the host is down. */
export function hostPid(record: LabRecord, host: string): number | undefined {
  const file = join(record.folder, host, 'status');
  const pid = existsSync(file) ? /^pid (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
  return pid !== undefined && identify(Number(pid)) !== undefined ? Number(pid) : undefined;
}

/** Starts a host whose folder is laid out and returns when its libvirtd is up and its sshd answers (about 0.5 s). A host that is up stays as it is. */
export async function startHost(record: LabRecord, host: LabRecord['hosts'][number]): Promise<void> {
  if (hostPid(record, host.name) !== undefined) return;
  await cleanAfter(record, host.name);
  const until = Date.now() + startTimeoutMs;
  const status = launch(record, host);
  await plugIn(record, host, await status(/^pid (\d+)$/m, until));
  await status(/^(ready)$/m, until);
  // Who asked for the host while it was down may have it noted as gone.
  await tryProgram('ip', ['neigh', 'del', host.address, 'dev', `lab${record.id}`]);
  while (!(await answers(host.address))) {
    if (Date.now() > until)
      throw new Error(`lab host ${host.name} is up but its sshd does not answer at ${host.address}`);
    await delay(20);
  }
}

/** Starts the host's pid 1; gives a function that waits for a line in what it tells of its progress. */
function launch(
  record: LabRecord,
  host: LabRecord['hosts'][number],
): (pattern: RegExp, until: number) => Promise<string> {
  const folder = join(record.folder, host.name);
  const shared = join(record.folder, 'shared');
  mkdirSync(shared, { recursive: true });
  const log = openSync(join(folder, 'init.log'), 'a');
  const places = [host.name, host.address, `${record.subnet}.1`, host.role, shared];
  const child = spawn(startScript, [hostCgroup(record, host.name), folder, ...places], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let ended = false;
  child.once('exit', () => (ended = true));
  child.unref();
  return async (pattern, until) => {
    for (;;) {
      const file = join(folder, 'status');
      const found = existsSync(file) ? pattern.exec(readFileSync(file, 'utf8')) : null;
      if (found) return found[1] ?? '';
      if (ended || Date.now() > until)
        throw new Error(
          `lab host ${host.name} did not start:\n${readFileSync(join(folder, 'init.log'), 'utf8').slice(-3000)}`,
        );
      await delay(10);
    }
  };
}

async function plugIn(record: LabRecord, host: LabRecord['hosts'][number], pid: string): Promise<void> {
  const link = hostLink(record, host.name);
  // The same network card at every start, as a machine has: others keep its address for minutes.
  const card = ['name', 'eth0', 'address', cardAddress(record, host.address), 'netns', pid];
  await runProgram('ip', ['link', 'add', link, 'type', 'veth', 'peer', ...card]);
  await runProgram('ip', ['link', 'set', link, 'master', `lab${record.id}`, 'up']);
}

function cardAddress(record: LabRecord, address: string): string {
  const hex = (number: number) => number.toString(16).padStart(2, '0');
  return `02:4c:42:00:${hex(record.id)}:${hex(Number(address.split('.')[3]))}`;
}

/** Whether an SSH server shows itself within a second. */
async function answers(address: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 1_000 });
    const settle = (isUp: boolean) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('data', () => settle(true));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(false));
  });
}

/** Cuts the host's power: everything in it dies at once, its disks keep what had been written. */
export async function crashHost(record: LabRecord, host: string): Promise<void> {
  const pid = hostPid(record, host);
  if (pid !== undefined) {
    process.kill(pid, 'SIGKILL');
    while (hostPid(record, host) !== undefined) await delay(5);
  }
  await cleanAfter(record, host);
}

async function cleanAfter(record: LabRecord, host: string): Promise<void> {
  await clearCgroups((name) => name === hostCgroup(record, host));
  if (existsSync(`/sys/class/net/${hostLink(record, host)}`)) {
    // The kernel destroys a dead network namespace, and with it this link, on its own time: it may be faster than we are.
    await runProgram('sh', [
      '-c',
      'ip link del "$0" 2>/dev/null || ! test -e "/sys/class/net/$0"',
      hostLink(record, host),
    ]);
  }
  rmSync(join(record.folder, host, 'status'), { force: true });
}
