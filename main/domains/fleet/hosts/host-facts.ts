import { XMLParser } from 'fast-xml-parser';
import type { z } from 'zod';
import type { hostNetwork, storagePool } from '../../../../shared/domains/fleet/host-contract.ts';
import { poolStateName } from '../../../platform/libvirt/enum-names.ts';
import { LibvirtError } from '../../../platform/libvirt/libvirt-errors.ts';
import type { LibvirtCaller } from '../../../platform/libvirt/rpc-channel.ts';
import { readShellFacts, type RunOnHost, type ShellFacts } from './host-shell-facts.ts';
import { storageOfPool, withMounts, type PoolSource } from './storage-sharing.ts';

export type StoragePoolFacts = z.infer<typeof storagePool>;
export type HostNetworkFacts = z.infer<typeof hostNetwork>;

/** What is learnt about a host as such; sizes in bytes. */
export interface HostFactsRead {
  readonly hostname: string;
  readonly arch: string;
  /** `QEMU 7.2.9`. */
  readonly hypervisor: string;
  readonly libvirtVersion: string;
  readonly qemuVersion: string;
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly numaNodes: number;
  /** Whether guests of the host's own architecture run under KVM; else they are emulated. */
  readonly kvm: boolean;
  readonly pools: readonly StoragePoolFacts[];
  readonly networks: readonly HostNetworkFacts[];
  /** Only where commands may be run on the host. */
  readonly shell: ShellFacts | null;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (name) => name === 'guest' || name === 'domain',
});

type Node = { readonly [name: string]: unknown };

/** Reads everything in about a dozen calls, a few at a time. */
export async function readHostFacts(
  caller: LibvirtCaller,
  run: RunOnHost | null,
  signal: AbortSignal,
): Promise<HostFactsRead> {
  const options = { signal };
  const [node, capabilities, type, hypervisor, library, hostname, storage, networks, shell] =
    await Promise.all([
      caller.call('nodeGetInfo', undefined, options),
      caller.call('connectGetCapabilities', undefined, options),
      caller.call('connectGetType', undefined, options),
      caller.call('connectGetVersion', undefined, options),
      caller.call('connectGetLibVersion', undefined, options),
      caller.call('connectGetHostname', undefined, options),
      readPools(caller, signal),
      readNetworks(caller, signal),
      run === null ? null : readShellFacts(run, signal),
    ]);
  const qemuVersion = versionWords(hypervisor.hvVer);
  const parsed = parseCapabilities(capabilities.capabilities);
  return {
    hostname: hostname.hostname,
    arch: node.model,
    hypervisor: `${type.type} ${qemuVersion}`,
    libvirtVersion: versionWords(library.libVer),
    qemuVersion,
    cpuModel: shell?.cpuModel || parsed.cpuModel,
    cpuCount: node.cpus,
    memoryBytes: node.memory * 1024,
    numaNodes: node.nodes,
    kvm: parsed.kvm,
    pools: withMounts(storage, shell?.mounts ?? []),
    networks: withBridges(networks, shell),
    shell,
  };
}

/** libvirt writes versions as 1,000,000 × major + 1,000 × minor + release. */
export function versionWords(version: number): string {
  return `${Math.floor(version / 1_000_000)}.${Math.floor(version / 1000) % 1000}.${version % 1000}`;
}

/** The host's CPU model and whether its own guests can use KVM: https://libvirt.org/formatcaps.html */
export function parseCapabilities(xml: string): { cpuModel: string; kvm: boolean } {
  const root = node(node(parser.parse(xml) as Node)['capabilities']);
  const host = node(node(root['host'])['cpu']);
  const arch = textOf(host['arch']);
  const guests = nodes(root['guest']).map((guest) => node(guest['arch']));
  const own = guests.filter((guest) => guest['@name'] === arch);
  return {
    cpuModel: textOf(host['model']),
    kvm: own.some((guest) => nodes(guest['domain']).some((domain) => domain['@type'] === 'kvm')),
  };
}

export async function readPools(caller: LibvirtCaller, signal: AbortSignal): Promise<StoragePoolFacts[]> {
  const listed = await ifSupported(
    caller.call('connectListAllStoragePools', { needResults: 1, flags: 0 }, { signal }),
  );
  const pools = listed?.pools ?? [];
  const read = await Promise.all(
    pools.map(async (pool) => {
      const [info, description] = await Promise.all([
        ifThere(caller.call('storagePoolGetInfo', { pool }, { signal })),
        ifThere(caller.call('storagePoolGetXmlDesc', { pool, flags: 0 }, { signal })),
      ]);
      if (info === undefined || description === undefined) return undefined;
      const xml = node(node(parser.parse(description.xml) as Node)['pool']);
      const type = textOf(xml['@type']);
      const sharedAs = storageOfPool(type, poolSource(node(xml['source'])));
      return {
        name: pool.name,
        type,
        ...(sharedAs === '' ? {} : { sharedAs }),
        path: textOf(node(xml['target'])['path']),
        active: poolStateName(info.state) !== 'inactive',
        capacityBytes: info.capacity,
        allocationBytes: info.allocation,
        availableBytes: info.available,
      };
    }),
  );
  return read.filter((pool) => pool !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function poolSource(source: Node): PoolSource {
  const hosts = [source['host']].flat();
  return {
    hosts: hosts.map((host) => textOf(node(host)['@name'])).filter((name) => name !== ''),
    folder: textOf(node(source['dir'])['@path']),
    device: textOf(node(source['device'])['@path']),
    name: textOf(source['name']),
  };
}

async function readNetworks(caller: LibvirtCaller, signal: AbortSignal): Promise<HostNetworkFacts[]> {
  const listed = await ifSupported(
    caller.call('connectListAllNetworks', { needResults: 1, flags: 0 }, { signal }),
  );
  const read = await Promise.all(
    (listed?.nets ?? []).map(async (net) => {
      const [active, description] = await Promise.all([
        ifThere(caller.call('networkIsActive', { net }, { signal })),
        ifThere(caller.call('networkGetXmlDesc', { net, flags: 0 }, { signal })),
      ]);
      if (active === undefined || description === undefined) return undefined;
      const xml = node(node(parser.parse(description.xml) as Node)['network']);
      return {
        kind: 'network' as const,
        name: net.name,
        bridge: textOf(node(xml['bridge'])['@name']),
        active: active.active,
        forward: 'forward' in xml ? textOf(node(xml['forward'])['@mode']) || 'nat' : 'isolated',
      };
    }),
  );
  return read.filter((network) => network !== undefined);
}

/** Bridges of the host that no libvirt network makes by itself: guests can hang on them directly. */
function withBridges(networks: readonly HostNetworkFacts[], shell: ShellFacts | null): HostNetworkFacts[] {
  const made = new Set(networks.filter((one) => one.forward !== 'bridge').map((one) => one.bridge));
  const bridges = (shell?.bridges ?? []).filter((bridge) => !made.has(bridge.name));
  return [
    ...networks,
    ...bridges.map(({ name, up }) => ({
      kind: 'bridge' as const,
      name,
      bridge: name,
      active: up,
      forward: 'bridge',
    })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Sizes of all pools together; pools that are folders of one file system are counted once. */
export function poolTotals(pools: readonly StoragePoolFacts[]): {
  capacityBytes: number;
  availableBytes: number;
} {
  const disks = new Map<string, StoragePoolFacts>();
  for (const pool of pools) {
    if (pool.active) disks.set(pool.type === 'dir' ? `dir ${pool.capacityBytes}` : pool.name, pool);
  }
  let capacityBytes = 0;
  let availableBytes = 0;
  for (const pool of disks.values()) {
    capacityBytes += pool.capacityBytes;
    availableBytes += pool.availableBytes;
  }
  return { capacityBytes, availableBytes };
}

/** A host without a storage or network driver has no pools or networks; that is a fact, not a failure. */
async function ifSupported<T>(answer: Promise<T>): Promise<T | undefined> {
  return await unless(answer, ['VIR_ERR_NO_SUPPORT', 'VIR_ERR_NO_CONNECT']);
}

/** Taken away between the list and the question. */
async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  return await unless(answer, ['VIR_ERR_NO_STORAGE_POOL', 'VIR_ERR_NO_NETWORK']);
}

async function unless<T>(answer: Promise<T>, codeNames: readonly string[]): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof LibvirtError && codeNames.includes(error.codeName)) return undefined;
    throw error;
  }
}

function node(value: unknown): Node {
  return typeof value === 'object' && value !== null ? (value as Node) : {};
}

function nodes(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.map(node) : [];
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  const inner = node(value)['#text'];
  return typeof inner === 'string' ? inner.trim() : '';
}
