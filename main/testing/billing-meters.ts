import type { Kysely } from 'kysely';
import { dayStartMs, localDate } from '../../shared/kernel/local-date.ts';
import type { BillingParts } from '../domains/billing/billing-parts.ts';
import type { AnyDatabase } from '../platform/store/any-database.ts';
import { forUpdate } from '../platform/store/for-update.ts';
import type { SchemaStep } from '../platform/store/schema-step.ts';
import type { Store, StoreKind } from '../platform/store/store.ts';

/** Meters and VMs, in place of the fleet's tables. */
export interface MeterTables {
  meter_vm: { id: string; name: string; customer_id: string | null };
  meter_hour: {
    vm_id: string;
    hour_at_ms: number;
    running_ms: number;
    vcpu_ms: number;
    mib_ms: number;
    disk_mib_ms: number;
    sent_bytes: number;
    addresses: number;
  };
}

export const meters: SchemaStep = {
  id: '20261122T0950-meters-of-the-test',
  async up(to) {
    await to.run(
      'create table meter_vm (id text primary key, name text not null, customer_id text)',
      `create table meter_hour (vm_id text not null, hour_at_ms bigint not null, running_ms bigint not null,
        vcpu_ms bigint not null, mib_ms bigint not null, disk_mib_ms bigint not null, sent_bytes bigint not null,
        addresses bigint not null, primary key (vm_id, hour_at_ms))`,
    );
  },
};

/** The same in every hour of these days. */
export interface MeteredDays {
  readonly from: string;
  readonly toExclusive: string;
  readonly vcpus: number;
  readonly memoryMib: number;
  readonly diskMib?: number;
  /** In each hour. */
  readonly sentBytes?: number;
  readonly addresses?: number;
}

/** The VM is powered in every hour of these days of the zone. */
export async function meterHours(
  store: Store,
  timeZone: string,
  vmId: string,
  days: MeteredDays,
): Promise<void> {
  const hourMs = 3_600_000;
  const endMs = dayStartMs(localDate(days.toExclusive), timeZone);
  const rows: MeterTables['meter_hour'][] = [];
  for (let at = dayStartMs(localDate(days.from), timeZone); at < endMs; at += hourMs) {
    const vcpuMs = hourMs * days.vcpus;
    rows.push({
      vm_id: vmId,
      hour_at_ms: at,
      running_ms: hourMs,
      vcpu_ms: vcpuMs,
      mib_ms: hourMs * days.memoryMib,
      disk_mib_ms: hourMs * (days.diskMib ?? 0),
      sent_bytes: days.sentBytes ?? 0,
      addresses: days.addresses ?? 0,
    });
  }
  await store.transaction<MeterTables, number>(
    async (trx) => await store.insertMany(trx, 'meter_hour', rows),
  );
}

export async function meteredHours(
  db: AnyDatabase,
  vmIds: readonly string[],
  range: { readonly startMs: number; readonly endMs: number },
): ReturnType<BillingParts['usage']['usageOf']> {
  if (vmIds.length === 0) return [];
  const rows = await (db as Kysely<MeterTables>)
    .selectFrom('meter_hour')
    .selectAll()
    .where('vm_id', 'in', vmIds)
    .where('hour_at_ms', '>=', range.startMs)
    .where('hour_at_ms', '<', range.endMs)
    .execute();
  return rows.map((row) => ({
    vmId: row.vm_id,
    hourAtMs: row.hour_at_ms,
    runningMs: row.running_ms,
    vcpuMs: row.vcpu_ms,
    mibMs: row.mib_ms,
    diskMibMs: row.disk_mib_ms,
    sentBytes: row.sent_bytes,
    addresses: row.addresses,
  }));
}

export async function meteredSums(
  db: AnyDatabase,
  vmIds: readonly string[],
  range: { readonly startMs: number; readonly endMs: number },
): ReturnType<BillingParts['usage']['usageSums']> {
  const hours = await meteredHours(db, vmIds, range);
  return [...Map.groupBy(hours, ({ vmId }) => vmId)].map(([vmId, of]) => ({
    vmId,
    runningMs: of.reduce((sum, { runningMs }) => sum + BigInt(runningMs), 0n),
    vcpuMs: of.reduce((sum, { vcpuMs }) => sum + BigInt(vcpuMs), 0n),
    mibMs: of.reduce((sum, { mibMs }) => sum + BigInt(mibMs), 0n),
    diskMibMs: of.reduce((sum, { diskMibMs }) => sum + BigInt(diskMibMs), 0n),
    sentBytes: of.reduce((sum, { sentBytes }) => sum + BigInt(sentBytes), 0n),
    addresses: Math.max(...of.map(({ addresses }) => addresses)),
    vcpuMarkMs: BigInt(Math.max(...of.map(({ vcpuMs }) => vcpuMs))),
    mibMarkMs: BigInt(Math.max(...of.map(({ mibMs }) => mibMs))),
    diskMarkMibMs: BigInt(Math.max(...of.map(({ diskMibMs }) => diskMibMs))),
  }));
}

export async function namesOf(db: AnyDatabase, vmIds: readonly string[]): Promise<Map<string, string>> {
  if (vmIds.length === 0) return new Map();
  const rows = await (db as Kysely<MeterTables>)
    .selectFrom('meter_vm')
    .selectAll()
    .where('id', 'in', vmIds)
    .execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** On PostgreSQL it stays so until the transaction ends. */
export async function meterVmFacts(
  db: AnyDatabase,
  kind: StoreKind,
  vmId: string,
): ReturnType<BillingParts['vms']['vmFactsLocked']> {
  const asked = (db as Kysely<MeterTables>).selectFrom('meter_vm').selectAll().where('id', '=', vmId);
  const vm = await forUpdate(asked, kind).executeTakeFirst();
  return vm && { name: vm.name, customerId: vm.customer_id, isBeingDeleted: false };
}

/** Says whose a VM is. */
export async function giveMeterVm(db: AnyDatabase, vmId: string, customerId: string): Promise<void> {
  await (db as Kysely<MeterTables>)
    .updateTable('meter_vm')
    .set({ customer_id: customerId })
    .where('id', '=', vmId)
    .execute();
}

export async function countsOf(
  db: AnyDatabase,
  customerIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await (db as Kysely<MeterTables>).selectFrom('meter_vm').selectAll().execute();
  const counts = new Map<string, number>();
  for (const { customer_id: id } of rows) {
    if (id !== null && customerIds.includes(id)) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}
