import { setTimeout as sleep } from 'node:timers/promises';
import { StepReport } from './step-report.ts';
import type { AnyTaskDefinition, Json, StepContext, TaskStep } from './task-definition.ts';
import { isStoreAway, taskErrorOf, type TaskError } from './task-error.ts';
import { ClaimLost, type OpenedTask, type TaskClaim, type TaskJournal } from './task-journal.ts';
import type { TasksLog } from './tasks-log.ts';

export type AnyStep = TaskStep<unknown, object>;
export type TaskState = Readonly<Record<string, unknown>>;

/** How one step ended; kept by OpenWorkflow, so it is plain JSON. */
export type StepOutcome =
  | { readonly kind: 'done'; readonly patch: { readonly [key: string]: Json } }
  | { readonly kind: 'failed'; readonly error: TaskError }
  /** `begun`: the step may have done something. */
  | { readonly kind: 'cancelled'; readonly begun: boolean };

export type UndoOutcome = { readonly leftOver: string | null };

/** One execution of a task: from a claim to its end, its loss, or the stop of the engine. */
export interface TaskExecution {
  readonly definition: AnyTaskDefinition;
  readonly claim: TaskClaim;
  readonly opened: OpenedTask;
  readonly journal: TaskJournal;
  readonly log: TasksLog;
  /** The right to the task was lost. */
  readonly lost: AbortSignal;
  /** The engine wants to stop: no step begins any more. */
  readonly stopping: AbortSignal;
  /** The engine stops now: steps in flight break off. */
  readonly halt: AbortSignal;
  /** Somebody cancels the task. */
  readonly cancelled: AbortSignal;
  readonly pauses: RetryPauses;
}

/** Pauses between tries: doubled each time. */
export interface RetryPauses {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** A step that took its engine down this often is not tried again: it would do so for ever. */
const CRASHES_MAX = 20;
const UNDO_ATTEMPTS = 8;

/** The engine stops; the task goes on elsewhere or at the next start. */
export class EngineStopping extends Error {
  override readonly name = 'EngineStopping';
  constructor() {
    super('The engine stops: the task goes on when it, or another one, takes it up again.');
  }
}

/** Tries a step until it is done, has failed for good or is cancelled. Throws only what is no fault of the step. */
export async function runStep(on: TaskExecution, step: AnyStep, state: TaskState): Promise<StepOutcome> {
  const title = step.title(on.opened.input);
  const position = on.definition.steps.indexOf(step);
  for (;;) {
    if (on.stopping.aborted) throw new EngineStopping();
    const begun = await on.journal.stepBegins(on.claim, { name: step.name, title, position });
    if (begun.kind === 'cancelled') return { kind: 'cancelled', begun: begun.begunBefore };
    if (begun.crashes > CRASHES_MAX) return await fail(on, step, crashedTooOften(title));
    const tried = await tryStep(on, step, { state, attempt: begun.attempt });
    if (tried.kind !== 'failed') return tried;
    const isLast = !tried.error.mayRetry || begun.failures + 1 >= (step.attempts ?? 1);
    if (isLast) return await fail(on, step, tried.error);
    await on.journal.stepFailed(on.claim, step.name, tried.error, false);
    await pause(on, begun.failures + 1, [on.cancelled]);
  }
}

async function tryStep(
  on: TaskExecution,
  step: AnyStep,
  at: { state: TaskState; attempt: number },
): Promise<StepOutcome> {
  const report = reportOf(on, step);
  const signal = AbortSignal.any([on.lost, on.halt, on.cancelled]);
  try {
    const patch = await step.run(contextOf(on, { report, signal, attempt: at.attempt }), at.state);
    const kept = plain(patch ?? {});
    await report.flush();
    await on.journal.stepDone(on.claim, step.name);
    return { kind: 'done', patch: kept };
  } catch (error) {
    await report.flush();
    await passOn(on, step, error);
    if (on.cancelled.aborted) return { kind: 'cancelled', begun: true };
    return { kind: 'failed', error: told(on, step, error) };
  }
}

/** Throws on what is no fault of the step: the lost claim, the stopping engine, the store that is away. */
async function passOn(on: TaskExecution, step: AnyStep, error: unknown): Promise<void> {
  if (on.lost.aborted || error instanceof ClaimLost) throw new ClaimLost(on.claim.taskId);
  if (on.halt.aborted || isStoreAway(error)) {
    // The store may be the very thing that is away.
    await on.journal.stepInterrupted(on.claim, step.name).catch(() => undefined);
    throw on.halt.aborted ? new EngineStopping() : error;
  }
}

/** Takes a step back. Throws only what is no fault of the step. */
export async function undoStep(on: TaskExecution, step: AnyStep, state: TaskState): Promise<UndoOutcome> {
  if (step.undo === undefined) return { leftOver: null };
  const attempts = step.undoAttempts ?? UNDO_ATTEMPTS;
  for (let attempt = 1; ; attempt++) {
    if (on.stopping.aborted) throw new EngineStopping();
    await on.journal.undoBegins(on.claim, step.name);
    const error = await tryUndo(on, step, { state, attempt });
    if (error === undefined) return { leftOver: null };
    if (!error.mayRetry || attempt >= attempts) {
      await on.journal.undoFailed(on.claim, step.name, error);
      return { leftOver: `${step.title(on.opened.input)}: ${error.sentence}` };
    }
    await pause(on, attempt, []);
  }
}

async function tryUndo(
  on: TaskExecution,
  step: AnyStep,
  at: { state: TaskState; attempt: number },
): Promise<TaskError | undefined> {
  const report = reportOf(on, step);
  const signal = AbortSignal.any([on.lost, on.halt]);
  try {
    await step.undo?.(contextOf(on, { report, signal, attempt: at.attempt }), at.state);
    await report.flush();
    await on.journal.undoDone(on.claim, step.name);
    return undefined;
  } catch (error) {
    await report.flush();
    await passOn(on, step, error);
    return told(on, step, error);
  }
}

function contextOf(
  on: TaskExecution,
  now: { report: StepReport; signal: AbortSignal; attempt: number },
): StepContext<unknown> {
  return {
    taskId: on.claim.taskId,
    input: on.opened.input,
    startedBy: on.opened.startedBy,
    signal: now.signal,
    attempt: now.attempt,
    stillOurs: async () => await on.journal.holds(on.claim),
    log: (level, text) => now.report.line(level, text),
    progress: (done, total, unit) => now.report.progress(done, total, unit),
  };
}

function reportOf(on: TaskExecution, step: AnyStep): StepReport {
  return new StepReport({ journal: on.journal, claim: on.claim, step: step.name, log: on.log });
}

async function fail(on: TaskExecution, step: AnyStep, error: TaskError): Promise<StepOutcome> {
  await on.journal.stepFailed(on.claim, step.name, error, true);
  return { kind: 'failed', error };
}

/** Says a bug in the log, whole; of an outside failure the task's own log says enough. */
function told(on: TaskExecution, step: AnyStep, error: unknown): TaskError {
  const described = taskErrorOf(error, on.claim.taskId);
  if (described.code === 'bug') {
    on.log.error(`bug in step ${step.name} of ${on.definition.kind}`, { task: on.claim.taskId, error });
  }
  return described;
}

async function pause(on: TaskExecution, failures: number, also: readonly AbortSignal[]): Promise<void> {
  const ms = Math.min(on.pauses.firstMs * 2 ** (failures - 1), on.pauses.maxMs);
  const signal = AbortSignal.any([on.lost, on.stopping, ...also]);
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  if (on.lost.aborted) throw new ClaimLost(on.claim.taskId);
}

/** What survives a crash: a patch that is no JSON fails its step at once, not at the next start. */
function plain(patch: object): { readonly [key: string]: Json } {
  return JSON.parse(JSON.stringify(patch)) as { readonly [key: string]: Json };
}

function crashedTooOften(title: string): TaskError {
  return {
    code: 'crashed-too-often',
    sentence: `The engine ended ${CRASHES_MAX} times in the middle of “${title}”, so it is not tried again.`,
    remote: '',
    mayRetry: false,
  };
}
