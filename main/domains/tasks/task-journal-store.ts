import { sql, type Transaction } from 'kysely';
import type { Store } from '../../platform/store/store.ts';
import type { TaskError } from '../../platform/tasks/task-error.ts';
import {
  ClaimLost,
  TASK_TOPIC,
  type OpenedTask,
  type OwedUndo,
  type StepBeginning,
  type StepProgress,
  type TaskClaim,
  type TaskJournal,
  type TaskLogLine,
  type Unwound,
} from '../../platform/tasks/task-journal.ts';
import { newStep } from './task-record.ts';
import { ENDED_STATES, type TasksTables } from './tasks-tables.ts';

type Within = Transaction<TasksTables>;
type TaskChange = Partial<TasksTables['task']>;
type StepChange = Partial<TasksTables['task_step']>;

const NO_PROGRESS = { progress_done: null, progress_total: null, progress_unit: null } as const;

/** The rows a person watches, written by the engine that holds the task. Each write tells the change feed. */
export class TaskJournalStore implements TaskJournal {
  readonly #store: Store;
  readonly #nowMs: () => number;

  constructor(parts: { store: Store; nowMs?: () => number }) {
    this.#store = parts.store;
    this.#nowMs = parts.nowMs ?? Date.now;
  }

  async open(claim: TaskClaim): Promise<OpenedTask | undefined> {
    return await this.#store.transaction<TasksTables, OpenedTask | undefined>(
      async (trx) => {
        const taken = await trx
          .updateTable('task')
          .set({
            run_id: claim.runId,
            holder: claim.holder,
            claim_number: claim.claimNumber,
            state: sql<'running'>`case when state = 'queued' then 'running' else state end`,
            started_at_ms: sql<number>`coalesce(started_at_ms, cast(${this.#nowMs()} as bigint))`,
            changed_at_ms: this.#nowMs(),
          })
          .where('id', '=', claim.taskId)
          .where((or) => or.or([or('run_id', 'is', null), or('run_id', '=', claim.runId)]))
          .where('claim_number', '<=', claim.claimNumber)
          .where('state', 'not in', ENDED_STATES)
          .returning(['input', 'started_by', 'retry_of'])
          .executeTakeFirst();
        if (taken === undefined) return undefined;
        await this.#store.changes.note(trx, TASK_TOPIC, claim.taskId);
        const owed = await owedBy(trx, taken.retry_of);
        return { input: JSON.parse(taken.input) as unknown, startedBy: taken.started_by, owed };
      },
      { repeatable: true },
    );
  }

  async holds(claim: TaskClaim): Promise<void> {
    const held = await this.#store
      .tables<TasksTables>()
      .selectFrom('task')
      .select('id')
      .where('id', '=', claim.taskId)
      .where('holder', '=', claim.holder)
      .where('claim_number', '=', claim.claimNumber)
      .executeTakeFirst();
    if (held === undefined) throw new ClaimLost(claim.taskId);
  }

  async stepBegins(
    claim: TaskClaim,
    step: { name: string; title: string; position: number },
  ): Promise<StepBeginning> {
    return await this.#write(claim, { step_title: step.title, ...NO_PROGRESS }, async (trx, task) => {
      await trx
        .insertInto('task_step')
        .values(newStep({ taskId: claim.taskId, ...step }))
        .onConflict((conflict) => conflict.columns(['task_id', 'name']).doNothing())
        .execute();
      const before = await stepOf(trx, claim, step.name);
      if (task.cancel_requested === 1) return { kind: 'cancelled', begunBefore: before.attempts > 0 };
      await this.#changeStep(trx, claim, step.name, {
        state: 'running',
        attempts: before.attempts + 1,
        started_at_ms: before.started_at_ms ?? this.#nowMs(),
        ended_at_ms: null,
        ...NO_PROGRESS,
      });
      const crashes = before.attempts - before.failures - before.interruptions;
      return { kind: 'begun', attempt: before.attempts + 1, failures: before.failures, crashes };
    });
  }

  async stepProgress(claim: TaskClaim, step: string, progress: StepProgress): Promise<void> {
    const columns = {
      progress_done: progress.done,
      progress_total: progress.total,
      progress_unit: progress.unit,
    };
    await this.#write(claim, columns, async (trx) => await this.#changeStep(trx, claim, step, columns));
  }

  async stepDone(claim: TaskClaim, step: string): Promise<void> {
    await this.#write(claim, NO_PROGRESS, async (trx) => {
      await this.#changeStep(trx, claim, step, { state: 'done', ended_at_ms: this.#nowMs(), detail: '' });
      await countDone(trx, claim.taskId);
    });
  }

  async stepFailed(claim: TaskClaim, step: string, error: TaskError, final: boolean): Promise<void> {
    await this.#write(claim, {}, async (trx) => {
      await this.#changeStep(trx, claim, step, {
        state: final ? 'failed' : 'waiting',
        failures: sql<number>`failures + 1` as never,
        ended_at_ms: final ? this.#nowMs() : null,
        detail: error.sentence,
      });
      const text = final ? error.sentence : `${error.sentence} It is tried again.`;
      await this.#insertLines(trx, claim, [{ atMs: this.#nowMs(), level: final ? 'error' : 'warn', text }]);
    });
  }

  async stepInterrupted(claim: TaskClaim, step: string): Promise<void> {
    await this.#write(claim, NO_PROGRESS, async (trx) => {
      const before = await stepOf(trx, claim, step);
      if (before.state !== 'running') return;
      await this.#changeStep(trx, claim, step, { state: 'waiting', interruptions: before.interruptions + 1 });
    });
  }

  async log(claim: TaskClaim, lines: readonly TaskLogLine[]): Promise<void> {
    await this.#write(claim, {}, async (trx) => await this.#insertLines(trx, claim, lines));
  }

  async undoBegins(claim: TaskClaim, step: string): Promise<void> {
    await this.#write(
      claim,
      NO_PROGRESS,
      async (trx) => await this.#changeStep(trx, claim, step, { state: 'undoing' }),
    );
  }

  async undoDone(claim: TaskClaim, step: string): Promise<void> {
    await this.#write(claim, NO_PROGRESS, async (trx) => {
      const before = await stepOf(trx, claim, step);
      // The step that failed keeps its mark: it says where the task turned back.
      const state = before.attempts === 0 ? 'skipped' : before.detail === '' ? 'undone' : 'failed';
      await this.#changeStep(trx, claim, step, { state, ended_at_ms: this.#nowMs() });
      await countDone(trx, claim.taskId);
    });
  }

  async undoFailed(claim: TaskClaim, step: string, error: TaskError): Promise<void> {
    const detail = `Could not be undone: ${error.sentence}`;
    await this.#write(claim, NO_PROGRESS, async (trx) => {
      await this.#changeStep(trx, claim, step, { state: 'failed', detail, ended_at_ms: this.#nowMs() });
      await countDone(trx, claim.taskId);
      await this.#insertLines(trx, claim, [{ atMs: this.#nowMs(), level: 'error', text: detail }]);
    });
  }

  async succeeds(
    claim: TaskClaim,
    result: Readonly<Record<string, unknown>>,
  ): Promise<'succeeded' | 'cancelled'> {
    return await this.#write(claim, {}, async (trx, task) => {
      if (task.cancel_requested === 1) return 'cancelled';
      await changeTask(trx, claim.taskId, { ...this.#ending('succeeded'), result: JSON.stringify(result) });
      await dropSealed(trx, claim.taskId);
      return 'succeeded';
    });
  }

  async turnsBack(claim: TaskClaim, error: TaskError | undefined): Promise<void> {
    await this.#write(claim, { state: 'undoing', ...errorColumns(error) }, async (trx) => {
      const text =
        error === undefined
          ? 'It was cancelled: what it did is being undone.'
          : 'What it did is being undone.';
      await this.#insertLines(trx, claim, [{ atMs: this.#nowMs(), level: 'info', text }]);
    });
  }

  async endsUndone(
    claim: TaskClaim,
    error: TaskError | undefined,
    { leftOver, owed }: Unwound,
  ): Promise<void> {
    const left = leftOver.length === 0 ? '' : `Not undone: ${leftOver.join(' ')}`;
    const sentence = [error?.sentence ?? '', left].filter((part) => part !== '').join(' ');
    // A cancelled task that left something behind is an exception somebody must look at.
    const state = error === undefined && left === '' ? 'cancelled' : 'failed';
    const owes = owed === undefined ? '' : JSON.stringify(owed);
    await this.#write(claim, { ...this.#ending(state), error: sentence, owed: owes }, async (trx) => {
      await skipWaiting(trx, claim.taskId);
    });
  }

  #ending(state: TasksTables['task']['state']): TaskChange {
    return { state, ended_at_ms: this.#nowMs(), changed_at_ms: this.#nowMs(), ...NO_PROGRESS };
  }

  /** A write under a claim: refused when another engine has taken the task over. */
  async #write<R>(
    claim: TaskClaim,
    change: TaskChange,
    work: (trx: Within, task: { cancel_requested: 0 | 1 }) => Promise<R>,
  ): Promise<R> {
    return await this.#store.transaction<TasksTables, R>(
      async (trx) => {
        const task = await trx
          .updateTable('task')
          .set({ ...change, changed_at_ms: this.#nowMs() })
          .where('id', '=', claim.taskId)
          .where('holder', '=', claim.holder)
          .where('claim_number', '=', claim.claimNumber)
          .returning('cancel_requested')
          .executeTakeFirst();
        if (task === undefined) throw new ClaimLost(claim.taskId);
        const result = await work(trx, task);
        await this.#store.changes.note(trx, TASK_TOPIC, claim.taskId);
        return result;
      },
      { repeatable: true },
    );
  }

  async #changeStep(trx: Within, claim: TaskClaim, name: string, change: StepChange): Promise<void> {
    await trx
      .updateTable('task_step')
      .set(change)
      .where('task_id', '=', claim.taskId)
      .where('name', '=', name)
      .execute();
  }

  async #insertLines(trx: Within, claim: TaskClaim, lines: readonly TaskLogLine[]): Promise<void> {
    const rows = lines.map(({ atMs, level, text }) => ({
      task_id: claim.taskId,
      at_ms: atMs,
      level,
      line: text,
    }));
    await this.#store.insertMany(trx, 'task_log', rows);
  }
}

async function owedBy(trx: Within, taskId: string | null): Promise<OwedUndo | undefined> {
  if (taskId === null) return undefined;
  const earlier = await trx.selectFrom('task').select('owed').where('id', '=', taskId).executeTakeFirst();
  if (earlier === undefined || earlier.owed === '') return undefined;
  return JSON.parse(earlier.owed) as OwedUndo;
}

async function stepOf(trx: Within, claim: TaskClaim, name: string): Promise<TasksTables['task_step']> {
  return await trx
    .selectFrom('task_step')
    .selectAll()
    .where('task_id', '=', claim.taskId)
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
}

async function changeTask(trx: Within, taskId: string, change: TaskChange): Promise<void> {
  await trx.updateTable('task').set(change).where('id', '=', taskId).execute();
}

/** Nobody will try it again: its secrets have done their work. */
async function dropSealed(trx: Within, taskId: string): Promise<void> {
  const tasks = trx.selectFrom('task').select('input').where('id', '=', taskId);
  const input = JSON.parse((await tasks.executeTakeFirstOrThrow()).input) as object | null;
  if (input === null || !('sealed' in input)) return;
  const { sealed: _sealed, ...rest } = input;
  await changeTask(trx, taskId, { input: JSON.stringify(rest) });
}

async function countDone(trx: Within, taskId: string): Promise<void> {
  const done = trx
    .selectFrom('task_step')
    .select((count) => count.fn.countAll<number>().as('done'))
    .where('task_id', '=', taskId)
    .where('state', '=', 'done');
  await trx.updateTable('task').set({ steps_done: done }).where('id', '=', taskId).execute();
}

async function skipWaiting(trx: Within, taskId: string): Promise<void> {
  await trx
    .updateTable('task_step')
    .set({ state: 'skipped' })
    .where('task_id', '=', taskId)
    .where('state', '=', 'waiting')
    .execute();
}

export function errorColumns(error: TaskError | undefined): TaskChange {
  if (error === undefined) return {};
  return { error: error.sentence, error_code: error.code, error_remote: error.remote };
}
