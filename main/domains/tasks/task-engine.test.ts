import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { StoreError } from '../../platform/store/store-error.ts';
import type { Store } from '../../platform/store/store.ts';
import type { StepContext, TaskDefinition, TaskStep } from '../../platform/tasks/task-definition.ts';
import type { TaskEngine, TaskEngineOptions } from '../../platform/tasks/task-engine.ts';
import { describeTask } from '../../testing/describe-task.ts';
import { fileTask, FILE_TASK_STEPS } from '../../testing/file-task.ts';
import { describeOnBothStores, testWhen } from '../../testing/store-for-test.ts';
import { seeTask, taskEngineForTest, tasksSchemaForTest, whenTask } from '../../testing/tasks-for-test.ts';
import { ClaimLost } from '../../platform/tasks/task-journal.ts';
import { taskRows } from './tasks-public.ts';
import type { TasksTables } from './tasks-tables.ts';

const folders: string[] = [];
const engines: TaskEngine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop({ graceMs: 0, withinMs: 500 });
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-file-task-'));
  folders.push(folder);
  writeFileSync(join(folder, 'effects'), '');
  return folder;
}

type Run = (context: StepContext<unknown>, state: Record<string, unknown>) => Promise<object | void>;

interface StepWords {
  readonly name?: string;
  readonly run: Run;
  readonly undo?: Run;
  readonly attempts?: number;
  readonly undoAttempts?: number;
  readonly undoStandsAlone?: boolean;
}

function taskOf(...steps: readonly StepWords[]): TaskDefinition<unknown> {
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

const ok: StepWords = { run: async () => undefined };
const away = new OperatingFailure({
  code: 'host-away',
  sentence: 'hv1 does not answer.',
  mayRetry: true,
});
const finalFailure = new OperatingFailure({
  code: 'no-room',
  sentence: 'The pool is full: free some space.',
});

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

describeOnBothStores('task engine', ({ newAddress, openStoreForTest, openAlso, kind }) => {
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
      claimNumber: task.claim_number + 1,
    });
    wake();
    expect(await ended.promise).toBeInstanceOf(ClaimLost);
    await engine.stop({ graceMs: 500, withinMs: 1_000 });
    expect(destroyed).toEqual(['while it is ours']);
    expect((await seeTask(store, taskId)).task).toMatchObject({ state: 'running', holder: 'another/1' });
  });

  /** A step that stays until it is told to break off. */
  const untilAborted: Run = async ({ signal }) =>
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

  test('cancelling breaks the step in flight off and undoes it and all before it', async () => {
    const undone: string[] = [];
    const definition = taskOf(
      { run: async () => undefined, undo: async () => void undone.push('one') },
      { run: untilAborted, undo: async () => void undone.push('two') },
      { run: async () => undefined, undo: async () => void undone.push('three') },
    );
    const { store, engine } = await engineOn(definition);
    await engine.begin();
    const { taskId } = await engine.start(definition, {}, { startedBy: 'ada' });
    await whenTask(store, taskId, ({ steps }) => steps[1]?.state === 'running');
    expect(await engine.cancel(taskId)).toBe('requested');
    const seen = await whenTask(store, taskId);
    expect(undone).toEqual(['two', 'one']);
    expect(seen.task).toMatchObject({ state: 'cancelled', error: '' });
    expect(seen.steps.map((step) => step.state)).toEqual(['undone', 'undone', 'skipped']);
    expect(await engine.cancel(taskId)).toBe('ended');
    expect(await engine.cancel('task_none')).toBe('unknown');
  });

  test('a task cancelled before it began runs nothing but the first undo', async () => {
    const calls: string[] = [];
    const definition = taskOf(
      { run: async () => void calls.push('run 1'), undo: async () => void calls.push('undo 1') },
      { run: async () => void calls.push('run 2'), undo: async () => void calls.push('undo 2') },
    );
    const { store, engine } = await engineOn(definition);
    const { taskId } = await engine.start(definition, {}, { startedBy: 'ada' });
    expect(await engine.cancel(taskId)).toBe('requested');
    await engine.begin();
    const seen = await whenTask(store, taskId);
    expect(seen.task.state).toBe('cancelled');
    expect(calls).toEqual(['undo 1']);
  });

  test('a cancellation during the last step still undoes everything', async () => {
    const undo = vi.fn<Run>(async () => undefined);
    let finish = (): void => undefined;
    const definition = taskOf({
      run: async () => await new Promise<void>((resolve) => (finish = resolve)),
      undo,
    });
    const { store, engine } = await engineOn(definition);
    await engine.begin();
    const { taskId } = await engine.start(definition, {}, { startedBy: 'ada' });
    await whenTask(store, taskId, ({ steps }) => steps[0]?.state === 'running');
    await engine.cancel(taskId);
    finish();
    expect((await whenTask(store, taskId)).task.state).toBe('cancelled');
    expect(undo).toHaveBeenCalledOnce();
  });

  test('progress and log lines are written while the step runs', async () => {
    let finish = (): void => undefined;
    const definition = taskOf({
      run: async ({ progress, log }) => {
        for (let done = 0; done <= 1000; done++) progress(done, 1000, 'bytes');
        log('info', 'half way');
        await new Promise<void>((resolve) => (finish = resolve));
      },
    });
    const { store, engine } = await engineOn(definition);
    await engine.begin();
    const { taskId } = await engine.start(definition, {}, { startedBy: 'ada' });
    const during = await whenTask(
      store,
      taskId,
      ({ log, task }) => log.length > 0 && task.progress_done !== null,
    );
    expect(during.task).toMatchObject({ progress_done: 1000, progress_total: 1000, progress_unit: 'bytes' });
    finish();
    const ended = await whenTask(store, taskId);
    expect(ended.log).toEqual(['half way']);
    expect(ended.task.progress_done).toBeNull();
    const notes = await changesOf(store, taskId);
    // Recorded, opened, begun, log, progress, done, succeeded: a thousand calls of progress became one write.
    expect(notes).toBeLessThanOrEqual(9);
  });

  async function changesOf(store: Store, taskId: string): Promise<number> {
    const rows = await store
      .tables<{ change_log: { topic: string; key: string } }>()
      .selectFrom('change_log')
      .select('key')
      .where('topic', '=', 'task')
      .where('key', '=', taskId)
      .execute();
    return rows.length;
  }

  test('the same key starts the same work once, however often and at once it is asked', async () => {
    const run = vi.fn<Run>(async () => undefined);
    const definition = taskOf({ run });
    const { store, engine } = await engineOn(definition);
    await engine.begin();
    const starts = await Promise.all(
      Array.from(
        { length: 8 },
        async () => await engine.start(definition, {}, { startedBy: 'ada', key: 'bill 2026-11-22' }),
      ),
    );
    expect(new Set(starts.map((start) => start.taskId)).size).toBe(1);
    await whenTask(store, starts[0]?.taskId ?? '');
    expect(run).toHaveBeenCalledOnce();
    const other = await engine.start(definition, {}, { startedBy: 'ada', key: 'bill 2026-11-23' });
    expect(other.taskId).not.toBe(starts[0]?.taskId);
  });

  test('a task recorded in a transaction begins with its commit or never', async () => {
    const definition = taskOf(ok);
    const { store, engine } = await engineOn(definition);
    await engine.begin();
    let rolledBack = '';
    const failing = store.transaction(async (trx) => {
      ({ taskId: rolledBack } = await engine.start(definition, {}, { startedBy: 'ada', within: trx }));
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    const { taskId } = await store.transaction(
      async (trx) => await engine.start(definition, {}, { startedBy: 'ada', within: trx }),
    );
    expect((await whenTask(store, taskId)).task.state).toBe('succeeded');
    await expect(seeTask(store, rolledBack)).rejects.toThrow('no result');
  });

  test('a task recorded by an engine that died before queueing it is found by the next', async () => {
    const definition = taskOf(ok);
    const { store, engine, address } = await engineOn(definition);
    // Never begun: records, and hands nothing to the queue.
    const { taskId } = await engine.start(definition, {}, { startedBy: 'ada' });
    await engine.stop();
    const next = await taskEngineForTest({ store, address, definitions: [definition] });
    engines.push(next);
    await next.begin();
    expect((await whenTask(store, taskId)).task.state).toBe('succeeded');
  });

  test('a stop tells the step in flight to break off; the next engine goes on at once with that step alone', async () => {
    const calls: string[] = [];
    const definitionOf = (second: Run): TaskDefinition<unknown> =>
      taskOf({ run: async () => (calls.push('one'), { a: 1 }) }, { run: second });
    const first = definitionOf(async (context) => (calls.push('two'), await untilAborted(context, {})));
    // A lease far longer than the test: going on at once is the stop's doing.
    const { store, engine, address } = await engineOn(first, { leaseMs: 600_000 });
    await engine.begin();
    const { taskId } = await engine.start(first, {}, { startedBy: 'ada' });
    await whenTask(store, taskId, ({ steps }) => steps[1]?.state === 'running');
    await engine.stop({ graceMs: 10, withinMs: 20_000 });
    const stopped = await seeTask(store, taskId);
    expect({ task: stopped.task.state, step: stopped.steps[1]?.state }).toEqual({
      task: 'running',
      step: 'waiting',
    });
    const second = definitionOf(
      async ({ attempt }, state) => void calls.push(`two again ${attempt} ${JSON.stringify(state)}`),
    );
    const next = await taskEngineForTest({ store, address, definitions: [second] }, { leaseMs: 600_000 });
    engines.push(next);
    await next.begin();
    expect((await whenTask(store, taskId)).task.state).toBe('succeeded');
    expect(calls).toEqual(['one', 'two', 'two again 2 {"a":1}']);
  });

  test('a stop lets a short step end', async () => {
    let isIn = false;
    let finish = (): void => undefined;
    const definition = taskOf({
      run: async () => {
        isIn = true;
        await new Promise<void>((resolve) => (finish = resolve));
      },
    });
    const { store, engine } = await engineOn(definition);
    await engine.begin();
    const { taskId } = await engine.start(definition, {}, { startedBy: 'ada' });
    await vi.waitFor(() => expect(isIn).toBe(true), { timeout: 20_000 });
    const stopped = engine.stop({ graceMs: 60_000 });
    finish();
    await stopped;
    expect((await seeTask(store, taskId)).steps[0]).toMatchObject({ state: 'done', attempts: 1 });
  });

  test('work of an unknown kind stays for an engine that knows it', async () => {
    const known = taskOf(ok);
    const unknownOf = (run: Run): TaskDefinition<unknown> => ({
      ...taskOf({ run }),
      kind: 'from-the-future',
    });
    const { store, engine, address } = await engineOn(unknownOf(untilAborted));
    await engine.begin();
    const { taskId } = await engine.start(unknownOf(untilAborted), {}, { startedBy: 'ada' });
    await whenTask(store, taskId, ({ steps }) => steps[0]?.state === 'running');
    await engine.stop({ graceMs: 0 });
    const older = await taskEngineForTest({ store, address, definitions: [known] });
    engines.push(older);
    await older.begin();
    const own = await older.start(known, {}, { startedBy: 'ada' });
    expect((await whenTask(store, own.taskId)).task.state).toBe('succeeded');
    expect((await seeTask(store, taskId)).task).toMatchObject({ state: 'running', error: '' });
    const again = { taskId, kind: 'from-the-future', input: {}, startedBy: 'ada' };
    expect(await older.startAgain(again)).toBeUndefined();
    await older.stop();
    const newer = await taskEngineForTest({
      store,
      address,
      definitions: [unknownOf(async () => undefined)],
    });
    engines.push(newer);
    await newer.begin();
    expect((await whenTask(store, taskId)).task.state).toBe('succeeded');
  });

  test('what ended long ago is forgotten, but no failure nobody has seen', async () => {
    const definition = taskOf({
      run: async ({ input }) =>
        (input as { fails: boolean }).fails ? Promise.reject(finalFailure) : undefined,
    });
    const { store, engine, address } = await engineOn(definition);
    await engine.begin();
    const ids: string[] = [];
    for (const fails of [false, true, true]) {
      const { taskId } = await engine.start(definition, { fails }, { startedBy: 'ada' });
      ids.push((await whenTask(store, taskId)).task.id);
    }
    await engine.stop();
    const tasks = store.tables<TasksTables>();
    await tasks
      .updateTable('task')
      .set({ ended_at_ms: Date.now() - 91 * 86_400_000 })
      .execute();
    await tasks
      .updateTable('task')
      .set({ dismissed: 1 })
      .where('id', '=', ids[2] ?? '')
      .execute();
    const next = await taskEngineForTest({ store, address, definitions: [definition] });
    engines.push(next);
    await next.begin();
    await vi.waitFor(
      async () => {
        const left = await tasks.selectFrom('task').select('id').execute();
        expect(left).toEqual([{ id: ids[1] }]);
        const steps = await tasks.selectFrom('task_step').select('task_id').execute();
        expect(steps).toEqual([{ task_id: ids[1] }]);
      },
      { timeout: 20_000 },
    );
  });

  test('a task whose record is lost ends with a sentence', async () => {
    const definition = taskOf(ok);
    const { store, engine } = await engineOn(definition);
    const { taskId } = await engine.start(definition, {}, { startedBy: 'ada' });
    const lost = { state: 'running', run_id: '00000000-0000-4000-8000-000000000000' } as const;
    await store.tables<TasksTables>().updateTable('task').set(lost).where('id', '=', taskId).execute();
    await engine.begin();
    const { task } = await whenTask(store, taskId);
    expect(task).toMatchObject({ state: 'failed', error_code: 'record-lost' });
    expect(task.error).toContain('start it again');
  });

  testWhen(kind === 'postgres')(
    'two engines share the work, and one cancels what the other runs',
    async () => {
      const ran: string[] = [];
      const definitionOf = (name: string): TaskDefinition<unknown> =>
        taskOf({
          run: async (context) => {
            ran.push(name);
            await untilAborted(context, {});
          },
        });
      const { store, engine, address } = await engineOn(definitionOf('a'), { concurrency: 1 });
      const also = await openAlso(address, tasksSchemaForTest);
      const other = await taskEngineForTest(
        { store: also, address, definitions: [definitionOf('b')] },
        { concurrency: 1 },
      );
      engines.push(other);
      await engine.begin();
      await other.begin();
      const started = [0, 1].map(async () => await engine.start(definitionOf('a'), {}, { startedBy: 'ada' }));
      const tasks = await Promise.all(started);
      await vi.waitFor(() => expect(ran.toSorted()).toEqual(['a', 'b']), { timeout: 20_000 });
      for (const { taskId } of tasks) await other.cancel(taskId);
      for (const { taskId } of tasks) expect((await whenTask(store, taskId)).task.state).toBe('cancelled');
    },
  );
});
