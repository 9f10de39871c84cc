import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf } from '../../contract/page.ts';
import { zoneSchema } from '../customers/customer-schemas.ts';
import { FILTER_SUBJECTS, FILTER_VERBS, PLACEMENT_POLICIES, WEEKDAYS } from './cluster-rules.ts';

/** A word by which hosts are told apart: `ssd`, `windows`. */
export const hostLabel = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._-]{0,39}$/, 'letters, digits, dots and dashes, such as ssd');
export const hostLabels = z.array(hostLabel).max(20);

export const placementFilter = z
  .object({
    /** Which VMs it is about; `any` are all of them and has no value. */
    subject: z.enum(FILTER_SUBJECTS),
    /** A tag, part of the name of an operating system, the id of a template or of a customer. */
    value: z.string().trim().max(200).default(''),
    verb: z.enum(FILTER_VERBS),
    label: hostLabel,
  })
  .refine(({ subject, value }) => (subject === 'any') === (value === ''), 'say which VMs it is about');
export type PlacementFilter = z.infer<typeof placementFilter>;

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of the day, such as 22:30');
export const maintenanceWindow = z.object({
  days: z.array(z.enum(WEEKDAYS)).min(1).max(7),
  from: timeOfDay,
  until: timeOfDay,
});

export const clusterFields = z.object({
  name: z.string().trim().min(1).max(63),
  /** Where it stands, in words: `Warsaw, Beyond.pl DC2`. */
  site: z.string().trim().max(100).default(''),
  /** Whose law holds for what is stored there: a country as two capital letters; empty where nobody said. */
  jurisdiction: z
    .string()
    .regex(/^([A-Z]{2})?$/, 'a country as two capital letters, such as PL')
    .default(''),
  /** Zone of its maintenance windows. */
  timeZone: zoneSchema.default('UTC'),
  /** vCPUs that may be sold for each CPU of a host. */
  cpuOvercommit: z.number().min(0.5).max(64).default(8),
  /** Memory that may be sold for each byte a host has beside its own reserve. */
  memoryOvercommit: z.number().min(0.5).max(4).default(1),
  policy: z.enum(PLACEMENT_POLICIES).default('spread'),
  filters: z.array(placementFilter).max(50).default([]),
  windows: z.array(maintenanceWindow).max(14).default([]),
});
export type ClusterFields = z.infer<typeof clusterFields>;

/** A cluster as placement and maintenance see it. */
export interface ClusterFacts extends ClusterFields {
  readonly id: string;
}

export const clusterRow = clusterFields.extend({
  id: z.string(),
  hosts: z.number().int(),
  /** Of those, how many are heard now. */
  hostsConnected: z.number().int(),
  vms: z.number().int(),
  vmsRunning: z.number().int(),
  cpuCount: z.number().int(),
  cpuSold: z.number().int(),
  memoryBytes: z.number(),
  memoryUsedBytes: z.number(),
  memorySoldBytes: z.number(),
  diskBytes: z.number(),
  diskFreeBytes: z.number(),
  /** The maintenance window that is open, else the next one; null where there is none: any time is right. */
  window: z.object({ isOpen: z.boolean(), from: instant, until: instant }).nullable(),
  createdAt: instant,
});
export type ClusterRow = z.infer<typeof clusterRow>;

const noCluster = { 'no-such-cluster': 'There is no cluster {clusterId}.' } as const;
const nameTaken = { 'name-taken': 'Another cluster is called {name}.' } as const;

/** What is asked of clusters. */
export const clusterOperations = {
  clusterList: query({
    summary: 'Clusters with what is in them; fields: name site jurisdiction policy hosts vms',
    input: pageInput(['name', 'site', 'hosts', 'vms', 'memory']),
    permission: 'fleet.read',
    output: pageOf(clusterRow),
  }),
  clusterGet: query({
    summary: 'One cluster: ratios, policy, filters, maintenance windows, totals of its hosts',
    input: z.object({ clusterId: z.string() }),
    permission: 'fleet.read',
    output: clusterRow,
    refusals: noCluster,
  }),
  clusterCreate: command({
    summary: 'Add a cluster, empty at first',
    input: clusterFields,
    permission: 'fleet.administer',
    output: z.object({ clusterId: z.string() }),
    refusals: nameTaken,
    effect: 'store',
  }),
  clusterSave: command({
    summary: 'Change what holds in a cluster; VMs stay where they are',
    input: clusterFields.extend({
      clusterId: z.string(),
      /** The cluster as it was seen: what others changed since is kept or refused. Absent: all is replaced. */
      before: clusterFields.optional(),
    }),
    permission: 'fleet.administer',
    output: nothing,
    refusals: {
      ...noCluster,
      ...nameTaken,
      'changed-meanwhile':
        '{name} was changed by somebody else meanwhile ({fields}). Look at it again, then save.',
    },
    effect: 'store',
  }),
  clusterRemove: command({
    summary: 'Remove a cluster that has no hosts',
    input: z.object({ clusterId: z.string() }),
    permission: 'fleet.administer',
    output: nothing,
    refusals: {
      ...noCluster,
      'cluster-has-hosts': '{count} hosts are in {name}: move them to another cluster or remove them first.',
      'last-cluster': '{name} is the only cluster, and hosts must be in one: rename it instead.',
    },
    effect: 'store',
  }),
  hostMoveToCluster: command({
    summary: 'Put hosts into another cluster; their VMs go on running, and its collector takes over',
    input: z.object({ hostIds: z.array(z.string()).min(1).max(500), clusterId: z.string() }),
    permission: 'fleet.administer',
    output: z.object({ moved: z.number().int(), alreadyThere: z.number().int() }),
    refusals: { ...noCluster, 'no-such-host': 'There is no host {hostId}; nothing was moved.' },
    effect: 'store',
  }),
  hostLabel: command({
    summary: 'Set the labels of hosts, by which filters of their cluster tell them apart',
    input: z.object({
      hostIds: z.array(z.string()).min(1).max(500),
      add: hostLabels.default([]),
      remove: hostLabels.default([]),
    }),
    permission: 'fleet.administer',
    output: z.object({ changed: z.number().int() }),
    refusals: { 'no-such-host': 'There is no host {hostId}; nothing was changed.' },
    effect: 'store',
  }),
} as const;
