import { shellCommands } from './guest-commands.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { SimulatedVm } from './simulated-vm.ts';
import type { VmPower } from './vm-power.ts';

export type AgentCall = {
  readonly host: SimulatedHost;
  readonly power: VmPower;
  readonly vm: SimulatedVm;
  readonly given: Readonly<Record<string, unknown>>;
};

type AgentCommand = (call: AgentCall) => unknown;

/** Commands of the guest that were run, their output waiting to be fetched. */
const finished = new WeakMap<SimulatedVm, Map<number, string>>();
const frozen = new WeakSet<SimulatedVm>();

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export type GuestInterface = {
  readonly name: string;
  readonly mac: string;
  readonly addresses: readonly {
    readonly type: 'ipv4' | 'ipv6';
    readonly address: string;
    readonly prefix: number;
  }[];
};

/** The guest's own view of its network cards. */
export function guestInterfaces(vm: SimulatedVm): GuestInterface[] {
  const loopback: GuestInterface = {
    name: 'lo',
    mac: '00:00:00:00:00:00',
    addresses: [
      { type: 'ipv4', address: '127.0.0.1', prefix: 8 },
      { type: 'ipv6', address: '::1', prefix: 128 },
    ],
  };
  const cards = vm.definition.shape.nics.map((nic, index): GuestInterface => {
    const [address, prefix] = (index === 0 ? (vm.guest.address ?? '') : '').split('/');
    const v4 =
      address === undefined || address === ''
        ? []
        : [{ type: 'ipv4', address, prefix: Number(prefix ?? 24) } as const];
    return {
      name: `eth${index}`,
      mac: nic.mac,
      addresses: [...v4, { type: 'ipv6', address: linkLocal(nic.mac), prefix: 64 }],
    };
  });
  return [loopback, ...cards];
}

/** RFC 4291, appendix A: the interface identifier made of the MAC. */
function linkLocal(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(':').map((part) => Number.parseInt(part, 16));
  const word = (high: number, low: number): string => ((high << 8) | low).toString(16);
  return `fe80::${word(a ^ 2, b)}:${word(c, 0xff)}:${word(0xfe, d)}:${word(e, f)}`;
}

function networkInterfaces({ vm }: AgentCall): unknown {
  return guestInterfaces(vm).map((card) => ({
    name: card.name,
    'hardware-address': card.mac,
    'ip-addresses': card.addresses.map(({ type, address, prefix }) => ({
      'ip-address-type': type,
      'ip-address': address,
      prefix,
    })),
  }));
}

export function osInfo(vm: SimulatedVm): Record<string, string> {
  const { system } = vm.guest;
  return {
    id: system.id,
    name: system.prettyName.split(' ')[0] ?? '',
    'pretty-name': system.prettyName,
    version: system.version,
    'version-id': system.version,
    machine: 'x86_64',
    'kernel-release': system.kernel,
    'kernel-version': '#1 SMP PREEMPT_DYNAMIC',
  };
}

let lastPid = 4_000;

function run(call: AgentCall): unknown {
  const words = [text(call.given['path']), ...((call.given['arg'] as unknown[] | undefined) ?? []).map(text)];
  const line = words.includes('-c') ? (words.at(-1) ?? '') : words.join(' ');
  const [path = '', ...rest] = line.trim().split(/\s+/);
  const known = shellCommands[path.split('/').at(-1) ?? ''];
  if (known === undefined)
    throw new AgentRefusal(`Failed to execute child process "${path}" (No such file or directory)`);
  const output = known({ vm: call.vm, nowMs: call.host.nowMs(), words: rest, user: 'root' });
  lastPid += 1;
  const outputs = finished.get(call.vm) ?? new Map<number, string>();
  outputs.set(lastPid, output);
  finished.set(call.vm, outputs);
  return { pid: lastPid };
}

function runStatus({ vm, given }: AgentCall): unknown {
  const pid = Number(given['pid']);
  const output = finished.get(vm)?.get(pid);
  if (output === undefined) throw new AgentRefusal(`Invalid parameter 'pid'`);
  finished.get(vm)?.delete(pid);
  return { exited: true, exitcode: 0, 'out-data': Buffer.from(`${output}\n`).toString('base64') };
}

/** What the agent in the guest says no with; libvirt puts its own words before it. */
export class AgentRefusal extends Error {
  override readonly name = 'AgentRefusal';
}

/** Commands of the QEMU guest agent (qga/qapi-schema.json of QEMU) the simulated guests know. */
const commands: Readonly<Record<string, AgentCommand>> = {
  'guest-ping': () => ({}),
  'guest-sync': ({ given }) => given['id'],
  'guest-sync-delimited': ({ given }) => given['id'],
  'guest-info': () => ({
    version: '7.2.15',
    supported_commands: Object.keys(commands).map((name) => ({
      name,
      enabled: true,
      'success-response': true,
    })),
  }),
  'guest-get-osinfo': ({ vm }) => osInfo(vm),
  'guest-get-host-name': ({ vm }) => ({ 'host-name': vm.guest.hostname }),
  'guest-get-time': ({ host }) => (host.nowMs() + host.clockOffsetMs) * 1e6,
  'guest-set-time': () => ({}),
  'guest-get-timezone': () => ({ offset: 0, zone: 'UTC' }),
  'guest-get-users': () => [],
  'guest-network-get-interfaces': networkInterfaces,
  'guest-get-vcpus': ({ vm }) =>
    Array.from({ length: vm.live?.vcpus ?? 0 }, (_, id) => ({
      'logical-id': id,
      online: true,
      'can-offline': id > 0,
    })),
  'guest-get-fsinfo': ({ vm }) => {
    const disks = vm.definition.shape.disks.filter((disk) => disk.device === 'disk');
    return disks.map((disk, index) => ({
      name: `${disk.target}1`,
      mountpoint: index === 0 ? '/' : '/srv',
      type: 'ext4',
      'used-bytes': 12_218_479_616,
      'total-bytes': 42_140_401_664,
      disk: [],
    }));
  },
  'guest-exec': run,
  'guest-exec-status': runStatus,
  'guest-set-user-password': ({ vm, given }) => {
    const user = text(given['username']);
    const password = Buffer.from(text(given['password']), 'base64').toString('utf8');
    vm.accounts.set(user, { ...vm.accounts.get(user), password });
    return {};
  },
  'guest-fsfreeze-status': ({ vm }) => (frozen.has(vm) ? 'frozen' : 'thawed'),
  'guest-fsfreeze-freeze': ({ vm }) => {
    frozen.add(vm);
    return fileSystems(vm);
  },
  'guest-fsfreeze-thaw': ({ vm }) => (frozen.delete(vm) ? fileSystems(vm) : 0),
  'guest-fstrim': () => ({ paths: [] }),
  'guest-shutdown': ({ vm, power, given }) => {
    if (given['mode'] === 'reboot') power.reboot(vm, false);
    else power.shutdown(vm);
    return {};
  },
};

const fileSystems = (vm: SimulatedVm): number =>
  vm.definition.shape.disks.filter((disk) => disk.device === 'disk').length;

/** Runs one command; what the agent does not know, or will not do, is an AgentRefusal. */
export function runAgentCommand(name: string, call: AgentCall): unknown {
  const command = commands[name];
  if (command === undefined) throw new AgentRefusal(`The command ${name} has not been found`);
  return command(call);
}
