import { expect, test, vi } from 'vitest';
import type { Store } from '../../platform/store/store.ts';
import { madeUpTasks, taskOf, untilAborted, type Run } from '../../testing/made-up-task.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { whenTask } from '../../testing/tasks-for-test.ts';

describeOnBothStores('a task that is cancelled or watched', (stores) => {
  const { engineOn } = madeUpTasks(stores);

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
});
