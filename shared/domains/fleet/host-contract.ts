import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf } from '../../contract/page.ts';
import { hostLabels } from './cluster-contract.ts';
import { HOST_MAINTENANCE, HOST_STATES } from './host-rules.ts';
import { seriesRange, vmSeries, vmSize } from './vm-contract.ts';

export const hostState = z.enum(HOST_STATES);
export type HostState = z.infer<typeof hostState>;

export const hostRow = z.object({
  id: z.string(),
  name: z.string(),
  address: z.string(),
  state: hostState,
  /** Why it is in that state, a sentence; empty when connected. */
  reason: z.string(),
  stateSince: instant,
  /** Whether VMs may be put on it. */
  maintenance: z.enum(HOST_MAINTENANCE),
  /** When it was last heard; null before the first time. */
  seenAt: instant.nullable(),
  libvirtVersion: z.string(),
  qemuVersion: z.string(),
  cpuModel: z.string(),
  cpuCount: z.number().int(),
  memoryBytes: z.number(),
  memoryUsedBytes: z.number(),
  memorySoldBytes: z.number(),
  cpuUsedPercent: z.number(),
  cpuSold: z.number().int(),
  vms: z.number().int(),
  vmsRunning: z.number().int(),
  diskBytes: z.number(),
  diskFreeBytes: z.number(),
  problems: z.number().int(),
  clusterId: z.string(),
  cluster: z.string(),
  labels: z.array(z.string()),
});
export type HostRow = z.infer<typeof hostRow>;

export const hostProblem = z.object({
  code: z.enum([
    'no-default-pool',
    'pool-inactive',
    'pool-nearly-full',
    'no-bridge',
    'clock-off',
    'libvirt-old',
    'no-kvm',
    'no-guest-bridge-traffic',
  ]),
  /** What is wrong and what to do, in words. */
  sentence: z.string(),
});
export type HostProblem = z.infer<typeof hostProblem>;

export const storagePool = z.object({
  name: z.string(),
  type: z.string(),
  path: z.string(),
  /** What the storage is called wherever it is seen, `nfs1:/export/vms`; absent: it is this host's own, as far as the host tells. */
  sharedAs: z.string().optional(),
  active: z.boolean(),
  capacityBytes: z.number(),
  allocationBytes: z.number(),
  availableBytes: z.number(),
});
export const hostNetwork = z.object({
  kind: z.enum(['network', 'bridge']),
  name: z.string(),
  bridge: z.string(),
  active: z.boolean(),
  forward: z.string(),
});

export const hostFacts = hostRow.extend({
  port: z.number().int(),
  user: z.string(),
  hostKeyFingerprint: z.string(),
  jump: z.string(),
  arch: z.string(),
  hypervisor: z.string(),
  hostname: z.string(),
  kvm: z.boolean(),
  numaNodes: z.number().int(),
  clockOffsetMs: z.number().nullable(),
  pools: z.array(storagePool),
  networks: z.array(hostNetwork),
  problemList: z.array(hostProblem),
  /** Why it is slow, where it is: milliseconds of the last connection and sweep by phase. */
  timings: z.object({
    connectMs: z.number(),
    sweepMs: z.number(),
    slowestCall: z.string(),
    slowestCallMs: z.number(),
  }),
  /** Where other hosts reach it for moves; empty: its address. */
  moveAddress: z.string(),
  addedAt: instant,
});
export type HostFacts = z.infer<typeof hostFacts>;

export const hostAuth = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('agent') }),
  z.object({
    kind: z.literal('key'),
    privateKey: z.string().min(1).max(100_000),
    passphrase: z.string().max(1000).optional(),
  }),
  /** Used once: our key is installed with it and it is forgotten. */
  z.object({ kind: z.literal('password'), password: z.string().min(1).max(1000) }),
]);
export type HostAuth = z.infer<typeof hostAuth>;

const hostDoor = z.object({
  address: z.string().trim().min(1).max(253),
  port: z.number().int().min(1).max(65_535).default(22),
  user: z.string().trim().min(1).max(64).default('root'),
  auth: hostAuth,
  /** `user@address:port` of hosts to go through, nearest first; they are entered with the same key. */
  jump: z.array(z.string()).max(4).default([]),
  /** SHA-256 fingerprint of the host key that a person has looked at, of jump hosts too (with a space between); absent at the first try. */
  acceptedFingerprint: z.string().optional(),
  /** Practice hosts and hosts on this machine: the daemon's socket, when it is not the usual one. */
  socketPath: z.string().optional(),
});

const doorRefusals = {
  'host-key-unknown':
    'The host shows the key {fingerprint}. Compare it with the host (ssh-keygen -lf) and confirm.',
  'host-key-changed':
    'The host shows the key {fingerprint}, but {pinned} is on record. If it was reinstalled, replace the key; if not, somebody is in between.',
  'auth-failed': '{user} was not let in at {address}: {detail}.',
  'passphrase-needed': 'The private key is encrypted: give its passphrase.',
  'passphrase-wrong': 'The passphrase does not open the private key.',
  'key-malformed': 'That is not a private key in OpenSSH or PEM form: {detail}.',
  'agent-missing': 'No SSH agent is running here (SSH_AUTH_SOCK is not set): use a key file.',
  'host-unreachable': '{address} cannot be reached: {detail}.',
  'socket-forbidden':
    '{user} may not open the libvirt socket of {address}: add the user to the group libvirt, or use root.',
  'libvirt-missing': 'There is no libvirt daemon on {address}: {detail}.',
  'jump-failed': 'The way through {jump} failed: {detail}.',
} as const;

/**
 * Load of a host over time: processor and memory are the host's own (processor in per cent of all its CPUs), disk and network what its VMs together
 * did, and what was stolen is the mean over their vCPUs.
 */
export const hostSeries = vmSeries;
export type HostSeries = z.infer<typeof hostSeries>;

const noHost = { 'no-such-host': 'There is no host {hostId}.' } as const;

/** What is asked of hosts. */
export const hostOperations = {
  hostList: query({
    summary: 'Hosts; fields: state problems name cluster label (state:unreachable)',
    input: pageInput(['name', 'state', 'vms', 'memory', 'cpu', 'cluster']),
    permission: 'fleet.read',
    output: pageOf(hostRow),
  }),
  hostGet: query({
    summary: 'One host: facts, pools, networks, problems, timings',
    input: z.object({ hostId: z.string() }),
    permission: 'fleet.read',
    output: hostFacts,
    refusals: noHost,
  }),
  hostSeries: query({
    summary: 'CPU and memory of a host and disk and network of its VMs over time',
    input: z.object({ hostId: z.string(), range: seriesRange.default('1h') }),
    permission: 'fleet.read',
    output: hostSeries,
    refusals: noHost,
  }),
  hostSeriesCompare: query({
    summary:
      'The same of up to eight hosts, at the same points of time; a host that is not there is left out',
    input: z.object({ hostIds: z.array(z.string()).min(1).max(8), range: seriesRange.default('1h') }),
    permission: 'fleet.read',
    output: z.object({
      hosts: z.array(z.object({ hostId: z.string(), name: z.string(), series: hostSeries })),
    }),
  }),
  hostProbe: command({
    summary: 'Look at a host before adding it: host key, facts and problems; changes nothing in the store',
    input: hostDoor,
    permission: 'fleet.administer',
    output: z.object({
      fingerprint: z.string(),
      hostname: z.string(),
      hypervisor: z.string(),
      libvirtVersion: z.string(),
      cpuModel: z.string(),
      cpuCount: z.number().int(),
      memoryBytes: z.number(),
      vms: z.number().int(),
      pools: z.array(storagePool),
      networks: z.array(hostNetwork),
      problems: z.array(hostProblem),
    }),
    refusals: doorRefusals,
    effect: 'outside',
    audited: false,
    secrets: ['auth.privateKey', 'auth.passphrase', 'auth.password'],
  }),
  hostAdd: command({
    summary:
      'Add a host: confirm its key, install ours where a password was given, read its facts and start collecting',
    input: hostDoor.extend({
      name: z.string().trim().max(63).default(''),
      /** Absent: the cluster that is there longest. */
      clusterId: z.string().optional(),
      labels: hostLabels.default([]),
    }),
    permission: 'fleet.administer',
    output: z.object({ hostId: z.string(), name: z.string() }),
    refusals: {
      ...doorRefusals,
      'host-known': '{address} is here already, as {name}.',
      'name-taken': 'Another host is called {name}.',
      'no-such-cluster': 'There is no cluster {clusterId}.',
    },
    effect: 'outside',
    secrets: ['auth.privateKey', 'auth.passphrase', 'auth.password'],
  }),
  hostRemove: command({
    summary: 'Forget a host (its VMs go on running; nothing is changed on it)',
    input: z.object({ hostId: z.string(), confirmName: z.string() }),
    permission: 'fleet.administer',
    output: nothing,
    refusals: {
      ...noHost,
      'name-differs': 'Type the name of the host, {name}, to remove it.',
      'host-has-billed-vms':
        '{count} VMs on {name} belong to running subscriptions: end those or move the VMs first.',
      'host-busy': 'A task is at work on {name} ({task}): wait for its end or cancel it.',
    },
    effect: 'store',
  }),
  hostRefresh: command({
    summary: 'Collect a host now; reconnect it if it is away',
    input: z.object({ hostId: z.string() }),
    permission: 'fleet.operate',
    output: nothing,
    refusals: noHost,
    effect: 'outside',
    audited: false,
  }),
  hostKeyReplace: command({
    summary: 'Accept a new host key after a reinstallation',
    input: z.object({ hostId: z.string(), fingerprint: z.string() }),
    permission: 'fleet.administer',
    output: nothing,
    refusals: noHost,
    effect: 'store',
  }),
  hostMoveAddress: command({
    summary: 'Say where other hosts reach this one for moves of VMs; empty: at the address it is managed by',
    input: z.object({
      hostId: z.string(),
      address: z
        .string()
        .trim()
        .max(253)
        .regex(/^[A-Za-z0-9.:_-]*$/, 'an IP address or a host name, such as 10.20.0.11'),
    }),
    permission: 'fleet.administer',
    output: nothing,
    refusals: noHost,
    effect: 'store',
  }),
  hostPlacement: query({
    summary: 'All hosts with whether a VM of this size fits, or why not; best first',
    input: vmSize.extend({
      templateId: z.string().optional(),
      /** What filters of clusters look at. */
      customerId: z.string().nullable().default(null),
      tags: z.array(z.string()).max(50).default([]),
      /** Only hosts of this cluster. */
      clusterId: z.string().nullable().default(null),
    }),
    permission: 'fleet.read',
    output: z.object({
      rows: z.array(
        z.object({
          hostId: z.string(),
          host: z.string(),
          clusterId: z.string(),
          cluster: z.string(),
          fits: z.boolean(),
          reason: z.string(),
          cpusFree: z.number().int(),
          memoryFreeBytes: z.number(),
          diskFreeBytes: z.number(),
        }),
      ),
      /** Why it fits on none of them, a clause over all; empty where it fits on one. */
      whyNowhere: z.string(),
    }),
  }),
} as const;
