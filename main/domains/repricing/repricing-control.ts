import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse, type Refused } from '../../../shared/contract/outcome.ts';
import type { repricingContract } from '../../../shared/domains/repricing/repricing-contract.ts';
import { whyNotRepricing, type RepricingControl } from '../../../shared/domains/repricing/repricing-rules.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { TaskDefinition } from '../../platform/tasks/task-definition.ts';
import { billingToday } from '../billing/billing-public.ts';
import {
  changeRepricing,
  lockRepricing,
  repricingTitle,
  REPRICING_TOPIC,
  type RepricingDb,
} from './repricing-store.ts';
import { countsOf, noCounts, plannedCount, renewSums, type Counts } from './repricing-sums.ts';
import { startRepricingTask } from './repricing-task-start.ts';
import {
  repricingMoveTask,
  repricingPreviewTask,
  repricingTakeBackTask,
  type RepricingTaskInput,
} from './repricing-tasks.ts';
import type { RepricingCommandParts } from './repricing-parts.ts';
import type { RepricingRecord, RepricingTables } from './repricing-tables.ts';

type Handlers = DomainHandlers<typeof repricingContract, CallContext>;

interface Held {
  readonly ok: true;
  readonly db: RepricingDb;
  readonly of: RepricingRecord;
  readonly counts: Counts;
  readonly nowMs: number;
}

/** A move, held until the call's transaction ends, if it can do that now. */
async function held(
  parts: RepricingCommandParts,
  context: CallContext,
  asked: { readonly repricingId: string; readonly control: RepricingControl },
): Promise<Held | Refused<'no-such-move' | 'not-now'>> {
  const { repricingId, control } = asked;
  const db = context.tables<RepricingTables>();
  const of = await lockRepricing(db, parts.store.kind, repricingId);
  if (of === undefined) return refuse('no-such-move', { repricingId });
  context.subject(repricingTitle(of));
  const nowMs = await parts.billing.nowMs(db);
  const counts = (await countsOf(db, [repricingId])).get(repricingId) ?? noCounts();
  const planned =
    control === 'takeBack' ? await plannedCount(db, repricingId, await billingToday(db, nowMs)) : 0;
  const reason = whyNotRepricing(control, { state: of.state, counts, planned });
  return reason === null ? { ok: true, db, of, counts, nowMs } : refuse('not-now', { reason });
}

/** Gives it work again, as a task of its next round. */
async function again(
  parts: RepricingCommandParts,
  context: CallContext,
  { of, db }: Held,
  next: { readonly task: TaskDefinition<RepricingTaskInput>; readonly set: Partial<RepricingRecord> },
): Promise<{ taskId: string }> {
  const round = of.round + 1;
  await changeRepricing(db, of.id, { state_reason: '', ended_at_ms: null, round, ...next.set });
  return await startRepricingTask(parts, context, next.task, { ...of, round });
}

/** What was looked at, and nothing else, is done: the digest of the preview must still be that of what would be. */
export function repricingStart(parts: RepricingCommandParts): Handlers['repricingStart'] {
  return async ({ repricingId, digest, confirmCount }, context) => {
    const found = await held(parts, context, { repricingId, control: 'start' });
    if (!found.ok) return found;
    if (found.of.digest !== digest) return refuse('changed-meanwhile');
    const { waiting } = found.counts;
    if (confirmCount !== waiting) return refuse('count-not-typed', { count: waiting });
    const set = { state: 'moving', started_by: context.actor.login, started_at_ms: found.nowMs } as const;
    return done(await again(parts, context, found, { task: repricingMoveTask(parts), set }));
  };
}

export function repricingStop(parts: RepricingCommandParts): Handlers['repricingStop'] {
  return async ({ repricingId }, context) => {
    const found = await held(parts, context, { repricingId, control: 'stop' });
    if (!found.ok) return found;
    const reason = `${context.actor.login} stopped it.`;
    await changeRepricing(found.db, repricingId, { state: 'stopped', state_reason: reason });
    await context.note(REPRICING_TOPIC, repricingId);
    return done({});
  };
}

export function repricingGoOn(parts: RepricingCommandParts): Handlers['repricingGoOn'] {
  return async ({ repricingId }, context) => {
    const found = await held(parts, context, { repricingId, control: 'goOn' });
    if (!found.ok) return found;
    const set = { state: 'moving' } as const;
    return done(await again(parts, context, found, { task: repricingMoveTask(parts), set }));
  };
}

/** Before it was started nothing of it stays but that it was there; one that was started ends with what was moved. */
export function repricingAbort(parts: RepricingCommandParts): Handlers['repricingAbort'] {
  return async ({ repricingId }, context) => {
    const found = await held(parts, context, { repricingId, control: 'abort' });
    if (!found.ok) return found;
    const { db, of, counts, nowMs } = found;
    const wasStarted = of.started_at_ms !== null || counts.done > 0;
    if (wasStarted) await leaveOut(db, repricingId, 'The move was ended before its turn.');
    const state = wasStarted ? 'moved' : 'aborted';
    await changeRepricing(db, repricingId, { state, state_reason: '', ended_at_ms: nowMs });
    await context.note(REPRICING_TOPIC, repricingId);
    return done({});
  };
}

/** What is not moved by now is not moved any more, unless it is previewed again. */
async function leaveOut(db: RepricingDb, repricingId: string, why: string): Promise<void> {
  await db
    .updateTable('repricing_item')
    .set({ state: 'cancelled', code: 'cancelled', why })
    .where('repricing_id', '=', repricingId)
    .where('state', 'in', ['waiting', 'unseen'])
    .execute();
  await renewSums(db, repricingId);
}

/** Looks anew at what was not moved; whoever starts it then has seen at what price. */
export function repricingRetry(parts: RepricingCommandParts): Handlers['repricingRetry'] {
  return async ({ repricingId }, context) => {
    const found = await held(parts, context, { repricingId, control: 'retry' });
    if (!found.ok) return found;
    const states = ['failed', 'refused', 'cancelled', 'waiting', 'unseen'] as const;
    const { numUpdatedRows } = await found.db
      .updateTable('repricing_item')
      .set({ state: 'unseen', code: '', why: '' })
      .where('repricing_id', '=', repricingId)
      .where('state', 'in', states)
      .executeTakeFirst();
    await renewSums(found.db, repricingId);
    const set = { state: 'previewing', previewed_until: 0, digest: '' } as const;
    const { taskId } = await again(parts, context, found, { task: repricingPreviewTask(parts), set });
    return done({ taskId, total: Number(numUpdatedRows) });
  };
}

export function repricingTakeBack(parts: RepricingCommandParts): Handlers['repricingTakeBack'] {
  return async ({ repricingId }, context) => {
    const found = await held(parts, context, { repricingId, control: 'takeBack' });
    if (!found.ok) return found;
    await leaveOut(found.db, repricingId, 'The move was taken back before its turn.');
    const set = { state: 'taking-back' } as const;
    return done(await again(parts, context, found, { task: repricingTakeBackTask(parts), set }));
  };
}
