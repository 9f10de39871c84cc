import { formatBytes } from '../../kernel/bytes.ts';
import { maintenanceReason, type HostMaintenance } from '../fleet/host-rules.ts';
import type { VmState } from '../fleet/vm-rules.ts';

/** What was looked at, in the order a person would. */
export const FIT_CHECKS = [
  'host',
  'policy',
  'version',
  'cpu',
  'memory',
  'storage',
  'network',
  'encryption',
] as const;
export type FitCheck = (typeof FIT_CHECKS)[number];
export interface FitProblem {
  readonly check: FitCheck;
  /** A clause: "2 GiB of memory free, 4 GiB wanted". */
  readonly reason: string;
}

export interface MovingVm {
  readonly hostId: string;
  readonly state: VmState;
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly disks: readonly MovingDisk[];
  /** Names of the networks and bridges its cards hang on. */
  readonly networks: readonly string[];
}
export interface MovingDisk {
  readonly target: string;
  readonly device: string;
  readonly source: string;
  readonly readonly: boolean;
  readonly capacityBytes: number;
  readonly allocationBytes: number;
}

/** A host as the store knows it. */
export interface CandidateHost {
  readonly id: string;
  readonly state: string;
  readonly maintenance: HostMaintenance;
  readonly arch: string;
  readonly kvm: boolean;
  /** It has what encrypted moves need, as far as can be seen. */
  readonly encrypts: boolean;
  readonly cpuCount: number;
  readonly libvirtVersion: string;
  readonly qemuVersion: string;
  readonly pools: readonly CandidatePool[];
  readonly networks: readonly { readonly name: string; readonly active: boolean }[];
  /** Empty where the placement rules of its cluster let it in. */
  readonly policyReason: string;
  readonly memoryFreeBytes: number;
}
export interface CandidatePool {
  readonly name: string;
  readonly type: string;
  readonly path: string;
  readonly active: boolean;
  readonly availableBytes: number;
  /** What the storage behind it is called wherever it is seen; absent: not known to be seen anywhere else. */
  readonly sharedAs?: string | undefined;
}

/** Pools whose volumes are files, which is what can be copied, or seen by two hosts under one path. */
const FILE_POOLS: readonly string[] = ['dir', 'fs', 'netfs', 'vstorage'];
/** Of these, those every host sees that has the pool; a folder may be one, which only a look can tell. */
const SHARED_POOLS: readonly string[] = ['netfs', 'vstorage'];

export function isFilePool(pool: Pick<CandidatePool, 'type'>): boolean {
  return FILE_POOLS.includes(pool.type);
}

const NO_POOL = 'it has no active storage pool of files';

export type StorageWay = 'shared' | 'copy' | 'none';

/** Disks that travel; a CD in the drive is dealt with apart. */
export function disksThatMove(vm: Pick<MovingVm, 'disks'>): readonly MovingDisk[] {
  return vm.disks.filter((disk) => disk.device === 'disk' && !disk.readonly && disk.source !== '');
}

export function poolOf(path: string, pools: readonly CandidatePool[]): CandidatePool | undefined {
  return pools.find((pool) => pool.path !== '' && path.startsWith(`${pool.path}/`));
}

/** What is mounted elsewhere there is another path, and so another file. */
function isSharedWith(pool: CandidatePool, to: Pick<CandidateHost, 'pools'>): boolean {
  return to.pools.some((other) => {
    if (!other.active || other.path !== pool.path) return false;
    const isKnown = pool.sharedAs !== undefined || other.sharedAs !== undefined;
    // Of the hosts of old stores it is not known yet.
    return isKnown
      ? other.sharedAs === pool.sharedAs
      : SHARED_POOLS.includes(pool.type) && other.type === pool.type;
  });
}

/** How the disks would come to that host, by what is known of the pools of both. */
export function storageWay(
  vm: Pick<MovingVm, 'disks'>,
  from: Pick<CandidateHost, 'pools'>,
  to: Pick<CandidateHost, 'pools'>,
): { way: StorageWay; copyBytes: number } {
  const disks = disksThatMove(vm);
  if (disks.length === 0) return { way: 'none', copyBytes: 0 };
  const copied = disks.filter((disk) => {
    const pool = poolOf(disk.source, from.pools);
    return pool === undefined || !isSharedWith(pool, to);
  });
  const copyBytes = copied.reduce((sum, disk) => sum + disk.capacityBytes, 0);
  return copied.length === 0 ? { way: 'shared', copyBytes: 0 } : { way: 'copy', copyBytes };
}

/** The pool a copied disk goes to: the one of the same name, else `default`, else the first folder. */
export function targetPool(
  source: string,
  from: readonly CandidatePool[],
  to: readonly CandidatePool[],
): CandidatePool | undefined {
  const usable = to.filter((pool) => pool.active && isFilePool(pool));
  const name = poolOf(source, from)?.name;
  return (
    usable.find((pool) => pool.name === name) ?? usable.find((pool) => pool.name === 'default') ?? usable[0]
  );
}

/** Why a VM cannot be moved at all now; null: it can. Completes "it cannot be moved: …". */
export function whyNotMove(vm: Pick<MovingVm, 'state' | 'disks'>): string | null {
  switch (vm.state) {
    case 'running':
    case 'blocked':
    case 'shut-off':
    case 'crashed':
      return vm.disks.some((disk) => disk.device === 'lun')
        ? 'a disk of its host is passed through to it'
        : null;
    case 'paused':
    case 'suspended':
      return 'it is paused: resume it, or force it off';
    case 'shutting-down':
      return 'it is shutting down: wait until it is off';
    case 'provisioning':
      return 'it is still being made';
    case 'missing':
      return 'it is no longer on its host';
    case 'unknown':
      return 'its state is not known';
  }
}

/** Everything that speaks against this host, in the order of {@link FIT_CHECKS}; empty where it fits. Pure: the CPU is asked apart. */
export function fitProblems(
  vm: MovingVm,
  from: CandidateHost,
  to: CandidateHost,
  rules: { readonly encrypt: boolean },
): FitProblem[] {
  const problems: FitProblem[] = [];
  const say = (check: FitCheck, reason: string): void => void problems.push({ check, reason });
  if (to.id === vm.hostId) return [{ check: 'host', reason: 'it is there already' }];
  if (to.state !== 'connected' && to.state !== 'slow') say('host', `it is ${to.state.replace('-', ' ')}`);
  const closed = maintenanceReason(to.maintenance);
  if (closed !== '') say('host', closed);
  if (to.policyReason !== '' && to.policyReason !== closed) say('policy', to.policyReason);
  const isOn = vm.state === 'running' || vm.state === 'blocked';
  if (from.arch !== '' && to.arch !== '' && from.arch !== to.arch)
    say('cpu', `it is ${to.arch}, the VM’s host ${from.arch}`);
  if (from.kvm && !to.kvm) say('cpu', 'it has no KVM');
  if (vm.vcpus > to.cpuCount && to.cpuCount > 0) say('cpu', `it has ${to.cpuCount} CPUs, ${vm.vcpus} wanted`);
  if (isOn && isOlder(to.qemuVersion, from.qemuVersion))
    say('version', `it has QEMU ${to.qemuVersion}, older than the VM’s ${from.qemuVersion}`);
  if (isOn && isOlder(to.libvirtVersion, from.libvirtVersion))
    say('version', `it has libvirt ${to.libvirtVersion}, older than the VM’s ${from.libvirtVersion}`);
  if (vm.memoryBytes > to.memoryFreeBytes)
    say('memory', `${formatBytes(to.memoryFreeBytes)} of memory free, ${formatBytes(vm.memoryBytes)} wanted`);
  for (const problem of storageProblems(vm, from, to)) say('storage', problem);
  for (const name of new Set(vm.networks)) {
    const there = to.networks.find((network) => network.name === name);
    if (there === undefined) say('network', `it has no network ${name}`);
    else if (!there.active) say('network', `its network ${name} is not active`);
  }
  // One that is off goes through the engine's own connections.
  if (isOn && rules.encrypt && !to.encrypts) say('encryption', 'it has no certificate for encrypted moves');
  if (isOn && rules.encrypt && !from.encrypts)
    say('encryption', 'the VM’s host has no certificate for encrypted moves');
  const order = (problem: FitProblem): number => FIT_CHECKS.indexOf(problem.check);
  return problems.toSorted((a, b) => order(a) - order(b));
}

function storageProblems(vm: MovingVm, from: CandidateHost, to: CandidateHost): string[] {
  if (storageWay(vm, from, to).way !== 'copy') return [];
  const problems: string[] = [];
  const wanted = new Map<CandidatePool, number>();
  for (const disk of disksThatMove(vm)) {
    const at = poolOf(disk.source, from.pools);
    const pool = targetPool(disk.source, from.pools, to.pools);
    if (at === undefined) problems.push(`${disk.source} is in no storage pool, so it cannot be copied`);
    else if (!isFilePool(at))
      problems.push(`${disk.source} is no file but a volume of the ${at.type} pool ${at.name}`);
    else if (isSharedWith(at, to)) continue;
    else if (pool !== undefined) wanted.set(pool, (wanted.get(pool) ?? 0) + disk.capacityBytes);
    else if (!problems.includes(NO_POOL)) problems.push(NO_POOL);
  }
  // Copied disks fill up to their size in time.
  for (const [{ name, availableBytes }, bytes] of wanted)
    if (bytes > availableBytes)
      problems.push(`${formatBytes(availableBytes)} free in its pool ${name}, ${formatBytes(bytes)} wanted`);
  return problems;
}

/** Whether version `a` is older than `b` by its first two numbers: guests move to the same or a newer QEMU. */
export function isOlder(a: string, b: string): boolean {
  const numbers = (version: string): number[] => version.split('.').map(Number);
  const [majorA = 0, minorA = 0] = numbers(a);
  const [majorB = 0, minorB = 0] = numbers(b);
  if (a === '' || b === '') return false;
  return majorA < majorB || (majorA === majorB && minorA < minorB);
}
