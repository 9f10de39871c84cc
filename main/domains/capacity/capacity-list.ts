import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { capacityContract } from '../../../shared/domains/capacity/capacity-contract.ts';
import { GROWTH_DAYS } from '../../../shared/domains/capacity/growth-rules.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { capacityDayOf, capacityDays, DAY_MS } from './capacity-day-store.ts';
import type { CapacityParts } from './capacity-parts.ts';
import { clusterCapacityOf, lossRowOf, sharesOf } from './capacity-sum.ts';
import type { CapacityTables } from './capacity-tables.ts';
import type { rememberedHostLosses } from './host-losses.ts';

type LossesOf = ReturnType<typeof rememberedHostLosses>;
type Handlers = DomainHandlers<typeof capacityContract, CallContext>;

/** Every cluster: used, sold, free, the loss that would hurt most, days until it is full. */
export function capacityList({ store, fleet }: CapacityParts, lossesOf: LossesOf): Handlers['capacityList'] {
  return async (_input, context) => {
    const db = context.tables<CapacityTables>();
    const nowMs = await store.nowMs();
    const { hosts, clusters } = await fleet.hosts(db);
    const losses = await lossesOf(db, { hosts, clusters });
    const days = await capacityDays(db, Math.floor(nowMs / DAY_MS) - GROWTH_DAYS);
    const byCluster = Map.groupBy(hosts, ({ placement }) => placement.clusterId);
    return done({
      clusters: clusters.map((cluster) => {
        const inCluster = byCluster.get(cluster.id) ?? [];
        return clusterCapacityOf({
          cluster,
          hosts: inCluster,
          losses: inCluster.flatMap(({ placement }) => losses.get(placement.id) ?? []),
          days: days.get(cluster.id) ?? [],
        });
      }),
      at: new Date(nowMs).toISOString(),
    });
  };
}

/** One cluster with its hosts and its days on record. */
export function capacityGet({ store, fleet }: CapacityParts, lossesOf: LossesOf): Handlers['capacityGet'] {
  return async ({ clusterId, days: daysWanted }, context) => {
    const db = context.tables<CapacityTables>();
    const nowMs = await store.nowMs();
    const found = await fleet.hosts(db, clusterId);
    const cluster = found.clusters.find(({ id }) => id === clusterId);
    if (cluster === undefined) return refuse('no-such-cluster', { clusterId });
    const { hosts } = found;
    const losses = await lossesOf(db, { hosts, clusters: [cluster] });
    const today = Math.floor(nowMs / DAY_MS);
    const since = today - Math.max(daysWanted, GROWTH_DAYS);
    const days = (await capacityDays(db, since, clusterId)).get(clusterId) ?? [];
    const capacity = clusterCapacityOf({ cluster, hosts, losses: [...losses.values()], days });
    return done({
      capacity,
      hosts: hosts.map((host) => {
        const { placement } = host;
        const loss = hosts.length < 2 ? undefined : losses.get(placement.id);
        return {
          hostId: placement.id,
          host: placement.name,
          closed: placement.closed,
          labels: [...placement.labels],
          vms: host.vms,
          ...sharesOf(host, cluster),
          pools: host.pools.map(({ name, active, capacityBytes, availableBytes }) => ({
            name,
            active,
            capacityBytes,
            usedBytes: Math.max(0, capacityBytes - availableBytes),
            availableBytes,
          })),
          loss: loss === undefined ? null : lossRowOf(loss, placement.name, capacity.memory.sellable),
        };
      }),
      days: days.filter(({ day }) => day > today - daysWanted).map(capacityDayOf),
      at: new Date(nowMs).toISOString(),
    });
  };
}
