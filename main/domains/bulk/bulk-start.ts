import { mayDo } from '../../../shared/domains/access/role-rules.ts';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { bulkContract, BulkWhat } from '../../../shared/domains/bulk/bulk-contract.ts';
import { bulkOrderWords, bulkWords } from '../../../shared/domains/bulk/bulk-rules.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { BulkDb, BulkTrx } from './bulk-action.ts';
import { differenceWords, type BulkMemory } from './bulk-memory.ts';
import type { BulkCommandParts, BulkParts } from './bulk-parts.ts';
import { tasksUnderWay } from './bulk-one-at-a-time.ts';
import { digestOf, previewOf } from './bulk-preview.ts';
import { bulkActionOf } from './bulk-registry.ts';
import { bulkTitle } from './bulk-row.ts';
import { chosenSet } from './bulk-set.ts';
import { freeze, waitingIds } from './bulk-store.ts';
import { startBulkTask, wordsOf } from './bulk-task-start.ts';

type Handlers = DomainHandlers<typeof bulkContract, CallContext>;

/** Counts by host, customer and state, and every reason; of one moment, worked out by the store. */
export function bulkPreview(parts: BulkParts, memory: BulkMemory): Handlers['bulkPreview'] {
  return async ({ what, select }, context) => {
    const db = context.tables<BulkDb>() as unknown as BulkTrx;
    if (await isUnknownCustomer(db, what)) return refuse('no-such-customer', customerOf(what));
    const nowMs = await parts.store.nowMs(db);
    const definition = bulkActionOf[what.action];
    const set = await chosenSet(parts, db, { definition, what, chosen: select, nowMs });
    const { preview, ids } = await previewOf(db, set, nowMs, parts.store.kind === 'sqlite');
    memory.keep(preview.digest, ids);
    return done(preview);
  };
}

/**
 * Freezes the set as it is at this moment and starts the work on it, if it is the one that was approved. All in the call's
 * transaction: a set that has changed leaves nothing behind.
 */
export function bulkStart(parts: BulkCommandParts, memory: BulkMemory): Handlers['bulkStart'] {
  return async ({ what, select, expected, confirmCount, pace }, context) => {
    const trx = context.tables<BulkDb>() as unknown as BulkTrx;
    const definition = bulkActionOf[what.action];
    context.subject(`${bulkOrderWords(what.action, expected.count)}: ${aboutWords(select)}`);
    if (!mayDo(context.actor.role, definition.permission))
      return refuse('not-allowed', { permission: definition.permission });
    if (await isUnknownCustomer(trx, what)) return refuse('no-such-customer', customerOf(what));
    const underWay = await tasksUnderWay(trx, parts.store, what);
    if (underWay !== undefined) return refuse('one-at-a-time', { title: underWay });
    const nowMs = await parts.store.nowMs(trx);
    const set = await chosenSet(parts, trx, { definition, what, chosen: select, nowMs });
    const bulk = await freeze(trx, parts.store, {
      what,
      chosen: select,
      set,
      inTurns: definition.work.kind !== 'store',
      pace,
      startedBy: context.actor.login,
      nowMs,
    });
    if (bulk.waiting === 0) return refuse('nothing-to-do', { total: bulk.total });
    const ids = await waitingIds(trx, bulk.id, parts.store.kind === 'sqlite');
    if (digestOf(ids) !== expected.digest) {
      const difference = await differenceWords(trx, parts.store.kind, memory.idsOf(expected.digest), ids);
      return refuse('changed-meanwhile', { was: expected.count, now: bulk.waiting, difference });
    }
    if (bulkWords[what.action].destroys === true && confirmCount !== bulk.waiting)
      return refuse('count-not-typed', { count: bulk.waiting });
    context.subject(
      `${bulkTitle(bulk)} (${bulk.refused} refused, ${bulk.skipped} skipped): ${wordsOf(bulk)}`,
    );
    const { taskId } = await startBulkTask(parts, trx, bulk, {
      startedBy: context.actor.login,
      nowMs,
    });
    return done({ bulkId: bulk.id, taskId, total: bulk.waiting });
  };
}

function aboutWords(select: { query: string; vmIds?: readonly string[] | undefined }): string {
  return wordsOf({ query: select.query, ticked: select.vmIds === undefined ? 0 : 1, undo_of: null });
}

async function isUnknownCustomer(db: BulkTrx, what: BulkWhat): Promise<boolean> {
  if (what.action !== 'owner' || what.customerId === null) return false;
  const found = await db
    .selectFrom('customer')
    .select('id')
    .where('id', '=', what.customerId)
    .executeTakeFirst();
  return found === undefined;
}

function customerOf(what: BulkWhat): { customerId: string | null } {
  return { customerId: what.action === 'owner' ? what.customerId : null };
}
