import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crashHost, hostLink, hostPid, startHost } from './lab-host-power.ts';
import type { LabHostRole, LabRecord } from './lab-record.ts';
import { runProgram, tryProgram, type ProgramResult } from './program-run.ts';

export interface LabHost {
  readonly name: string;
  readonly role: LabHostRole;
  /** IPv4 address, reachable from this machine. */
  readonly address: string;
  readonly port: number;
  /** Logs in with the lab's key, as do `ops` and `noforward` (in libvirt's group) and `visitor` (not in it). */
  readonly user: string;
  /** OpenSSH private key without passphrase. */
  readonly privateKey: string;
  readonly privateKeyFile: string;
  /** As OpenSSH prints it: SHA256:… */
  readonly hostKeyFingerprint: string;
  /** The default pool's folder as this machine sees it; on the host it is /var/lib/libvirt/images. */
  readonly imagesFolder: string;
  /** Runs virsh on the host itself (no network involved); rejects with virsh's words. */
  virsh(args: readonly string[]): Promise<string>;
  /** Runs a shell command on the host as root; rejects when it fails. */
  exec(command: string): Promise<string>;
  /** As exec, but any exit code resolves. */
  tryExec(command: string): Promise<ProgramResult>;
  /** Unplugs the network: packets vanish without an answer. */
  cut(): Promise<void>;
  uncut(): Promise<void>;
  /** Power cut; `start` brings the host back with the disks it had. */
  crash(): Promise<void>;
  start(): Promise<void>;
  isUp(): boolean;
  /** SIGKILL to libvirtd alone; guests go on. */
  killLibvirtd(): Promise<void>;
  /** Starts libvirtd again, killing it first when it runs. */
  restartLibvirtd(): Promise<void>;
  /** libvirtd's log. */
  readLog(): string;
}

/** The host of a lab that is up, as tests and the command hold it. */
export function labHost(record: LabRecord, host: LabRecord['hosts'][number]): LabHost {
  const folder = join(record.folder, host.name);
  const privateKeyFile = join(record.folder, 'id_ed25519');
  const link = hostLink(record, host.name);
  const inside = (words: readonly string[]) => [
    '-t',
    String(pidOf(record, host.name)),
    '-a',
    '--wdns=/',
    ...words,
  ];
  const exec = async (command: string) => await runProgram('nsenter', inside(['sh', '-c', command]));
  const tryExec = async (command: string) => await tryProgram('nsenter', inside(['sh', '-c', command]));
  return {
    name: host.name,
    role: host.role,
    address: host.address,
    port: 22,
    user: 'root',
    privateKey: readFileSync(privateKeyFile, 'utf8'),
    privateKeyFile,
    hostKeyFingerprint: fingerprintOf(join(folder, 'etc/ssh/ssh_host_ed25519_key.pub')),
    imagesFolder: join(folder, 'var/lib/libvirt/images'),
    virsh: async (args) =>
      await runProgram('nsenter', inside(['virsh', '-q', '-c', 'qemu:///system', ...args])),
    exec,
    tryExec,
    cut: async () => void (await runProgram('ip', ['link', 'set', link, 'down'])),
    uncut: async () => void (await runProgram('ip', ['link', 'set', link, 'up'])),
    crash: async () => await crashHost(record, host.name),
    start: async () => await startHost(record, host),
    isUp: () => hostPid(record, host.name) !== undefined,
    killLibvirtd: async () => void (await exec(killLibvirtd)),
    restartLibvirtd: async () => void (await exec(`${killLibvirtd}; libvirtd -d`)),
    readLog: () => readFileSync(join(folder, 'var/log/libvirt/libvirtd.log'), 'utf8'),
  };
}

/**
 * Returns when the process is gone and nobody listens at its sockets any more (its threads outlive the one that is seen to end, and what
 * it forked has them until it is another program; flag 00010000 is __SO_ACCEPTCON); that none was there is no error.
 */
const killLibvirtd =
  'pid=$(cat /run/libvirtd.pid 2>/dev/null) && kill -9 $pid 2>/dev/null && while [ -d /proc/$pid ] && ! grep -q "^State:.Z" /proc/$pid/status 2>/dev/null; do sleep 0.01; done; ' +
  'while grep -q " 00010000 .*/libvirt-sock$" /proc/net/unix; do sleep 0.01; done; true';

function pidOf(record: LabRecord, host: string): number {
  const pid = hostPid(record, host);
  if (pid === undefined) throw new Error(`lab host ${host} is down; start it first`);
  return pid;
}

/** OpenSSH's form: SHA-256 of the key blob in base64 without padding. */
function fingerprintOf(publicKeyFile: string): string {
  const blob = Buffer.from(readFileSync(publicKeyFile, 'utf8').split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
