import { expect, test, vi } from 'vitest';
import type { TaskDefinition } from '../../platform/tasks/task-definition.ts';
import { finalFailure, madeUpTasks, ok, taskOf, untilAborted, type Run } from '../../testing/made-up-task.ts';
import { describeOnBothStores, testWhen } from '../../testing/store-for-test.ts';
import { seeTask, taskEngineForTest, tasksSchemaForTest, whenTask } from '../../testing/tasks-for-test.ts';
import type { TasksTables } from './tasks-tables.ts';

describeOnBothStores('a task begun once, stopped and gone on with', (stores) => {
  const { openAlso, kind } = stores;
  const { engines, engineOn } = madeUpTasks(stores);

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
    await vi.waitFor(() => expect(isIn).toBe(true), { timeout: 60_000 });
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
      { timeout: 60_000 },
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
      await vi.waitFor(() => expect(ran.toSorted()).toEqual(['a', 'b']), { timeout: 60_000 });
      for (const { taskId } of tasks) await other.cancel(taskId);
      for (const { taskId } of tasks) expect((await whenTask(store, taskId)).task.state).toBe('cancelled');
    },
  );
});
