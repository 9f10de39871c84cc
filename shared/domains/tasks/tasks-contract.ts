import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf } from '../../contract/page.ts';

export const taskState = z.enum(['queued', 'running', 'undoing', 'succeeded', 'failed', 'cancelled']);
export type TaskState = z.infer<typeof taskState>;

export const taskStep = z.object({
  name: z.string(),
  /** In words, present tense: "Resize the disk to 40 GiB". */
  title: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'undoing', 'undone', 'skipped']),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  attempts: z.number().int(),
  /** How far, where the step can tell: bytes or items. */
  progress: z.object({ done: z.number(), total: z.number(), unit: z.enum(['bytes', 'items']) }).nullable(),
  detail: z.string(),
});
export type TaskStep = z.infer<typeof taskStep>;

export const taskRow = z.object({
  id: z.string(),
  /** Kind of work, such as `vm-provision`. */
  kind: z.string(),
  title: z.string(),
  state: taskState,
  /** Title of the step it is at or stopped at. */
  step: z.string(),
  stepsDone: z.number().int(),
  stepsTotal: z.number().int(),
  progress: taskStep.shape.progress,
  /** Object it works on, for links. */
  subject: z.object({
    kind: z.enum(['vm', 'host', 'template', 'invoice', 'bulk', 'run', 'repricing', 'none']),
    id: z.string(),
    name: z.string(),
  }),
  startedBy: z.string(),
  createdAt: instant,
  endedAt: instant.nullable(),
  /** Why it failed, a sentence; empty unless failed. */
  error: z.string(),
  /** Seen and put aside by somebody: no longer counted as an exception. */
  dismissed: z.boolean(),
  canCancel: z.boolean(),
  canRetry: z.boolean(),
});
export type TaskRow = z.infer<typeof taskRow>;

const unknownTask = { 'no-such-task': 'There is no task {taskId}.' } as const;

/** Durable work a person can watch. */
export const tasksContract = {
  taskList: query({
    summary: 'Tasks, newest first; fields: state kind subject by (state:failed)',
    input: pageInput(['created']).extend({ direction: z.enum(['asc', 'desc']).default('desc') }),
    permission: 'tasks.read',
    output: pageOf(taskRow),
  }),
  taskCounts: query({
    summary: 'How many tasks run, wait and have failed',
    input: nothing,
    permission: 'tasks.read',
    output: z.object({ queued: z.number().int(), running: z.number().int(), failed: z.number().int() }),
  }),
  taskGet: query({
    summary: 'One task with its steps and log',
    input: z.object({ taskId: z.string() }),
    permission: 'tasks.read',
    output: taskRow.extend({
      steps: z.array(taskStep),
      log: z.array(z.object({ at: instant, level: z.enum(['info', 'warn', 'error']), text: z.string() })),
      /** What the work gave, as plain facts. */
      result: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
      /** Other side's own words where it failed. */
      errorRemote: z.string(),
    }),
    refusals: unknownTask,
  }),
  taskCancel: command({
    summary: 'Stop a task and undo what it did',
    input: z.object({ taskId: z.string() }),
    permission: 'tasks.control',
    output: nothing,
    refusals: { ...unknownTask, 'task-ended': 'The task has ended already: there is nothing to cancel.' },
    effect: 'outside',
  }),
  taskRetry: command({
    summary: 'Run a failed or cancelled task again from the start, with the same input',
    input: z.object({ taskId: z.string() }),
    permission: 'tasks.control',
    output: z.object({ taskId: z.string() }),
    refusals: { ...unknownTask, 'task-not-failed': 'Only a failed or cancelled task can be tried again.' },
    effect: 'outside',
  }),
  taskDismiss: command({
    summary: 'Put a failed task aside',
    input: z.object({ taskId: z.string() }),
    permission: 'tasks.control',
    output: nothing,
    refusals: unknownTask,
    effect: 'store',
  }),
};
