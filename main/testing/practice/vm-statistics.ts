import { typed } from '../../platform/libvirt/xdr-typed-parameters.ts';
import type { TypedValue } from '../../platform/libvirt/xdr-typed-parameters.ts';
import { seededUnit } from './seeded-random.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { SimulatedVm } from './simulated-vm.ts';

/** `virDomainStatsTypes` */
export const statsGroups = {
  state: 1,
  cpu: 2,
  balloon: 4,
  vcpu: 8,
  interface: 16,
  block: 32,
  perf: 64,
  iothread: 128,
  memory: 256,
  dirtyRate: 512,
} as const;

type Stats = Record<string, TypedValue>;

const int = (value: number): TypedValue => typed.int(value);
const whole = (value: number): TypedValue => typed.ullong(wholeNumber(value));

/** Not negative, and exact on the wire: beyond 2^53 (104 days of CPU time in ns) a bigint. */
export function wholeNumber(value: number): number | bigint {
  const floor = Math.max(0, Math.floor(value));
  return Number.isSafeInteger(floor) ? floor : BigInt(floor);
}

/** Names of parameters of the nth vCPU, network card or disk: made once, for 56,000 VMs have the same. */
const numbered = {
  vcpu: new Map<string, string[]>(),
  net: new Map<string, string[]>(),
  block: new Map<string, string[]>(),
};

function nameOf(group: keyof typeof numbered, index: number, key: string): string {
  let names = numbered[group].get(key);
  if (names === undefined) numbered[group].set(key, (names = []));
  return (names[index] ??= `${group}.${index}.${key}`);
}

/** What `virsh domstats` says of one VM, in the order and with the types of QEMU's driver. `groups` 0 means all. */
export function vmStatistics(host: SimulatedHost, vm: SimulatedVm, groups: number): Stats {
  const stats: Stats = {};
  const wants = (group: number): boolean => groups === 0 || (groups & group) !== 0;
  if (wants(statsGroups.state)) {
    stats['state.state'] = int(vm.state.state);
    stats['state.reason'] = int(vm.state.reason);
  }
  const counters = vm.counters(host.nowMs());
  if (wants(statsGroups.cpu)) addCpu(stats, vm, counters.cpuNs);
  if (wants(statsGroups.balloon)) addBalloon(stats, host, vm);
  if (wants(statsGroups.vcpu)) addVcpus(stats, vm, counters.cpuNs);
  if (wants(statsGroups.interface)) addInterfaces(stats, vm, counters);
  if (wants(statsGroups.block)) addBlocks(stats, host, vm, counters);
  if (wants(statsGroups.dirtyRate) && vm.live !== null) {
    stats['dirtyrate.calc_status'] = int(0);
    stats['dirtyrate.calc_start_time'] = typed.llong(0);
    stats['dirtyrate.calc_period'] = int(0);
    stats['dirtyrate.calc_mode'] = typed.string('page-sampling');
  }
  return stats;
}

function addCpu(stats: Stats, vm: SimulatedVm, cpuNs: number): void {
  stats['cpu.time'] = whole(cpuNs);
  // The kernel gives these two in ticks of 10 ms.
  stats['cpu.user'] = whole(Math.floor((cpuNs * 0.82) / 1e7) * 1e7);
  stats['cpu.system'] = whole(Math.floor((cpuNs * 0.18) / 1e7) * 1e7);
  if (vm.live === null) return;
  stats['cpu.cache.monitor.count'] = typed.uint(0);
  stats['cpu.haltpoll.success.time'] = whole(cpuNs * 0.004);
  stats['cpu.haltpoll.fail.time'] = whole(cpuNs * 0.01);
}

export type GuestMemory = {
  readonly availableKiB: number;
  readonly unusedKiB: number;
  readonly usableKiB: number;
  readonly cachesKiB: number;
  readonly rssKiB: number;
};

/** How a guest's memory is divided at this moment: moves slowly around its share. */
export function guestMemory(vm: SimulatedVm, nowMs: number): GuestMemory {
  const allKiB = vm.live?.memoryKiB ?? 0;
  const availableKiB = Math.round(allKiB * 0.975);
  const phase = seededUnit(vm.seed, 51) * 6.28;
  const share = Math.min(
    0.95,
    Math.max(0.05, vm.load.memoryShare + 0.03 * Math.sin(nowMs / 900_000 + phase)),
  );
  const usableKiB = Math.round(availableKiB * (1 - share));
  const cachesKiB = Math.round(usableKiB * 0.6);
  return {
    availableKiB,
    unusedKiB: usableKiB - cachesKiB,
    usableKiB,
    cachesKiB,
    rssKiB: Math.round(allKiB * Math.min(1, share + 0.15)),
  };
}

function addBalloon(stats: Stats, host: SimulatedHost, vm: SimulatedVm): void {
  const { live, definition } = vm;
  stats['balloon.current'] = whole(live?.memoryKiB ?? definition.shape.memoryKiB);
  stats['balloon.maximum'] = whole(definition.shape.maxMemoryKiB);
  if (live === null) return;
  const nowMs = host.nowMs();
  const memory = guestMemory(vm, nowMs);
  stats['balloon.swap_in'] = whole(0);
  stats['balloon.swap_out'] = whole(0);
  stats['balloon.major_fault'] = whole(80 + (nowMs - live.startedAtMs) / 3e6);
  stats['balloon.minor_fault'] = whole(5_044 + (nowMs - live.startedAtMs) / 20);
  stats['balloon.unused'] = whole(memory.unusedKiB);
  stats['balloon.available'] = whole(memory.availableKiB);
  stats['balloon.usable'] = whole(memory.usableKiB);
  stats['balloon.last-update'] = whole(nowMs / 1_000);
  stats['balloon.disk_caches'] = whole(memory.cachesKiB);
  stats['balloon.hugetlb_pgalloc'] = whole(0);
  stats['balloon.hugetlb_pgfail'] = whole(0);
  stats['balloon.rss'] = whole(memory.rssKiB);
}

function addVcpus(stats: Stats, vm: SimulatedVm, cpuNs: number): void {
  const { live, definition } = vm;
  const current = live?.vcpus ?? definition.shape.vcpus;
  stats['vcpu.current'] = typed.uint(current);
  stats['vcpu.maximum'] = typed.uint(definition.shape.maxVcpus);
  if (live === null) return;
  for (let index = 0; index < current; index += 1) {
    // The first does more than its share, the others share the rest.
    const share = current === 1 ? 1 : index === 0 ? 1.3 / current : (1 - 1.3 / current) / (current - 1);
    stats[nameOf('vcpu', index, 'state')] = int(1);
    stats[nameOf('vcpu', index, 'time')] = whole(Math.floor((cpuNs * share * 0.94) / 1e7) * 1e7);
    stats[nameOf('vcpu', index, 'wait')] = whole(0);
    stats[nameOf('vcpu', index, 'delay')] = whole(cpuNs * share * 0.02);
  }
}

type Counters = ReturnType<SimulatedVm['counters']>;

function addInterfaces(stats: Stats, vm: SimulatedVm, counters: Counters): void {
  const { live } = vm;
  if (live === null) return;
  const { nics } = live.definition.shape;
  stats['net.count'] = typed.uint(nics.length);
  nics.forEach((_, index) => {
    const share = index === 0 ? 1 : 0.1;
    const to = (key: string, value: number): void => {
      stats[nameOf('net', index, key)] = whole(value);
    };
    stats[nameOf('net', index, 'name')] = typed.string(`vnet${live.firstTap + index}`);
    to('rx.bytes', counters.rxBytes * share);
    to('rx.pkts', (counters.rxBytes * share) / 740);
    to('rx.errs', 0);
    to('rx.drop', 0);
    to('tx.bytes', counters.txBytes * share);
    to('tx.pkts', (counters.txBytes * share) / 910);
    to('tx.errs', 0);
    to('tx.drop', 0);
  });
}

function addBlocks(stats: Stats, host: SimulatedHost, vm: SimulatedVm, counters: Counters): void {
  const { disks } = vm.definition.shape;
  stats['block.count'] = typed.uint(disks.length);
  disks.forEach((disk, index) => {
    const to = (key: string, value: number): void => {
      stats[nameOf('block', index, key)] = whole(value);
    };
    stats[nameOf('block', index, 'name')] = typed.string(disk.target);
    if (disk.source === null && vm.live === null) return;
    if (disk.source !== null) stats[nameOf('block', index, 'path')] = typed.string(disk.source);
    if (vm.live === null) {
      addBlockSizes(host, disk.source, to);
      return;
    }
    if (disk.source !== null)
      stats[nameOf('block', index, 'backingIndex')] = typed.uint(disks.length - index);
    const share = disk.device === 'cdrom' ? 0 : index === 0 ? 1 : 0.4;
    to('rd.reqs', (counters.readBytes * share) / 24_000);
    to('rd.bytes', Math.floor((counters.readBytes * share) / 512) * 512);
    to('rd.times', counters.readBytes * share * 9);
    to('wr.reqs', (counters.writeBytes * share) / 11_000);
    to('wr.bytes', Math.floor((counters.writeBytes * share) / 512) * 512);
    to('wr.times', counters.writeBytes * share * 22);
    to('fl.reqs', (counters.writeBytes * share) / 90_000);
    to('fl.times', counters.writeBytes * share * 31);
    addBlockSizes(host, disk.source, to);
  });
}

function addBlockSizes(
  host: SimulatedHost,
  source: string | null,
  to: (key: string, value: number) => void,
): void {
  const volume = source === null ? undefined : host.volumeAt(source)?.volume;
  if (volume === undefined) return;
  const { allocationBytes, physicalBytes } = volume.measure();
  to('allocation', allocationBytes);
  to('capacity', volume.capacityBytes);
  to('physical', physicalBytes);
}
