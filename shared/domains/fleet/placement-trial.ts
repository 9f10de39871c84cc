import { formatBytes } from '../../kernel/bytes.ts';
import type { ClusterFacts, PlacementFilter } from './cluster-contract.ts';
import {
  filterConcerns,
  filterObstacle,
  obstacleOn,
  sellableOf,
  type HostRoom,
  type Obstacle,
  type ObstacleCode,
  type PlacementHost,
  type VmToPlace,
} from './placement-rules.ts';

/** Where a VM may go. */
export interface PlacementChoice {
  /** Hosts it must not go to: the one it is on. */
  readonly except?: ReadonlySet<string>;
  /** Only hosts of this cluster. */
  readonly within?: string;
  /** Hosts that are taken before all others where it fits: those that hold its template. */
  readonly prefer?: ReadonlySet<string>;
}

const ANYWHERE: PlacementChoice = {};

/** One host in the judgement of a VM. */
export interface HostJudgement {
  readonly host: PlacementHost;
  readonly room: HostRoom;
  /** Why it does not fit; undefined where it does. */
  readonly obstacle: Obstacle | undefined;
}

export type Placed<V extends VmToPlace> =
  | { readonly vm: V; readonly hostId: string; readonly reason: '' }
  | { readonly vm: V; readonly hostId: null; readonly reason: string };

/**
 * Places VMs on hosts on paper: each one placed takes its share, so that hundreds can be tried at once. The same rules hold here as
 * for a VM that is really made, so what is found to fit fits, as long as nobody else takes the room. Sizes in bytes and vCPUs.
 */
export class PlacementTrial {
  readonly #hosts: readonly PlacementHost[];
  readonly #places = new Map<string, number>();
  readonly #clusters: ReadonlyMap<string, ClusterFacts>;
  readonly #filters: readonly (readonly PlacementFilter[])[];
  /** Higher is better: where there is most memory free, or, where hosts are packed, least. */
  readonly #sign: Float64Array;
  readonly #cpusFree: Float64Array;
  readonly #memoryFree: Float64Array;
  readonly #diskFree: Float64Array;
  readonly #cpuCount: Float64Array;
  /** Places of hosts that are open, by choice and by which filters concern a VM: one choice is used for many VMs. */
  readonly #open = new WeakMap<PlacementChoice, Map<string, Uint32Array>>();
  readonly #allFilters: readonly PlacementFilter[];

  /** Hosts of clusters that are not given are left out. */
  constructor(hosts: readonly PlacementHost[], clusters: readonly ClusterFacts[]) {
    this.#clusters = new Map(clusters.map((cluster) => [cluster.id, cluster]));
    this.#hosts = hosts.filter((host) => this.#clusters.has(host.clusterId));
    const count = this.#hosts.length;
    this.#sign = new Float64Array(count);
    this.#cpusFree = new Float64Array(count);
    this.#memoryFree = new Float64Array(count);
    this.#diskFree = new Float64Array(count);
    this.#cpuCount = Float64Array.from(this.#hosts, (host) => host.cpuCount);
    this.#allFilters = clusters.flatMap((cluster) => cluster.filters);
    const filters: (readonly PlacementFilter[])[] = [];
    for (const [at, host] of this.#hosts.entries()) {
      const cluster = this.#clusters.get(host.clusterId);
      if (cluster === undefined) continue;
      const sellable = sellableOf(host, cluster);
      this.#places.set(host.id, at);
      this.#sign[at] = cluster.policy === 'pack' ? -1 : 1;
      this.#cpusFree[at] = sellable.cpus - host.cpuSold;
      this.#memoryFree[at] = sellable.memoryBytes - host.memorySoldBytes;
      this.#diskFree[at] = host.pool?.availableBytes ?? 0;
      filters.push(cluster.filters);
    }
    this.#filters = filters;
  }

  /** What is left to sell of a host. */
  room(hostId: string): HostRoom | undefined {
    const at = this.#places.get(hostId);
    return at === undefined ? undefined : this.#room(at);
  }

  /** Every host with whether the VM fits there now; the best first, those where it does not fit last. */
  judge(vm: VmToPlace, choice: PlacementChoice = {}): HostJudgement[] {
    const isPreferred = (row: HostJudgement): number => (choice.prefer?.has(row.host.id) ? 0 : 1);
    const doesFit = (row: HostJudgement): number => (row.obstacle === undefined ? 0 : 1);
    const score = ({ host }: HostJudgement): number => this.#score(this.#places.get(host.id) ?? 0);
    return this.#hosts
      .map((host, at) => ({ host, room: this.#room(at), obstacle: this.#obstacle(vm, at) }))
      .filter(({ host }) => this.#isAsked(host, choice))
      .sort(
        (a, b) =>
          doesFit(a) - doesFit(b) ||
          isPreferred(a) - isPreferred(b) ||
          score(b) - score(a) ||
          (a.host.name < b.host.name ? -1 : 1),
      );
  }

  /** Takes the best host for a VM; gives its id, or undefined where it fits nowhere. */
  place(vm: VmToPlace, choice: PlacementChoice = ANYWHERE): string | undefined {
    const at = this.#best(vm, choice);
    if (at < 0) return undefined;
    this.#change(vm, at, -1);
    return this.#hosts[at]?.id;
  }

  /** Gives back the room of a VM, as if it had left the host. */
  release(vm: VmToPlace, hostId: string): void {
    this.#change(vm, this.#places.get(hostId), 1);
  }

  /** Places many, those with most memory first, as small ones fit into what is left. Answers in the order they were given. */
  placeAll<V extends VmToPlace>(vms: readonly V[], choice: PlacementChoice = ANYWHERE): Placed<V>[] {
    const placed: Placed<V>[] = [];
    const reasons = new Map<string, string>();
    const order = vms
      .map((vm, at) => ({ vm, at }))
      .sort((a, b) => b.vm.memoryBytes - a.vm.memoryBytes || b.vm.vcpus - a.vm.vcpus || a.at - b.at);
    for (const { vm, at } of order) {
      const hostId = this.place(vm, choice);
      if (hostId === undefined) {
        // Of thousands that do not fit most are alike, and the reason is costly to find.
        const kind = [vm.vcpus, vm.memoryBytes, vm.diskBytes, this.#concernedBy(vm)].join(' ');
        const reason = reasons.get(kind) ?? this.whyNowhere(vm, choice);
        reasons.set(kind, reason);
        placed[at] = { vm, hostId: null, reason };
      } else placed[at] = { vm, hostId, reason: '' };
    }
    return placed;
  }

  /** Why a VM fits nowhere, as one clause over all hosts that were asked. */
  whyNowhere(vm: VmToPlace, choice: PlacementChoice = {}): string {
    return whyNowhere(vm, this.judge(vm, choice)) || 'there is no other host';
  }

  #room(at: number): HostRoom {
    const left = (of: Float64Array): number => Math.max(0, of[at] ?? 0);
    return {
      cpus: left(this.#cpusFree),
      memoryBytes: left(this.#memoryFree),
      diskBytes: left(this.#diskFree),
    };
  }

  #obstacle(vm: VmToPlace, at: number): Obstacle | undefined {
    const host = this.#hosts[at];
    return host && obstacleOn(vm, host, { room: this.#room(at), filters: this.#filters[at] ?? [] });
  }

  #isAsked(host: PlacementHost, choice: PlacementChoice): boolean {
    return (
      choice.except?.has(host.id) !== true &&
      (choice.within === undefined || host.clusterId === choice.within)
    );
  }

  #score(at: number): number {
    // Plus one, so that a host that is full to the last byte still counts as the fullest and not as one that spreads.
    return (this.#sign[at] ?? 1) * ((this.#memoryFree[at] ?? 0) + 1);
  }

  /** The same choice as the first row of `judge`, without making the rows: it is asked 56,000 times. */
  #best(vm: VmToPlace, choice: PlacementChoice): number {
    const open = this.#openTo(vm, choice);
    const [sign, memoryFree, cpusFree, diskFree, cpuCount] = [
      this.#sign,
      this.#memoryFree,
      this.#cpusFree,
      this.#diskFree,
      this.#cpuCount,
    ];
    const { vcpus, memoryBytes, diskBytes } = vm;
    const { prefer } = choice;
    let best = -1;
    let bestScore = -Infinity;
    let isBestPreferred = false;
    for (const at of open) {
      const free = memoryFree[at] ?? 0;
      if (
        memoryBytes > free ||
        vcpus > (cpusFree[at] ?? 0) ||
        diskBytes > (diskFree[at] ?? 0) ||
        vcpus > (cpuCount[at] ?? 0)
      )
        continue;
      const score = (sign[at] ?? 1) * (free + 1);
      const isPreferred = prefer?.has(this.#hosts[at]?.id ?? '') === true;
      if (isPreferred === isBestPreferred ? score <= bestScore : isBestPreferred) {
        // Of equals the first by name.
        const isEqual = score === bestScore && isPreferred === isBestPreferred;
        if (!isEqual || (this.#hosts[at]?.name ?? '') >= (this.#hosts[best]?.name ?? '')) continue;
      }
      best = at;
      bestScore = score;
      isBestPreferred = isPreferred;
    }
    return best;
  }

  #concernedBy(vm: VmToPlace): string {
    return this.#allFilters.map((filter) => (filterConcerns(filter, vm) ? '1' : '0')).join('');
  }

  /** Places of the hosts that the choice, their state and the filters leave open to a VM. */
  #openTo(vm: VmToPlace, choice: PlacementChoice): Uint32Array {
    const concerns = this.#concernedBy(vm);
    let ofChoice = this.#open.get(choice);
    if (ofChoice === undefined) {
      ofChoice = new Map();
      this.#open.set(choice, ofChoice);
    }
    let open = ofChoice.get(concerns);
    if (open === undefined) {
      const places: number[] = [];
      for (const [at, host] of this.#hosts.entries()) {
        const isOpen = host.closed === '' && host.pool !== undefined && this.#isAsked(host, choice);
        if (isOpen && filterObstacle(this.#filters[at] ?? [], vm, host.labels) === '') places.push(at);
      }
      open = Uint32Array.from(places);
      ofChoice.set(concerns, open);
    }
    return open;
  }

  #change(vm: VmToPlace, at: number | undefined, sign: 1 | -1): void {
    if (at === undefined) return;
    this.#cpusFree[at] = (this.#cpusFree[at] ?? 0) + sign * vm.vcpus;
    this.#memoryFree[at] = (this.#memoryFree[at] ?? 0) + sign * vm.memoryBytes;
    this.#diskFree[at] = (this.#diskFree[at] ?? 0) + sign * vm.diskBytes;
  }
}

/** A host by name with why a VM does not fit there; undefined where it does. */
interface NamedObstacle {
  readonly host: { readonly name: string };
  readonly obstacle: Obstacle | undefined;
}

/** Why a VM fits on none of these hosts, as one clause over all of them, the commonest reason first; empty where there is no host at all. */
export function whyNowhere(vm: VmToPlace, rows: readonly NamedObstacle[]): string {
  const found = new Map<ObstacleCode, { hosts: number; best: NamedObstacle }>();
  for (const row of rows) {
    if (row.obstacle === undefined) continue;
    const known = found.get(row.obstacle.code);
    if (known === undefined) found.set(row.obstacle.code, { hosts: 1, best: row });
    else known.hosts += 1;
  }
  return [...found]
    .sort(([, a], [, b]) => b.hosts - a.hosts)
    .map(([code, { hosts, best }]) => clauseFor(code, hosts, { best, vm }))
    .join('; ');
}

function clauseFor(
  code: ObstacleCode,
  hosts: number,
  { best, vm }: { best: NamedObstacle; vm: VmToPlace },
): string {
  const where = best.host.name;
  if (hosts === 1) return `${where}: ${best.obstacle?.clause ?? ''}`;
  switch (code) {
    case 'memory':
      return `${hosts} hosts have too little memory (${formatBytes(vm.memoryBytes)} wanted)`;
    case 'cpu-count':
      return `${hosts} hosts have fewer than ${vm.vcpus} CPUs`;
    case 'cpu-sold':
      return `${hosts} hosts have fewer than ${vm.vcpus} vCPUs left to sell`;
    case 'disk':
      return `${hosts} hosts have too little disk (${formatBytes(vm.diskBytes)} wanted)`;
    case 'no-pool':
      return `${hosts} hosts have no active storage pool`;
    case 'filter':
      return `filters keep it off ${hosts} hosts (${where}: ${best.obstacle?.clause ?? ''})`;
    case 'closed':
      return `${hosts} hosts take no VMs now (${where}: ${best.obstacle?.clause ?? ''})`;
  }
}
