import type { BulkTrx } from './bulk-action.ts';
import { actedOn } from './bulk-row.ts';
import type { BulkCommandParts } from './bulk-parts.ts';
import { bulkRunTask } from './bulk-run-task.ts';
import { BULK_TOPIC, changeBulk, type BulkRecord } from './bulk-store.ts';

/** Records the task that works a bulk action off, in the transaction that made it, or gave it more to do. */
export async function startBulkTask(
  parts: BulkCommandParts,
  trx: BulkTrx,
  bulk: BulkRecord,
  by: { readonly startedBy: string; readonly nowMs: number },
): Promise<{ taskId: string }> {
  const input = {
    bulkId: bulk.id,
    round: bulk.round,
    action: bulk.action,
    total: actedOn(bulk),
    of: wordsOf(bulk),
  };
  const { taskId } = await parts.tasks.start(bulkRunTask(parts), input, {
    startedBy: by.startedBy,
    key: `${bulk.id}:${bulk.round}`,
    within: trx,
  });
  await changeBulk(trx, bulk.id, { set: { task_id: taskId }, nowMs: by.nowMs });
  await parts.store.changes.note(trx, BULK_TOPIC, bulk.id);
  return { taskId };
}

/** The query, or how they were chosen. */
export function wordsOf(bulk: Pick<BulkRecord, 'query' | 'ticked' | 'undo_of'>): string {
  if (bulk.undo_of !== null) return 'those it was done to';
  const of = bulk.query === '' ? 'all VMs' : bulk.query;
  return bulk.ticked === 1 ? `ticked of ${of}` : of;
}
