import { newId } from '../../../../shared/kernel/id.ts';
import { vmState, type VmDetail } from '../../../../shared/domains/fleet/vm-contract.ts';
import type { VmSighting } from '../sweep/vm-sighting.ts';
import { isPowered } from '../sweep/vm-statistics.ts';
import type { VmRecord } from './vm-store.ts';
import { graphicsWords, type VmDisk, type VmShape } from './vm-xml.ts';

/** A disk as it is stored: what the contract tells, and what kind of drive it is. */
export type StoredDisk = VmDetail['disks'][number] & { readonly device: VmDisk['device'] };
export type StoredNic = VmDetail['nics'][number];

/** Columns that only people change: a sighting never writes them into a row that exists. */
const peoples = new Set<keyof VmRecord>([
  'id',
  'uuid',
  'customer_id',
  'template_id',
  'tags',
  'notes',
  'created_at_ms',
  'noted_at_ms',
  'moving_to',
]);

const LOOK_AT_MOST_MS = 60_000;

/** Columns that change at every look at a VM that works: people compare them, and nobody decides by them. */
const loads = new Set<keyof VmRecord>(['cpu_percent', 'memory_used_bytes']);

/** What a sweep writes of a VM of which nothing else is new. */
export type LoadRow = Pick<VmRecord, 'uuid' | 'cpu_percent' | 'memory_used_bytes'>;

export function loadRow({ uuid, cpu_percent, memory_used_bytes }: VmRecord): LoadRow {
  return { uuid, cpu_percent, memory_used_bytes };
}

/** Columns a sighting writes. */
export const sightedColumns: readonly (keyof VmRecord)[] = (
  Object.keys(newRow({ uuid: '', name: '', state: 'unknown' }, { hostId: '', atMs: 0 })) as (keyof VmRecord)[]
).filter((column) => !peoples.has(column));

const steadyColumns = sightedColumns.filter((column) => !loads.has(column));

export type RowChange = 'nothing' | 'load' | 'more';

/** What a look has changed of a row. */
export function changeOf(before: VmRecord, after: VmRecord): RowChange {
  if (before === after) return 'nothing';
  for (const column of steadyColumns) if (before[column] !== after[column]) return 'more';
  const isSameLoad =
    before.cpu_percent === after.cpu_percent && before.memory_used_bytes === after.memory_used_bytes;
  return isSameLoad ? 'nothing' : 'load';
}

/**
 * A figure that is shown and moves all the time is written anew only when it moved by `step`: at 56,000 VMs that is the difference
 * between all rows in every sweep and a few. Zero is always told.
 */
function steadied(before: number, now: number, step: number): number {
  return before > 0 && now > 0 && Math.abs(now - before) < step ? before : now;
}

/** In per cent: one point more or less is not told. */
const CPU_STEP = 2;
/** Parts of the whole a figure in bytes has to move by. */
const BYTE_STEPS = 100;

/** The row of a VM after it was seen on a host; `before` is its row until now, wherever it was, and the very same where nothing is new. */
export function vmRowAfter(
  before: VmRecord | undefined,
  vm: VmSighting,
  seen: { readonly hostId: string; readonly atMs: number; readonly beganAtMs?: number },
): VmRecord {
  const row = before ?? newRow(vm, seen);
  const overheard = isOverheard(row, seen.beganAtMs ?? seen.atMs);
  // A move of ours that hands it over: it runs on at the other host in a moment, and who asks is not to read that it is paused.
  const isBetween = row.moving_to !== null && vm.isHandedOver === true;
  const state = overheard || isBetween ? vmState.parse(row.state) : vm.state;
  const powered = isPowered(state);
  const memoryBytes = vm.memoryBytes ?? vm.shape?.memoryBytes ?? row.memory_bytes;
  const usedBytes = vm.memoryUsedBytes ?? row.memory_used_bytes;
  const told: Partial<VmRecord> = {
    host_id: seen.hostId,
    // While our own task still makes it, it says itself when it is ready.
    state: row.state === 'provisioning' ? 'provisioning' : state,
    memory_used_bytes: powered ? steadied(row.memory_used_bytes, usedBytes, memoryBytes / BYTE_STEPS) : 0,
    cpu_percent: powered
      ? steadied(row.cpu_percent, Math.round(vm.cpuPercent ?? row.cpu_percent), CPU_STEP)
      : 0,
    started_at_ms: powered ? (vm.startedAtMs ?? row.started_at_ms) : null,
    os: vm.os ?? row.os,
    agent: (powered ? (vm.agent ?? row.agent === 1) : false) ? 1 : 0,
    missing_since_at_ms: null,
    ...hardwareAfter(row, vm, powered),
    ...nextSizeAfter(row, vm, powered),
    // Told anew by every look, so what this one missed is not lost.
    ...(overheard ? whatWasNoted(row) : {}),
  };
  return before !== undefined && saysTheSame(before, told) ? before : { ...row, ...told };
}

function saysTheSame(row: VmRecord, told: Partial<VmRecord>): boolean {
  for (const column in told)
    if (row[column as keyof VmRecord] !== told[column as keyof VmRecord]) return false;
  return true;
}

/** What an action of ours has written on the row and a look that began before it would turn back. */
function whatWasNoted(row: VmRecord): Partial<VmRecord> {
  const { name, vcpus, memory_bytes, autostart, next_vcpus, next_memory_bytes } = row;
  return { name, vcpus, memory_bytes, autostart, next_vcpus, next_memory_bytes };
}

/** What an administrator changes. */
function hardwareAfter(row: VmRecord, vm: VmSighting, powered: boolean): Partial<VmRecord> {
  return {
    name: vm.name,
    vcpus: vm.vcpus ?? vm.shape?.vcpus ?? row.vcpus,
    memory_bytes: vm.memoryBytes ?? vm.shape?.memoryBytes ?? row.memory_bytes,
    autostart: (vm.autostart ?? row.autostart === 1) ? 1 : 0,
    persistent: (vm.persistent ?? row.persistent === 1) ? 1 : 0,
    graphics: vm.shape === undefined ? row.graphics : graphicsWords(vm.shape.graphics),
    ...devicesAfter(row, vm, powered),
  };
}

/** One that is off is as it starts next. */
function nextSizeAfter(
  row: VmRecord,
  { next }: VmSighting,
  powered: boolean,
): Pick<VmRecord, 'next_vcpus' | 'next_memory_bytes'> {
  if (!powered) return { next_vcpus: 0, next_memory_bytes: 0 };
  if (next === undefined) return { next_vcpus: row.next_vcpus, next_memory_bytes: row.next_memory_bytes };
  return { next_vcpus: next.vcpus, next_memory_bytes: next.memoryBytes };
}

type Devices = Pick<VmRecord, 'disks' | 'nics' | 'disk_bytes' | 'address'>;

/** The last look at a VM that left its devices as they were: most looks are like it, and two texts need not be read and written anew. */
interface DevicesMemo {
  readonly addresses: VmSighting['addresses'];
  readonly powered: boolean;
  readonly sizes: readonly StoredDisk[];
  readonly after: Devices;
}
/** By the shape, which is the same until the XML is read again. */
const memos = new WeakMap<VmShape, DevicesMemo>();

function devicesAfter(row: VmRecord, vm: VmSighting, powered: boolean): Devices {
  const { shape, addresses } = vm;
  const memo = shape === undefined ? undefined : memos.get(shape);
  if (
    memo !== undefined &&
    memo.after.disks === row.disks &&
    memo.after.nics === row.nics &&
    memo.addresses === addresses &&
    memo.powered === powered &&
    sized(memo.sizes, vm.blocks) === memo.sizes
  )
    // Its own texts, which are then known to be the same without being compared.
    return { ...memo.after, disks: row.disks, nics: row.nics };
  const disks = disksAfter(row, vm);
  const nics = nicsAfter(row, vm, powered);
  const after: Devices = {
    address: firstAddress(nics),
    disk_bytes: diskBytes(disks, vm),
    disks: JSON.stringify(disks),
    nics: JSON.stringify(nics),
  };
  // Only where the row is what it will be: then the next look finds it so. Without disks in its XML the sizes alone decide.
  if (shape !== undefined && disks.length > 0 && after.disks === row.disks && after.nics === row.nics)
    memos.set(shape, { addresses, powered, sizes: disks, after });
  return after;
}

/** A look that was under way while somebody here acted on the VM must not turn its row back. */
function isOverheard(row: VmRecord, beganAtMs: number): boolean {
  const laterMs = row.noted_at_ms - beganAtMs;
  // A look takes no longer; more than that, and a clock was set back.
  return laterMs > 0 && laterMs < LOOK_AT_MOST_MS;
}

function newRow(
  vm: Pick<VmSighting, 'uuid' | 'name' | 'state'>,
  seen: { hostId: string; atMs: number },
): VmRecord {
  return {
    id: newId('vm'),
    uuid: vm.uuid,
    host_id: seen.hostId,
    name: vm.name,
    state: vm.state,
    customer_id: null,
    template_id: null,
    address: '',
    vcpus: 1,
    memory_bytes: 0,
    memory_used_bytes: 0,
    disk_bytes: 0,
    cpu_percent: 0,
    started_at_ms: null,
    tags: '[]',
    os: '',
    agent: 0,
    autostart: 0,
    persistent: 1,
    disks: '[]',
    nics: '[]',
    graphics: '',
    notes: '',
    created_at_ms: seen.atMs,
    missing_since_at_ms: null,
    noted_at_ms: 0,
    moving_to: null,
    next_vcpus: 0,
    next_memory_bytes: 0,
  };
}

function disksAfter(row: VmRecord, vm: VmSighting): readonly StoredDisk[] {
  const had = JSON.parse(row.disks) as StoredDisk[];
  const known = new Map(had.map((disk) => [disk.target, disk]));
  const disks: StoredDisk[] =
    vm.shape?.disks.map((disk) => ({
      ...disk,
      capacityBytes: known.get(disk.target)?.capacityBytes ?? 0,
      allocationBytes: known.get(disk.target)?.allocationBytes ?? 0,
    })) ?? had;
  return sized(disks, vm.blocks);
}

/** The same disks with the sizes that the host tells now; the very same where no size moved by a step that is told. */
function sized(disks: readonly StoredDisk[], blocks: VmSighting['blocks']): readonly StoredDisk[] {
  let changed: StoredDisk[] | undefined;
  for (const [at, disk] of disks.entries()) {
    const size = blocks.find((block) => block.target === disk.target);
    if (size === undefined) continue;
    const { capacityBytes } = size;
    const step = capacityBytes / BYTE_STEPS;
    const allocationBytes = steadied(disk.allocationBytes, size.allocationBytes, step);
    if (capacityBytes === disk.capacityBytes && allocationBytes === disk.allocationBytes) continue;
    changed ??= [...disks];
    changed[at] = { ...disk, capacityBytes, allocationBytes };
  }
  return changed ?? disks;
}

/** Disks of the guest, without CD-ROMs and the like; before its XML was read, whatever the host counts. */
function diskBytes(disks: readonly StoredDisk[], vm: VmSighting): number {
  const counted =
    disks.length > 0 ? disks.filter((disk) => disk.device === 'disk' && !disk.readonly) : vm.blocks;
  return counted.reduce((sum, disk) => sum + disk.capacityBytes, 0);
}

function nicsAfter(row: VmRecord, vm: VmSighting, powered: boolean): StoredNic[] {
  const had = JSON.parse(row.nics) as StoredNic[];
  const addresses = new Map(had.map((nic) => [nic.mac, nic.addresses]));
  const nics: StoredNic[] =
    vm.shape?.nics.map((nic) => ({ ...nic, addresses: addresses.get(nic.mac) ?? [] })) ?? had;
  // A guest that is off keeps its last addresses: they are most likely those it comes back with, and what people search for.
  if (vm.addresses === undefined || !powered) return nics;
  return nics.map((nic) => ({
    ...nic,
    addresses: [...(vm.addresses?.get(nic.mac.toLowerCase()) ?? nic.addresses)],
  }));
}

function firstAddress(nics: readonly StoredNic[]): string {
  const all = nics.flatMap((nic) => nic.addresses);
  return all.find((address) => !address.includes(':')) ?? all[0] ?? '';
}
