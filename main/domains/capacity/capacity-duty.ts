import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../platform/log/log.ts';
import type { DutyGrant } from '../../platform/store/duty-hold.ts';
import { LeaseLost, StoreError } from '../../platform/store/store-error.ts';
import { DAY_MS, writeCapacityDays, type CapacityDayRow } from './capacity-day-store.ts';
import type { CapacityParts } from './capacity-parts.ts';
import { sharesOf, sumOfShares } from './capacity-sum.ts';
import type { CapacityTables } from './capacity-tables.ts';

export const CAPACITY_DUTY = 'keep:capacity';
const RECORD_MS = 15 * 60_000;

/** Keeps the record of what is sold, day by day: the last look at a day is what stands for it. */
export async function keepCapacity(
  parts: CapacityParts & { readonly log: Log },
  grant: DutyGrant,
): Promise<void> {
  while (!grant.signal.aborted) {
    try {
      await recordCapacity(parts, grant);
    } catch (error) {
      if (error instanceof LeaseLost || !(error instanceof StoreError)) throw error;
      parts.log.warn('What is sold could not be recorded; trying again.', { error });
    }
    await sleep(RECORD_MS, undefined, { signal: grant.signal }).catch(() => undefined);
  }
}

/** Writes what is sold of each cluster now as what was sold of it today. */
export async function recordCapacity(
  { store, fleet }: CapacityParts,
  grant: Pick<DutyGrant, 'guard'>,
): Promise<void> {
  const day = Math.floor((await store.nowMs()) / DAY_MS);
  const { hosts, clusters } = await fleet.hosts(store.tables());
  const byCluster = Map.groupBy(hosts, ({ placement }) => placement.clusterId);
  const rows = clusters.map((cluster): CapacityDayRow => {
    const inCluster = byCluster.get(cluster.id) ?? [];
    const { cpu, memory, disk } = sumOfShares(inCluster.map((host) => sharesOf(host, cluster)));
    return {
      cluster_id: cluster.id,
      day,
      hosts: inCluster.length,
      vms: inCluster.reduce((sum, host) => sum + host.vms, 0),
      cpu_sellable: cpu.sellable,
      cpu_sold: cpu.sold,
      memory_sellable_bytes: memory.sellable,
      memory_sold_bytes: memory.sold,
      memory_used_bytes: memory.used,
      disk_bytes: disk.total,
      disk_used_bytes: disk.used,
    };
  });
  await store.transaction<CapacityTables, void>(async (trx) => {
    await grant.guard(trx);
    await writeCapacityDays(trx, store.insertMany, rows);
  });
}
