import type { Kysely } from 'kysely';
import { forUpdate } from '../../../platform/store/for-update.ts';
import type { AnyTransaction, Store } from '../../../platform/store/store.ts';
import { isAmong } from '../../../platform/store/update-many.ts';
import type { FleetTables } from '../fleet-tables.ts';

/** Columns of `vm` that the database keeps itself. */
type Kept = 'host_name' | 'customer_folded' | 'search' | 'tags_folded';
/** A VM's own columns, as they are written. */
export type VmLine = Omit<FleetTables['vm'], Kept>;
export type VmDevices = Omit<FleetTables['vm_detail'], 'uuid'>;
/** All that is stored of a VM. */
export type VmRecord = VmLine & VmDevices;

const lineColumns = [
  'id',
  'uuid',
  'host_id',
  'name',
  'state',
  'customer_id',
  'template_id',
  'address',
  'vcpus',
  'memory_bytes',
  'memory_used_bytes',
  'disk_bytes',
  'cpu_percent',
  'started_at_ms',
  'tags',
  'os',
  'agent',
  'autostart',
  'persistent',
  'created_at_ms',
  'missing_since_at_ms',
  'noted_at_ms',
  'moving_to',
  'next_vcpus',
  'next_memory_bytes',
] as const satisfies readonly (keyof VmLine)[];
const deviceColumns = ['disks', 'nics', 'graphics', 'notes'] as const satisfies readonly (keyof VmDevices)[];

/** `vm` as it is written: every column but those the database keeps. */
export const VM_LINE = lineColumns.map((column) => `vm.${column}` as const);
export const VM_DEVICES = deviceColumns.map((column) => `vm_detail.${column}` as const);

/** VMs with their devices, for whoever needs all of them: lists do not. */
export function vmsWhole(db: Kysely<FleetTables>) {
  return db
    .selectFrom('vm')
    .innerJoin('vm_detail', 'vm_detail.uuid', 'vm.uuid')
    .select([...VM_LINE, ...VM_DEVICES]);
}

/** VMs that nobody else changes until the transaction ends. Always locked in one order, so that two who lock the same do not wait for each other. */
export async function lockVms(
  trx: Kysely<FleetTables>,
  store: Pick<Store, 'kind'>,
  uuids: readonly string[],
): Promise<VmRecord[]> {
  await holdVms(trx, store, uuids);
  // Read once they are locked: what was waited for is read as it is now, devices and all.
  return await vmsWhole(trx)
    .where(isAmong(store.kind, 'vm.uuid', uuids))
    .execute();
}

/** The same for whoever knows what to write: an update by itself locks rows as it finds them. */
export async function holdVms(
  trx: Kysely<FleetTables>,
  store: Pick<Store, 'kind'>,
  uuids: readonly string[],
): Promise<void> {
  await forUpdate(trx.selectFrom('vm').select('uuid').orderBy('uuid'), store.kind)
    .where(isAmong(store.kind, 'uuid', uuids))
    .execute();
}

/** New VMs. */
export async function insertVms(
  trx: AnyTransaction,
  store: Pick<Store, 'insertMany'>,
  vms: readonly VmRecord[],
): Promise<void> {
  await store.insertMany(trx, 'vm', vms.map(lineOf));
  await store.insertMany(trx, 'vm_detail', vms.map(detailOf));
}

/** Writes these columns of VMs; those that are new are made. Devices are written only of those in `withDevices`. */
export async function writeVms(
  trx: AnyTransaction,
  store: Pick<Store, 'insertMany'>,
  written: {
    readonly vms: readonly VmRecord[];
    readonly columns: readonly string[];
    readonly withDevices: readonly VmRecord[];
  },
): Promise<void> {
  const { vms, columns, withDevices } = written;
  const replace = columns.filter((column) => (lineColumns as readonly string[]).includes(column));
  await store.insertMany(trx, 'vm', vms.map(lineOf), { onConflict: { key: ['uuid'], replace } });
  const devices = columns.filter((column) => (deviceColumns as readonly string[]).includes(column));
  await store.insertMany(trx, 'vm_detail', withDevices.map(detailOf), {
    onConflict: { key: ['uuid'], replace: devices },
  });
}

export function hasSameDevices(one: VmRecord, other: VmRecord): boolean {
  return deviceColumns.every((column) => one[column] === other[column]);
}

function lineOf(vm: VmRecord): VmLine {
  return Object.fromEntries(lineColumns.map((column) => [column, vm[column]])) as unknown as VmLine;
}

function detailOf(vm: VmRecord): FleetTables['vm_detail'] {
  return { uuid: vm.uuid, disks: vm.disks, nics: vm.nics, graphics: vm.graphics, notes: vm.notes };
}
