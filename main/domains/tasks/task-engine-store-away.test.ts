import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { openStore } from '../../platform/store/store-open.ts';
import type { Store } from '../../platform/store/store.ts';
import type { AnyTaskDefinition } from '../../platform/tasks/task-definition.ts';
import { makePostgresCluster, type PostgresCluster } from '../../testing/postgres-cluster.ts';
import { testProgram } from '../../testing/store-for-test.ts';
import { seeTask, taskEngineForTest, tasksSchemaForTest, whenTask } from '../../testing/tasks-for-test.ts';

const timeout = 120_000;
const hasPostgres = inject('postgresUrl') !== '';

let cluster: PostgresCluster | undefined;
beforeAll(async () => {
  if (hasPostgres) cluster = await makePostgresCluster();
});
afterAll(async () => await cluster?.remove());

interface Door {
  readonly opened: Promise<void>;
  open(): void;
}

function door(): Door {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** Until the store answers again. */
async function seeOnceBack(store: Store, taskId: string) {
  return await vi.waitFor(async () => await seeTask(store, taskId), { timeout, interval: 200 });
}

test.skipIf(!hasPostgres)(
  'PostgreSQL goes away in the middle of a step and comes back: the task goes on',
  { timeout },
  async () => {
    const [mayEnd, hasBegun] = [door(), door()];
    const runs: string[] = [];
    const definition: AnyTaskDefinition = {
      kind: 'made-up',
      title: () => 'Made-up work',
      subject: () => ({ kind: 'none', id: '', name: '' }),
      steps: ['first', 'second', 'third'].map((name) => ({
        name,
        title: () => name,
        run: async () => {
          runs.push(name);
          if (name !== 'second') return;
          hasBegun.open();
          await mayEnd.opened;
        },
      })),
    };
    const address = cluster?.url ?? '';
    const store = await openStore({ address, schema: tasksSchemaForTest, program: testProgram });
    const engine = await taskEngineForTest({ store, address, definitions: [definition] });
    await engine.begin();
    const { taskId } = await engine.start(definition, {}, { startedBy: 'ada' });
    await hasBegun.opened;
    await cluster?.pause();
    mayEnd.open();
    await cluster?.start();
    await seeOnceBack(store, taskId);
    const { task } = await whenTask(store, taskId);
    expect(task).toMatchObject({ state: 'succeeded', error: '', steps_done: 3 });
    // The step that ended while nobody could write it down was run once more; the finished one was not.
    expect(runs.filter((name) => name !== 'second')).toEqual(['first', 'third']);
    await engine.stop();
    await store.close();
  },
);

test.skipIf(!hasPostgres)(
  'PostgreSQL is away for longer than the lease: the step is told to break off, and is run again',
  { timeout },
  async () => {
    const hasBegun = door();
    const signals: AbortSignal[] = [];
    const definition: AnyTaskDefinition = {
      kind: 'made-up-too',
      title: () => 'Made-up work',
      subject: () => ({ kind: 'none', id: '', name: '' }),
      steps: [
        {
          name: 'long',
          title: () => 'long',
          run: async ({ signal }) => {
            signals.push(signal);
            if (signals.length > 1) return;
            hasBegun.open();
            await new Promise((_, reject) =>
              signal.addEventListener('abort', () => reject(signal.reason as Error)),
            );
          },
        },
      ],
    };
    const address = cluster?.url ?? '';
    const store = await openStore({ address, schema: tasksSchemaForTest, program: testProgram });
    const engine = await taskEngineForTest({ store, address, definitions: [definition] }, { leaseMs: 3_000 });
    await engine.begin();
    const { taskId } = await engine.start(definition, {}, { startedBy: 'ada' });
    await hasBegun.opened;
    await cluster?.pause();
    await vi.waitFor(() => expect(signals[0]?.aborted).toBe(true), { timeout: 60_000 });
    await cluster?.start();
    await seeOnceBack(store, taskId);
    expect((await whenTask(store, taskId)).task).toMatchObject({ state: 'succeeded', error: '' });
    expect(signals).toHaveLength(2);
    await engine.stop();
    await store.close();
  },
);
