import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf, taskStarted } from '../../contract/page.ts';
import { vmState } from '../fleet/vm-contract.ts';
import { vmNotes } from '../fleet/vm-notes.ts';
import {
  BULK_ITEM_STATES,
  BULK_STATES,
  CALLS_PER_HOST,
  DEFAULT_PACE,
  STORED_BULK_ACTIONS,
} from './bulk-rules.ts';

const tags = vmNotes.shape.tags;

/** The action and what it needs to know. */
export const bulkWhat = z.discriminatedUnion('action', [
  z.object({ action: z.enum(['start', 'forceOff', 'reboot', 'reset', 'pause', 'resume', 'delete']) }),
  z.object({
    action: z.literal('shutdown'),
    graceSeconds: z.number().int().min(1).max(3600).default(120),
    thenForce: z.boolean().default(false),
  }),
  z.object({ action: z.enum(['tagsAdd', 'tagsRemove']), tags: tags.min(1) }),
  z.object({ action: z.literal('tagsSet'), tags }),
  z.object({ action: z.literal('notes'), notes: vmNotes.shape.notes }),
  z.object({ action: z.literal('owner'), customerId: z.string().nullable() }),
  z.object({ action: z.literal('autostart'), on: z.boolean() }),
]);
export type BulkWhat = z.infer<typeof bulkWhat>;

/** All VMs that match a query, or those ticked among them: these then count, whether or not they still match. */
export const bulkSelect = z.object({
  query: z.string().max(1000).default(''),
  vmIds: z.array(z.string()).min(1).max(2000).optional(),
});
export type BulkSelect = z.infer<typeof bulkSelect>;

export const bulkPace = z.object({
  perHost: z.number().int().min(1).max(CALLS_PER_HOST).default(DEFAULT_PACE.perHost),
  perCluster: z.number().int().min(1).max(5000).nullable().default(DEFAULT_PACE.perCluster),
  atOnce: z.number().int().min(1).max(2000).default(DEFAULT_PACE.atOnce),
  /** Stops by itself after so many failures of one run; what was not begun can be gone on with. */
  stopAfterFailures: z.number().int().min(1).nullable().default(DEFAULT_PACE.stopAfterFailures),
});

const named = z.object({ id: z.string().nullable(), name: z.string(), count: z.number().int() });

export const bulkPreview = z.object({
  /** All that were chosen, and of them: acted on, so already, refused. */
  total: z.number().int(),
  will: z.number().int(),
  skipped: z.number().int(),
  refused: z.number().int(),
  /** Of exactly those that will be acted on: an approval names it. */
  digest: z.string(),
  checkedAt: instant,
  /** Of those acted on: how many hosts and customers, and the five with the most; beside the customers those of nobody. */
  hosts: z.number().int(),
  customers: z.number().int(),
  byHost: z.array(named),
  byCustomer: z.array(named),
  /** Of all chosen; `stale`: their hosts were not heard lately. */
  byState: z.array(z.object({ state: vmState, stale: z.boolean(), count: z.number().int() })),
  /** Why some are not acted on, the most frequent reason first, each with up to 20 of them by name. */
  reasons: z.array(
    z.object({
      kind: z.enum(['skipped', 'refused']),
      code: z.string(),
      why: z.string(),
      wayOut: z.string(),
      count: z.number().int(),
      examples: z.array(z.object({ vmId: z.string(), name: z.string(), host: z.string() })),
    }),
  ),
});
export type BulkPreview = z.infer<typeof bulkPreview>;

const counts = z.object(
  Object.fromEntries(BULK_ITEM_STATES.map((state) => [state, z.number().int()])) as Record<
    (typeof BULK_ITEM_STATES)[number],
    z.ZodInt
  >,
);

export const bulkRow = z.object({
  id: z.string(),
  /** "Start 4,812 VMs". */
  title: z.string(),
  action: z.enum(STORED_BULK_ACTIONS),
  state: z.enum(BULK_STATES),
  /** Why it stands still, a sentence; empty where there is nothing to say. */
  stateReason: z.string(),
  query: z.string(),
  /** Chosen by hand among what the query found. */
  ticked: z.boolean(),
  total: z.number().int(),
  counts,
  taskId: z.string(),
  undoOf: z.string().nullable(),
  startedBy: z.string(),
  startedAt: instant,
  endedAt: instant.nullable(),
});
export type BulkRow = z.infer<typeof bulkRow>;

export const bulkItem = z.object({
  id: z.string(),
  vmId: z.string(),
  name: z.string(),
  host: z.string(),
  state: z.enum(BULK_ITEM_STATES),
  code: z.string(),
  /** Why it was refused or has failed; what was found where it was so already. */
  reason: z.string(),
  attempts: z.number().int(),
  endedAt: instant.nullable(),
});
export type BulkItem = z.infer<typeof bulkItem>;

const bulkId = z.object({ bulkId: z.string() });
const noBulk = { 'no-such-bulk': 'There is no bulk action {bulkId}.' } as const;
const bulkControl = { ...noBulk, 'not-now': 'This bulk action cannot do that now: {reason}.' } as const;
const notAllowed = { 'not-allowed': 'Your role may not do this to VMs: it needs {permission}.' } as const;

/** Any action over a query of VMs. */
export const bulkContract = {
  bulkPreview: query({
    summary: 'What an action on many VMs would do, skip and refuse, and why',
    input: z.object({ what: bulkWhat, select: bulkSelect }),
    permission: 'fleet.read',
    output: bulkPreview,
    refusals: { 'no-such-customer': 'There is no customer {customerId}.' },
  }),
  bulkStart: command({
    summary: 'Act on many VMs as previewed (durable task)',
    input: z.object({
      what: bulkWhat,
      select: bulkSelect,
      /** `will` and `digest` of the preview that was approved. */
      expected: z.object({ count: z.number().int().min(0), digest: z.string() }),
      /** The number as it was typed; needed where it destroys (delete, force off, reset). */
      confirmCount: z.number().int().optional(),
      pace: bulkPace.default(DEFAULT_PACE),
    }),
    permission: 'fleet.operate',
    output: taskStarted.extend({ bulkId: z.string(), total: z.number().int() }),
    refusals: {
      ...notAllowed,
      'no-such-customer': 'There is no customer {customerId}.',
      'one-at-a-time':
        'One at a time: “{title}” is under way. Wait until it has ended, or stop it, then look at the preview again.',
      'nothing-to-do': 'None of the {total} VMs chosen can be acted on now: see the reasons in the preview.',
      'count-not-typed': 'Type the number of VMs that will be acted on, {count}, to go on.',
      'changed-meanwhile':
        'It would act on other VMs than the preview said: {was} then, {now} now ({difference}). Look at the preview again.',
    },
    effect: 'store',
  }),
  bulkList: query({
    summary: 'Bulk actions, newest first; fields: state action by started (state:running)',
    input: pageInput(['started']).extend({ direction: z.enum(['asc', 'desc']).default('desc') }),
    permission: 'fleet.read',
    output: pageOf(bulkRow),
  }),
  bulkGet: query({
    summary: 'One bulk action with its counts',
    input: bulkId,
    permission: 'fleet.read',
    output: bulkRow.extend({
      what: z.record(z.string(), z.unknown()),
      pace: bulkPace,
      /** Bulk actions that took this one back. */
      undoneBy: z.array(z.string()),
    }),
    refusals: noBulk,
  }),
  bulkItems: query({
    summary: 'Result of a bulk action per VM; fields: state host name code (state:failed)',
    input: pageInput(['order', 'name', 'state', 'host']).extend({ bulkId: z.string() }),
    permission: 'fleet.read',
    output: pageOf(bulkItem),
    refusals: noBulk,
  }),
  bulkStop: command({
    summary: 'Stop a bulk action after what is under way; it can go on later',
    input: bulkId,
    permission: 'fleet.operate',
    output: nothing,
    refusals: bulkControl,
    effect: 'store',
  }),
  bulkGoOn: command({
    summary: 'Go on with a bulk action that was stopped (durable task)',
    input: bulkId,
    permission: 'fleet.operate',
    output: taskStarted,
    refusals: bulkControl,
    effect: 'store',
  }),
  bulkCancel: command({
    summary: 'Stop a bulk action for good; what was done stays done',
    input: bulkId,
    permission: 'fleet.operate',
    output: nothing,
    refusals: bulkControl,
    effect: 'store',
  }),
  bulkRetry: command({
    summary: 'Try again what of a bulk action has failed or was cancelled, or was refused too (durable task)',
    input: bulkId.extend({ refusedToo: z.boolean().default(false) }),
    permission: 'fleet.operate',
    output: taskStarted.extend({ total: z.number().int() }),
    refusals: bulkControl,
    effect: 'store',
  }),
  bulkUndo: command({
    summary: 'Take back what a bulk action did, as a bulk action of its own (durable task)',
    input: bulkId,
    permission: 'fleet.operate',
    output: taskStarted.extend({ bulkId: z.string(), total: z.number().int() }),
    refusals: { ...bulkControl, ...notAllowed },
    effect: 'store',
  }),
} as const;
