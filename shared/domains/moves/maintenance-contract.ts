import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing } from '../../contract/page.ts';
import { HOST_MAINTENANCE } from '../fleet/host-rules.ts';
import {
  EVACUATION_ANSWERS,
  ROLLING_GOES,
  ROLLING_HOST_STATES,
  ROLLING_STATES,
} from './maintenance-rules.ts';

const noHost = { 'no-such-host': 'There is no host {hostId}.' } as const;
const noRolling = { 'no-such-rolling': 'There is no rolling maintenance {rollingId}.' } as const;
const hostIdInput = z.object({ hostId: z.string() });
const rollingIdInput = z.object({ rollingId: z.string() });

export const evacuation = z.object({
  hostId: z.string(),
  host: z.string(),
  maintenance: z.enum(HOST_MAINTENANCE),
  askedBy: z.string(),
  askedAt: instant.nullable(),
  emptiedAt: instant.nullable(),
  vmsAtFirst: z.number().int(),
  /** VMs on it now. */
  vmsLeft: z.number().int(),
  /** Moves of it that wait or are under way. */
  moving: z.array(
    z.object({
      moveId: z.string(),
      vm: z.string(),
      to: z.string(),
      waiting: z.boolean(),
      totalBytes: z.number(),
      doneBytes: z.number(),
      bytesPerSecond: z.number(),
    }),
  ),
  /** VMs that do not move by themselves, and what was said of them. */
  blocked: z.array(
    z.object({
      vmId: z.string(),
      vm: z.string(),
      reason: z.string(),
      answer: z.enum(EVACUATION_ANSWERS),
      /** Whether shutting it down first may help. */
      isOn: z.boolean(),
    }),
  ),
});
export type Evacuation = z.infer<typeof evacuation>;

export const rolling = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(ROLLING_STATES),
  goWhen: z.enum(ROLLING_GOES),
  needsReboot: z.boolean(),
  libvirtAtLeast: z.string(),
  /** Hosts begin outside the maintenance windows of their clusters, too. */
  anyTime: z.boolean(),
  askedBy: z.string(),
  askedAt: instant,
  endedAt: instant.nullable(),
  hosts: z.array(
    z.object({
      hostId: z.string(),
      host: z.string(),
      state: z.enum(ROLLING_HOST_STATES),
      /** What it waits for, a clause. */
      note: z.string(),
      changedAt: instant,
    }),
  ),
});
export type Rolling = z.infer<typeof rolling>;

const percent = z.number().int().min(1).max(100);
export const balancerSettings = z.object({
  enabled: z.boolean(),
  cpuPercent: percent,
  memoryPercent: percent,
});
export const balancer = balancerSettings.extend({
  hosts: z.array(
    z.object({
      hostId: z.string(),
      host: z.string(),
      cpuPercent: z.number(),
      memoryPercent: z.number(),
      /** Measurements it rests on. */
      samples: z.number().int(),
    }),
  ),
  /** What it would do now, whether it is on or not. */
  plan: z.array(
    z.object({
      vmId: z.string(),
      vm: z.string(),
      fromHostId: z.string(),
      from: z.string(),
      toHostId: z.string(),
      to: z.string(),
      /** A sentence. */
      why: z.string(),
    }),
  ),
  /** Why a busy host is left as it is, a sentence each. */
  notes: z.array(z.string()),
});
export type Balancer = z.infer<typeof balancer>;

/** Hosts that are emptied, held and brought back, one after the other over a cluster; and load that is spread. */
export const maintenanceOperations = {
  hostEvacuate: command({
    summary: 'Close a host and move all its VMs away, until it is empty; then hold it',
    input: hostIdInput,
    permission: 'fleet.administer',
    output: nothing,
    refusals: noHost,
    effect: 'store',
  }),
  hostBringBack: command({
    summary: 'Open a host again; an evacuation that is under way ends',
    input: hostIdInput,
    permission: 'fleet.administer',
    output: nothing,
    refusals: {
      ...noHost,
      'host-in-rolling': '{name} is part of the rolling maintenance {title}: skip it there.',
    },
    effect: 'store',
  }),
  evacuationGet: query({
    summary: 'How far the evacuation of a host is, and which VMs do not move and why',
    input: hostIdInput,
    permission: 'fleet.read',
    output: evacuation,
    refusals: noHost,
  }),
  evacuationAnswer: command({
    summary:
      'Say what becomes of VMs that do not move by themselves: leave them, or shut them down, move and start them',
    input: hostIdInput.extend({
      vmIds: z.array(z.string()).min(1).max(2_000),
      answer: z.enum(EVACUATION_ANSWERS),
    }),
    permission: 'fleet.administer',
    output: nothing,
    refusals: { ...noHost, 'not-evacuating': '{name} is not being evacuated.' },
    effect: 'store',
  }),
  rollingStart: command({
    summary:
      'Take hosts out for maintenance in the windows of their clusters, one after the other: empty, held, checked, brought back',
    input: z
      .object({
        title: z.string().trim().min(1).max(120),
        /** In this order. */
        hostIds: z.array(z.string()).min(1).max(500),
        goWhen: z.enum(ROLLING_GOES).default('person'),
        needsReboot: z.boolean().default(false),
        libvirtAtLeast: z
          .string()
          .trim()
          .regex(/^(\d+(\.\d+){1,2})?$/, 'a version such as 10.0, or nothing')
          .default(''),
        /** Not only in the maintenance windows of their clusters. */
        anyTime: z.boolean().default(false),
      })
      .refine((input) => input.goWhen === 'person' || input.needsReboot || input.libvirtAtLeast !== '', {
        path: ['goWhen'],
        message:
          'an empty host is well at once: say what has to be another on it, a boot or a version of libvirt',
      }),
    permission: 'fleet.administer',
    output: z.object({ rollingId: z.string() }),
    refusals: {
      ...noHost,
      'host-twice': '{name} is named twice.',
      'host-in-rolling': '{name} is part of the rolling maintenance {title} already.',
    },
    effect: 'store',
  }),
  rollingList: query({
    summary: 'Rolling maintenance, newest first',
    input: nothing,
    permission: 'fleet.read',
    output: z.object({ rows: z.array(rolling) }),
  }),
  rollingSay: command({
    summary: 'Pause, go on, let the held host come back, skip the host at hand, or stop',
    input: rollingIdInput.extend({ say: z.enum(['pause', 'resume', 'go', 'skip', 'stop']) }),
    permission: 'fleet.administer',
    output: nothing,
    refusals: {
      ...noRolling,
      'rolling-ended': '{title} has ended.',
      'not-held': 'No host of {title} is held now: there is nothing to say go to.',
    },
    effect: 'store',
  }),
  balancerGet: query({
    summary: 'Load of hosts as the balancer sees it, and what it would do now',
    input: nothing,
    permission: 'fleet.read',
    output: balancer,
  }),
  balancerSet: command({
    summary: 'Turn the balancer on or off, and say from which load on it acts',
    input: balancerSettings,
    permission: 'fleet.administer',
    output: nothing,
    effect: 'store',
  }),
} as const;
