import {
  EngineStopping,
  runStep,
  undoStep,
  type AnyStep,
  type TaskExecution,
  type TaskState,
} from './step-run.ts';
import type { TaskError } from './task-error.ts';
import type { Unwound } from './task-journal.ts';

/** Runs `work` once and keeps its result under `name`: after a crash the kept result is given back instead. */
export type Durably = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Where and why a task turned back. */
interface TurningPoint {
  /** Newest step that may have done something. */
  readonly lastIndex: number;
  /** Absent: it was cancelled. */
  readonly error?: TaskError;
  readonly state: TaskState;
}

/**
 * A task from its first step to its end: forwards through the table of steps; after a failure or a cancellation backwards, from the
 * step that failed to the first. What an earlier try could not undo is undone before. Everything decided here hangs on kept
 * results only, so that a second run takes the same way.
 */
export async function runTask(on: TaskExecution, durably: Durably): Promise<void> {
  const { claim, journal, definition } = on;
  const { owed } = on.opened;
  if (owed !== undefined) {
    const steps = owed.steps.flatMap((name) => definition.steps.filter((step) => step.name === name));
    const unwound = await goBack(on, durably, { steps, state: owed.state, as: 'undo before' });
    if (unwound.owed !== undefined) {
      await durably('end', async () => await journal.endsUndone(claim, undefined, unwound));
      return;
    }
  }
  const turned = await goForwards(on, durably);
  if (turned === undefined) return;
  await durably('turn back', async () => await journal.turnsBack(claim, turned.error));
  const steps = definition.steps.slice(0, turned.lastIndex + 1).toReversed();
  const unwound = await goBack(on, durably, { steps, state: turned.state, as: 'undo' });
  await durably('end', async () => await journal.endsUndone(claim, turned.error, unwound));
}

/** Undoes steps in this order, up to the first that cannot be: what it left may rest on what the next would take away. */
async function goBack(
  on: TaskExecution,
  durably: Durably,
  work: { readonly steps: readonly AnyStep[]; readonly state: TaskState; readonly as: string },
): Promise<Unwound> {
  const { steps, state, as } = work;
  const leftOver: string[] = [];
  for (const [index, step] of steps.entries()) {
    goOnOrStop(on);
    const undone = await durably(`${as} ${step.name}`, async () => await undoStep(on, step, state));
    if (undone.leftOver === null) continue;
    leftOver.push(undone.leftOver);
    if (step.undoStandsAlone === true) continue;
    const owed = steps.slice(index).filter((one) => one.undo !== undefined);
    const after = owed.slice(1).map((one) => `“${one.title(on.opened.input)}”`);
    if (after.length > 0) leftOver.push(`Untouched until that is undone: ${after.join(', ')}.`);
    leftOver.push('Try again: it goes on undoing first.');
    return { leftOver, owed: { steps: owed.map(({ name }) => name), state } };
  }
  return { leftOver, owed: undefined };
}

async function goForwards(on: TaskExecution, durably: Durably): Promise<TurningPoint | undefined> {
  let state: TaskState = {};
  for (const [index, step] of on.definition.steps.entries()) {
    goOnOrStop(on);
    const outcome = await durably(`do ${step.name}`, async () => await runStep(on, step, state));
    if (outcome.kind === 'failed') return { lastIndex: index, error: outcome.error, state };
    if (outcome.kind === 'cancelled')
      return { lastIndex: Math.max(outcome.begun ? index : index - 1, 0), state };
    state = { ...state, ...outcome.patch };
  }
  const ended = await durably(
    'succeed',
    async () => await on.journal.succeeds(on.claim, resultOf(on, state)),
  );
  return ended === 'cancelled' ? { lastIndex: on.definition.steps.length - 1, state } : undefined;
}

/** All the work is done: a mistake in telling about it must not undo it. */
function resultOf(on: TaskExecution, state: TaskState): Readonly<Record<string, unknown>> {
  try {
    return on.definition.result?.(state) ?? {};
  } catch (error) {
    on.log.error(`bug in the result of ${on.definition.kind}`, { task: on.claim.taskId, error });
    return {};
  }
}

function goOnOrStop(on: TaskExecution): void {
  if (on.stopping.aborted) throw new EngineStopping();
}

/** Names of the steps, which must differ: finished work is found by them. */
export function stepNames(steps: readonly AnyStep[]): readonly string[] {
  const names = steps.map((step) => step.name);
  if (new Set(names).size < names.length)
    throw new Error(`Two steps have the same name: ${names.join(', ')}.`);
  return names;
}
