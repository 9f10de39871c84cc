import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { labLinks, sweepLabs, takeLabDown } from './lab-down.ts';
import { makeHostFolder } from './lab-host-folder.ts';
import { startHost } from './lab-host-power.ts';
import { labMissing } from './lab-requirements.ts';
import { claimLabRecord, findLabRecord, identify, updateLabRecord, type LabRecord } from './lab-record.ts';
import { labOf, type Lab } from './lab.ts';
import { runProgram } from './program-run.ts';

export interface LabOptions {
  /** Number of hypervisors, hv1 and up. */
  hosts: number;
  /** Names the lab for `openLab` and the command; default: made from this process' number. */
  name?: string;
  /** First three numbers of a /24; default: the first free of 10.77.0 to 10.77.255. */
  subnet?: string;
  /** Where the lab's folder is made, e.g. on a disk with room; default /var/tmp/innkeeper-lab. */
  folder?: string;
  /** true: the lab stays until `down`, whatever becomes of this process. Default: it goes when this process does, even by SIGKILL. */
  stays?: boolean;
}

/** Starts a lab of real hypervisors (about 2 s). Rejects with one sentence where that is impossible, and then leaves nothing behind. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const missing = labMissing();
  if (missing !== undefined) throw new Error(missing);
  await sweepLabs();
  const record = claim(options);
  try {
    await build(record);
  } catch (error) {
    await takeLabDown(record);
    throw error;
  }
  if (options.stays) {
    record.owner = null;
    updateLabRecord(record);
    return labOf(record);
  }
  const dismissKeeper = hireKeeper(record);
  const lab = labOf(record);
  return {
    ...lab,
    down: async () => {
      await lab.down();
      dismissKeeper();
    },
  };
}

function claim(options: LabOptions): LabRecord {
  const name = options.name ?? `lab-${process.pid}-${randomBytes(2).toString('hex')}`;
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name))
    throw new Error(`a lab is named with 1 to 32 small letters, digits and dashes, not ${name}`);
  if (findLabRecord(name))
    throw new Error(
      `a lab named ${name} is up already; take it down first (npm run lab -- --name ${name} down), or choose another name`,
    );
  if (options.hosts < 1 || options.hosts > 39)
    throw new Error(`a lab has 1 to 39 hosts, not ${options.hosts}`);
  if (options.subnet !== undefined && !/^\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(options.subnet))
    throw new Error(
      `a subnet is the first three numbers of an address, such as 10.77.3, not ${options.subnet}`,
    );
  if (options.subnet !== undefined && isTaken(options.subnet))
    throw new Error(`subnet ${options.subnet}.0/24 is in use on this machine; choose another`);
  const owner = identify(process.pid);
  if (owner === undefined) throw new Error('this process is not in /proc');
  for (let id = 0; id <= 255; id += 1) {
    const subnet = options.subnet ?? `10.77.${id}`;
    if (isTaken(subnet) || labLinks(id).length > 0) continue;
    const hosts = Array.from({ length: options.hosts }, (_, index) => ({
      name: `hv${index + 1}`,
      role: 'hypervisor' as const,
      address: `${subnet}.${11 + index}`,
    }));
    const folder = join(options.folder ?? '/var/tmp/innkeeper-lab', name);
    const record: LabRecord = {
      id,
      name,
      run: randomBytes(8).toString('hex'),
      subnet,
      folder,
      owner,
      hosts,
      opsPassword: randomBytes(12).toString('base64url'),
    };
    if (claimLabRecord(record)) return record;
  }
  throw new Error(
    'all 256 subnets of 10.77.0.0/16 are in use; take labs down with: npm run lab -- --name NAME down',
  );
}

function isTaken(subnet: string): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address.startsWith(`${subnet}.`)),
  );
}

async function build(record: LabRecord): Promise<void> {
  const { folder, subnet } = record;
  // No lab has this name, so a folder that is there was left by a machine that lost power. Only a folder of ours is removed.
  if (existsSync(folder) && !existsSync(join(folder, 'innkeeper-lab')))
    throw new Error(`${folder} is there and is not a lab's folder; choose another with --folder`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'innkeeper-lab'), record.run);
  await runProgram('ssh-keygen', [
    '-q',
    '-t',
    'ed25519',
    '-N',
    '',
    '-C',
    `lab ${record.name}`,
    '-f',
    join(folder, 'id_ed25519'),
  ]);
  const bridge = `lab${record.id}`;
  await runProgram('ip', ['link', 'add', bridge, 'type', 'bridge', 'forward_delay', '0']);
  await runProgram('ip', ['addr', 'add', `${subnet}.1/24`, 'dev', bridge]);
  await runProgram('ip', ['link', 'set', bridge, 'up']);
  await runProgram('dnsmasq', [
    '--conf-file=/dev/null',
    '--user=root',
    '--port=0',
    `--interface=${bridge}`,
    '--bind-interfaces',
    '--except-interface=lo',
    `--dhcp-range=${subnet}.100,${subnet}.250,1h`,
    `--dhcp-option=3,${subnet}.1`,
    `--dhcp-leasefile=${folder}/leases`,
    `--pid-file=${folder}/dnsmasq.pid`,
    '--dhcp-authoritative',
    '--dhcp-no-override',
    '--no-ping',
  ]);
  await Promise.all(
    record.hosts.map(async (host) => {
      await makeHostFolder(record, host);
      await startHost(record, host);
    }),
  );
}

/**
 * A shell that waits on a pipe from this process. When the pipe closes without a word, this process is gone, however it went, and the shell takes the lab down.
 * What even the shell does not survive is swept by the next lab.
 */
function hireKeeper(record: LabRecord): () => void {
  const command = [
    process.execPath,
    join(import.meta.dirname, 'lab-command.ts'),
    '--name',
    record.name,
    '--run',
    record.run,
    'down',
  ];
  const keeper = spawn('sh', ['-c', 'read -r word; [ "$word" = dismissed ] || exec "$0" "$@"', ...command], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  keeper.unref();
  const pipe = keeper.stdin;
  pipe.on('error', () => undefined); // it was killed; then there is nobody to dismiss
  if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
  return () => pipe.end('dismissed\n');
}
