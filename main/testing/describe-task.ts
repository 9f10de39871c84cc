import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OperatingFailure } from '../platform/calls/operating-failure.ts';
import type { SchemaStep } from '../platform/store/schema-step.ts';
import { openStore } from '../platform/store/store-open.ts';
import type { Store } from '../platform/store/store.ts';
import type { AnyTaskDefinition, TaskDefinition, TaskStep } from '../platform/tasks/task-definition.ts';
import { testProgram, type StoreForTest } from './store-for-test.ts';
import { taskEngineForTest, tasksSchemaForTest, whenTask, type TaskAsSeen } from './tasks-for-test.ts';
import { makeQuickFolder } from './quick-folder.ts';

export interface TaskUnderTest<Input, State extends object, World> {
  readonly name: string;
  /** Schema steps of the domains the task writes to. */
  readonly schema?: readonly SchemaStep[];
  /** Where its stores are; SQLite files unless it is said. */
  readonly stores?: StoreForTest;
  /** Names of the steps, so that each can be a test of its own; held against the definition. */
  readonly steps: readonly string[];
  /** A fresh world for every test: what the task works on, and how it is told to. */
  readonly prepare: (store: Store) => Promise<{
    world: World;
    definition: TaskDefinition<Input, State>;
    input: Input;
    /** Called after the test. */
    close?: () => Promise<void>;
  }>;
  /** What the task can change, in a form two worlds can be compared by (no ids, no times). */
  readonly observe: (world: World, store: Store) => Promise<unknown>;
  /** Assertions on the world after success. */
  readonly succeeded: (world: World, seen: TaskAsSeen, store: Store) => Promise<void>;
  /** Longest a test may take; default 60 s. */
  readonly timeoutMs?: number;
}

/**
 * The four tests every task must pass (after omicron's sagas): it succeeds; it leaves nothing behind when it fails at any step,
 * after that step did its work; the same when every undo runs twice; and every step may be run twice.
 */
export function describeTask<Input, State extends object, World>(
  of: TaskUnderTest<Input, State, World>,
): void {
  const timeout = of.timeoutMs ?? 60_000;
  describe(`task ${of.name}`, () => {
    test('succeeds', { timeout }, async () => {
      await inWorld(of, plain, async ({ world, seen, store, definition }) => {
        expect(definition.steps.map((step) => step.name)).toEqual(of.steps);
        expect(stateOf(seen)).toEqual({ state: 'succeeded', error: '' });
        expect(seen.steps.map((step) => step.state)).toEqual(of.steps.map(() => 'done'));
        await of.succeeded(world, seen, store);
      });
    });

    test.each(of.steps)('unwinds when %s fails after its work', { timeout }, async (name) => {
      await inWorld(of, failingAfter(name), async (run) => await expectUnwound(of, run));
    });

    test.each(of.steps)('unwinds when %s fails and every undo runs twice', { timeout }, async (name) => {
      const twice = (step: TaskStep<unknown, object>) => failingAfter(name)(undoneTwice(step));
      await inWorld(of, twice, async (run) => await expectUnwound(of, run));
    });

    test('steps repeat safely', { timeout }, async () => {
      const once = await inWorld(of, plain, async ({ after }) => after);
      await inWorld(of, runTwice, async ({ world, after, seen, store }) => {
        expect(stateOf(seen)).toEqual({ state: 'succeeded', error: '' });
        await of.succeeded(world, seen, store);
        expect(after).toEqual(once);
      });
    });
  });
}

interface Run<World> {
  readonly world: World;
  readonly store: Store;
  readonly definition: AnyTaskDefinition;
  readonly seen: TaskAsSeen;
  readonly before: unknown;
  readonly after: unknown;
}

type Change = (step: TaskStep<unknown, object>) => TaskStep<unknown, object>;

async function inWorld<Input, State extends object, World, R>(
  of: TaskUnderTest<Input, State, World>,
  change: Change,
  check: (run: Run<World>) => Promise<R>,
): Promise<R> {
  const { store, address, leave } = await placeOf(of);
  const { world, definition, input, close } = await of.prepare(store);
  const whole = definition as unknown as AnyTaskDefinition;
  const changed = { ...whole, steps: whole.steps.map(change) };
  const engine = await taskEngineForTest({ store, address, definitions: [changed] });
  try {
    const before = await of.observe(world, store);
    await engine.begin();
    const { taskId } = await engine.start(changed, input, { startedBy: 'ada' });
    const seen = await whenTask(store, taskId);
    return await check({
      world,
      store,
      definition: whole,
      seen,
      before,
      after: await of.observe(world, store),
    });
  } finally {
    await engine.stop();
    await close?.();
    await store.close();
    leave();
  }
}

async function placeOf<Input, State extends object, World>(
  of: TaskUnderTest<Input, State, World>,
): Promise<{ readonly store: Store; readonly address: string; readonly leave: () => void }> {
  const schema = [...tasksSchemaForTest, ...(of.schema ?? [])];
  if (of.stores !== undefined) {
    const address = await of.stores.newAddress(schema);
    const store = await of.stores.openStoreForTest(schema, { address });
    return { store, address, leave: () => undefined };
  }
  const { folder } = makeQuickFolder('innkeeper-task-');
  const address = `sqlite:${join(folder, 'store.db')}`;
  const store = await openStore({ address, schema, program: testProgram });
  return { store, address, leave: () => rmSync(folder, { recursive: true, force: true }) };
}

async function expectUnwound<Input, State extends object, World>(
  _of: TaskUnderTest<Input, State, World>,
  run: Run<World>,
): Promise<void> {
  expect(stateOf(run.seen)).toEqual({ state: 'failed', error: BROKEN });
  expect(run.after).toEqual(run.before);
}

const BROKEN = 'The test broke this step.';

const plain: Change = (step) => step;

function failingAfter(name: string): Change {
  return (step) =>
    step.name !== name
      ? step
      : {
          ...step,
          run: async (context, state) => {
            await step.run(context, state);
            throw new OperatingFailure({ code: 'broken-by-test', sentence: BROKEN });
          },
        };
}

const undoneTwice: Change = (step) =>
  step.undo === undefined
    ? step
    : {
        ...step,
        undo: async (context, state) => {
          await step.undo?.(context, state);
          await step.undo?.(context, state);
        },
      };

/** The first result is lost, as in a crash between doing and recording. */
const runTwice: Change = (step) => ({
  ...step,
  run: async (context, state) => {
    await step.run(context, state);
    return await step.run({ ...context, attempt: context.attempt + 1 }, state);
  },
});

function stateOf(seen: TaskAsSeen): { state: string; error: string } {
  return { state: seen.task.state, error: seen.task.error };
}
