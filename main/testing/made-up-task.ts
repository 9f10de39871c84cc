import { afterEach } from 'vitest';
import { OperatingFailure } from '../platform/calls/operating-failure.ts';
import type { Store } from '../platform/store/store.ts';
import type { StepContext, TaskDefinition, TaskStep } from '../platform/tasks/task-definition.ts';
import type { TaskEngine, TaskEngineOptions } from '../platform/tasks/task-engine.ts';
import type { StoreForTest } from './store-for-test.ts';
import { taskEngineForTest, tasksSchemaForTest, whenTask } from './tasks-for-test.ts';

export type Run = (context: StepContext<unknown>, state: Record<string, unknown>) => Promise<object | void>;

export interface StepWords {
  readonly name?: string;
  readonly run: Run;
  readonly undo?: Run;
  readonly attempts?: number;
  readonly undoAttempts?: number;
  readonly undoStandsAlone?: boolean;
}

/** A task of steps that a test makes up. */
export function taskOf(...steps: readonly StepWords[]): TaskDefinition<unknown> {
  return {
    kind: 'made-up',
    title: () => 'Made-up work',
    subject: () => ({ kind: 'vm', id: 'vm_1', name: 'acme' }),
    steps: steps.map(
      (step, index) =>
        ({ title: () => `Step ${index + 1}`, name: `step-${index + 1}`, ...step }) as TaskStep<
          unknown,
          object
        >,
    ),
    result: (state) => ({ ...state }),
  };
}

/** A step that does nothing, well. */
export const ok: StepWords = { run: async () => undefined };
/** A host that may answer the next time. */
export const away = new OperatingFailure({
  code: 'host-away',
  sentence: 'hv1 does not answer.',
  mayRetry: true,
});
/** What trying again does not mend. */
export const finalFailure = new OperatingFailure({
  code: 'no-room',
  sentence: 'The pool is full: free some space.',
});

/** Work that goes on until it is broken off. */
export const untilAborted: Run = async ({ signal }) =>
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

/** Engines of made-up tasks on stores of their own; they stop after each test. */
export function madeUpTasks({ newAddress, openStoreForTest }: StoreForTest) {
  const engines: TaskEngine[] = [];
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.stop({ graceMs: 0, withinMs: 500 });
  });

  async function engineOn(
    definition: TaskDefinition<unknown>,
    options: Partial<TaskEngineOptions> = {},
  ): Promise<{ store: Store; engine: TaskEngine; address: string }> {
    const address = await newAddress();
    const store = await openStoreForTest(tasksSchemaForTest, { address });
    const engine = await taskEngineForTest({ store, address, definitions: [definition] }, options);
    engines.push(engine);
    return { store, engine, address };
  }

  async function runToEnd(definition: TaskDefinition<unknown>, input: unknown = {}) {
    const { store, engine } = await engineOn(definition);
    await engine.begin();
    const { taskId } = await engine.start(definition, input, { startedBy: 'ada' });
    return await whenTask(store, taskId);
  }

  return { engines, engineOn, runToEnd };
}
