import type { Transaction } from 'kysely';
import type { AnyTransaction, Store } from '../../platform/store/store.ts';
import type { TaskError } from '../../platform/tasks/task-error.ts';
import {
  TASK_QUEUE_TOPIC,
  TASK_TOPIC,
  type CancelAnswer,
  type NewTask,
  type TaskQueue,
} from '../../platform/tasks/task-journal.ts';
import { errorColumns } from './task-journal-store.ts';
import { taskRecord } from './task-record.ts';
import { ACTIVE_STATES, type TasksTables } from './tasks-tables.ts';

type Within = Transaction<TasksTables>;

/** Tasks as they are recorded, handed out and called off. */
export class TaskQueueStore implements TaskQueue {
  readonly #store: Store;
  readonly #nowMs: () => number;

  constructor(parts: { store: Store; nowMs?: () => number }) {
    this.#store = parts.store;
    this.#nowMs = parts.nowMs ?? Date.now;
  }

  async record(task: NewTask, within?: AnyTransaction): Promise<{ taskId: string }> {
    return await taskRecord(this.#store, task, {
      within: within as Within | undefined,
      nowMs: this.#nowMs(),
    });
  }

  async unsubmitted(kinds: readonly string[]): Promise<readonly { taskId: string; kind: string }[]> {
    if (kinds.length === 0) return [];
    return await this.#store
      .tables<TasksTables>()
      .selectFrom('task')
      .select(['id as taskId', 'kind'])
      .where('state', '=', 'queued')
      .where('run_id', 'is', null)
      .where('kind', 'in', kinds)
      .orderBy('created_at_ms')
      .limit(500)
      .execute();
  }

  async submitted(taskId: string, runId: string): Promise<void> {
    const tables = this.#store.tables<TasksTables>();
    await tables
      .updateTable('task')
      .set({ run_id: runId })
      .where('id', '=', taskId)
      .where('run_id', 'is', null)
      .execute();
  }

  async unfinished(): Promise<readonly { taskId: string; runId: string }[]> {
    const rows = await this.#store
      .tables<TasksTables>()
      .selectFrom('task')
      .select(['id as taskId', 'run_id as runId'])
      .where('state', 'in', ACTIVE_STATES)
      .where('run_id', 'is not', null)
      .execute();
    return rows.map(({ taskId, runId }) => ({ taskId, runId: runId ?? '' }));
  }

  async abandon(taskId: string, runId: string, error: TaskError): Promise<void> {
    await this.#store.transaction<TasksTables, void>(
      async (trx) => {
        const updated = await trx
          .updateTable('task')
          .set({ ...ending(this.#nowMs()), ...errorColumns(error) })
          .where('id', '=', taskId)
          .where('run_id', '=', runId)
          .where('state', 'in', ACTIVE_STATES)
          .executeTakeFirst();
        if (Number(updated.numUpdatedRows) === 0) return;
        await endSteps(trx, taskId);
        await this.#store.changes.note(trx, TASK_TOPIC, taskId);
      },
      { repeatable: true },
    );
  }

  async forget(beforeMs: number): Promise<void> {
    await this.#store
      .tables<TasksTables>()
      .deleteFrom('task')
      .where('ended_at_ms', '<', beforeMs)
      .where((of) => of.or([of('state', '<>', 'failed'), of('dismissed', '=', 1)]))
      .execute();
  }

  async requestCancel(taskId: string): Promise<CancelAnswer> {
    return await this.#store.transaction<TasksTables, CancelAnswer>(
      async (trx) => {
        const asked = await trx
          .updateTable('task')
          .set({ cancel_requested: 1, changed_at_ms: this.#nowMs() })
          .where('id', '=', taskId)
          .where('state', 'in', ['queued', 'running'])
          .executeTakeFirst();
        if (Number(asked.numUpdatedRows) === 1) {
          await this.#store.changes.note(trx, TASK_TOPIC, taskId);
          await this.#store.changes.note(trx, TASK_QUEUE_TOPIC, taskId);
          return 'requested';
        }
        const row = await trx.selectFrom('task').select('state').where('id', '=', taskId).executeTakeFirst();
        if (row === undefined) return 'unknown';
        return row.state === 'undoing' ? 'undoing' : 'ended';
      },
      { repeatable: true },
    );
  }

  async cancelRequested(taskIds: readonly string[]): Promise<readonly string[]> {
    if (taskIds.length === 0) return [];
    const rows = await this.#store
      .tables<TasksTables>()
      .selectFrom('task')
      .select('id')
      .where('id', 'in', taskIds)
      .where('cancel_requested', '=', 1)
      .execute();
    return rows.map((row) => row.id);
  }
}

function ending(nowMs: number): Partial<TasksTables['task']> {
  return {
    state: 'failed',
    ended_at_ms: nowMs,
    changed_at_ms: nowMs,
    progress_done: null,
    progress_total: null,
    progress_unit: null,
  };
}

async function endSteps(trx: Within, taskId: string): Promise<void> {
  const steps = trx.updateTable('task_step').where('task_id', '=', taskId);
  await steps.set({ state: 'failed' }).where('state', 'in', ['running', 'undoing']).execute();
  await steps.set({ state: 'skipped' }).where('state', '=', 'waiting').execute();
}
