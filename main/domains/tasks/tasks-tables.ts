import type { Generated } from 'kysely';
import type { TaskRow, TaskState, TaskStep } from '../../../shared/domains/tasks/tasks-contract.ts';

interface ProgressColumns {
  progress_done: number | null;
  progress_total: number | null;
  progress_unit: 'bytes' | 'items' | null;
}

export interface TasksTables {
  task: ProgressColumns & {
    id: string;
    kind: string;
    title: string;
    subject_kind: TaskRow['subject']['kind'];
    subject_id: string;
    subject_name: string;
    /** JSON. */
    input: string;
    task_key: string | null;
    retry_of: string | null;
    started_by: string;
    state: TaskState;
    cancel_requested: 0 | 1;
    dismissed: 0 | 1;
    /** OpenWorkflow's run; null until the task was handed to the queue. */
    run_id: string | null;
    /** Engine and slot whose writes count. */
    holder: string | null;
    claim_number: number;
    step_title: string;
    steps_done: number;
    steps_total: number;
    created_at_ms: number;
    started_at_ms: number | null;
    changed_at_ms: number;
    ended_at_ms: number | null;
    error: string;
    error_code: string;
    error_remote: string;
    /** JSON object of plain facts. */
    result: string;
    /** JSON of an `OwedUndo`; empty when nothing is left over. */
    owed: string;
  };
  task_step: ProgressColumns & {
    task_id: string;
    name: string;
    position: number;
    title: string;
    state: TaskStep['state'];
    /** Tries begun, failed, and broken off by a stopping engine; what remains of the first ended with its engine. */
    attempts: number;
    failures: number;
    interruptions: number;
    started_at_ms: number | null;
    ended_at_ms: number | null;
    detail: string;
  };
  task_log: {
    seq: Generated<number>;
    task_id: string;
    at_ms: number;
    level: 'info' | 'warn' | 'error';
    line: string;
  };
}

export const ENDED_STATES = ['succeeded', 'failed', 'cancelled'] as const satisfies readonly TaskState[];
export const ACTIVE_STATES = ['queued', 'running', 'undoing'] as const satisfies readonly TaskState[];
