import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, taskStarted } from '../../contract/page.ts';
import { vmName, vmState } from '../fleet/vm-contract.ts';

const MIB = 1024 ** 2;
const vmIdInput = z.object({ vmId: z.string() });

const vmRefusals = {
  'no-such-vm': 'There is no VM {vmId}.',
  'not-now': '{name} cannot be changed that way now: {reason}.',
  'host-away': '{host} is not connected: {reason}.',
} as const;

/** What was done, or would be, and when it takes effect. */
export const hardwareEffect = z.object({
  what: z.string(),
  from: z.string(),
  to: z.string(),
  when: z.enum(['now', 'next-start']),
  why: z.string(),
});
const changed = z.object({ effects: z.array(hardwareEffect) });

const size = z.object({
  vcpus: z.number().int(),
  vcpusMax: z.number().int(),
  /** What the balloon leaves the guest. */
  memoryBytes: z.number(),
  memoryMaxBytes: z.number(),
});

/** Where a device stands: in the running guest and in the definition of its next start, or in one of them. */
const stands = z.enum(['both', 'now', 'next-start']);

export const vmDisk = z.object({
  target: z.string(),
  bus: z.string(),
  device: z.string(),
  format: z.string(),
  source: z.string(),
  /** Pool and name of its volume; empty where it is in no pool. */
  pool: z.string(),
  volume: z.string(),
  capacityBytes: z.number().nullable(),
  readonly: z.boolean(),
  bootOrder: z.number().int().nullable(),
  stands,
});
export type VmDisk = z.infer<typeof vmDisk>;

export const vmNic = z.object({
  mac: z.string(),
  model: z.string(),
  kind: z.string(),
  source: z.string(),
  linkUp: z.boolean(),
  bootOrder: z.number().int().nullable(),
  stands,
});
export type VmNic = z.infer<typeof vmNic>;

export const vmHardware = z.object({
  state: vmState,
  persistent: z.boolean(),
  autostart: z.boolean(),
  agent: z.boolean(),
  /** It runs from rescue media until it is switched off. */
  rescue: z.boolean(),
  /** `vcpusFixed`: so many it keeps while it runs, as a running guest gives back only those that were added to it. */
  running: size.extend({ hasBalloon: z.boolean(), vcpusFixed: z.number().int() }).nullable(),
  next: size.nullable(),
  disks: z.array(vmDisk),
  nics: z.array(vmNic),
  /** What it starts from, in order, by target or MAC. */
  boot: z.array(z.object({ kind: z.enum(['disk', 'nic']), id: z.string() })),
});
export type VmHardware = z.infer<typeof vmHardware>;

const volumeChoice = z.object({
  pool: z.string(),
  name: z.string(),
  path: z.string(),
  format: z.string(),
  capacityBytes: z.number(),
  /** Names of VMs of its host that have it; empty where it is free. */
  usedBy: z.array(z.string()),
});
export type VolumeChoice = z.infer<typeof volumeChoice>;

export const vmSnapshot = z.object({
  name: z.string(),
  description: z.string(),
  createdAt: instant,
  /** Name of the one it was made on; empty for the first. */
  parent: z.string(),
  isCurrent: z.boolean(),
  /** As the VM was: `running`, `paused`, `shutoff`, or `disk-snapshot` for disks without memory. */
  state: z.string(),
  withMemory: z.boolean(),
  isExternal: z.boolean(),
});
export type VmSnapshot = z.infer<typeof vmSnapshot>;

const snapshotName = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} _.:-]{0,62}$/u, 'letters, digits, blanks and _ . : -, at most 63');
const deviceTarget = z.string().regex(/^[a-z]{2,4}$/, 'the name of a disk, as vda');
const macAddress = z
  .string()
  .toLowerCase()
  .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, 'a MAC address');
const network = z.object({ kind: z.enum(['network', 'bridge']), name: z.string().min(1) });
const volumeAt = { pool: z.string().min(1), volume: z.string().min(1) };
const diskBytes = z
  .number()
  .int()
  .min(16 * MIB)
  .max(256 * 1024 ** 4);
const resizeInput = vmIdInput.extend({
  vcpus: z.number().int().min(1).max(256),
  /** Absent: as it is. Hosts count it in KiB. */
  memoryBytes: z
    .number()
    .int()
    .min(64 * MIB)
    .max(16 * 1024 ** 4)
    .multipleOf(1024, 'whole kibibytes')
    .optional(),
  /** Room for vCPUs that are added while it runs, from its next start on; absent: as it is, or as many as `vcpus`. */
  vcpusMax: z.number().int().min(1).max(256).optional(),
});

const noDisk = { 'no-such-disk': '{name} has no disk {target}.' } as const;
const noNic = { 'no-such-nic': '{name} has no network card {mac}.' } as const;
const noVolume = { 'no-such-volume': '{host} has no volume {volume} in its pool {pool}.' } as const;
const noNetwork = { 'no-such-network': '{host} has no active {kind} {network}.' } as const;
const noSnapshot = { 'no-such-snapshot': '{name} has no snapshot {snapshot}.' } as const;
const checkpoints = {
  'checkpoints-in-the-way':
    '{name} carries the backup chain {chain}: going back to a snapshot would leave its checkpoints blind to what changed, and the next incremental backup would be wrong. Make a full backup and remove the checkpoints first.',
} as const;
const changes = { permission: 'fleet.operate', output: changed, effect: 'outside' } as const;
const work = { permission: 'fleet.operate', output: taskStarted, effect: 'outside' } as const;

/** What a VM is made of, and what an administrator changes in it. */
export const hardwareContract = {
  vmHardware: query({
    summary: 'CPU, memory, disks, network cards and boot order of a VM, live from its host',
    input: vmIdInput,
    permission: 'fleet.read',
    output: vmHardware,
    refusals: vmRefusals,
  }),
  vmHardwareChoices: query({
    summary: 'Pools, networks, volumes and installation media the host of a VM has',
    input: vmIdInput,
    permission: 'fleet.read',
    output: z.object({
      pools: z.array(z.object({ name: z.string(), freeBytes: z.number() })),
      networks: z.array(network),
      volumes: z.array(volumeChoice),
    }),
    refusals: vmRefusals,
  }),
  vmResizePlan: query({
    summary: 'What a resize would do now, and what at the next start',
    input: resizeInput,
    permission: 'fleet.read',
    /** `noRoom`: why its host has no room for it, a clause; empty where it has. */
    output: changed.extend({ noRoom: z.string() }),
    refusals: vmRefusals,
  }),
  vmResize: command({
    ...changes,
    summary: 'Change CPU and memory of a VM, while it runs where that is possible, else at its next start',
    input: resizeInput,
    refusals: { ...vmRefusals, 'no-room': '{host} has no room for it: {reason}.' },
  }),
  vmDiskAdd: command({
    ...work,
    summary: 'Make a new disk and attach it to a VM (durable task)',
    input: vmIdInput.extend({
      capacityBytes: diskBytes,
      pool: z.string().nullable().default(null),
      bus: z.enum(['virtio', 'scsi']).default('virtio'),
    }),
    refusals: { ...vmRefusals, 'no-such-pool': '{host} has no active pool {pool}.' },
  }),
  vmDiskGrow: command({
    ...changes,
    summary: 'Make a disk larger; a running guest sees it at once',
    input: vmIdInput.extend({ target: deviceTarget, capacityBytes: diskBytes }),
    refusals: {
      ...vmRefusals,
      ...noDisk,
      'not-larger': '{target} has {capacity} already, and a disk is never made smaller.',
      'not-in-pool': '{source} is in no storage pool of {host}: grow it there.',
    },
  }),
  vmDiskAttach: command({
    ...changes,
    summary: 'Attach a volume that exists to a VM',
    input: vmIdInput.extend({ ...volumeAt, bus: z.enum(['virtio', 'scsi']).default('virtio') }),
    refusals: {
      ...vmRefusals,
      ...noVolume,
      'volume-in-use': '{volume} is a disk of {vm}: two VMs writing one disk destroy it.',
    },
  }),
  vmDiskDetach: command({
    ...changes,
    summary: 'Take a disk off a VM; its volume stays',
    input: vmIdInput.extend({ target: deviceTarget }),
    refusals: { ...vmRefusals, ...noDisk },
  }),
  vmDiskDelete: command({
    ...work,
    summary: 'Take a disk off a VM and delete its volume (durable task)',
    input: vmIdInput.extend({ target: deviceTarget, confirmName: z.string() }),
    refusals: {
      ...vmRefusals,
      ...noDisk,
      'name-differs': 'Type the name of the volume, {volume}, to delete it.',
      'not-in-pool': '{source} is in no storage pool of {host}: delete it there.',
      'volume-in-use':
        '{volume} is also used by {vm}, and is not deleted: detach it here, or take it off there first.',
      'held-by-snapshot': 'Snapshots of {name} ({snapshots}) hold {target}: delete them first.',
    },
  }),
  vmNicAdd: command({
    ...changes,
    summary: 'Add a network card to a VM',
    input: vmIdInput.extend({ network, model: z.enum(['virtio', 'e1000e']).default('virtio') }),
    refusals: { ...vmRefusals, ...noNetwork },
  }),
  vmNicChange: command({
    ...changes,
    summary: 'Plug a network card of a VM elsewhere, or pull and plug its cable',
    input: vmIdInput.extend({
      mac: macAddress,
      network: network.nullable().default(null),
      linkUp: z.boolean().nullable().default(null),
    }),
    refusals: { ...vmRefusals, ...noNic, ...noNetwork },
  }),
  vmNicRemove: command({
    ...changes,
    summary: 'Remove a network card of a VM',
    input: vmIdInput.extend({ mac: macAddress }),
    refusals: { ...vmRefusals, ...noNic },
  }),
  vmMediaInsert: command({
    ...changes,
    summary: 'Put an ISO image into a CD drive of a VM',
    input: vmIdInput.extend({ ...volumeAt, target: deviceTarget.nullable().default(null) }),
    refusals: { ...vmRefusals, ...noDisk, ...noVolume },
  }),
  vmMediaEject: command({
    ...changes,
    summary: 'Take the medium out of a CD drive of a VM',
    input: vmIdInput.extend({
      target: deviceTarget,
      /** Even where the guest holds the drive's door. */
      force: z.boolean().default(false),
    }),
    refusals: { ...vmRefusals, ...noDisk },
  }),
  vmBootOrder: command({
    ...changes,
    summary: 'Say from what a VM starts, in order; from its next start on',
    input: vmIdInput.extend({
      order: z
        .array(z.object({ kind: z.enum(['disk', 'nic']), id: z.string().min(1) }))
        .min(1)
        .max(16),
    }),
    refusals: { ...vmRefusals, 'no-such-device': '{name} has no {kind} {id} to start from.' },
  }),
  vmRescueStart: command({
    ...changes,
    summary: 'Start a VM from a rescue image, this once',
    input: vmIdInput.extend(volumeAt),
    refusals: { ...vmRefusals, ...noVolume },
  }),
  vmRescueEnd: command({
    ...changes,
    summary: 'End a rescue: cut the power, and start from its own disk',
    input: vmIdInput,
    refusals: { ...vmRefusals, 'not-in-rescue': '{name} was not started for rescue.' },
  }),
  vmSnapshots: query({
    summary: 'Snapshots of a VM and checkpoints of its backups: what there is to go back to',
    input: vmIdInput,
    permission: 'fleet.read',
    output: z.object({
      snapshots: z.array(vmSnapshot),
      checkpoints: z.array(z.object({ name: z.string(), createdAt: instant })),
      /** Why none can be made now, as a sentence; null where one can. */
      whyNone: z.string().nullable(),
    }),
    refusals: vmRefusals,
  }),
  vmSnapshotMake: command({
    ...work,
    summary: 'Make a snapshot of a VM, with its memory where it runs (durable task)',
    input: vmIdInput.extend({ name: snapshotName, description: z.string().trim().max(1000).default('') }),
    refusals: {
      ...vmRefusals,
      ...checkpoints,
      'snapshot-exists': '{name} has a snapshot {snapshot} already.',
      'no-qcow': 'A snapshot is kept inside qcow2 images, and {disks} of {name} is {format}.',
    },
  }),
  vmSnapshotRevert: command({
    ...changes,
    summary: 'Take a VM back to a snapshot; what came after is lost',
    input: vmIdInput.extend({ name: z.string().min(1), confirmName: z.string() }),
    refusals: {
      ...vmRefusals,
      ...checkpoints,
      ...noSnapshot,
      'name-differs': 'Type the name of the VM, {name}, to take it back.',
    },
  }),
  vmSnapshotDelete: command({
    ...work,
    summary: 'Delete a snapshot of a VM (durable task)',
    input: vmIdInput.extend({ name: z.string().min(1) }),
    refusals: { ...vmRefusals, ...noSnapshot },
  }),
  vmClone: command({
    summary: 'Copy a VM that is off, with its disks, on its host (durable task)',
    input: vmIdInput.extend({ name: vmName, start: z.boolean().default(false) }),
    permission: 'fleet.operate',
    output: taskStarted.extend({ newVmId: z.string() }),
    refusals: {
      ...vmRefusals,
      'name-taken': 'A VM called {name} exists already on {host}.',
      'no-such-host': 'There is no host {hostId}.',
      'host-does-not-fit': '{host} has no room for it: {reason}.',
    },
    effect: 'store',
  }),
  vmPassword: command({
    ...changes,
    summary: 'Set the password of a user inside a VM, through its guest agent',
    input: vmIdInput.extend({
      user: z.string().trim().min(1).max(256).default('root'),
      password: z.string().min(1).max(256),
    }),
    refusals: {
      ...vmRefusals,
      'no-agent': '{name} has no guest agent that answers: {reason}.',
      'guest-refused': 'The guest of {name} refused: {reason}.',
    },
    secrets: ['password'],
  }),
  vmRename: command({
    ...changes,
    summary: 'Rename a VM that is off',
    input: vmIdInput.extend({ name: vmName }),
    refusals: { ...vmRefusals, 'name-taken': 'A VM called {name} exists already on {host}.' },
  }),
  vmAutostart: command({
    ...changes,
    summary: 'Say whether a VM starts with its host',
    input: vmIdInput.extend({ autostart: z.boolean() }),
    refusals: vmRefusals,
  }),
} as const;
