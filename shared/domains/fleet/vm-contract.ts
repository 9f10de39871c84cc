import { z } from 'zod';
import { command, feed, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf, taskStarted } from '../../contract/page.ts';
import { planPrice } from '../catalog/catalog-contract.ts';
import { vmNotes } from './vm-notes.ts';
import { VM_STATES } from './vm-rules.ts';

export const vmState = z.enum(VM_STATES);

export const vmRow = z.object({
  id: z.string(),
  uuid: z.string(),
  name: z.string(),
  state: vmState,
  hostId: z.string(),
  host: z.string(),
  /** Since when the facts of its host are old; null while it is live. */
  staleSince: instant.nullable(),
  customerId: z.string().nullable(),
  customer: z.string(),
  address: z.string(),
  vcpus: z.number().int(),
  memoryBytes: z.number(),
  diskBytes: z.number(),
  cpuPercent: z.number(),
  memoryUsedBytes: z.number(),
  uptimeSeconds: z.number().nullable(),
  tags: z.array(z.string()),
  os: z.string(),
});
export type VmRow = z.infer<typeof vmRow>;

export const vmDetail = vmRow.extend({
  agent: z.boolean(),
  autostart: z.boolean(),
  persistent: z.boolean(),
  templateId: z.string().nullable(),
  template: z.string(),
  createdAt: instant,
  disks: z.array(
    z.object({
      target: z.string(),
      bus: z.string(),
      source: z.string(),
      capacityBytes: z.number(),
      allocationBytes: z.number(),
      readonly: z.boolean(),
    }),
  ),
  nics: z.array(
    z.object({
      mac: z.string(),
      model: z.string(),
      source: z.string(),
      target: z.string(),
      addresses: z.array(z.string()),
    }),
  ),
  graphics: z.string(),
  /** What bills it, at the price it was sold at; null where that is charged by the period. */
  subscription: z.object({ id: z.string(), plan: z.string(), price: planPrice.nullable() }).nullable(),
  /** The subscription whose pool it is in. */
  pool: z.object({ id: z.string(), plan: z.string() }).nullable(),
  notes: z.string(),
});
export type VmDetail = z.infer<typeof vmDetail>;

export const vmEvent = z.object({
  at: instant,
  /** libvirt's words: started, stopped, paused, crashed, defined… or ours: host-lost. */
  event: z.string(),
  detail: z.string(),
});

export const seriesRange = z.enum(['1h', '24h', '7d', '30d', '1y', '2y']);
/** Parallel arrays over time, oldest first; null where nothing is known. */
export const vmSeries = z.object({
  /** What a person should know of where it comes from, a sentence; empty where all is as it should be. */
  note: z.string(),
  stepSeconds: z.number().int(),
  atSeconds: z.array(z.number()),
  cpuPercent: z.array(z.number().nullable()),
  memoryBytes: z.array(z.number().nullable()),
  diskReadBytesPerSecond: z.array(z.number().nullable()),
  diskWriteBytesPerSecond: z.array(z.number().nullable()),
  netReceiveBytesPerSecond: z.array(z.number().nullable()),
  netTransmitBytesPerSecond: z.array(z.number().nullable()),
  diskReadOperationsPerSecond: z.array(z.number().nullable()),
  diskWriteOperationsPerSecond: z.array(z.number().nullable()),
  /** Of the time its vCPUs wanted to run, what the host made them wait. */
  stealPercent: z.array(z.number().nullable()),
});
export type VmSeries = z.infer<typeof vmSeries>;

const noVm = { 'no-such-vm': 'There is no VM {vmId}.' } as const;
const billedRefusals = {
  'vm-billed': '{name} belongs to the running subscription {subscription}: end that first.',
  'vm-pooled': '{name} is in the pool of {subscription}: remove it from there first.',
} as const;
const vmControl = {
  ...noVm,
  'not-now': '{name} cannot be changed that way now: {reason}.',
  'host-away': '{host} is not connected: {reason}.',
} as const;
const vmIdInput = z.object({ vmId: z.string() });

export const vmName = z
  .string()
  .trim()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'lower-case letters, digits and hyphens, at most 63, as in a host name',
  );

export const vmSize = z.object({
  vcpus: z.number().int().min(1).max(256),
  memoryBytes: z
    .number()
    .int()
    .min(64 * 1024 * 1024)
    .max(16 * 1024 ** 4),
  diskBytes: z
    .number()
    .int()
    .min(16 * 1024 * 1024)
    .max(256 * 1024 ** 4),
});
export type VmSize = z.infer<typeof vmSize>;

export const vmCreateInput = vmSize.extend({
  name: vmName,
  templateId: z.string(),
  customerId: z.string().nullable().default(null),
  /** Where to put it; null: the host that fits best. */
  hostId: z.string().nullable().default(null),
  /** Where no host is said: only hosts of this cluster. */
  clusterId: z.string().nullable().default(null),
  /** A libvirt network or a bridge of the host, as its facts name it. */
  network: z.object({ kind: z.enum(['network', 'bridge']), name: z.string().min(1) }),
  /** IPv4 in CIDR form with its gateway; absent: DHCP. */
  address: z
    .object({ cidr: z.cidrv4(), gateway: z.ipv4().optional(), nameservers: z.array(z.ipv4()).default([]) })
    .optional(),
  sshKeys: z
    .array(
      z
        .string()
        .trim()
        .regex(/^(ssh-|ecdsa-|sk-)[^\n]+$/, 'a public key on one line'),
    )
    .max(50)
    .default([]),
  /** Run once as root at first boot. */
  firstBootScript: z.string().max(64_000).default(''),
  tags: z.array(z.string()).max(50).default([]),
});
export type VmCreateInput = z.infer<typeof vmCreateInput>;

const bytesItem = z.object({ base64: z.string() });

/** What a list of VMs can be sorted by. */
export const vmListSort = [
  'name',
  'state',
  'host',
  'customer',
  'cpu',
  'memory',
  'vcpus',
  'disk',
  'uptime',
  'address',
] as const;

/** What is asked of VMs. */
export const vmOperations = {
  vmList: query({
    summary:
      'VMs; fields: state host cluster customer tag os name address cpu memory vcpus (state:running host:hv1 cpu>80)',
    input: pageInput(vmListSort).extend({
      /** Also what each row was sorted by, for whoever merges the pages of several stores. */
      withKeys: z.boolean().optional(),
    }),
    permission: 'fleet.read',
    output: pageOf(vmRow).extend({ keys: z.array(z.union([z.string(), z.number()])).optional() }),
    refusals: { 'query-unclear': 'The query is not clear at character {at}: {detail}.' },
  }),
  vmGet: query({
    summary: 'One VM: state, size, disks, network, subscription',
    input: vmIdInput,
    permission: 'fleet.read',
    output: vmDetail,
    refusals: noVm,
  }),
  vmXml: query({
    summary: "The VM's own libvirt XML, live from its host",
    input: vmIdInput,
    permission: 'fleet.read',
    output: z.object({ xml: z.string() }),
    refusals: vmControl,
  }),
  vmSeries: query({
    summary: 'CPU, memory, disk and network of a VM over time',
    input: vmIdInput.extend({ range: seriesRange.default('1h') }),
    permission: 'fleet.read',
    output: vmSeries,
    refusals: noVm,
  }),
  vmTagList: query({
    summary: 'Tags that VMs have, with how many have each; those most used first',
    input: z.object({
      text: z.string().max(200).default(''),
      limit: z.number().int().min(1).max(200).default(12),
    }),
    permission: 'fleet.read',
    output: z.object({ rows: z.array(z.object({ tag: z.string(), vms: z.number().int() })) }),
  }),
  vmEvents: query({
    summary: 'What happened to a VM, newest first',
    input: vmIdInput.extend({ limit: z.number().int().min(1).max(500).default(100) }),
    permission: 'fleet.read',
    output: z.object({ rows: z.array(vmEvent) }),
    refusals: noVm,
  }),
  vmScreenshot: query({
    summary: 'What the screen of a VM shows now',
    input: vmIdInput,
    permission: 'fleet.read',
    output: z.object({ mime: z.string(), base64: z.string() }),
    refusals: vmControl,
  }),
  vmCreate: command({
    summary: 'Make a VM from a template for a customer (durable task)',
    input: vmCreateInput,
    permission: 'fleet.operate',
    output: taskStarted.extend({ vmId: z.string(), hostId: z.string() }),
    refusals: {
      'name-taken': 'A VM called {name} exists already on {host}.',
      'no-such-template': 'There is no template {templateId}.',
      'template-not-ready': 'The template {template} is not ready: {reason}.',
      'no-such-customer': 'There is no customer {customerId}.',
      'too-small': '{template} needs at least {what}.',
      'no-such-network': '{host} has no active {kind} {network}.',
      'nothing-fits': 'No host has room for it: {reason}.',
      'host-does-not-fit': '{host} has no room for it: {reason}.',
      'no-such-host': 'There is no host {hostId}.',
    },
    effect: 'store',
    // People write passwords into it.
    secrets: ['firstBootScript'],
  }),
  vmStart: command({
    summary: 'Start a VM',
    input: vmIdInput,
    permission: 'fleet.operate',
    output: nothing,
    refusals: vmControl,
    effect: 'outside',
  }),
  vmShutdown: command({
    summary: 'Ask the guest to shut down; after the grace period force it off, if asked to (durable task)',
    input: vmIdInput.extend({
      graceSeconds: z.number().int().min(1).max(3600).default(120),
      thenForce: z.boolean().default(false),
    }),
    permission: 'fleet.operate',
    output: taskStarted,
    refusals: vmControl,
    effect: 'outside',
  }),
  vmForceOff: command({
    summary: 'Cut the power of a VM',
    input: vmIdInput,
    permission: 'fleet.operate',
    output: nothing,
    refusals: vmControl,
    effect: 'outside',
  }),
  vmReboot: command({
    summary: 'Ask the guest to restart',
    input: vmIdInput,
    permission: 'fleet.operate',
    output: nothing,
    refusals: vmControl,
    effect: 'outside',
  }),
  vmReset: command({
    summary: 'Press the reset button of a VM',
    input: vmIdInput,
    permission: 'fleet.operate',
    output: nothing,
    refusals: vmControl,
    effect: 'outside',
  }),
  vmPause: command({
    summary: 'Pause a VM',
    input: vmIdInput,
    permission: 'fleet.operate',
    output: nothing,
    refusals: vmControl,
    effect: 'outside',
  }),
  vmResume: command({
    summary: 'Let a paused VM go on',
    input: vmIdInput,
    permission: 'fleet.operate',
    output: nothing,
    refusals: vmControl,
    effect: 'outside',
  }),
  vmDelete: command({
    summary: 'Delete a VM with its disks and seed (durable task)',
    input: vmIdInput.extend({ confirmName: z.string() }),
    permission: 'fleet.operate',
    output: taskStarted,
    refusals: {
      ...vmControl,
      'name-differs': 'Type the name of the VM, {name}, to delete it.',
      ...billedRefusals,
    },
    effect: 'store',
  }),
  vmAssign: command({
    summary: 'Say which customer a VM belongs to',
    input: vmIdInput.extend({ customerId: z.string().nullable() }),
    permission: 'fleet.operate',
    output: nothing,
    refusals: {
      ...noVm,
      'no-such-customer': 'There is no customer {customerId}.',
      ...billedRefusals,
    },
    effect: 'store',
  }),
  vmNote: command({
    summary: 'Set the notes and tags of a VM',
    input: vmIdInput.extend(vmNotes.shape),
    permission: 'fleet.operate',
    output: nothing,
    refusals: {
      ...noVm,
      'changed-meanwhile':
        '{name} was changed by somebody else meanwhile ({fields}). Look at it again, then save.',
    },
    effect: 'store',
  }),
  vmLive: feed({
    summary: 'A VM as it runs: statistics every two seconds, straight from its host',
    input: vmIdInput,
    item: z.object({
      at: instant,
      state: vmState,
      cpuPercent: z.number().nullable(),
      memoryBytes: z.number().nullable(),
      diskReadBytesPerSecond: z.number().nullable(),
      diskWriteBytesPerSecond: z.number().nullable(),
      netReceiveBytesPerSecond: z.number().nullable(),
      netTransmitBytesPerSecond: z.number().nullable(),
    }),
    permission: 'fleet.read',
    refusals: vmControl,
  }),
  vmConsole: feed({
    summary: 'Serial console of a VM: bytes both ways',
    /** One person has it at a time; taking it over ends the other's. */
    input: vmIdInput.extend({ takeOver: z.boolean().default(false) }),
    item: bytesItem,
    upstream: bytesItem,
    permission: 'fleet.operate',
    refusals: {
      ...vmControl,
      'console-busy': 'Somebody else has the serial console of {name} open: take it over, or wait.',
    },
  }),
  vmScreen: feed({
    summary: 'Screen of a VM: RFB (VNC) bytes both ways, through SSH',
    input: vmIdInput,
    item: bytesItem,
    upstream: bytesItem,
    permission: 'fleet.operate',
    refusals: { ...vmControl, 'no-screen': '{name} has no VNC screen.' },
  }),
} as const;
