import type { Transaction } from 'kysely';
import { MIB } from '../../../shared/kernel/bytes.ts';
import type { InsertMany } from '../../platform/store/insert-many.ts';
import type { Store } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import type { FleetTables } from './fleet-tables.ts';
import {
  accrueUntilOff,
  accrueUsage,
  mayWait,
  nextMark,
  type UsageMark,
  type UsageSlice,
} from './usage-accrual.ts';
import type { Counted } from './sighting-weigh.ts';
import type { VmSighting } from './vm-sighting.ts';
import { isPowered } from './vm-statistics.ts';

type Trx = Transaction<FleetTables>;
type MarkRow = FleetTables['usage_mark'];
type VmSize = Pick<FleetTables['vm'], 'vcpus' | 'memory_bytes'>;

/**
 * Counts what the VMs of these sightings used since they were last counted. Marks and hours change in this one transaction (which
 * the caller has guarded with the duty's token), so a collector that dies, or finds that another one has its duty, leaves
 * both as they were. `sizes` says what a VM has. A VM that a host has no more is not counted on; should it come back, its count
 * begins anew.
 */
export async function recordUsage(
  trx: Trx,
  store: Pick<Store, 'kind' | 'insertMany'>,
  sightings: readonly Counted[],
  by: {
    readonly sizes: ReadonlyMap<string, VmSize>;
    /** Marks are moved at least this often, see `mayWait`. */
    readonly everyMs: number;
  },
): Promise<void> {
  const uuids = new Set(
    sightings.flatMap(({ vms, switchedOff }) => [...vms, ...switchedOff].map((one) => one.uuid)),
  );
  const count = new UsageCount(await readMarks(trx, store, [...uuids]), by);
  for (const sighting of sightings) count.add(sighting);
  await dropMarks(trx, [...count.dropped]);
  await writeHours(trx, store.insertMany, [...count.hours.values()]);
  await writeMarks(trx, store.insertMany, count.marks);
}

interface StoredMark extends UsageMark {
  readonly hostId: string;
}

/** Marks and hours after one sighting and then the next. */
class UsageCount {
  readonly hours = new Map<string, UsageSlice & { vmUuid: string }>();
  readonly marks = new Map<string, StoredMark>();
  readonly dropped = new Set<string>();
  readonly #before: ReadonlyMap<string, StoredMark>;
  readonly #by: Parameters<typeof recordUsage>[3];

  constructor(before: ReadonlyMap<string, StoredMark>, by: Parameters<typeof recordUsage>[3]) {
    this.#before = before;
    this.#by = by;
  }

  add(sighting: Counted): void {
    for (const off of sighting.switchedOff) {
      const mark = this.#markOf(off.uuid);
      // Another boot, or another host's: that one's own sights count it.
      if (mark === undefined || mark.boot !== off.boot) continue;
      this.#count(off.uuid, accrueUntilOff(mark, off));
      const next = nextMark(mark, { ...mark, atMs: off.atMs, powered: false, cpuTimeMs: 0 });
      this.#mark(off.uuid, next, sighting.hostId);
    }
    for (const vm of sighting.vms) {
      const size = this.#by.sizes.get(vm.uuid);
      if (size === undefined) continue;
      const mark = this.#markOf(vm.uuid);
      const sight = sightOf(vm, sighting.atMs, size);
      const isHere = mark?.hostId === sighting.hostId;
      if (mark !== undefined && isHere && mayWait(mark, sight, this.#by.everyMs)) continue;
      if (mark !== undefined) this.#count(vm.uuid, accrueUsage(mark, sight));
      this.#mark(vm.uuid, nextMark(mark, sight), sighting.hostId);
    }
    for (const uuid of sighting.dropped) {
      this.marks.delete(uuid);
      this.dropped.add(uuid);
    }
  }

  #markOf(uuid: string): StoredMark | undefined {
    return this.marks.get(uuid) ?? (this.dropped.has(uuid) ? undefined : this.#before.get(uuid));
  }

  #mark(uuid: string, mark: UsageMark, hostId: string): void {
    this.marks.set(uuid, { ...mark, hostId });
  }

  #count(vmUuid: string, slices: readonly UsageSlice[]): void {
    for (const slice of slices) addSlice(this.hours, vmUuid, slice);
  }
}

/** A VM that vanished is no longer counted; should it come back, its count begins anew. */
export async function dropMarks(trx: Trx, uuids: readonly string[]): Promise<void> {
  if (uuids.length > 0) await trx.deleteFrom('usage_mark').where('vm_uuid', 'in', uuids).execute();
}

async function readMarks(
  trx: Trx,
  store: Pick<Store, 'kind'>,
  uuids: readonly string[],
): Promise<Map<string, StoredMark>> {
  if (uuids.length === 0) return new Map();
  const rows = await trx
    .selectFrom('usage_mark')
    .selectAll()
    .where('vm_uuid', 'in', textList(store.kind, uuids))
    .execute();
  return new Map(rows.map((row) => [row.vm_uuid, markOf(row)]));
}

function markOf(row: MarkRow): StoredMark {
  return {
    hostId: row.host_id,
    atMs: row.at_ms,
    powered: row.powered === 1,
    boot: row.boot,
    cpuTimeMs: row.cpu_time_ms,
    vcpus: row.vcpus,
    memoryMib: row.memory_mib,
  };
}

function sightOf(vm: VmSighting, atMs: number, size: VmSize): UsageMark {
  return {
    atMs,
    powered: isPowered(vm.state),
    boot: vm.boot,
    cpuTimeMs: vm.cpuTimeMs,
    vcpus: size.vcpus,
    // QEMU itself only knows whole MiB.
    memoryMib: Math.ceil(size.memory_bytes / MIB),
  };
}

function addSlice(
  hours: Map<string, UsageSlice & { vmUuid: string }>,
  vmUuid: string,
  slice: UsageSlice,
): void {
  const key = `${vmUuid} ${slice.hourAtMs}`;
  const had = hours.get(key);
  hours.set(key, {
    vmUuid,
    hourAtMs: slice.hourAtMs,
    runningMs: (had?.runningMs ?? 0) + slice.runningMs,
    vcpuMs: (had?.vcpuMs ?? 0) + slice.vcpuMs,
    memoryMibMs: (had?.memoryMibMs ?? 0) + slice.memoryMibMs,
  });
}

async function writeHours(
  trx: Trx,
  insertMany: InsertMany,
  hours: readonly (UsageSlice & { vmUuid: string })[],
): Promise<void> {
  const rows: FleetTables['usage_hour'][] = hours.map((hour) => ({
    vm_uuid: hour.vmUuid,
    hour_at_ms: hour.hourAtMs,
    running_ms: hour.runningMs,
    vcpu_ms: hour.vcpuMs,
    memory_mib_ms: hour.memoryMibMs,
  }));
  await insertMany(trx, 'usage_hour', rows, {
    onConflict: { key: ['vm_uuid', 'hour_at_ms'], add: ['running_ms', 'vcpu_ms', 'memory_mib_ms'] },
  });
}

async function writeMarks(
  trx: Trx,
  insertMany: InsertMany,
  marks: ReadonlyMap<string, StoredMark>,
): Promise<void> {
  const rows: MarkRow[] = [...marks].map(([vm_uuid, mark]) => ({
    vm_uuid,
    host_id: mark.hostId,
    at_ms: mark.atMs,
    powered: mark.powered ? 1 : 0,
    boot: mark.boot,
    cpu_time_ms: mark.cpuTimeMs,
    vcpus: mark.vcpus,
    memory_mib: mark.memoryMib,
  }));
  await insertMany(trx, 'usage_mark', rows, {
    onConflict: {
      key: ['vm_uuid'],
      replace: ['host_id', 'at_ms', 'powered', 'boot', 'cpu_time_ms', 'vcpus', 'memory_mib'],
    },
  });
}
