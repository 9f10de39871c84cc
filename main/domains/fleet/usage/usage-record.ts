import type { Transaction } from 'kysely';
import { MIB } from '../../../../shared/kernel/bytes.ts';
import type { InsertMany } from '../../../platform/store/insert-many.ts';
import type { Store } from '../../../platform/store/store.ts';
import { isAmong } from '../../../platform/store/update-many.ts';
import type { FleetTables } from '../fleet-tables.ts';
import {
  accrueUntilOff,
  accrueUsage,
  mayWait,
  nextMark,
  type UsageMark,
  type UsageSlice,
} from './usage-accrual.ts';
import type { Counted } from '../sweep/sighting-weigh.ts';
import {
  accrueHoldings,
  addressCount,
  holdingsAfter,
  mayHoldingsWait,
  type Holdings,
  type HoldingsSeen,
  type HoldingsSlice,
} from './usage-holdings.ts';
import type { StoredNic } from '../vms/vm-row.ts';
import type { VmSighting } from '../sweep/vm-sighting.ts';
import { isPowered } from '../sweep/vm-statistics.ts';
import type { VmRecord } from '../vms/vm-store.ts';

type Trx = Transaction<FleetTables>;
type MarkRow = FleetTables['usage_mark'];
type VmSize = Pick<VmRecord, 'vcpus' | 'memory_bytes' | 'disk_bytes' | 'nics'>;
/** What is counted of a VM in an hour. */
type CountedHour = UsageSlice & HoldingsSlice & { readonly vmUuid: string };

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

interface StoredMark extends UsageMark, Holdings {
  readonly hostId: string;
}

/** Marks and hours after one sighting and then the next. */
class UsageCount {
  readonly hours = new Map<string, CountedHour>();
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
      const seen = { ...mark, atMs: off.atMs, powered: false };
      this.#count(off.uuid, accrueUntilOff(mark, off));
      this.#count(off.uuid, accrueHoldings(mark, { ...seen, sentBytes: undefined, startedAtMs: undefined }));
      this.#mark(off.uuid, {
        ...mark,
        ...nextMark(mark, { ...seen, cpuTimeMs: 0 }),
        hostId: sighting.hostId,
      });
    }
    for (const vm of sighting.vms) {
      const size = this.#by.sizes.get(vm.uuid);
      if (size === undefined) continue;
      const mark = this.#markOf(vm.uuid);
      const sight = sightOf(vm, sighting.atMs, size);
      const seen = holdingsSeen(vm, sight, size);
      const isHere = mark?.hostId === sighting.hostId;
      if (
        mark !== undefined &&
        isHere &&
        mayWait(mark, sight, this.#by.everyMs) &&
        mayHoldingsWait(mark, seen)
      )
        continue;
      if (mark !== undefined) {
        this.#count(vm.uuid, accrueUsage(mark, sight));
        this.#count(vm.uuid, accrueHoldings(mark, seen));
      }
      const next = nextMark(mark, sight);
      // A sight that is not later than the mark leaves all of it as it is.
      const held = mark !== undefined && next === mark ? mark : holdingsAfter(mark, seen);
      this.#mark(vm.uuid, { ...held, ...next, hostId: sighting.hostId });
    }
    for (const uuid of sighting.dropped) {
      this.marks.delete(uuid);
      this.dropped.add(uuid);
    }
  }

  #markOf(uuid: string): StoredMark | undefined {
    return this.marks.get(uuid) ?? (this.dropped.has(uuid) ? undefined : this.#before.get(uuid));
  }

  #mark(uuid: string, mark: StoredMark): void {
    this.marks.set(uuid, mark);
  }

  #count(vmUuid: string, slices: readonly (UsageSlice | HoldingsSlice)[]): void {
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
    .where(isAmong(store.kind, 'vm_uuid', uuids))
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
    diskMib: row.disk_mib,
    addresses: row.addresses,
    sentBoot: row.sent_boot,
    sentBytes: row.sent_bytes,
  };
}

function holdingsSeen(vm: VmSighting, sight: UsageMark, size: VmSize): HoldingsSeen {
  return {
    atMs: sight.atMs,
    powered: sight.powered,
    boot: sight.boot,
    diskMib: Math.ceil(size.disk_bytes / MIB),
    addresses: size.nics === '[]' ? 0 : addressCount(JSON.parse(size.nics) as StoredNic[]),
    sentBytes: vm.sentBytes,
    startedAtMs: vm.startedAtMs,
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

const NOTHING = { runningMs: 0, vcpuMs: 0, memoryMibMs: 0, diskMibMs: 0, sentBytes: 0, addresses: 0 };

function addSlice(hours: Map<string, CountedHour>, vmUuid: string, slice: UsageSlice | HoldingsSlice): void {
  const key = `${vmUuid} ${slice.hourAtMs}`;
  const had = hours.get(key) ?? NOTHING;
  const more = { ...NOTHING, ...slice };
  hours.set(key, {
    vmUuid,
    hourAtMs: slice.hourAtMs,
    runningMs: had.runningMs + more.runningMs,
    vcpuMs: had.vcpuMs + more.vcpuMs,
    memoryMibMs: had.memoryMibMs + more.memoryMibMs,
    diskMibMs: had.diskMibMs + more.diskMibMs,
    sentBytes: had.sentBytes + more.sentBytes,
    addresses: Math.max(had.addresses, more.addresses),
  });
}

async function writeHours(trx: Trx, insertMany: InsertMany, hours: readonly CountedHour[]): Promise<void> {
  const rows: FleetTables['usage_hour'][] = hours.map((hour) => ({
    vm_uuid: hour.vmUuid,
    hour_at_ms: hour.hourAtMs,
    running_ms: hour.runningMs,
    vcpu_ms: hour.vcpuMs,
    memory_mib_ms: hour.memoryMibMs,
    disk_mib_ms: hour.diskMibMs,
    sent_bytes: hour.sentBytes,
    addresses: hour.addresses,
  }));
  await insertMany(trx, 'usage_hour', rows, {
    onConflict: {
      key: ['vm_uuid', 'hour_at_ms'],
      add: ['running_ms', 'vcpu_ms', 'memory_mib_ms', 'disk_mib_ms', 'sent_bytes'],
      highest: ['addresses'],
    },
  });
}

/** All but whose mark it is. */
const MARK_COLUMNS: readonly (keyof MarkRow)[] = [
  'host_id',
  'at_ms',
  'powered',
  'boot',
  'cpu_time_ms',
  'vcpus',
  'memory_mib',
  'disk_mib',
  'addresses',
  'sent_boot',
  'sent_bytes',
];

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
    disk_mib: mark.diskMib,
    addresses: mark.addresses,
    sent_boot: mark.sentBoot,
    sent_bytes: mark.sentBytes,
  }));
  await insertMany(trx, 'usage_mark', rows, { onConflict: { key: ['vm_uuid'], replace: MARK_COLUMNS } });
}
