import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf } from '../../contract/page.ts';
import { maintenanceOperations } from './maintenance-contract.ts';
import { FIT_CHECKS } from './fits-rules.ts';
import { MOVE_CAUSES, MOVE_STATES } from './move-rules.ts';

export const moveRow = z.object({
  id: z.string(),
  vmId: z.string(),
  vm: z.string(),
  fromHostId: z.string(),
  from: z.string(),
  toHostId: z.string(),
  to: z.string(),
  state: z.enum(MOVE_STATES),
  cause: z.enum(MOVE_CAUSES),
  /** Whether the guest ran on while it moved. */
  live: z.boolean(),
  /** How its disks came: empty until that is known. */
  storage: z.enum(['', 'shared', 'copy', 'none']),
  taskId: z.string().nullable(),
  askedBy: z.string(),
  askedAt: instant,
  beganAt: instant.nullable(),
  endedAt: instant.nullable(),
  totalBytes: z.number(),
  doneBytes: z.number(),
  bytesPerSecond: z.number(),
  /** How long the guest stood still; null where that is not known. */
  downtimeMs: z.number().nullable(),
  /** What it waits for, or why it did not come to be: a sentence. */
  note: z.string(),
});
export type MoveRow = z.infer<typeof moveRow>;

export const fitRow = z.object({
  hostId: z.string(),
  host: z.string(),
  fits: z.boolean(),
  problems: z.array(z.object({ check: z.enum(FIT_CHECKS), reason: z.string() })),
  storage: z.enum(['shared', 'copy', 'none']),
  copyBytes: z.number(),
  memoryFreeBytes: z.number(),
  /** Moves from or to it that are under way. */
  moves: z.number().int(),
});
export type FitRow = z.infer<typeof fitRow>;

const noVm = { 'no-such-vm': 'There is no VM {vmId}.' } as const;
const noMove = { 'no-such-move': 'There is no move {moveId}.' } as const;
const vmIdInput = z.object({ vmId: z.string() });

export const moveCaps = z.object({
  perHost: z.number().int().min(1).max(32),
  perLink: z.number().int().min(1).max(32),
  mibPerSecond: z.number().int().min(0).max(1_000_000),
  /** Memory and disks of running VMs travel encrypted (TLS); hosts without a certificate for it are refused. */
  encrypt: z.boolean(),
});

/** Live moves of VMs between hosts. */
export const movesContract = {
  ...maintenanceOperations,
  vmMoveFits: query({
    summary:
      'All hosts with whether a VM can be moved there now, or everything that speaks against it; best first',
    input: vmIdInput,
    permission: 'fleet.read',
    output: z.object({
      vm: z.string(),
      host: z.string(),
      /** Whether it would run on while it moves. */
      live: z.boolean(),
      /** Why it can be moved nowhere now; empty where it can. */
      reason: z.string(),
      rows: z.array(fitRow),
      /** Its move that has not ended. */
      moving: moveRow.nullable(),
    }),
    refusals: noVm,
  }),
  vmMove: command({
    summary: 'Move a VM to another host, live where it runs; begins when the caps on moves allow it',
    input: vmIdInput.extend({
      hostId: z.string(),
      /** Leave its disks on the old host, too; never started there again by us. */
      keepSource: z.boolean().default(false),
    }),
    permission: 'fleet.operate',
    output: z.object({ moveId: z.string(), taskId: z.string().nullable() }),
    refusals: {
      ...noVm,
      'no-such-host': 'There is no host {hostId}.',
      'not-now': '{name} cannot be moved now: {reason}.',
      'already-moving': '{name} is being moved to {host}: wait for it, or cancel that move.',
      'host-does-not-fit': '{host} does not fit: {reason}.',
    },
    effect: 'store',
  }),
  moveCancel: command({
    summary: 'Cancel a move: the VM stays where it is',
    input: z.object({ moveId: z.string() }),
    permission: 'fleet.operate',
    output: nothing,
    refusals: { ...noMove, 'move-ended': 'The move of {name} has ended already.' },
    effect: 'outside',
  }),
  moveGet: query({
    summary: 'One move: how far it is',
    input: z.object({ moveId: z.string() }),
    permission: 'fleet.read',
    output: moveRow,
    refusals: noMove,
  }),
  moveList: query({
    summary: 'Moves, newest first; fields: state vm from to cause asked',
    input: pageInput(['asked', 'vm', 'state']),
    permission: 'fleet.read',
    output: pageOf(moveRow),
  }),
  moveCapsGet: query({
    summary: 'How many moves may run at the same time, and how fast',
    input: nothing,
    permission: 'fleet.read',
    output: moveCaps,
  }),
  moveCapsSet: command({
    summary: 'Say how many moves may run at the same time, and how fast',
    // Left out: as it is.
    input: moveCaps.partial({ encrypt: true }),
    permission: 'fleet.administer',
    output: nothing,
    effect: 'store',
  }),
} as const;
