import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Dial } from '../../platform/libvirt/dialer.ts';
import { unixDialer } from '../../platform/libvirt/socket-dialers.ts';

/** For tests and benches: a real libvirtd of one's own, unprivileged, in a temporary folder, with virsh on the same socket. */
export type PrivateLibvirtd = {
  readonly folder: string;
  readonly socketPath: string;
  readonly dial: Dial;
  /** Runs virsh on this daemon; `uri` is a driver URI such as `test:///default` or `qemu:///session`. */
  readonly virsh: (uri: string, args: readonly string[]) => Promise<ProgramResult>;
  /** The daemon dies at once, as if it crashed. Its guests live on until `stop`. */
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
  /** Ends the daemon and its guests and removes the folder. */
  readonly stop: () => Promise<void>;
};

export type ProgramResult = { readonly stdout: string; readonly stderr: string; readonly exitCode: number };

const NOBODY = 65_534;
const START_TIMEOUT_MS = 90_000;
const isRoot = process.getuid?.() === 0;
/** Root's libvirtd would be the machine's own; as nobody it is a session of its own. */
const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** Runs a program to its end; rejects only when it cannot be started. */
export async function runProgram(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<ProgramResult> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { ...output, exitCode: exitCode ?? -1 };
}

/** How virsh is told to use this daemon: `qemu:///session` becomes `qemu+unix:///session?socket=…`. */
export function virshUri(uri: string, socketPath: string): string {
  return `${uri.replace('://', '+unix://')}?socket=${socketPath}`;
}

async function writeSettings(folder: string): Promise<void> {
  await mkdir(join(folder, 'c', 'libvirt'), { recursive: true });
  await writeFile(
    join(folder, 'libvirtd.conf'),
    `unix_sock_dir = "${folder}"\nauth_unix_rw = "none"\nlog_outputs = "4:stderr"\n`,
  );
  await writeFile(join(folder, 'c', 'libvirt', 'qemu.conf'), 'stdio_handler = "file"\n');
  if (isRoot)
    for (const path of ['', 'c', join('c', 'libvirt')]) await chown(join(folder, path), NOBODY, NOBODY);
}

async function untilItListens(dial: Dial, daemon: ChildProcess, heard: () => string): Promise<void> {
  const signal = AbortSignal.timeout(START_TIMEOUT_MS);
  for (;;) {
    if (daemon.exitCode !== null) throw new Error(`libvirtd ended with ${daemon.exitCode}: ${heard()}`);
    const socket = await dial(signal).catch(() => undefined);
    if (socket !== undefined) {
      socket.destroy();
      return;
    }
    await pause(20, undefined, { signal });
  }
}

async function startDaemon(folder: string, dial: Dial): Promise<ChildProcess> {
  const at = (name: string) => join(folder, name);
  const env = {
    ...process.env,
    HOME: folder,
    XDG_RUNTIME_DIR: at('r'),
    XDG_CONFIG_HOME: at('c'),
    XDG_CACHE_HOME: at('k'),
    XDG_DATA_HOME: at('d'),
  };
  const daemon = spawn('libvirtd', ['-f', at('libvirtd.conf')], {
    ...identity,
    env,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  daemon.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4_000)));
  await Promise.race([
    once(daemon, 'spawn'),
    once(daemon, 'error').then(([error]) => Promise.reject(error as Error)),
  ]);
  await untilItListens(dial, daemon, () => stderr);
  return daemon;
}

async function end(daemon: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const gone = once(daemon, 'exit');
  daemon.kill(signal);
  await gone;
}

/** QEMU outlives its daemon: libvirt keeps its process ids in files. */
async function endGuests(folder: string): Promise<void> {
  const run = join(folder, 'r', 'libvirt', 'qemu', 'run');
  const names = await readdir(run).catch(() => []);
  for (const name of names.filter((one) => one.endsWith('.pid'))) {
    const pid = Number(await readFile(join(run, name), 'utf8'));
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it ended by itself
    }
  }
}

/** Starts a daemon (about half a second). Rejects with what libvirtd said when it cannot. */
export async function startPrivateLibvirtd(): Promise<PrivateLibvirtd> {
  const folder = await mkdtemp(join(tmpdir(), 'ik-libvirtd-'));
  const socketPath = join(folder, 'libvirt-sock');
  const dial = unixDialer(socketPath);
  await writeSettings(folder);
  let daemon = await startDaemon(folder, dial);
  return {
    folder,
    socketPath,
    dial,
    virsh: (uri, args) =>
      runProgram('virsh', ['-c', virshUri(uri, socketPath), ...args], { ...process.env, LC_ALL: 'C' }),
    kill: () => end(daemon, 'SIGKILL'),
    restart: async () => {
      await end(daemon, 'SIGKILL');
      daemon = await startDaemon(folder, dial);
    },
    stop: async () => {
      await end(daemon, 'SIGKILL');
      await endGuests(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
