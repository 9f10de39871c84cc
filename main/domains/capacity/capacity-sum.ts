import type {
  CapacityShare,
  ClusterCapacity,
  Growth,
} from '../../../shared/domains/capacity/capacity-contract.ts';
import { daysUntilFull, growthPerDay, GROWTH_DAYS } from '../../../shared/domains/capacity/growth-rules.ts';
import { lossVerdict, worstLoss, type HostLoss } from '../../../shared/domains/capacity/host-loss-rules.ts';
import type { ClusterFacts } from '../../../shared/domains/fleet/cluster-contract.ts';
import { sellableOf } from '../../../shared/domains/fleet/placement-rules.ts';
import type { CapacityDayRow } from './capacity-day-store.ts';
import type { HostOfCapacity } from './capacity-parts.ts';

export interface HostShares {
  readonly cpu: CapacityShare;
  readonly memory: CapacityShare;
  readonly disk: CapacityShare;
}

/** What there is of a host, what may be sold, is sold and is used. */
export function sharesOf(host: HostOfCapacity, cluster: ClusterFacts): HostShares {
  const { placement } = host;
  const sellable = sellableOf(placement, cluster);
  return {
    cpu: {
      total: placement.cpuCount,
      sellable: sellable.cpus,
      sold: placement.cpuSold,
      used: (placement.cpuCount * host.cpuUsedPercent) / 100,
    },
    memory: {
      total: placement.memoryBytes,
      sellable: sellable.memoryBytes,
      sold: placement.memorySoldBytes,
      used: host.memoryUsedBytes,
    },
    disk: {
      total: host.diskBytes,
      sellable: host.diskBytes,
      sold: host.diskSoldBytes,
      used: Math.max(0, host.diskBytes - host.diskFreeBytes),
    },
  };
}

const none: CapacityShare = { total: 0, sellable: 0, sold: 0, used: 0 };

function added(one: CapacityShare, other: CapacityShare): CapacityShare {
  return {
    total: one.total + other.total,
    sellable: one.sellable + other.sellable,
    sold: one.sold + other.sold,
    used: one.used + other.used,
  };
}

export function sumOfShares(shares: readonly HostShares[]): HostShares {
  return shares.reduce<HostShares>(
    (sum, each) => ({
      cpu: added(sum.cpu, each.cpu),
      memory: added(sum.memory, each.memory),
      disk: added(sum.disk, each.disk),
    }),
    { cpu: none, memory: none, disk: none },
  );
}

/** What grows fastest towards its end, from the days on record and what is left now. */
export function growthOf(days: readonly CapacityDayRow[], now: HostShares): Growth {
  const daysKnown = Math.min(days.length, GROWTH_DAYS);
  const found = [
    {
      resource: 'memory' as const,
      left: now.memory.sellable - now.memory.sold,
      of: 'memory_sold_bytes' as const,
    },
    { resource: 'cpu' as const, left: now.cpu.sellable - now.cpu.sold, of: 'cpu_sold' as const },
    // Images grow as guests write: what is used is what runs out, not what was sold.
    { resource: 'disk' as const, left: now.disk.total - now.disk.used, of: 'disk_used_bytes' as const },
  ].flatMap(({ resource, left, of }) => {
    const perDay = growthPerDay(days.map((row) => ({ day: row.day, hosts: row.hosts, sold: row[of] })));
    const until = perDay === undefined ? null : daysUntilFull(left, perDay);
    return until === null || perDay === undefined ? [] : [{ resource, days: until, perDay }];
  });
  const [first] = found.toSorted((a, b) => a.days - b.days);
  return { ...(first ?? { resource: null, days: null, perDay: 0 }), daysKnown };
}

/** One cluster with the sums of its hosts. */
export function clusterCapacityOf(of: {
  readonly cluster: ClusterFacts;
  readonly hosts: readonly HostOfCapacity[];
  readonly losses: readonly HostLoss[];
  readonly days: readonly CapacityDayRow[];
}): ClusterCapacity {
  const { cluster, hosts, losses, days } = of;
  const sum = sumOfShares(hosts.map((host) => sharesOf(host, cluster)));
  const worst = hosts.length < 2 ? undefined : worstLoss(losses);
  const lost = hosts.find(({ placement }) => placement.id === worst?.hostId);
  return {
    clusterId: cluster.id,
    cluster: cluster.name,
    site: cluster.site,
    jurisdiction: cluster.jurisdiction,
    policy: cluster.policy,
    hosts: hosts.length,
    hostsOpen: hosts.filter(({ placement }) => placement.closed === '').length,
    vms: hosts.reduce((total, host) => total + host.vms, 0),
    ...sum,
    memorySellableLessOne:
      sum.memory.sellable - (lost === undefined ? 0 : sellableOf(lost.placement, cluster).memoryBytes),
    worst:
      worst === undefined || lost === undefined
        ? null
        : lossRowOf(worst, lost.placement.name, sum.memory.sellable),
    growth: growthOf(days, sum),
  };
}

export function lossRowOf(loss: HostLoss, host: string, sellableMemoryBytes: number) {
  return {
    hostId: loss.hostId,
    host,
    verdict: lossVerdict(loss, sellableMemoryBytes),
    vms: loss.vms,
    unplaced: loss.unplaced,
    unplacedMemoryBytes: loss.unplacedMemoryBytes,
    spareMemoryBytes: loss.spareMemoryBytes,
  };
}
