import { formatBytes, GIB } from '../../kernel/bytes.ts';
import type { ClusterFacts, PlacementFilter } from './cluster-contract.ts';

/** A VM that is to be placed: what it takes and what filters look at. */
export interface VmToPlace {
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly customerId: string | null;
  readonly templateId: string | null;
  readonly os: string;
  readonly tags: readonly string[];
}

/** A host on which VMs may be placed, with what is sold of it already. */
export interface PlacementHost {
  readonly id: string;
  readonly name: string;
  readonly clusterId: string;
  /** Why it takes no VM at all now, a clause: `it is unreachable`; empty where it takes them. */
  readonly closed: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly cpuSold: number;
  readonly memorySoldBytes: number;
  /** The pool new disks go to; undefined: it has no active one. */
  readonly pool: { readonly name: string; readonly availableBytes: number } | undefined;
  readonly labels: readonly string[];
}

/** Memory a host keeps for itself: its system, libvirt, and what QEMU takes beside each guest's memory. */
export function reservedMemoryBytes(memoryBytes: number): number {
  return Math.min(2 * GIB, memoryBytes * 0.1);
}

/** What may be sold of a host: vCPUs, and bytes of memory beside its own reserve. */
export function sellableOf(
  host: Pick<PlacementHost, 'cpuCount' | 'memoryBytes'>,
  cluster: Pick<ClusterFacts, 'cpuOvercommit' | 'memoryOvercommit'>,
): { readonly cpus: number; readonly memoryBytes: number } {
  return {
    cpus: Math.floor(host.cpuCount * cluster.cpuOvercommit),
    memoryBytes: Math.max(
      0,
      Math.floor((host.memoryBytes - reservedMemoryBytes(host.memoryBytes)) * cluster.memoryOvercommit),
    ),
  };
}

/** What is left to sell of a host; never less than nothing. */
export interface HostRoom {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** Whether a filter is about this VM. */
export function filterConcerns(filter: PlacementFilter, vm: VmToPlace): boolean {
  switch (filter.subject) {
    case 'any':
      return true;
    case 'tag':
      return vm.tags.some((tag) => tag.toLowerCase() === filter.value.toLowerCase());
    case 'os':
      return vm.os.toLowerCase().includes(filter.value.toLowerCase());
    case 'template':
      return vm.templateId === filter.value;
    case 'customer':
      return vm.customerId === filter.value;
  }
}

/** Why the filters of a cluster keep a VM off a host with these labels, a clause; empty where they do not. */
export function filterObstacle(
  filters: readonly PlacementFilter[],
  vm: VmToPlace,
  labels: readonly string[],
): string {
  for (const { subject, value, verb, label } of filters.filter(({ verb }) => verb !== 'reserves')) {
    if (!filterConcerns({ subject, value, verb, label }, vm)) continue;
    if (verb === 'needs' && !labels.includes(label)) return `it is not labelled ${label}`;
    if (verb === 'avoids' && labels.includes(label)) return `it is labelled ${label}, which such VMs avoid`;
  }
  // A label may be kept for several kinds of VMs: one of them is enough.
  const reserving = filters.filter(({ verb, label }) => verb === 'reserves' && labels.includes(label));
  for (const label of new Set(reserving.map((filter) => filter.label))) {
    const forLabel = reserving.filter((filter) => filter.label === label);
    if (!forLabel.some((filter) => filterConcerns(filter, vm))) return `${label} is kept for other VMs`;
  }
  return '';
}

export type ObstacleCode = 'closed' | 'filter' | 'memory' | 'cpu-count' | 'cpu-sold' | 'no-pool' | 'disk';

/** Why a VM does not fit on a host. */
export interface Obstacle {
  readonly code: ObstacleCode;
  /** A clause about the host: `3 GiB of memory free, 8 GiB wanted`. */
  readonly clause: string;
}

/** The first thing that keeps a VM off a host; undefined where it fits. `room` is what is left to sell of the host now. */
export function obstacleOn(
  vm: VmToPlace,
  host: PlacementHost,
  left: { readonly room: HostRoom; readonly filters: readonly PlacementFilter[] },
): Obstacle | undefined {
  const { room } = left;
  if (host.closed !== '') return { code: 'closed', clause: host.closed };
  const filtered = filterObstacle(left.filters, vm, host.labels);
  if (filtered !== '') return { code: 'filter', clause: filtered };
  if (vm.memoryBytes > room.memoryBytes)
    return {
      code: 'memory',
      clause: `${formatBytes(room.memoryBytes)} of memory free, ${formatBytes(vm.memoryBytes)} wanted`,
    };
  if (vm.vcpus > host.cpuCount)
    return { code: 'cpu-count', clause: `it has ${host.cpuCount} CPUs, ${vm.vcpus} wanted` };
  if (vm.vcpus > room.cpus)
    return { code: 'cpu-sold', clause: `${room.cpus} vCPUs left to sell, ${vm.vcpus} wanted` };
  if (host.pool === undefined) return { code: 'no-pool', clause: 'it has no active storage pool' };
  if (vm.diskBytes > room.diskBytes)
    return {
      code: 'disk',
      clause: `${formatBytes(room.diskBytes)} free in its pool ${host.pool.name}, ${formatBytes(vm.diskBytes)} wanted`,
    };
  return undefined;
}
