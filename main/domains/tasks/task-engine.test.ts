import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { StoreError } from '../../platform/store/store-error.ts';
import { ClaimLost } from '../../platform/tasks/task-journal.ts';
import { describeTask } from '../../testing/describe-task.ts';
import { fileTask, FILE_TASK_STEPS } from '../../testing/file-task.ts';
import { away, finalFailure, madeUpTasks, ok, taskOf, type Run } from '../../testing/made-up-task.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { seeTask, whenTask } from '../../testing/tasks-for-test.ts';
import { taskRows } from './tasks-public.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-file-task-'));
  folders.push(folder);
  writeFileSync(join(folder, 'effects'), '');
  return folder;
}

describeTask({
  name: 'file-write',
  steps: FILE_TASK_STEPS,
  prepare: async () => {
    const folder = newFolder();
    return { world: folder, definition: fileTask(async () => undefined), input: { folder } };
  },
  observe: async (folder) => FILE_TASK_STEPS.filter((name) => readFileOr(join(folder, name)) !== undefined),
  succeeded: async (folder, { task }) => {
    expect(readFileSync(join(folder, 'third'), 'utf8')).toBe('third');
    expect(JSON.parse(task.result)).toEqual({ made: 3 });
  },
});

function readFileOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

describeOnBothStores('task engine', (stores) => {
  const { engineOn, runToEnd } = madeUpTasks(stores);

  test('runs its steps in order, each seeing what the earlier ones returned, and keeps the result', async () => {
    const states: unknown[] = [];
    const seen = await runToEnd(
      taskOf(
        {
          run: async ({ input }, state) => (
            states.push({ ...state }),
            { size: (input as { gib: number }).gib }
          ),
        },
        { run: async (_, state) => (states.push({ ...state }), { size: 41, name: 'acme' }) },
        {
          run: async (context, state) =>
            void states.push({ ...state, by: context.startedBy, attempt: context.attempt }),
        },
      ),
      { gib: 40 },
    );
    expect(states).toEqual([{}, { size: 40 }, { size: 41, name: 'acme', by: 'ada', attempt: 1 }]);
    expect(seen.task).toMatchObject({
      state: 'succeeded',
      steps_done: 3,
      steps_total: 3,
      step_title: 'Step 3',
    });
    expect(JSON.parse(seen.task.result)).toEqual({ size: 41, name: 'acme' });
    expect(seen.steps.map(({ state, attempts }) => ({ state, attempts }))).toEqual(
      [1, 2, 3].map(() => ({ state: 'done', attempts: 1 })),
    );
  });

  test('a failure keeps its sentence and the other side’s words, and undoes in reverse from the failed step', async () => {
    const undone: string[] = [];
    const undo =
      (name: string): Run =>
      async (_, state) =>
        void undone.push(`${name} ${JSON.stringify(state)}`);
    const remote = { system: 'libvirt', code: '38', message: 'Connection reset by peer' };
    const failing = new OperatingFailure({ code: 'host-away', sentence: 'hv1 does not answer.', remote });
    const seen = await runToEnd(
      taskOf(
        { run: async () => ({ a: 1 }), undo: undo('one') },
        ok,
        { run: async () => Promise.reject(failing), undo: undo('three') },
        { run: async () => void undone.push('never'), undo: undo('four') },
      ),
    );
    expect(undone).toEqual(['three {"a":1}', 'one {"a":1}']);
    expect(seen.task).toMatchObject({
      state: 'failed',
      error: 'hv1 does not answer.',
      error_code: 'host-away',
      error_remote: 'libvirt 38: Connection reset by peer',
      step_title: 'Step 3',
    });
    expect(seen.steps.map((step) => step.state)).toEqual(['undone', 'done', 'failed', 'skipped']);
    expect(seen.log).toEqual(['hv1 does not answer.', 'What it did is being undone.']);
  });

  const hiccup = (times: number, error: Error): { run: Run; calls: () => number } => {
    let calls = 0;
    return {
      calls: () => calls,
      run: async () => {
        calls += 1;
        if (calls <= times) throw error;
      },
    };
  };
  const tries = [
    {
      what: 'a passing failure is tried again',
      failures: 2,
      attempts: 3,
      error: away,
      calls: 3,
      state: 'succeeded',
    },
    {
      what: 'a passing failure is tried as often as allowed',
      failures: 9,
      attempts: 3,
      error: away,
      calls: 3,
      state: 'failed',
    },
    {
      what: 'the default is one try',
      failures: 1,
      attempts: undefined,
      error: away,
      calls: 1,
      state: 'failed',
    },
    {
      what: 'a final failure is not tried again',
      failures: 1,
      attempts: 5,
      error: finalFailure,
      calls: 1,
      state: 'failed',
    },
    {
      what: 'a bug is not tried again',
      failures: 1,
      attempts: 5,
      error: new TypeError('x is not a function'),
      calls: 1,
      state: 'failed',
    },
    {
      what: 'a store that is away costs no try',
      failures: 1,
      attempts: 1,
      error: new StoreError('connection-lost', 'The database went away.'),
      calls: 2,
      state: 'succeeded',
    },
  ];
  test.each(tries)('$what', async ({ failures, attempts, error, calls, state }) => {
    const step = hiccup(failures, error);
    const seen = await runToEnd(taskOf({ run: step.run, ...(attempts === undefined ? {} : { attempts }) }));
    expect({ state: seen.task.state, calls: step.calls(), attempts: seen.steps[0]?.attempts }).toEqual({
      state,
      calls,
      attempts: calls,
    });
  });

  test('a bug says where its details are, and nothing of its inside', async () => {
    const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const definition = taskOf({ run: async () => Promise.reject(new TypeError('password is hunter2')) });
    const { store, engine } = await engineOn(definition, { log });
    await engine.begin();
    const { taskId } = await engine.start(definition, {}, { startedBy: 'ada' });
    const { task } = await whenTask(store, taskId);
    expect(task.error).toBe(
      `Something went wrong inside Innkeeper. The log holds the details under ${taskId}.`,
    );
    expect(log.error).toHaveBeenCalledWith('bug in step step-1 of made-up', {
      task: taskId,
      error: expect.objectContaining({ message: 'password is hunter2' }) as unknown,
    });
  });

  test('what returns no JSON fails at once and is undone', async () => {
    const undo = vi.fn<Run>(async () => undefined);
    const seen = await runToEnd(taskOf({ run: async () => ({ big: 1n }), undo }));
    expect(seen.task).toMatchObject({ state: 'failed', error_code: 'bug' });
    expect(undo).toHaveBeenCalledOnce();
  });

  test('an undo is tried again while the other side may come back', async () => {
    const undo = hiccup(3, away);
    const seen = await runToEnd(taskOf({ run: async () => Promise.reject(finalFailure), undo: undo.run }));
    expect(undo.calls()).toBe(4);
    expect(seen.task).toMatchObject({ state: 'failed', error: finalFailure.message });
  });

  /** Undoes, but for `times` times is refused. */
  const refused = (times: number, undone: string[], name: string): Run => {
    let calls = 0;
    return async (_, state) => {
      calls += 1;
      if (calls <= times) throw away;
      undone.push(`${name} ${JSON.stringify(state)}`);
    };
  };

  test('an undo that fails stops those before it, says what is left, and trying again goes on there', async () => {
    const undone: string[] = [];
    const runs = { first: 0, third: 0 };
    const definition = taskOf(
      { run: async () => ({ first: (runs.first += 1) }), undo: refused(0, undone, 'one') },
      { run: async () => ({ disk: 'a' }), undo: refused(4, undone, 'two'), undoAttempts: 2 },
      {
        run: async () => {
          if ((runs.third += 1) === 1) throw finalFailure;
        },
        undo: refused(0, undone, 'three'),
      },
    );
    const { store, engine } = await engineOn(definition);
    await engine.begin();
    const { taskId } = await engine.start(definition, {}, { startedBy: 'ada' });
    const left =
      'Not undone: Step 2: hv1 does not answer. Untouched until that is undone: “Step 1”. Try again: it goes on undoing first.';
    const seen = await whenTask(store, taskId);
    expect(undone).toEqual(['three {"first":1,"disk":"a"}']);
    expect(seen.task).toMatchObject({
      state: 'failed',
      error: `The pool is full: free some space. ${left}`,
      error_code: 'no-room',
    });
    expect(seen.steps.map((step) => step.state)).toEqual(['done', 'failed', 'failed']);
    expect(seen.steps[1]?.detail).toBe('Could not be undone: hv1 does not answer.');

    const tryAgain = async (ofTask: string): Promise<string> => {
      const of = { taskId: ofTask, kind: definition.kind, input: {}, startedBy: 'ada' };
      return (await engine.startAgain(of))!.taskId;
    };
    // Still refused: nothing is done over what is left.
    const second = await tryAgain(taskId);
    expect((await whenTask(store, second)).task).toMatchObject({ state: 'failed', error: left });
    expect([undone.length, runs.first]).toEqual([1, 1]);

    const third = await whenTask(store, await tryAgain(second));
    // With what they were done with, whatever the new try comes to.
    expect(undone.slice(1)).toEqual(['two {"first":1,"disk":"a"}', 'one {"first":1,"disk":"a"}']);
    expect(third.task).toMatchObject({ state: 'succeeded', error: '', owed: '' });
    expect(third.steps.map((step) => step.state)).toEqual(['done', 'done', 'done']);
    expect(JSON.parse(third.task.result)).toEqual({ first: 2, disk: 'a' });
  });

  test('where somebody else clears up after an undo that fails, those before it run', async () => {
    const first = vi.fn<Run>(async () => undefined);
    const seen = await runToEnd(
      taskOf(
        { run: async () => undefined, undo: first },
        {
          run: async () => Promise.reject(finalFailure),
          undo: async () => Promise.reject(away),
          undoAttempts: 1,
          undoStandsAlone: true,
        },
      ),
    );
    expect(first).toHaveBeenCalledOnce();
    expect(seen.task).toMatchObject({
      error: 'The pool is full: free some space. Not undone: Step 2: hv1 does not answer.',
      owed: '',
    });
  });

  test('a run that was overtaken while it slept destroys nothing more', async () => {
    const destroyed: string[] = [];
    const ended = Promise.withResolvers<unknown>();
    let wake = (): void => undefined;
    const definition = taskOf({
      run: async ({ stillOurs }) => {
        await stillOurs();
        destroyed.push('while it is ours');
        await new Promise<void>((resolve) => (wake = resolve));
        await stillOurs().catch((error: unknown) => {
          ended.resolve(error);
          throw error;
        });
        destroyed.push('afterwards');
      },
      undo: async () => void destroyed.push('by its undo'),
    });
    const { store, engine } = await engineOn(definition, { leaseMs: 60_000 });
    await engine.begin();
    const { taskId } = await engine.start(definition, {}, { startedBy: 'ada' });
    const { task } = await whenTask(store, taskId, () => destroyed.length > 0);
    const { journal } = taskRows({ store });
    await journal.open({
      taskId,
      runId: task.run_id!,
      holder: 'another/1',
      // Newer than any that this engine takes again before it is stopped.
      claimNumber: task.claim_number + 100,
    });
    wake();
    expect(await ended.promise).toBeInstanceOf(ClaimLost);
    await engine.stop({ graceMs: 500, withinMs: 1_000 });
    expect(destroyed).toEqual(['while it is ours']);
    expect((await seeTask(store, taskId)).task).toMatchObject({ state: 'running', holder: 'another/1' });
  });

  /** A step that stays until it is told to break off. */
});
