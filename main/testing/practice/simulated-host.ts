import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DomainRef } from '../../platform/libvirt/xdr-objects.ts';
import { normaliseDomain } from './domain-definition.ts';
import { domainShape } from './domain-shape.ts';
import { liveXml } from './domain-live-xml.ts';
import { idleLoad } from './guest-cast.ts';
import { HostEvents } from './host-events.ts';
import { cpuCount, hostLoad, nodeCpuTimes } from './host-hardware.ts';
import type { HostHardware } from './host-hardware.ts';
import { HostRefusal, qemuRefusal } from './host-refusal.ts';
import type { RpcConnection } from './rpc-connection.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import type { SimulatedPool } from './simulated-pool.ts';
import { storageRefusal } from './simulated-pool.ts';
import type { SimulatedVolume } from './simulated-volume.ts';
import { SimulatedVm } from './simulated-vm.ts';
import type { Definition } from './simulated-vm.ts';
import { newGuestFacts } from './guest-facts.ts';
import { parseXml, printXml } from './xml-tree.ts';

export type HostOptions = {
  readonly name: string;
  readonly seed: number;
  readonly hardware: HostHardware;
  /** Folder of this host alone, for its volumes and its socket. */
  readonly folder: string;
  readonly bootMs: number;
};

/** Everything that is on one simulated machine. It holds state; what may be done with it is in the handlers. */
export class SimulatedHost {
  readonly name: string;
  readonly seed: number;
  readonly hardware: HostHardware;
  readonly folder: string;
  readonly bootMs: number;
  readonly connections = new Set<RpcConnection>();
  readonly events = new HostEvents(this.connections);
  readonly vms = new Map<string, SimulatedVm>();
  readonly pools = new Map<string, SimulatedPool>();
  /** File systems it has from the network, as its kernel tells them. */
  mounts: readonly { readonly source: string; readonly path: string }[] = [];
  /** A certificate for encrypted moves lies in its place. */
  movesTls = false;
  readonly networks = new Map<string, SimulatedNetwork>();
  readonly nwfilters = new Map<string, { readonly uuid: string; readonly xml: string }>();
  /** When in the day it is busier than its VMs' mean, and how much. */
  day = hostLoad;
  /** How far its clock is off. */
  clockOffsetMs = 0;
  #ids = 0;
  #taps = 0;
  #ptys = 0;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: HostOptions) {
    this.name = options.name;
    this.seed = options.seed;
    this.hardware = options.hardware;
    this.folder = options.folder;
    this.bootMs = options.bootMs;
  }

  nowMs(): number {
    return Date.now();
  }

  nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  nextTaps(count: number): number {
    const first = this.#taps;
    this.#taps += count;
    return first;
  }

  nextPty(): number {
    this.#ptys += 1;
    return this.#ptys - 1;
  }

  /** Runs something later, unless the host is stopped before. */
  later(delayMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, delayMs);
    this.#timers.add(timer);
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  vm(ref: DomainRef): SimulatedVm {
    const vm = this.vms.get(ref.uuid);
    if (vm === undefined)
      throw qemuRefusal('VIR_ERR_NO_DOMAIN', `no domain with matching uuid '${ref.uuid}' (${ref.name})`);
    return vm;
  }

  vmByName(name: string): SimulatedVm | undefined {
    for (const vm of this.vms.values()) if (vm.name === name) return vm;
    return undefined;
  }

  /** Makes or replaces a VM from XML; refuses a name or UUID that is another's. Nothing is told to anybody. */
  define(xml: string): { vm: SimulatedVm; definition: Definition } {
    const tree = normaliseDomain(xml);
    const shape = domainShape(tree);
    const definition = { xml: printXml(tree), shape };
    const sameName = this.vmByName(shape.name);
    const known = this.vms.get(shape.uuid);
    if (known !== undefined && known.name !== shape.name)
      throw new HostRefusal(
        'VIR_ERR_OPERATION_FAILED',
        'VIR_FROM_DOMAIN',
        `domain '${known.name}' is already defined with uuid ${known.uuid}`,
      );
    if (sameName !== undefined && sameName.uuid !== shape.uuid)
      throw new HostRefusal(
        'VIR_ERR_OPERATION_FAILED',
        'VIR_FROM_DOMAIN',
        `domain '${shape.name}' already exists with uuid ${sameName.uuid}`,
      );
    return { vm: known ?? this.#newVm(definition), definition };
  }

  #newVm(definition: Definition): SimulatedVm {
    const { uuid, name } = definition.shape;
    const seed = this.seed + this.vms.size * 7_919;
    const guest = newGuestFacts(this, definition.shape);
    return new SimulatedVm({ uuid, name, seed, load: idleLoad(seed), guest });
  }

  /** XML as `virsh dumpxml` shows it, of the running instance or of the definition. */
  vmXml(vm: SimulatedVm, inactive: boolean): string {
    const { live } = vm;
    if (live === null || inactive) return (inactive ? (vm.persistent ?? vm.definition) : vm.definition).xml;
    return liveXml(live.definition.tree?.() ?? parseXml(live.definition.xml), {
      id: live.id,
      firstTap: live.firstTap,
      vcpusFixed: live.vcpusFixed,
      pty: live.pty,
      vncPort: live.vncPort,
      agentConnected: live.agentConnected,
      bridgeOf: (network) => this.networks.get(network)?.bridge ?? '',
    });
  }

  pool(name: string): SimulatedPool {
    const pool = this.pools.get(name);
    if (pool === undefined)
      throw storageRefusal('VIR_ERR_NO_STORAGE_POOL', `no storage pool with matching name '${name}'`);
    return pool;
  }

  network(name: string): SimulatedNetwork {
    const network = this.networks.get(name);
    if (network === undefined)
      throw new HostRefusal(
        'VIR_ERR_NO_NETWORK',
        'VIR_FROM_NETWORK',
        `no network with matching name '${name}'`,
      );
    return network;
  }

  /** The volume behind a path of this host. */
  volumeAt(path: string): { pool: SimulatedPool; volume: SimulatedVolume } | undefined {
    for (const pool of this.pools.values())
      if (path.startsWith(`${pool.targetPath}/`)) {
        const volume = pool.find(path.slice(pool.targetPath.length + 1));
        if (volume !== undefined) return { pool, volume };
      }
    return undefined;
  }

  /** Whether a file of this host exists: in a pool's books, or in its folder. */
  fileExists(path: string): boolean {
    if (this.volumeAt(path) !== undefined) return true;
    for (const pool of this.pools.values())
      if (path.startsWith(`${pool.targetPath}/`))
        return existsSync(join(pool.folder, path.slice(pool.targetPath.length + 1)));
    return false;
  }

  memoryUsedKiB(): number {
    let used = 3_500_000;
    for (const { live, load } of this.vms.values())
      if (live !== null) used += live.memoryKiB * Math.min(1, load.memoryShare + 0.2);
    return Math.round(Math.min(used, this.hardware.memoryKiB * 0.98));
  }

  cpuTimes(): ReturnType<typeof nodeCpuTimes> {
    let busyCpus = 0.4;
    for (const { live, load } of this.vms.values()) if (live !== null) busyCpus += live.vcpus * load.cpuShare;
    return nodeCpuTimes(this.hardware, {
      seed: this.seed,
      nowMs: this.nowMs(),
      busyCpus: Math.min(busyCpus, cpuCount(this.hardware) / 2),
      day: this.day,
    });
  }
}
