import { afterEach, expect, test } from 'vitest';
import type { Actor, CallContext } from '../../platform/calls/call-context.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { Store } from '../../platform/store/store.ts';
import type { TaskDefinition } from '../../platform/tasks/task-definition.ts';
import type { TaskEngine } from '../../platform/tasks/task-engine.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { taskEngineForTest, tasksSchemaForTest, whenTask } from '../../testing/tasks-for-test.ts';
import { tasksHandlers } from './tasks-handlers.ts';
import { activeTasksAbout } from './tasks-public.ts';

interface Wish {
  readonly vm: string;
  readonly fails?: boolean;
  readonly sealed?: { readonly password: string };
}

const broken = new OperatingFailure({
  code: 'no-room',
  sentence: 'The pool default of hv1 is full.',
  remote: { system: 'libvirt', code: '1', message: 'No space left on device' },
});

const resize: TaskDefinition<Wish> = {
  kind: 'disk-resize',
  title: ({ vm }) => `Resize the disk of ${vm}`,
  subject: ({ vm }) => ({ kind: 'vm', id: `vm_${vm}`, name: vm }),
  steps: [
    {
      name: 'resize',
      title: () => 'Resize the disk',
      run: async ({ input, log }) => {
        log('info', 'asked the host');
        if (input.fails) throw broken;
      },
    },
  ],
  result: () => ({ bytes: 42, grown: true }),
};

const engines: TaskEngine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop({ graceMs: 0, withinMs: 500 });
});

describeOnBothStores('tasks, as they are called', ({ newAddress, openStoreForTest }) => {
  async function world() {
    const address = await newAddress();
    const store = await openStoreForTest(tasksSchemaForTest, { address });
    const engine = await taskEngineForTest({ store, address, definitions: [resize] });
    engines.push(engine);
    const start = async (vm: string, fails = false, by = 'ada'): Promise<string> =>
      (await engine.start(resize, { vm, fails }, { startedBy: by })).taskId;
    return { store, engine, start, handlers: tasksHandlers({ engine }), context: contextOf(store) };
  }

  function contextOf(store: Store): CallContext {
    const ada: Actor = { id: 'person_ada', login: 'ada', name: 'Ada', role: 'administrator' };
    return {
      actor: ada,
      operation: 'tasks.test',
      operationId: 'op_1',
      signal: new AbortController().signal,
      tables: <T>() => store.tables<T>(),
      note: async (topic, key) =>
        await store.transaction(async (trx) => await store.changes.note(trx, topic, key)),
      subject: () => undefined,
    };
  }

  const page = { query: '', sort: 'created', direction: 'desc', limit: 100 } as const;

  test('a task with its steps, its log and its result', async () => {
    const { store, engine, start, handlers, context } = await world();
    await engine.begin();
    const taskId = await start('acme');
    await whenTask(store, taskId);
    const got = await handlers.taskGet({ taskId }, context);
    expect(got).toMatchObject({
      ok: true,
      value: {
        id: taskId,
        kind: 'disk-resize',
        title: 'Resize the disk of acme',
        state: 'succeeded',
        step: 'Resize the disk',
        stepsDone: 1,
        stepsTotal: 1,
        subject: { kind: 'vm', id: 'vm_acme', name: 'acme' },
        startedBy: 'ada',
        canCancel: false,
        canRetry: false,
        steps: [{ name: 'resize', title: 'Resize the disk', state: 'done', attempts: 1 }],
        log: [{ level: 'info', text: 'asked the host' }],
        result: { bytes: 42, grown: true },
        errorRemote: '',
      },
    });
    expect(await handlers.taskGet({ taskId: 'task_x' }, context)).toMatchObject({
      ok: false,
      code: 'no-such-task',
    });
  });

  test('what is sealed in the input goes when the task has succeeded, and stays to be tried again', async () => {
    const { store, engine } = await world();
    await engine.begin();
    const inputAfter = async (wish: Wish): Promise<unknown> => {
      const { taskId } = await engine.start(resize, wish, { startedBy: 'ada' });
      return JSON.parse((await whenTask(store, taskId)).task.input);
    };
    const sealed = { password: 'k1.sealed' };
    expect(await inputAfter({ vm: 'acme', sealed })).toEqual({ vm: 'acme' });
    expect(await inputAfter({ vm: 'acme', fails: true, sealed })).toEqual({
      vm: 'acme',
      fails: true,
      sealed,
    });
  });

  test('the list, newest first, by state, subject, starter and words', async () => {
    const { store, engine, start, handlers, context } = await world();
    const ids: string[] = [];
    await engine.begin();
    for (const vm of ['acme', 'beta']) {
      const id = await start(vm, vm === 'beta', vm === 'acme' ? 'ada' : 'bob');
      ids.push((await whenTask(store, id)).task.id);
    }
    await engine.stop();
    ids.push(await start('acme-queued'));
    const found = async (query: string): Promise<string> => {
      const answer = await handlers.taskList({ ...page, query }, context);
      return answer.ok ? answer.value.rows.map((row) => row.subject.name).join(' ') : answer.code;
    };
    expect(await found('')).toBe('acme-queued beta acme');
    expect(await found('state:failed')).toBe('beta');
    expect(await found('state:queued,succeeded')).toBe('acme-queued acme');
    expect(await found('subject:vm_acme by:ada')).toBe('acme-queued acme');
    expect(await found('kind:disk-resize by:bob')).toBe('beta');
    expect(await found('-acme')).toBe('beta');
    const first = await handlers.taskList({ ...page, limit: 2 }, context);
    expect(first).toMatchObject({ value: { total: 3, rows: [{ id: ids[2] }, { id: ids[1] }] } });
    expect(await handlers.taskCounts({}, context)).toEqual({
      ok: true,
      value: { queued: 1, running: 0, failed: 1 },
    });
    expect(await activeTasksAbout(store.tables(), 'acme-queued')).toEqual([
      { taskId: ids[2], kind: 'disk-resize', title: 'Resize the disk of acme-queued' },
    ]);
    expect(await activeTasksAbout(store.tables(), 'vm_acme')).toEqual([]);
  });

  test('a failed task can be tried again, once however often it is clicked, and put aside', async () => {
    const { store, engine, start, handlers, context } = await world();
    await engine.begin();
    const taskId = await start('acme', true);
    await whenTask(store, taskId);
    expect(await handlers.taskGet({ taskId }, context)).toMatchObject({
      value: {
        state: 'failed',
        error: broken.message,
        errorRemote: 'libvirt 1: No space left on device',
        canRetry: true,
      },
    });
    const [again, clicked] = [
      await handlers.taskRetry({ taskId }, context),
      await handlers.taskRetry({ taskId }, context),
    ];
    expect(again).toEqual(clicked);
    const next = again.ok ? again.value.taskId : '';
    expect(await whenTask(store, next)).toMatchObject({ task: { retry_of: taskId, state: 'failed' } });
    await handlers.taskDismiss({ taskId }, context);
    expect(await handlers.taskCounts({}, context)).toMatchObject({ value: { failed: 1 } });
    expect(await handlers.taskGet({ taskId }, context)).toMatchObject({ value: { dismissed: true } });
  });

  test.each([
    ['taskCancel', 'no-such-task', 'task-ended'],
    ['taskRetry', 'no-such-task', 'task-not-failed'],
  ] as const)(
    '%s refuses what is unknown (%s) and what has succeeded (%s)',
    async (operation, unknown, ended) => {
      const { store, engine, start, handlers, context } = await world();
      await engine.begin();
      const taskId = await start('acme');
      await whenTask(store, taskId);
      expect(await handlers[operation]({ taskId: 'task_x' }, context)).toMatchObject({
        ok: false,
        code: unknown,
      });
      expect(await handlers[operation]({ taskId }, context)).toMatchObject({ ok: false, code: ended });
    },
  );
});
