import { z } from 'zod';
import { query } from '../../contract/operation.ts';
import { instant } from '../../contract/page.ts';

/** How much there is of something, what may be sold, is sold and is used of it. */
const share = z.object({
  /** What is there: CPUs, or bytes. */
  total: z.number(),
  /** What may be sold of it, by the ratios of the cluster. */
  sellable: z.number(),
  sold: z.number(),
  /** What the VMs take now. */
  used: z.number(),
});
export type CapacityShare = z.infer<typeof share>;

const hostLoss = z.object({
  hostId: z.string(),
  host: z.string(),
  verdict: z.enum(['fails', 'tight', 'holds']),
  vms: z.number().int(),
  unplaced: z.number().int(),
  unplacedMemoryBytes: z.number(),
  spareMemoryBytes: z.number(),
});
export type HostLossRow = z.infer<typeof hostLoss>;

const growth = z.object({
  /** What grows fastest towards its end; null where nothing does. */
  resource: z.enum(['memory', 'cpu', 'disk']).nullable(),
  /** Days until all of it is sold; null where that is not in sight. */
  days: z.number().int().nullable(),
  perDay: z.number(),
  /** Days on record; below seven nothing is said. */
  daysKnown: z.number().int(),
});
export type Growth = z.infer<typeof growth>;

export const clusterCapacity = z.object({
  clusterId: z.string(),
  cluster: z.string(),
  site: z.string(),
  jurisdiction: z.string(),
  policy: z.string(),
  hosts: z.number().int(),
  /** Hosts that take VMs now. */
  hostsOpen: z.number().int(),
  vms: z.number().int(),
  cpu: share,
  memory: share,
  disk: share,
  /** Memory that may be sold without the host whose loss hurts most. */
  memorySellableLessOne: z.number(),
  /** The loss of the host that would hurt most; null where there are fewer than two hosts. */
  worst: hostLoss.nullable(),
  growth,
});
export type ClusterCapacity = z.infer<typeof clusterCapacity>;

const poolRow = z.object({
  name: z.string(),
  capacityBytes: z.number(),
  /** Taken by files that are there. */
  usedBytes: z.number(),
  availableBytes: z.number(),
  active: z.boolean(),
});

export const hostCapacity = z.object({
  hostId: z.string(),
  host: z.string(),
  /** Why it takes no VM now, a clause; empty where it does. */
  closed: z.string(),
  labels: z.array(z.string()),
  vms: z.number().int(),
  cpu: share,
  memory: share,
  disk: share,
  pools: z.array(poolRow),
  loss: hostLoss.nullable(),
});
export type HostCapacity = z.infer<typeof hostCapacity>;

/** One day in the record of a cluster. */
const capacityDay = z.object({
  /** `2026-11-29`, UTC. */
  day: z.string(),
  hosts: z.number().int(),
  vms: z.number().int(),
  cpuSellable: z.number(),
  cpuSold: z.number(),
  memorySellableBytes: z.number(),
  memorySoldBytes: z.number(),
  memoryUsedBytes: z.number(),
  diskBytes: z.number(),
  diskUsedBytes: z.number(),
});
export type CapacityDay = z.infer<typeof capacityDay>;

/** What is sold of the fleet, what is left, and what happens when a host is lost. */
export const capacityContract = {
  capacityList: query({
    summary: 'Capacity of every cluster: used, sold, free, whether it can lose a host, days until it is full',
    input: z.object({}),
    permission: 'fleet.read',
    output: z.object({ clusters: z.array(clusterCapacity), at: instant }),
  }),
  capacityGet: query({
    summary:
      'Capacity of one cluster: its hosts with their pools, what each loss would mean, its days on record',
    input: z.object({ clusterId: z.string(), days: z.number().int().min(1).max(730).default(365) }),
    permission: 'fleet.read',
    output: z.object({
      capacity: clusterCapacity,
      hosts: z.array(hostCapacity),
      days: z.array(capacityDay),
      at: instant,
    }),
    refusals: { 'no-such-cluster': 'There is no cluster {clusterId}.' },
  }),
  hostLossTry: query({
    summary:
      'Can I lose this host? Its VMs placed on the others on paper: where each would go, and what would not fit and why',
    input: z.object({ hostId: z.string() }),
    permission: 'fleet.read',
    output: z.object({
      hostId: z.string(),
      host: z.string(),
      clusterId: z.string(),
      cluster: z.string(),
      verdict: z.enum(['fails', 'tight', 'holds']),
      vms: z.number().int(),
      placed: z.number().int(),
      spareMemoryBytes: z.number(),
      /** VMs without a place, the biggest first; at most 500 of them. */
      unplaced: z.array(
        z.object({
          vmId: z.string(),
          vm: z.string(),
          state: z.string(),
          vcpus: z.number().int(),
          memoryBytes: z.number(),
          diskBytes: z.number(),
          reason: z.string(),
        }),
      ),
      unplacedTotal: z.number().int(),
      /** Where the others would go. */
      targets: z.array(
        z.object({ hostId: z.string(), host: z.string(), vms: z.number().int(), memoryBytes: z.number() }),
      ),
      at: instant,
    }),
    refusals: { 'no-such-host': 'There is no host {hostId}.' },
  }),
} as const;
