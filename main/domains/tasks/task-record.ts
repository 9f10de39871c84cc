import type { Transaction } from 'kysely';
import { newId } from '../../../shared/kernel/id.ts';
import type { Store } from '../../platform/store/store.ts';
import { OutcomeUnknown } from '../../platform/store/store-error.ts';
import { TASK_QUEUE_TOPIC, TASK_TOPIC, type NewTask } from '../../platform/tasks/task-journal.ts';
import type { TasksTables } from './tasks-tables.ts';

type Within = Transaction<TasksTables>;

/** Records a task with its steps, once per kind and key. */
export async function taskRecord(
  store: Store,
  task: NewTask,
  options: { within: Within | undefined; nowMs: number },
): Promise<{ taskId: string }> {
  const taskId = newId('task', options.nowMs);
  const write = async (trx: Within): Promise<string> =>
    await insert(store, trx, { task, taskId, nowMs: options.nowMs });
  if (options.within) return { taskId: await write(options.within) };
  try {
    return { taskId: await store.transaction(write, { repeatable: true }) };
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
    const found = await store
      .tables<TasksTables>()
      .selectFrom('task')
      .select('id')
      .where('id', '=', taskId)
      .executeTakeFirst();
    return { taskId: found?.id ?? (await store.transaction(write, { repeatable: true })) };
  }
}

async function insert(
  store: Store,
  trx: Within,
  made: { task: NewTask; taskId: string; nowMs: number },
): Promise<string> {
  const { task, taskId } = made;
  const inserted = await trx
    .insertInto('task')
    .values(rowOf(made))
    .onConflict((conflict) => conflict.columns(['kind', 'task_key']).doNothing())
    .executeTakeFirst();
  if (Number(inserted.numInsertedOrUpdatedRows) === 0) return await earlier(trx, task);
  const steps = task.steps.map(({ name, title }, position) => newStep({ taskId, name, title, position }));
  if (steps.length > 0) await trx.insertInto('task_step').values(steps).execute();
  await store.changes.note(trx, TASK_TOPIC, taskId);
  await store.changes.note(trx, TASK_QUEUE_TOPIC, taskId);
  return taskId;
}

async function earlier(trx: Within, task: NewTask): Promise<string> {
  const { id } = await trx
    .selectFrom('task')
    .select('id')
    .where('kind', '=', task.kind)
    .where('task_key', '=', task.key ?? null)
    .executeTakeFirstOrThrow();
  return id;
}

function rowOf({
  task,
  taskId,
  nowMs,
}: {
  task: NewTask;
  taskId: string;
  nowMs: number;
}): TasksTables['task'] {
  return {
    id: taskId,
    kind: task.kind,
    title: task.title,
    subject_kind: task.subject.kind,
    subject_id: task.subject.id,
    subject_name: task.subject.name,
    input: JSON.stringify(task.input ?? null),
    task_key: task.key ?? null,
    retry_of: task.retryOf ?? null,
    started_by: task.startedBy,
    state: 'queued',
    cancel_requested: 0,
    dismissed: 0,
    run_id: null,
    holder: null,
    claim_number: 0,
    step_title: task.steps[0]?.title ?? '',
    steps_done: 0,
    steps_total: task.steps.length,
    progress_done: null,
    progress_total: null,
    progress_unit: null,
    created_at_ms: nowMs,
    started_at_ms: null,
    changed_at_ms: nowMs,
    ended_at_ms: null,
    error: '',
    error_code: '',
    error_remote: '',
    result: '{}',
    owed: '',
  };
}

export function newStep(step: {
  taskId: string;
  name: string;
  title: string;
  position: number;
}): TasksTables['task_step'] {
  return {
    task_id: step.taskId,
    name: step.name,
    position: step.position,
    title: step.title,
    state: 'waiting',
    attempts: 0,
    failures: 0,
    interruptions: 0,
    started_at_ms: null,
    ended_at_ms: null,
    progress_done: null,
    progress_total: null,
    progress_unit: null,
    detail: '',
  };
}
