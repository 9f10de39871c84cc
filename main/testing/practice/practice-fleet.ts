import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { generateSshKeyPair } from '../../platform/ssh/ssh-key.ts';
import type { PracticeFault } from './practice-fault.ts';
import { PracticeHost } from './practice-host.ts';
import { practiceUsers } from './ssh-door.ts';
import { seedHost } from './practice-seeding.ts';

export type PracticeOptions = {
  /** Default 3. */
  readonly hosts?: number;
  /** On all hosts together; default 60. */
  readonly vms?: number;
  /** The same seed gives the same fleet; default 1. */
  readonly seed?: number;
  /** How long a guest takes from power on to an agent that answers; default 4000. */
  readonly bootMs?: number;
  /** A VNC port for every running VM; without, screens are reached through the host's SSH server alone. Default: up to 500 VMs. */
  readonly vncListeners?: boolean;
  /** Number of the first host and of its first VM, for fleets in several processes; default 1 and 0. */
  readonly firstHost?: number;
  readonly firstVm?: number;
  /** Public keys let in besides the fleet's own. */
  readonly authorizedKeys?: readonly string[];
};

/** How to get in at one host: what a person adding it would type. */
export type PracticeHostDoor = {
  readonly name: string;
  readonly address: '127.0.0.1';
  readonly port: number;
  readonly users: readonly string[];
  /** `SHA256:…` of its host key. */
  readonly fingerprint: string;
  readonly hostKey: string;
  /** The daemon's socket on this machine, for `virsh -c 'qemu+unix:///system?socket=…'`. */
  readonly socketPath: string;
  readonly vms: number;
};

export type PracticeFleetDescription = {
  readonly hosts: readonly PracticeHostDoor[];
  readonly password: string;
  /** OpenSSH form; also in `privateKeyFile`. */
  readonly privateKey: string;
  readonly publicKey: string;
  readonly privateKeyFile: string;
  readonly folder: string;
};

export type PracticeFleet = {
  readonly hosts: readonly PracticeHost[];
  readonly clientKey: { readonly privateKey: string; readonly publicKey: string; readonly file: string };
  readonly password: string;
  host(name: string): PracticeHost;
  /** Makes something go wrong on a host; `heal` sets it right again. */
  fault(host: string, fault: PracticeFault): Promise<void>;
  /** Addresses, keys and sockets, as they are now (a host key may have changed). */
  describe(): PracticeFleetDescription;
  /** Stops everything and removes its files. Twice does nothing. */
  stop(): Promise<void>;
};

const MANY_VMS = 500;
/** Sites of the provider, by turns. */
const sites = ['waw', 'brn', 'cluj'] as const;

function hostName(number: number): string {
  const site = sites[(number - 1) % sites.length] ?? sites[0];
  return `hv-${site}-${String(Math.ceil(number / sites.length)).padStart(2, '0')}`;
}

const FOLDER_PREFIX = 'innkeeper-practice-';

/** Removes what fleets left behind whose process was killed. */
function sweepFolders(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(/^innkeeper-practice-(\d+)-/.exec(name)?.[1] ?? 0);
    if (pid === 0 || isAlive(pid)) continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Starts simulated hosts on 127.0.0.1; resolves when all of them let clients in. */
export async function startPracticeFleet(options: PracticeOptions = {}): Promise<PracticeFleet> {
  sweepFolders();
  const folder = mkdtempSync(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
  const password = randomBytes(9).toString('base64url');
  const key = generateSshKeyPair('innkeeper practice');
  const file = join(folder, 'id_ed25519');
  writeFileSync(file, key.privateKey, { mode: 0o600 });
  const hosts: PracticeHost[] = [];
  const authorizedKeys = [key.publicKey, ...(options.authorizedKeys ?? [])];
  const sshPorts = (): number[] => hosts.map((host) => host.ssh.port);
  for (const plan of plans(options)) {
    const hostFolder = join(folder, plan.name);
    mkdirSync(hostFolder);
    const seeded = seedHost({
      ...plan,
      folder: hostFolder,
      bootMs: options.bootMs ?? 4_000,
      nowMs: Date.now(),
    });
    const vncListeners = options.vncListeners ?? (options.vms ?? 60) <= MANY_VMS;
    hosts.push(new PracticeHost({ seeded, password, authorizedKeys, vncListeners, sshPorts }));
  }
  const fleet = fleetOf({
    hosts,
    folder,
    password,
    clientKey: { privateKey: key.privateKey, publicKey: key.publicKey.trim(), file },
  });
  try {
    for (const host of hosts) await host.start();
  } catch (error) {
    await fleet.stop();
    throw error;
  }
  return fleet;
}

function plans(options: PracticeOptions): { name: string; seed: number; orders: number[] }[] {
  const count = options.hosts ?? 3;
  const vms = options.vms ?? 60;
  const seed = options.seed ?? 1;
  const firstHost = options.firstHost ?? 1;
  const firstVm = options.firstVm ?? 0;
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((vms * index) / count);
    const to = Math.floor((vms * (index + 1)) / count);
    return {
      name: hostName(firstHost + index),
      seed: seed * 1_000_003 + firstHost + index,
      orders: Array.from({ length: to - from }, (__, place) => firstVm + from + place),
    };
  });
}

function fleetOf(parts: {
  hosts: readonly PracticeHost[];
  folder: string;
  password: string;
  clientKey: PracticeFleet['clientKey'];
}): PracticeFleet {
  const { hosts, folder, password, clientKey } = parts;
  const host = (name: string): PracticeHost => {
    const found = hosts.find((one) => one.name === name);
    if (found === undefined)
      throw new Error(
        `There is no practice host ${name}; there are ${hosts.map((one) => one.name).join(', ')}.`,
      );
    return found;
  };
  return {
    hosts,
    clientKey,
    password,
    host,
    fault: async (name, fault) => await host(name).fault(fault),
    describe: () => ({
      hosts: hosts.map(doorOf),
      password,
      privateKey: clientKey.privateKey,
      publicKey: clientKey.publicKey,
      privateKeyFile: clientKey.file,
      folder,
    }),
    stop: async () => {
      await Promise.all(hosts.map(async (one) => await one.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function doorOf(host: PracticeHost): PracticeHostDoor {
  return {
    name: host.name,
    address: '127.0.0.1',
    port: host.ssh.port,
    users: practiceUsers,
    fingerprint: host.ssh.fingerprint,
    hostKey: host.ssh.hostKey,
    socketPath: host.socketPath,
    vms: host.machine.vms.size,
  };
}
