import { typed } from '../../platform/libvirt/xdr-typed-parameters.ts';
import type { TypedValue } from '../../platform/libvirt/xdr-typed-parameters.ts';
import { AgentRefusal, guestInterfaces, osInfo, runAgentCommand } from './agent-commands.ts';
import { HostRefusal, notRunning, qemuRefusal } from './host-refusal.ts';
import type { Handlers } from './procedure-table.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { SimulatedVm } from './simulated-vm.ts';
import type { VmPower } from './vm-power.ts';

/** `virDomainInterfaceAddressesSource` */
const addressSources = { lease: 0, agent: 1, arp: 2 } as const;
/** `virDomainGuestInfoTypes` */
const guestInfo = { users: 1, os: 2, timezone: 4, hostname: 8, fileSystem: 16, interfaces: 64 } as const;
const NEVER_MS = 5_000;

/** What goes through the guest agent, and what the host knows of a guest's addresses without it. */
export function agentHandlers(host: SimulatedHost, power: VmPower): Handlers {
  const ask = async (
    vm: SimulatedVm,
    name: string,
    given: Record<string, unknown> = {},
  ): Promise<unknown> => {
    await requireAgent(host, vm);
    try {
      return runAgentCommand(name, { host, power, vm, given });
    } catch (error) {
      if (!(error instanceof AgentRefusal)) throw error;
      throw qemuRefusal(
        'VIR_ERR_INTERNAL_ERROR',
        `unable to execute QEMU agent command '${name}': ${error.message}`,
      );
    }
  };
  return {
    qemuDomainAgentCommand: async ({ dom, cmd }) => {
      const vm = host.vm(dom);
      if (vm.live === null) throw notRunning();
      const { execute, arguments: given } = parseCommand(cmd);
      return { result: JSON.stringify({ return: await ask(vm, execute, given) }) };
    },
    domainInterfaceAddresses: async ({ dom, source }) => {
      const vm = host.vm(dom);
      if (vm.live === null) throw notRunning();
      if (source === addressSources.agent) await requireAgent(host, vm);
      return {
        ifaces: source === addressSources.agent ? agentAddresses(vm) : hostAddresses(host, vm, source),
      };
    },
    domainGetHostname: async ({ dom }) => {
      const vm = host.vm(dom);
      await ask(vm, 'guest-get-host-name');
      return { hostname: vm.guest.hostname };
    },
    domainGetTime: async ({ dom }) => {
      await ask(host.vm(dom), 'guest-get-time');
      const nowMs = host.nowMs() + host.clockOffsetMs;
      return { seconds: Math.floor(nowMs / 1_000), nseconds: Math.floor(nowMs % 1_000) * 1_000_000 };
    },
    domainSetTime: async ({ dom }) => {
      await ask(host.vm(dom), 'guest-set-time');
    },
    domainFsfreeze: async ({ dom }) => ({
      filesystems: Number(await ask(host.vm(dom), 'guest-fsfreeze-freeze')),
    }),
    domainFsthaw: async ({ dom }) => ({
      filesystems: Number(await ask(host.vm(dom), 'guest-fsfreeze-thaw')),
    }),
    domainFstrim: async ({ dom }) => {
      await ask(host.vm(dom), 'guest-fstrim');
    },
    domainSetUserPassword: async ({ dom, user, password }) => {
      const encoded = Buffer.from(password ?? '').toString('base64');
      await ask(host.vm(dom), 'guest-set-user-password', { username: user ?? '', password: encoded });
    },
    domainAgentSetResponseTimeout: ({ dom }) => {
      host.vm(dom);
      return { result: 0 };
    },
    domainAuthorizedSshKeysGet: async ({ dom, user }) => {
      const vm = host.vm(dom);
      await requireAgent(host, vm);
      return { keys: [...(vm.accounts.get(user)?.keys ?? [])] };
    },
    domainAuthorizedSshKeysSet: async ({ dom, user, keys }) => {
      const vm = host.vm(dom);
      await requireAgent(host, vm);
      vm.accounts.set(user, { ...vm.accounts.get(user), keys });
    },
    ...guestInfoHandlers(host, ask),
  };
}

type Ask = (vm: SimulatedVm, name: string) => Promise<unknown>;

function guestInfoHandlers(host: SimulatedHost, ask: Ask): Handlers {
  return {
    domainGetGuestInfo: async ({ dom, types }) => {
      const vm = host.vm(dom);
      await requireAgent(host, vm);
      const wants = (one: number): boolean => types === 0 || (types & one) !== 0;
      return {
        params: {
          ...(wants(guestInfo.users) ? { 'user.count': typed.uint(0) } : {}),
          ...(wants(guestInfo.os) ? osParameters(vm) : {}),
          ...(wants(guestInfo.timezone)
            ? { 'timezone.name': typed.string('UTC'), 'timezone.offset': typed.int(0) }
            : {}),
          ...(wants(guestInfo.hostname) ? { hostname: typed.string(vm.guest.hostname) } : {}),
          ...(wants(guestInfo.interfaces) ? interfaceParameters(vm) : {}),
        },
      };
    },
    domainGetFsinfo: async ({ dom }) => {
      const vm = host.vm(dom);
      await ask(vm, 'guest-get-fsinfo');
      const disks = vm.definition.shape.disks.filter((disk) => disk.device === 'disk');
      const info = disks.map((disk, index) => ({
        mountpoint: index === 0 ? '/' : '/srv',
        name: `${disk.target}1`,
        fstype: 'ext4',
        devAliases: [disk.target],
      }));
      return { info, ret: info.length };
    },
    domainGetGuestVcpus: async ({ dom }) => {
      const vm = host.vm(dom);
      await ask(vm, 'guest-get-vcpus');
      const last = (vm.live?.vcpus ?? 1) - 1;
      const all = typed.string(last === 0 ? '0' : `0-${last}`);
      return { params: { vcpus: all, online: all, offlinable: typed.string(last === 0 ? '' : `1-${last}`) } };
    },
  };
}

function osParameters(vm: SimulatedVm): Record<string, TypedValue> {
  const info = osInfo(vm);
  return Object.fromEntries(Object.entries(info).map(([key, value]) => [`os.${key}`, typed.string(value)]));
}

function interfaceParameters(vm: SimulatedVm): Record<string, TypedValue> {
  const cards = guestInterfaces(vm);
  const parameters: Record<string, TypedValue> = { 'if.count': typed.uint(cards.length) };
  cards.forEach((card, index) => {
    parameters[`if.${index}.name`] = typed.string(card.name);
    parameters[`if.${index}.hwaddr`] = typed.string(card.mac);
    parameters[`if.${index}.addr.count`] = typed.uint(card.addresses.length);
    card.addresses.forEach(({ type, address, prefix }, at) => {
      parameters[`if.${index}.addr.${at}.type`] = typed.string(type);
      parameters[`if.${index}.addr.${at}.addr`] = typed.string(address);
      parameters[`if.${index}.addr.${at}.prefix`] = typed.uint(prefix);
    });
  });
  return parameters;
}

async function requireAgent(host: SimulatedHost, vm: SimulatedVm): Promise<void> {
  const { live } = vm;
  if (live === null) throw notRunning();
  if (!live.definition.shape.agentChannel)
    throw new HostRefusal(
      'VIR_ERR_ARGUMENT_UNSUPPORTED',
      'VIR_FROM_QEMU',
      'QEMU guest agent is not configured',
    );
  if (!live.agentConnected)
    throw qemuRefusal('VIR_ERR_AGENT_UNRESPONSIVE', 'QEMU guest agent is not connected');
  if (vm.isRunning && !vm.agentSilent) return;
  // A guest that does not move keeps the daemon waiting for as long as it waits for any agent.
  await new Promise<void>((resolve) => host.later(NEVER_MS, resolve));
  throw qemuRefusal('VIR_ERR_AGENT_UNRESPONSIVE', 'Guest agent not available for now');
}

function parseCommand(cmd: string): { execute: string; arguments: Record<string, unknown> } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(cmd);
  } catch {
    throw qemuRefusal('VIR_ERR_INTERNAL_ERROR', `cannot parse json ${cmd}: parse error`);
  }
  const { execute, arguments: given } = (parsed ?? {}) as { execute?: unknown; arguments?: unknown };
  if (typeof execute !== 'string')
    throw qemuRefusal('VIR_ERR_INTERNAL_ERROR', "unable to execute QEMU agent command: missing 'execute'");
  return { execute, arguments: (given ?? {}) as Record<string, unknown> };
}

type Addresses = {
  name: string;
  hwaddr: string | null;
  addrs: { type: number; addr: string; prefix: number }[];
}[];

function agentAddresses(vm: SimulatedVm): Addresses {
  return guestInterfaces(vm).map((card) => ({
    name: card.name,
    hwaddr: card.mac,
    addrs: card.addresses.map(({ type, address, prefix }) => ({
      type: type === 'ipv4' ? 0 : 1,
      addr: address,
      prefix,
    })),
  }));
}

/** Leases are known of libvirt's own networks alone; the ARP table knows every neighbour on the bridge. */
function hostAddresses(host: SimulatedHost, vm: SimulatedVm, source: number): Addresses {
  const firstTap = vm.live?.firstTap ?? 0;
  return vm.definition.shape.nics.flatMap((nic, index) => {
    const lease = nic.type === 'network' ? host.networks.get(nic.source)?.leases.get(nic.mac) : undefined;
    const arp = source === addressSources.arp && index === 0 ? vm.guest.address?.split('/')[0] : undefined;
    const addr = source === addressSources.arp ? arp : lease?.address;
    if (addr === undefined) return [];
    const prefix = source === addressSources.arp ? 0 : 24;
    return [{ name: `vnet${firstTap + index}`, hwaddr: nic.mac, addrs: [{ type: 0, addr, prefix }] }];
  });
}
