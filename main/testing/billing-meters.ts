import type { Kysely } from 'kysely';
import { dayStartMs, localDate } from '../../shared/kernel/local-date.ts';
import type { BillingParts } from '../domains/billing/billing-parts.ts';
import type { AnyDatabase } from '../platform/store/any-database.ts';
import type { SchemaStep } from '../platform/store/schema-step.ts';
import type { Store } from '../platform/store/store.ts';

/** Meters and VMs, in place of the fleet's tables. */
export interface MeterTables {
  meter_vm: { id: string; name: string; customer_id: string | null };
  meter_hour: { vm_id: string; hour_at_ms: number; running_ms: number; vcpu_ms: number; mib_ms: number };
}

export const meters: SchemaStep = {
  id: '20261122T0950-meters-of-the-test',
  async up(to) {
    await to.run(
      'create table meter_vm (id text primary key, name text not null, customer_id text)',
      `create table meter_hour (vm_id text not null, hour_at_ms bigint not null, running_ms bigint not null,
        vcpu_ms bigint not null, mib_ms bigint not null, primary key (vm_id, hour_at_ms))`,
    );
  },
};

/** The VM is powered in every hour of these days of the zone. */
export async function meterHours(
  store: Store,
  timeZone: string,
  vmId: string,
  days: { from: string; toExclusive: string; vcpus: number; memoryMib: number },
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
