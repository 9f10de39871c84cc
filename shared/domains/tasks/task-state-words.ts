import type { TaskState } from './tasks-contract.ts';

/** States of a task as people read them, in lists and in what is found alike. */
export const TASK_STATE_WORDS: Readonly<Record<TaskState, string>> = {
  queued: 'Queued',
  running: 'Running',
  undoing: 'Undoing',
  succeeded: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};
