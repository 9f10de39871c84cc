import { tasksTask } from '../domains/tasks/schema/20261122T1020-tasks-task.ts';
import { tasksOwedUndo } from '../domains/tasks/schema/20261129T0230-tasks-owed-undo.ts';
import { taskRows } from '../domains/tasks/tasks-public.ts';
import type { TasksTables } from '../domains/tasks/tasks-tables.ts';
import type { Store } from '../platform/store/store.ts';
import type { AnyTaskDefinition } from '../platform/tasks/task-definition.ts';
import { createTaskEngine, type TaskEngine, type TaskEngineOptions } from '../platform/tasks/task-engine.ts';
import { TASK_TOPIC } from '../platform/tasks/task-journal.ts';
import type { TasksLog } from '../platform/tasks/tasks-log.ts';

export const tasksSchemaForTest = [tasksTask, tasksOwedUndo];

export const silentTasksLog: TasksLog = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** An engine whose pauses and leases are short enough for a test. */
export async function taskEngineForTest(
  parts: { store: Store; address: string; definitions: readonly AnyTaskDefinition[] },
  options: Partial<TaskEngineOptions> = {},
): Promise<TaskEngine> {
  return await createTaskEngine({
    ...taskRows(parts),
    ...parts,
    holder: 'test',
    log: silentTasksLog,
    leaseMs: 2_000,
    pauses: { firstMs: 5, maxMs: 20 },
    ...options,
  });
}

export interface TaskAsSeen {
  readonly task: TasksTables['task'];
  readonly steps: readonly TasksTables['task_step'][];
  readonly log: readonly string[];
}

export async function seeTask(store: Store, taskId: string): Promise<TaskAsSeen> {
  const tables = store.tables<TasksTables>();
  const task = await tables.selectFrom('task').selectAll().where('id', '=', taskId).executeTakeFirstOrThrow();
  const steps = await tables
    .selectFrom('task_step')
    .selectAll()
    .where('task_id', '=', taskId)
    .orderBy('position')
    .execute();
  const log = await tables
    .selectFrom('task_log')
    .select('line')
    .where('task_id', '=', taskId)
    .orderBy('seq')
    .execute();
  return { task, steps, log: log.map((line) => line.line) };
}

/** Waits on the change feed until the task is as wanted (default: has ended). */
export async function whenTask(
  store: Store,
  taskId: string,
  isSo: (seen: TaskAsSeen) => boolean = ({ task }) => task.ended_at_ms !== null,
): Promise<TaskAsSeen> {
  const signal = AbortSignal.timeout(60_000);
  const changes = store.changes.subscribe({ topics: [TASK_TOPIC], signal });
  let seen = await seeTask(store, taskId);
  if (isSo(seen)) return seen;
  for await (const _ of changes) {
    seen = await seeTask(store, taskId);
    if (isSo(seen)) return seen;
  }
  throw new Error(`The task did not come to the wanted state: ${JSON.stringify(seen, null, 1)}`);
}
