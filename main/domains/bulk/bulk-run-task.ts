import { bulkOrderWords, type StoredBulkActionName } from '../../../shared/domains/bulk/bulk-rules.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { StepContext, TaskDefinition } from '../../platform/tasks/task-definition.ts';
import type { BulkDb, BulkTrx, StoredWhat } from './bulk-action.ts';
import { BulkHostRun } from './bulk-host-run.ts';
import { moveItems } from './bulk-item-store.ts';
import { notBesides, tasksUnderWay } from './bulk-one-at-a-time.ts';
import type { BulkParts } from './bulk-parts.ts';
import { bulkActionOf } from './bulk-registry.ts';
import {
  BULK_TOPIC,
  changeBulk,
  lockBulk,
  lockOwnBulk,
  setBulkState,
  type BulkRecord,
} from './bulk-store.ts';
import { runStorePages } from './bulk-store-run.ts';

export const BULK_RUN = 'bulk-run';

export interface BulkRunInput {
  readonly bulkId: string;
  /** Of the bulk action; a task of an earlier round does nothing any more. */
  readonly round: number;
  readonly action: StoredBulkActionName;
  readonly total: number;
  /** Query or choice, in words. */
  readonly of: string;
}
interface State {
  readonly done: number;
  readonly failed: number;
  readonly left: number;
  readonly state: string;
}

/** What an engine that has taken a bulk action up works with. */
export interface BulkHeld {
  readonly parts: BulkParts;
  readonly context: StepContext<BulkRunInput>;
  readonly bulkId: string;
  readonly taskId: string;
  readonly fence: number;
  readonly what: StoredWhat;
  readonly total: number;
}

/**
 * Works off the items of a bulk action. One step, which is safe to repeat because every item says in the store how far it is.
 * Cancelling the task stops it; what was done stays done, and is taken back by a bulk action of its own.
 */
export function bulkRunTask(parts: BulkParts): TaskDefinition<BulkRunInput, State> {
  return {
    kind: BULK_RUN,
    title: ({ action, total }) => bulkOrderWords(action, total),
    subject: ({ bulkId, of }) => ({ kind: 'bulk', id: bulkId, name: of }),
    steps: [
      {
        name: 'work',
        title: ({ action, total }) => bulkOrderWords(action, total),
        // A database that was away for a moment: what is written stays, so it simply goes on.
        attempts: 3,
        run: async (context) => await work(parts, context),
        undo: async (context) => await standStill(parts, context),
      },
    ],
    result: ({ done, failed, left, state }) => ({
      done: done ?? 0,
      failed: failed ?? 0,
      left: left ?? 0,
      state: state ?? '',
    }),
  };
}

async function work(parts: BulkParts, context: StepContext<BulkRunInput>): Promise<State> {
  const { bulkId, round, action } = context.input;
  const bulk = await takeUp(parts, { bulkId, round, taskId: context.taskId });
  if (bulk === undefined) return await endState(parts, bulkId);
  const held: BulkHeld = {
    parts,
    context,
    bulkId,
    taskId: context.taskId,
    fence: bulk.fence,
    what: JSON.parse(bulk.what) as StoredWhat,
    total: bulk.total,
  };
  const { work: how } = bulkActionOf[action];
  do {
    if (how.kind === 'store') await runStorePages(held, how);
    else await new BulkHostRun(held, how.kind === 'host' ? how.act : undefined).run();
    context.signal.throwIfAborted();
  } while (!(await end(held)));
  return await endState(parts, bulkId);
}

/** Makes the work this engine's; undefined where there is nothing to do for this task any more. */
async function takeUp(
  parts: BulkParts,
  by: { readonly bulkId: string; readonly round: number; readonly taskId: string },
): Promise<BulkRecord | undefined> {
  const nowMs = await parts.store.nowMs();
  return await parts.store.transaction<BulkDb, BulkRecord | undefined>(
    async (trx) => {
      const bulk = await lockBulk(trx, parts.store, by.bulkId);
      if (bulk === undefined || bulk.round !== by.round) return undefined;
      if (bulk.state === 'done' || bulk.state === 'cancelled') return undefined;
      // Tried again from the list of tasks: it goes on.
      const isRevived = bulk.state === 'stopped';
      const underWay = isRevived
        ? await tasksUnderWay(trx, parts.store, { ...bulk, bulkId: bulk.id })
        : undefined;
      if (underWay !== undefined) throw notBesides(underWay);
      const fence = bulk.fence + 1;
      await changeBulk(trx, bulk.id, {
        set: {
          fence,
          task_id: by.taskId,
          ...(isRevived ? { state: 'running' as const, state_reason: '', ended_at_ms: null } : {}),
        },
        nowMs,
      });
      await parts.store.changes.note(trx, BULK_TOPIC, bulk.id);
      return { ...bulk, fence };
    },
    { repeatable: true },
  );
}

/**
 * Nothing is under way: it is done, stands still, or is given up. False where somebody has said to go on with it after the work had
 * seen that it was to stop: what waits is then still to be worked on.
 */
async function end(held: BulkHeld): Promise<boolean> {
  const { parts, bulkId } = held;
  const nowMs = await parts.store.nowMs();
  return await parts.store.transaction<BulkDb, boolean>(
    async (trx) => {
      const bulk = await lockOwnBulk(trx, parts.store, held);
      if (bulk.state === 'running' && bulk.waiting > 0) return false;
      await leaveUnknown(trx, bulk, nowMs);
      if (bulk.state === 'cancelling') await cancelRest(trx, bulk, nowMs);
      else if (bulk.waiting > 0) await setBulkState(trx, bulkId, { state: 'stopped', nowMs });
      else await setBulkState(trx, bulkId, { state: 'done', nowMs });
      await parts.store.changes.note(trx, BULK_TOPIC, bulkId);
      return true;
    },
    { repeatable: true },
  );
}

/** What was not begun never will be. For whoever holds the lock. */
export async function cancelRest(trx: BulkTrx, bulk: BulkRecord, nowMs: number): Promise<void> {
  const by = await moveItems(trx, bulk.id, {
    from: ['waiting'],
    to: 'cancelled',
    code: 'cancelled',
    reason: 'The bulk action was cancelled before its turn.',
    nowMs,
  });
  await changeBulk(trx, bulk.id, {
    by,
    set: { state: 'cancelled', ended_at_ms: nowMs },
    nowMs,
  });
}

/** What an engine that died, or a task that was cancelled, has left under way and nobody looks at any more. */
async function leaveUnknown(trx: BulkTrx, bulk: BulkRecord, nowMs: number): Promise<void> {
  if (bulk.running === 0) return;
  const by = await moveItems(trx, bulk.id, {
    from: ['running'],
    to: 'failed',
    code: 'outcome-unknown',
    reason: 'Its task ended while it was under way: look at the VM, then try it again.',
    nowMs,
  });
  await changeBulk(trx, bulk.id, { by, nowMs });
}

/** The task was cancelled or has failed: nothing is begun any more, and what was under way says that its outcome is not known. */
async function standStill(parts: BulkParts, context: StepContext<BulkRunInput>): Promise<void> {
  const { bulkId, round } = context.input;
  const nowMs = await parts.store.nowMs();
  await parts.store.transaction<BulkDb, void>(
    async (trx) => {
      const bulk = await lockBulk(trx, parts.store, bulkId);
      if (bulk === undefined || bulk.round !== round) return;
      if (bulk.state === 'done' || bulk.state === 'cancelled') return;
      await leaveUnknown(trx, bulk, nowMs);
      if (bulk.state === 'cancelling') await cancelRest(trx, bulk, nowMs);
      else {
        await setBulkState(trx, bulkId, {
          state: bulk.waiting > 0 ? 'stopped' : 'done',
          reason: 'Its task was cancelled or has failed.',
          nowMs,
        });
      }
      await parts.store.changes.note(trx, BULK_TOPIC, bulkId);
    },
    { repeatable: true },
  );
}

async function endState(parts: BulkParts, bulkId: string): Promise<State> {
  const bulk = await parts.store
    .tables<BulkDb>()
    .selectFrom('bulk_action')
    .selectAll()
    .where('id', '=', bulkId)
    .executeTakeFirst();
  if (bulk === undefined)
    throw new OperatingFailure({ code: 'bulk-gone', sentence: 'The bulk action is not there any more.' });
  return { done: bulk.done, failed: bulk.failed, left: bulk.waiting, state: bulk.state };
}
