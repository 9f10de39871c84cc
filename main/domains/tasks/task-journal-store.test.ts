import { expect, test } from 'vitest';
import type { Store } from '../../platform/store/store.ts';
import type { TaskError } from '../../platform/tasks/task-error.ts';
import {
  ClaimLost,
  type NewTask,
  type TaskClaim,
  type TaskJournal,
} from '../../platform/tasks/task-journal.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { seeTask, tasksSchemaForTest } from '../../testing/tasks-for-test.ts';
import { taskRows } from './tasks-public.ts';

const newTask: NewTask = {
  kind: 'made-up',
  title: 'Made-up work',
  subject: { kind: 'none', id: '', name: '' },
  input: { a: 1 },
  startedBy: 'ada',
  key: undefined,
  retryOf: undefined,
  steps: [{ name: 'one', title: 'Step one' }],
};
const one = { name: 'one', title: 'Step one', position: 0 };
const error: TaskError = { code: 'no-room', sentence: 'No room.', remote: '', mayRetry: false };

describeOnBothStores('the journal of a task', ({ openStoreForTest }) => {
  async function opened(): Promise<{ store: Store; journal: TaskJournal; taskId: string; claim: TaskClaim }> {
    const store = await openStoreForTest(tasksSchemaForTest);
    const { queue, journal } = taskRows({ store });
    const { taskId } = await queue.record(newTask);
    const claim = { taskId, runId: 'run-1', holder: 'a/1', claimNumber: 1 };
    expect(await journal.open(claim)).toEqual({ input: { a: 1 }, startedBy: 'ada' });
    return { store, journal, taskId, claim };
  }

  const writes: { what: string; write: (journal: TaskJournal, claim: TaskClaim) => Promise<unknown> }[] = [
    { what: 'a step begins', write: async (journal, claim) => await journal.stepBegins(claim, one) },
    { what: 'a step is done', write: async (journal, claim) => await journal.stepDone(claim, 'one') },
    {
      what: 'a step failed',
      write: async (journal, claim) => await journal.stepFailed(claim, 'one', error, true),
    },
    {
      what: 'a step was interrupted',
      write: async (journal, claim) => await journal.stepInterrupted(claim, 'one'),
    },
    {
      what: 'progress',
      write: async (journal, claim) =>
        await journal.stepProgress(claim, 'one', { done: 1, total: 2, unit: 'items' }),
    },
    {
      what: 'log lines',
      write: async (journal, claim) => await journal.log(claim, [{ atMs: 1, level: 'info', text: 'x' }]),
    },
    { what: 'an undo begins', write: async (journal, claim) => await journal.undoBegins(claim, 'one') },
    { what: 'an undo is done', write: async (journal, claim) => await journal.undoDone(claim, 'one') },
    {
      what: 'an undo failed',
      write: async (journal, claim) => await journal.undoFailed(claim, 'one', error),
    },
    { what: 'success', write: async (journal, claim) => await journal.succeeds(claim, {}) },
    { what: 'the turn', write: async (journal, claim) => await journal.turnsBack(claim, error) },
    {
      what: 'the end',
      write: async (journal, claim) =>
        await journal.endsUndone(claim, error, { leftOver: [], owed: undefined }),
    },
    {
      what: 'what is asked before something is destroyed',
      write: async (journal, claim) => await journal.holds(claim),
    },
  ];
  test.each(writes)('an engine that lost the task writes nothing any more: $what', async ({ write }) => {
    const { store, journal, taskId, claim } = await opened();
    await journal.open({ ...claim, holder: 'b/1', claimNumber: 2 });
    const before = await seeTask(store, taskId);
    await expect(write(journal, claim)).rejects.toThrow(ClaimLost);
    expect(await journal.open(claim)).toBeUndefined();
    expect(await seeTask(store, taskId)).toEqual(before);
  });

  test('a task belongs to one run for good, and to none once it has ended', async () => {
    const { journal, claim } = await opened();
    expect(await journal.open({ ...claim, runId: 'run-2', claimNumber: 9 })).toBeUndefined();
    expect(await journal.succeeds(claim, { b: 2 })).toBe('succeeded');
    expect(await journal.open({ ...claim, claimNumber: 9 })).toBeUndefined();
  });

  test('tries are counted by how they ended', async () => {
    const { journal, claim } = await opened();
    const begins = async () => await journal.stepBegins(claim, one);
    expect(await begins()).toEqual({ kind: 'begun', attempt: 1, failures: 0, crashes: 0 });
    await journal.stepFailed(claim, 'one', error, false);
    expect(await begins()).toEqual({ kind: 'begun', attempt: 2, failures: 1, crashes: 0 });
    await journal.stepInterrupted(claim, 'one');
    expect(await begins()).toEqual({ kind: 'begun', attempt: 3, failures: 1, crashes: 0 });
    // Nothing said how it ended: its engine died.
    expect(await begins()).toEqual({ kind: 'begun', attempt: 4, failures: 1, crashes: 1 });
  });

  test('a step the next version has added gets its row', async () => {
    const { store, journal, taskId, claim } = await opened();
    await journal.stepBegins(claim, { name: 'two', title: 'Step two', position: 1 });
    expect((await seeTask(store, taskId)).steps.map((step) => step.name)).toEqual(['one', 'two']);
  });

  test('every write tells the change feed', async () => {
    const { store, journal, taskId, claim } = await opened();
    const after = await store.changes.cursor();
    await journal.stepBegins(claim, one);
    const signal = AbortSignal.timeout(60_000);
    for await (const change of store.changes.subscribe({ topics: ['task'], after, signal })) {
      expect(change).toMatchObject({ topic: 'task', key: taskId });
      break;
    }
  });
});
