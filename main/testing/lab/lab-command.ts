import { spawnSync } from 'node:child_process';
import { takeLabDown } from './lab-down.ts';
import { hostPid } from './lab-host-power.ts';
import { miniImage } from './lab-image.ts';
import { labMissing } from './lab-requirements.ts';
import { findLabRecord, readLabRecords } from './lab-record.ts';
import { startLab } from './lab-start.ts';
import { openLab } from './lab.ts';

const usage = `A lab of real hypervisors on this machine (root, Linux).

  npm run lab -- [--name NAME] [--subnet 10.77.3] [--folder DIR] COMMAND

  up N              start N hosts, hv1 and up, and leave them running
  down              remove the lab and all it made
  status            what is up, on every lab
  crash HOST        power cut          start HOST    power back on
  cut HOST          unplug the network uncut HOST    plug it in again
  vps NAME [IP]     add a machine with sshd only
  exec HOST CMD...  run a command on a host
  virsh HOST ARGS   run virsh on a host
  image mini        build the guest image if need be and print its path
`;

interface Options {
  name: string;
  run?: string;
  subnet?: string;
  folder?: string;
}

/** Options come before the command; all after it belongs to the command, dashes and all. */
function readArguments(args: string[]): { options: Options; words: string[] } {
  const options: Options = { name: 'default' };
  let at = 0;
  for (; args[at]?.startsWith('--'); at += 2) {
    const key = args[at]?.slice(2);
    const value = args[at + 1];
    if ((key !== 'name' && key !== 'run' && key !== 'subnet' && key !== 'folder') || value === undefined)
      throw new Error(`unknown option ${args[at]}\n\n${usage}`);
    options[key] = value;
  }
  return { options, words: args.slice(at) };
}

const say = (text: string) => process.stdout.write(`${text}\n`);

function status(): void {
  const records = readLabRecords();
  if (records.length === 0) say('no lab is up');
  for (const record of records) {
    say(
      `${record.name}: ${record.subnet}.0/24, ${record.folder}, ${record.owner === null ? 'stays until down' : `belongs to process ${record.owner.pid}`}`,
    );
    for (const { name, address, role } of record.hosts)
      say(`  ${name}  ${address}  ${role}  ${hostPid(record, name) === undefined ? 'down' : 'up'}`);
  }
}

/** Runs a program on the host with this terminal; gives its exit code. */
function inHost(labName: string, host: string, words: string[]): number {
  const record = findLabRecord(openLab(labName).name);
  const pid = record && hostPid(record, host);
  if (pid === undefined) throw new Error(`lab ${labName} has no host ${host} that is up`);
  return (
    spawnSync('nsenter', ['-t', String(pid), '-a', '--wdns=/', ...words], { stdio: 'inherit' }).status ?? 1
  );
}

async function up(options: Options, count: string | undefined): Promise<void> {
  const hosts = Number(count ?? 2);
  if (!Number.isInteger(hosts)) throw new Error(`up takes a number of hosts, not ${count}`);
  const { name, subnet, folder } = options;
  const lab = await startLab({
    hosts,
    name,
    stays: true,
    ...(subnet === undefined ? {} : { subnet }),
    ...(folder === undefined ? {} : { folder }),
  });
  for (const host of lab.hosts)
    say(`${host.name}  ssh -i ${host.privateKeyFile} root@${host.address}  ${host.hostKeyFingerprint}`);
}

async function down({ name, run }: Options): Promise<void> {
  const record = findLabRecord(name);
  if (record && (run === undefined || record.run === run)) await takeLabDown(record);
  else if (run === undefined) say(`no lab named ${name} is up`);
}

async function main(args: string[]): Promise<number> {
  const { options, words } = readArguments(args);
  const [command, host, ...rest] = words;
  const missing = labMissing();
  if (missing !== undefined && command !== undefined && command !== 'help') throw new Error(missing);
  switch (command) {
    case 'up':
      await up(options, host);
      return 0;
    case 'down':
      await down(options);
      return 0;
    case 'status':
      status();
      return 0;
    case 'image':
      if (host !== 'mini') throw new Error(`the lab has one image, mini, not ${host}`);
      say(await miniImage());
      return 0;
    case 'cut':
    case 'uncut':
    case 'crash':
    case 'start':
      await openLab(options.name)
        .host(host ?? '')
        [command]();
      return 0;
    case 'vps': {
      const made = await openLab(options.name).addVps(host ?? '', rest[0]);
      say(`${made.name}  ssh -i ${made.privateKeyFile} root@${made.address}  ${made.hostKeyFingerprint}`);
      return 0;
    }
    case 'exec':
      return inHost(options.name, host ?? '', rest);
    case 'virsh':
      return inHost(options.name, host ?? '', ['virsh', '-c', 'qemu:///system', ...rest]);
    case undefined:
    case 'help':
      say(usage);
      return 0;
    default:
      throw new Error(`unknown command ${command}\n\n${usage}`);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
