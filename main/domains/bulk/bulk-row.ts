import type { BulkRow } from '../../../shared/domains/bulk/bulk-contract.ts';
import {
  BULK_ITEM_STATES,
  bulkOrderWords,
  bulkWords,
  vmCountWords,
} from '../../../shared/domains/bulk/bulk-rules.ts';
import type { StoredWhat } from './bulk-action.ts';
import type { BulkRecord, Counts } from './bulk-store.ts';

export function countsOf(row: BulkRecord): Counts {
  return Object.fromEntries(BULK_ITEM_STATES.map((state) => [state, row[state]])) as Counts;
}

/** Those it acts on or has acted on: neither so already nor refused. */
export function actedOn(row: BulkRecord): number {
  return row.total - row.skipped - row.refused;
}

/** "Start 4,812 VMs". */
export function bulkTitle(row: BulkRecord): string {
  const what = JSON.parse(row.what) as StoredWhat;
  return what.action === 'restore'
    ? `Take back “${bulkWords[what.what.action].verb}” of ${vmCountWords(actedOn(row))}`
    : bulkOrderWords(row.action, actedOn(row));
}

export function toBulkRow(row: BulkRecord): BulkRow {
  return {
    id: row.id,
    title: bulkTitle(row),
    action: row.action,
    state: row.state,
    stateReason: row.state_reason,
    query: row.query,
    ticked: row.ticked === 1,
    total: row.total,
    counts: countsOf(row),
    taskId: row.task_id,
    undoOf: row.undo_of,
    startedBy: row.started_by,
    startedAt: new Date(row.started_at_ms).toISOString(),
    endedAt: row.ended_at_ms === null ? null : new Date(row.ended_at_ms).toISOString(),
  };
}
