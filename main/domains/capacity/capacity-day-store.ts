import type { Kysely, Transaction } from 'kysely';
import type { CapacityDay } from '../../../shared/domains/capacity/capacity-contract.ts';
import type { InsertMany } from '../../platform/store/insert-many.ts';
import type { CapacityTables } from './capacity-tables.ts';

export type CapacityDayRow = CapacityTables['capacity_day'];

export const DAY_MS = 86_400_000;
/** Two years, as load is kept. */
const KEEP_DAYS = 730;

/** Days of these clusters since `sinceDay`, oldest first, by cluster. */
export async function capacityDays(
  db: Kysely<CapacityTables>,
  sinceDay: number,
  clusterId?: string,
): Promise<Map<string, CapacityDayRow[]>> {
  let query = db.selectFrom('capacity_day').selectAll().where('day', '>=', sinceDay).orderBy('day');
  if (clusterId !== undefined) query = query.where('cluster_id', '=', clusterId);
  return Map.groupBy(await query.execute(), (row) => row.cluster_id);
}

/** Writes today's rows; those of the same day are replaced. */
export async function writeCapacityDays(
  trx: Transaction<CapacityTables>,
  insertMany: InsertMany,
  rows: readonly CapacityDayRow[],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const replace = Object.keys(first).filter((column) => column !== 'cluster_id' && column !== 'day');
  await insertMany(trx, 'capacity_day', rows, { onConflict: { key: ['cluster_id', 'day'], replace } });
  await trx
    .deleteFrom('capacity_day')
    .where('day', '<', first.day - KEEP_DAYS)
    .execute();
}

export function capacityDayOf(row: CapacityDayRow): CapacityDay {
  return {
    day: new Date(row.day * DAY_MS).toISOString().slice(0, 10),
    hosts: row.hosts,
    vms: row.vms,
    cpuSellable: row.cpu_sellable,
    cpuSold: row.cpu_sold,
    memorySellableBytes: row.memory_sellable_bytes,
    memorySoldBytes: row.memory_sold_bytes,
    memoryUsedBytes: row.memory_used_bytes,
    diskBytes: row.disk_bytes,
    diskUsedBytes: row.disk_used_bytes,
  };
}
