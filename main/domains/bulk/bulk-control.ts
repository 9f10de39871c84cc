import { mayDo } from '../../../shared/domains/access/role-rules.ts';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse, type Refused } from '../../../shared/contract/outcome.ts';
import type { bulkContract } from '../../../shared/domains/bulk/bulk-contract.ts';
import { whyNotBulk, type BulkControl } from '../../../shared/domains/bulk/bulk-rules.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { BulkDb, BulkTrx, StoredWhat } from './bulk-action.ts';
import { moveItems } from './bulk-item-store.ts';
import { tasksUnderWay, waitFor } from './bulk-one-at-a-time.ts';
import type { BulkCommandParts } from './bulk-parts.ts';
import { bulkActionOf } from './bulk-registry.ts';
import { bulkTitle, countsOf } from './bulk-row.ts';
import { cancelRest } from './bulk-run-task.ts';
import { chosenSet } from './bulk-set.ts';
import { BULK_TOPIC, changeBulk, freeze, lockBulk, setBulkState, type BulkRecord } from './bulk-store.ts';
import { startBulkTask } from './bulk-task-start.ts';

type Handlers = DomainHandlers<typeof bulkContract, CallContext>;

/** These give it work again. */
const BEGINS: readonly BulkControl[] = ['goOn', 'retry', 'retryRefused'];

interface Locked {
  readonly bulk: BulkRecord;
  readonly trx: BulkTrx;
  readonly nowMs: number;
}

/** A bulk action, held until the call's transaction ends, if it can do that now. */
async function held(
  parts: BulkCommandParts,
  context: CallContext,
  asked: { readonly bulkId: string; readonly control: BulkControl },
): Promise<Locked | Refused<'no-such-bulk' | 'not-now'>> {
  const trx = context.tables<BulkDb>() as unknown as BulkTrx;
  const bulk = await lockBulk(trx, parts.store, asked.bulkId);
  if (bulk === undefined) return refuse('no-such-bulk', { bulkId: asked.bulkId });
  context.subject(bulkTitle(bulk));
  const { state, action } = bulk;
  const reason = whyNotBulk(asked.control, { state, action, counts: countsOf(bulk) });
  if (reason !== null) return refuse('not-now', { reason });
  const underWay = BEGINS.includes(asked.control)
    ? await tasksUnderWay(trx, parts.store, { action, bulkId: bulk.id })
    : undefined;
  if (underWay !== undefined) return refuse('not-now', { reason: waitFor(underWay) });
  return { bulk, trx, nowMs: await parts.store.nowMs(trx) };
}

export function bulkStop(parts: BulkCommandParts): Handlers['bulkStop'] {
  return async ({ bulkId }, context) => {
    const found = await held(parts, context, { bulkId, control: 'stop' });
    if ('ok' in found) return found;
    const reason = `${context.actor.login} stopped it.`;
    await setBulkState(found.trx, bulkId, { state: 'stopping', reason, nowMs: found.nowMs });
    await context.note(BULK_TOPIC, bulkId);
    return done({});
  };
}

export function bulkGoOn(parts: BulkCommandParts): Handlers['bulkGoOn'] {
  return async ({ bulkId }, context) => {
    const found = await held(parts, context, { bulkId, control: 'goOn' });
    if ('ok' in found) return found;
    const { bulk, trx, nowMs } = found;
    await setBulkState(trx, bulkId, { state: 'running', reason: '', nowMs });
    if (bulk.state === 'stopping') {
      await context.note(BULK_TOPIC, bulkId);
      return done({ taskId: bulk.task_id });
    }
    return done(await again(parts, context, { bulk, trx, nowMs }));
  };
}

export function bulkCancel(parts: BulkCommandParts): Handlers['bulkCancel'] {
  return async ({ bulkId }, context) => {
    const found = await held(parts, context, { bulkId, control: 'cancel' });
    if ('ok' in found) return found;
    const { bulk, trx, nowMs } = found;
    const reason = `${context.actor.login} cancelled it.`;
    const isOpen = bulk.state === 'running' || bulk.state === 'stopping';
    await setBulkState(trx, bulkId, { state: isOpen ? 'cancelling' : 'cancelled', reason, nowMs });
    if (!isOpen) await cancelRest(trx, bulk, nowMs);
    await context.note(BULK_TOPIC, bulkId);
    return done({});
  };
}

export function bulkRetry(parts: BulkCommandParts): Handlers['bulkRetry'] {
  return async ({ bulkId, refusedToo }, context) => {
    const found = await held(parts, context, { bulkId, control: refusedToo ? 'retryRefused' : 'retry' });
    if ('ok' in found) return found;
    const { bulk, trx, nowMs } = found;
    const from = ['failed', 'cancelled', ...(refusedToo ? ['refused'] : [])] as (
      | 'failed'
      | 'cancelled'
      | 'refused'
    )[];
    const by = await moveItems(trx, bulkId, { from, to: 'waiting', nowMs });
    await changeBulk(trx, bulkId, { by, nowMs });
    await setBulkState(trx, bulkId, { state: 'running', reason: '', nowMs });
    const refusedLess = by.refused ?? 0;
    const more = { ...bulk, refused: bulk.refused + refusedLess };
    const { taskId } = await again(parts, context, { bulk: more, trx, nowMs });
    return done({ taskId, total: by.waiting ?? 0 });
  };
}

/** Another task for what is waiting. */
async function again(
  parts: BulkCommandParts,
  context: CallContext,
  { bulk, trx, nowMs }: Locked,
): Promise<{ taskId: string }> {
  const round = bulk.round + 1;
  await changeBulk(trx, bulk.id, { set: { round }, nowMs });
  return await startBulkTask(parts, trx, { ...bulk, round }, { startedBy: context.actor.login, nowMs });
}

/** Takes back what was done, by an action of its own over exactly those it was done to. */
export function bulkUndo(parts: BulkCommandParts): Handlers['bulkUndo'] {
  return async ({ bulkId }, context) => {
    const found = await held(parts, context, { bulkId, control: 'undo' });
    if ('ok' in found) return found;
    const { bulk, trx, nowMs } = found;
    const undo = bulkActionOf[bulk.action].undo?.(JSON.parse(bulk.what) as StoredWhat, bulkId);
    if (undo === undefined) return refuse('not-now', { reason: 'nothing real takes it back' });
    const definition = bulkActionOf[undo.action];
    if (!mayDo(context.actor.role, definition.permission))
      return refuse('not-allowed', { permission: definition.permission });
    const chosen = { undoOf: bulkId };
    const set = await chosenSet(parts, trx, { definition, what: undo, chosen, nowMs });
    const pace = {
      perHost: bulk.per_host,
      perCluster: bulk.per_cluster,
      atOnce: bulk.at_once,
      stopAfterFailures: bulk.stop_after_failures,
    };
    const inTurns = definition.work.kind !== 'store';
    const startedBy = context.actor.login;
    const made = await freeze(trx, parts.store, { what: undo, chosen, set, inTurns, pace, startedBy, nowMs });
    if (made.waiting === 0) return refuse('not-now', { reason: 'none of its VMs can be taken back now' });
    context.subject(`${bulkTitle(made)}: takes back ${bulkTitle(bulk)}`);
    const { taskId } = await startBulkTask(parts, trx, made, { startedBy, nowMs });
    return done({ bulkId: made.id, taskId, total: made.waiting });
  };
}
