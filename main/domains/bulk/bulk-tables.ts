import type {
  BulkItemState,
  BulkState,
  StoredBulkActionName,
} from '../../../shared/domains/bulk/bulk-rules.ts';

/** Tables of this domain. `…_at_ms` are epoch milliseconds, booleans 0 and 1, structured text is JSON. */
export interface BulkTables {
  bulk_action: Record<BulkItemState, number> & {
    id: string;
    action: StoredBulkActionName;
    /** JSON of the contract's `what`. */
    what: string;
    query: string;
    ticked: 0 | 1;
    state: BulkState;
    state_reason: string;
    undo_of: string | null;
    /** Grows with every task: started, gone on with, tried again. */
    round: number;
    /** Grows whenever an engine takes the work up: what is written under an older number is refused. */
    fence: number;
    task_id: string;
    per_host: number;
    per_cluster: number | null;
    at_once: number;
    stop_after_failures: number | null;
    started_by: string;
    started_at_ms: number;
    changed_at_ms: number;
    ended_at_ms: number | null;
    total: number;
  };
  bulk_item: {
    bulk_id: string;
    /** The order in which they are begun. */
    seq: number;
    vm_id: string;
    /** Uuid, name and host as they were when it was approved. */
    uuid: string;
    name: string;
    host_id: string;
    state: BulkItemState;
    code: string;
    reason: string;
    /** JSON of what it was before, which undoing gives back, or of how far its work is; null: nothing. */
    before: string | null;
    /** Under which the item was taken up last. */
    fence: number;
    attempts: number;
    ended_at_ms: number | null;
  };
}
