import { setTimeout as sleep } from 'node:timers/promises';
import { OpenWorkflow, type Worker } from 'openworkflow';
import type { Store } from '../store/store.ts';
import { ClaimKeeper } from './claim-keeper.ts';
import type { RetryPauses, TaskExecution } from './step-run.ts';
import { EngineStopping } from './step-run.ts';
import { openTaskBackend, type TaskBackend } from './task-backend.ts';
import type { AnyTaskDefinition, TaskDefinition, TaskStarter } from './task-definition.ts';
import {
  ClaimLost,
  TASK_QUEUE_TOPIC,
  type CancelAnswer,
  type TaskJournal,
  type TaskQueue,
} from './task-journal.ts';
import { runTask, stepNames, type Durably } from './task-run.ts';
import type { TasksLog } from './tasks-log.ts';

export interface TaskEngineOptions {
  /** Of the store, with its password: where OpenWorkflow keeps its own tables. */
  readonly address: string;
  readonly store: Pick<Store, 'changes'>;
  readonly queue: TaskQueue;
  readonly journal: TaskJournal;
  /** Name of this engine among those on the store. */
  readonly holder: string;
  readonly log: TasksLog;
  readonly definitions?: readonly AnyTaskDefinition[];
  /** Tasks that run at the same time in this engine; default 8. */
  readonly concurrency?: number;
  /** A killed engine's tasks go on in another one after this time at most, and a second; default 8 s. */
  readonly leaseMs?: number;
  /** Pauses between tries of a step; default 1 s, doubled up to 30 s. */
  readonly pauses?: RetryPauses;
}

export interface TaskEngine extends TaskStarter {
  /** Makes more kinds of work known, before {@link begin}: those whose parts need the engine itself. */
  add(definitions: readonly AnyTaskDefinition[]): void;
  /** Begins to work on tasks: those of this engine, those left over from its last life, those of other engines that died. */
  begin(): Promise<void>;
  /** Asks for a task's end and for everything it did to be undone, wherever it runs. */
  cancel(taskId: string): Promise<CancelAnswer>;
  /** Starts a task again, from the start, as a new one. */
  startAgain(task: {
    taskId: string;
    kind: string;
    input: unknown;
    startedBy: string;
  }): Promise<{ taskId: string } | undefined>;
  /**
   * Takes up nothing more; steps in flight may end within `graceMs` (2 s), are then told to break off and waited for until
   * `withinMs` (10 s) are over. What is unfinished goes on at the next start, or in another engine at once.
   */
  stop(options?: { graceMs?: number; withinMs?: number }): Promise<void>;
}

const CONCURRENCY = 8;
const LEASE_MS = 8_000;
const PAUSES: RetryPauses = { firstMs: 1_000, maxMs: 30_000 };
/** Looks for what the change feed did not tell: a lost notification, a crash between recording and queueing. */
const SWEEP_MS = 2_000;
/** Every how many sweeps unfinished tasks are compared with the queue. */
const RECONCILE_SWEEPS = 15;
/** Every how many sweeps what ended long ago is forgotten: six hours, and at the start. */
const FORGET_SWEEPS = 10_800;
const KEEP_TASKS_MS = 90 * 86_400_000;
/** Longer than the day for which OpenWorkflow knows a run by its key. */
const KEEP_RUNS_MS = 3 * 86_400_000;
/** Between two tries to record the outcome while the store is away. */
const STORE_AWAY_RETRY = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '30s',
  maximumAttempts: 0,
} as const;

export async function createTaskEngine(options: TaskEngineOptions): Promise<TaskEngine> {
  const backend = await openTaskBackend(options.address);
  return new OpenWorkflowTaskEngine(options, backend);
}

class OpenWorkflowTaskEngine implements TaskEngine {
  readonly #options: TaskEngineOptions;
  readonly #backend: TaskBackend;
  readonly #keeper: ClaimKeeper;
  readonly #workflows: OpenWorkflow;
  readonly #definitions = new Map<string, AnyTaskDefinition>();
  #worker: Worker | undefined;
  /** Cancels the executions of this engine, by task. */
  readonly #running = new Map<string, AbortController>();
  readonly #stopping = new AbortController();
  readonly #halt = new AbortController();
  #sweeper: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #sweepIsAsked = false;
  #sweeps = 0;
  #listening: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(options: TaskEngineOptions, backend: TaskBackend) {
    this.#options = options;
    this.#backend = backend;
    this.#keeper = new ClaimKeeper({
      backend: backend.backend,
      log: options.log,
      leaseMs: options.leaseMs ?? LEASE_MS,
      claimsMax: options.concurrency ?? CONCURRENCY,
      isKnown: (kind) => this.#definitions.has(kind),
    });
    this.#workflows = new OpenWorkflow({ backend: this.#keeper.backend });
    this.add(options.definitions ?? []);
  }

  add(definitions: readonly AnyTaskDefinition[]): void {
    if (this.#worker !== undefined) throw new Error('Kinds of work are made known before the engine begins.');
    for (const definition of definitions) {
      this.#implement(definition);
      this.#definitions.set(definition.kind, definition);
    }
  }

  async begin(): Promise<void> {
    if (this.#backend.isAlone) {
      const freed = await this.#keeper.takeOverAbandoned();
      if (freed > 0) this.#options.log.info('Tasks of the last run go on.', { tasks: freed });
    }
    this.#worker = this.#workflows.newWorker({ concurrency: this.#options.concurrency ?? CONCURRENCY });
    await this.#worker.start();
    this.#listening = this.#listen();
    this.#sweeper = setInterval(() => this.#sweepSoon(), SWEEP_MS);
    this.#sweepSoon();
  }

  async start<Input, State extends object>(
    definition: TaskDefinition<Input, State>,
    input: Input,
    options: Parameters<TaskStarter['start']>[2],
  ): Promise<{ taskId: string }> {
    return await this.#record(definition as unknown as AnyTaskDefinition, input, {
      ...options,
      retryOf: undefined,
    });
  }

  async startAgain(task: {
    taskId: string;
    kind: string;
    input: unknown;
    startedBy: string;
  }): Promise<{ taskId: string } | undefined> {
    const definition = this.#definitions.get(task.kind);
    if (definition === undefined) return undefined;
    // The key makes a double click one task.
    const key = `retry:${task.taskId}`;
    return await this.#record(definition, task.input, {
      startedBy: task.startedBy,
      key,
      retryOf: task.taskId,
    });
  }

  async cancel(taskId: string): Promise<CancelAnswer> {
    const answer = await this.#options.queue.requestCancel(taskId);
    if (answer === 'requested') this.#running.get(taskId)?.abort();
    return answer;
  }

  async stop(options: { graceMs?: number; withinMs?: number } = {}): Promise<void> {
    this.#stopped ??= this.#stop(options.graceMs ?? 2_000, options.withinMs ?? 10_000);
    await this.#stopped;
  }

  async #stop(graceMs: number, withinMs: number): Promise<void> {
    clearInterval(this.#sweeper);
    this.#stopping.abort();
    this.#keeper.stopClaiming();
    // Not waited for: its loop sleeps up to a second and can claim nothing any more.
    void this.#worker?.stop();
    const idle = this.#keeper.idle().then(() => true);
    let isIdle = await Promise.race([idle, sleep(graceMs, false)]);
    this.#halt.abort(new EngineStopping());
    if (!isIdle) isIdle = await Promise.race([idle, sleep(Math.max(0, withinMs - graceMs), false)]);
    if (!isIdle) {
      const tasks = [...this.#running.keys()];
      this.#options.log.warn('Steps did not end in time; their tasks go on when the lease has run out.', {
        tasks,
      });
    }
    await Promise.all([this.#sweeping, this.#listening]);
    this.#keeper.dropAll();
    await this.#backend.close();
  }

  async #record(
    definition: AnyTaskDefinition,
    input: unknown,
    options: Parameters<TaskStarter['start']>[2] & { retryOf: string | undefined },
  ): Promise<{ taskId: string }> {
    stepNames(definition.steps);
    const task = await this.#options.queue.record(
      {
        kind: definition.kind,
        title: definition.title(input),
        subject: definition.subject(input),
        input,
        startedBy: options.startedBy,
        key: options.key,
        retryOf: options.retryOf,
        steps: definition.steps.map((step) => ({ name: step.name, title: step.title(input) })),
      },
      options.within,
    );
    // The row is what counts; handing it to the queue is the sweeper's work, here and in every other engine.
    if (options.within === undefined) this.#sweepSoon();
    return task;
  }

  #implement(definition: AnyTaskDefinition): void {
    stepNames(definition.steps);
    this.#workflows.implementWorkflow<{ taskId: string }, null, unknown>(
      { name: definition.kind, retryPolicy: STORE_AWAY_RETRY },
      async ({ input, step, run }) => {
        const durably: Durably = async (name, work) =>
          (await step.run(
            { name, retryPolicy: STORE_AWAY_RETRY },
            async () => (await work()) as never,
          )) as never;
        await this.#execute(definition, { taskId: input.taskId, runId: run.id, durably });
        return null;
      },
    );
  }

  /** One claim's work on a task. What it throws makes OpenWorkflow try again later. */
  async #execute(
    definition: AnyTaskDefinition,
    at: { taskId: string; runId: string; durably: Durably },
  ): Promise<void> {
    const { journal, log, holder, pauses = PAUSES } = this.#options;
    const { run, workerId, lost } = this.#keeper.claimOf(at.runId);
    const claim = {
      taskId: at.taskId,
      runId: at.runId,
      holder: `${holder}/${workerId}`,
      claimNumber: run.attempts,
    };
    const cancelling = new AbortController();
    this.#running.set(at.taskId, cancelling);
    try {
      const opened = await journal.open(claim);
      if (opened === undefined) return;
      const on: TaskExecution = {
        definition,
        claim,
        opened,
        journal,
        log,
        lost,
        pauses,
        stopping: this.#stopping.signal,
        halt: this.#halt.signal,
        cancelled: cancelling.signal,
      };
      await runTask(on, at.durably);
    } catch (error) {
      const isExpected = error instanceof EngineStopping || error instanceof ClaimLost;
      if (!isExpected) log.warn('A task waits to go on.', { task: at.taskId, error: String(error) });
      throw error;
    } finally {
      if (this.#running.get(at.taskId) === cancelling) this.#running.delete(at.taskId);
    }
  }

  /** Wakes on tasks recorded and cancellations asked for by any engine on the store. */
  async #listen(): Promise<void> {
    const { store, log } = this.#options;
    try {
      const wakes = store.changes.subscribe({ topics: [TASK_QUEUE_TOPIC], signal: this.#stopping.signal });
      for await (const _ of wakes) this.#sweepSoon();
    } catch (error) {
      log.warn('The change feed ended: tasks are looked for every two seconds.', { error: String(error) });
    }
  }

  #sweepSoon(): void {
    if (this.#sweepIsAsked || this.#stopping.signal.aborted || this.#sweeper === undefined) return;
    this.#sweepIsAsked = true;
    this.#sweeping = this.#sweeping.then(async () => {
      this.#sweepIsAsked = false;
      await this.#sweep().catch((error: unknown) => {
        this.#options.log.warn('The task queue could not be swept.', { error: String(error) });
      });
    });
  }

  async #sweep(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { queue } = this.#options;
    const running = [...this.#running.keys()];
    for (const taskId of await queue.cancelRequested(running)) this.#running.get(taskId)?.abort();
    const waiting = await queue.unsubmitted([...this.#definitions.keys()]);
    for (const task of waiting) await this.#submit(task);
    if (waiting.length > 0) {
      this.#keeper.expectWork();
      await this.#worker?.tick();
    }
    this.#sweeps += 1;
    if (this.#sweeps % RECONCILE_SWEEPS === 1) await this.#reconcile();
    if (this.#sweeps % FORGET_SWEEPS === 1) await this.#forget();
  }

  /** Safe to repeat and to race: within a day OpenWorkflow knows the key, and a task belongs to one run for good. */
  async #submit(task: { taskId: string; kind: string }): Promise<void> {
    const run = await this.#backend.backend.createWorkflowRun({
      workflowName: task.kind,
      version: null,
      idempotencyKey: task.taskId,
      config: {},
      context: null,
      input: { taskId: task.taskId },
      parentStepAttemptNamespaceId: null,
      parentStepAttemptId: null,
      availableAt: null,
      deadlineAt: null,
    });
    await this.#options.queue.submitted(task.taskId, run.id);
  }

  async #forget(): Promise<void> {
    const nowMs = Date.now();
    await this.#options.queue.forget(nowMs - KEEP_TASKS_MS);
    await this.#backend.forget(nowMs - KEEP_RUNS_MS);
  }

  /** A task whose run is gone (the tasks file was deleted, or is of another age than the store) would wait for ever. */
  async #reconcile(): Promise<void> {
    const { queue, log } = this.#options;
    for (const { taskId, runId } of await queue.unfinished()) {
      const run = await this.#backend.backend.getWorkflowRun({ workflowRunId: runId });
      const isLive = run !== null && ['pending', 'running', 'sleeping'].includes(run.status);
      if (isLive) continue;
      log.error('The record of an unfinished task is lost.', { task: taskId, run: runId });
      await queue.abandon(taskId, runId, {
        code: 'record-lost',
        sentence:
          'The record of what this task had done is lost (the tasks file was deleted or is older than the store), so it can neither go on nor be undone. Check what it worked on, then start it again.',
        remote: '',
        mayRetry: false,
      });
    }
  }
}
