import { expect, test, vi } from 'vitest';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { AccessTables } from '../../domains/access/access-tables.ts';
import { savePerson } from '../../domains/access/person-store.ts';
import { PersonAtWork } from '../../domains/access/access-public.ts';
import { personSave } from '../../domains/access/person-save.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { OutcomeUnknown, StoreError } from '../../platform/store/store-error.ts';
import type { AnyTransaction, Store } from '../../platform/store/store.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { callOperation, type Call } from './call-operation.ts';
import { actor, engineForTest, schemaForEngineTest } from '../../testing/engine-for-test.ts';

const anna = { login: 'anna', name: 'Anna', role: 'sysadmin' };
const call = (op: string, input: unknown, more: Partial<Call> = {}): Call => ({
  op,
  input,
  actor: actor(),
  signal: new AbortController().signal,
  ...more,
});

describeOnBothStores('a call', ({ kind, openStoreForTest, newAddress, openAlso }) => {
  test.each([
    ['nothing.atAll', {}, { kind: 'unknown-operation', operation: 'nothing.atAll' }],
    ['access.personSave', { login: 'Anna!', name: '', role: 'boss' }, { kind: 'bad-input' }],
    ['system.changes', {}, { kind: 'bad-input', sentence: 'system.changes is a feed: subscribe to it.' }],
    ['__proto__.constructor', {}, { kind: 'unknown-operation' }],
  ])('of %s with %o ends as it should', async (op, input, error) => {
    const engine = engineForTest(await openStoreForTest(schemaForEngineTest));
    expect(await callOperation(engine, call(op, input))).toMatchObject({ ok: false, error });
  });

  test('bad input names every wrong field by its path', async () => {
    const engine = engineForTest(await openStoreForTest(schemaForEngineTest));
    const result = await callOperation(
      engine,
      call('access.personSave', { login: 'A b', name: '', role: 'boss' }),
    );
    expect(result).toMatchObject({
      error: { issues: [{ path: 'login' }, { path: 'name' }, { path: 'role' }] },
    });
  });

  test('without the permission is forbidden and leaves no trace', async () => {
    const store = await openStoreForTest(schemaForEngineTest);
    const result = await callOperation(
      engineForTest(store),
      call('access.personSave', anna, { actor: actor('accountant') }),
    );
    expect(result).toMatchObject({
      ok: false,
      error: { kind: 'forbidden', permission: 'access.administer' },
    });
    expect(await store.audit.list({ limit: 10 })).toEqual([]);
  });

  test('writes its effect and its audit row together', async () => {
    const store = await openStoreForTest(schemaForEngineTest);
    const engine = engineForTest(store);
    expect(await callOperation(engine, call('access.personSave', anna))).toMatchObject({
      ok: true,
      value: { login: 'anna' },
    });
    const rows = await store.audit.list({ limit: 10 });
    expect(rows).toMatchObject([
      {
        actor: 'administrator',
        operation: 'access.personSave',
        phase: 'done',
        outcome: 'result',
        input: { login: 'anna' },
      },
    ]);
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 1 });
    const verdict = await callOperation(engine, call('system.auditVerify', {}));
    expect(verdict).toMatchObject({ ok: true, value: { head: { seq: 1, hash: rows[0]?.hash } } });
  });

  test('that is refused changes nothing and is in the audit log with its code', async () => {
    const store = await openStoreForTest(schemaForEngineTest);
    const half = engineForTest(store, {
      access: {
        personSave: async (_input, context) => {
          await savePerson(context.tables<AccessTables>(), {
            id: 'person_x',
            login: 'x',
            name: 'x',
            role: 'observer',
            active: 1,
            last_seen_at_ms: null,
          });
          return refuse('last-administrator', { login: 'x' });
        },
      },
    });
    expect(await callOperation(half, call('access.personSave', anna))).toMatchObject({
      ok: false,
      error: {
        kind: 'refusal',
        code: 'last-administrator',
        sentence: 'x is the last administrator: make somebody else one first.',
      },
    });
    expect(await store.tables<AccessTables>().selectFrom('person').selectAll().execute()).toEqual([]);
    expect(await store.audit.list({ limit: 10 })).toMatchObject([
      { outcome: 'refusal', result: { value: { code: 'last-administrator' } } },
    ]);
  });

  test.each([
    [
      new OperatingFailure({ code: 'host-lost', sentence: 'hv1 went away.', mayRetry: true }),
      { kind: 'failure', code: 'host-lost', sentence: 'hv1 went away.', mayRetry: true },
    ],
    [new TypeError('x is not a function'), { kind: 'bug' }],
  ])('whose handler throws %s is rolled back and told in words', async (thrown, error) => {
    const store = await openStoreForTest(schemaForEngineTest);
    const failing = engineForTest(store, {
      access: {
        personSave: async (_input, context) => {
          await savePerson(context.tables<AccessTables>(), {
            id: 'person_x',
            login: 'x',
            name: 'x',
            role: 'observer',
            active: 1,
            last_seen_at_ms: null,
          });
          throw thrown;
        },
      },
    });
    const result = await callOperation(failing, call('access.personSave', anna));
    expect(result).toMatchObject({ ok: false, error });
    expect(JSON.stringify(result)).not.toContain('is not a function');
    expect(await store.tables<AccessTables>().selectFrom('person').selectAll().execute()).toEqual([]);
  });

  test('sent twice at once with one key has its effect once and gives both the same answer', async () => {
    const address = await newAddress();
    const store = await openStoreForTest(schemaForEngineTest, { address });
    // SQLite has one process at a time; on PostgreSQL the two clicks go through two engines.
    const other = kind === 'postgres' ? await openAlso(address, schemaForEngineTest) : store;
    let runs = 0;
    const counting = {
      access: {
        personSave: async () => {
          runs += 1;
          return done({
            id: `person_${runs}`,
            login: 'anna',
            name: 'Anna',
            role: 'sysadmin' as const,
            active: true,
            lastSeenAt: null,
          });
        },
      },
    };
    const engines = [engineForTest(store, counting), engineForTest(other, counting)];
    const answers = await Promise.all(
      Array.from(
        { length: 6 },
        async (_, i) =>
          await callOperation(engines[i % 2]!, call('access.personSave', anna, { key: 'click-1' })),
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ ok: true });
    expect(await store.audit.list({ limit: 10 })).toHaveLength(1);
  });

  test('with the key of another call is refused in words', async () => {
    const engine = engineForTest(await openStoreForTest(schemaForEngineTest));
    await callOperation(engine, call('access.personSave', anna, { key: 'k' }));
    const result = await callOperation(
      engine,
      call('access.personSave', { ...anna, name: 'Other' }, { key: 'k' }),
    );
    expect(result).toMatchObject({ ok: false, error: { kind: 'failure', code: 'key-reused' } });
  });

  test.each([
    ['what its input names', 'access.personSave', anna, 'Anna'],
    ['the handler knows better', 'access.personSave', { ...anna, login: 'bert' }, 'Bert (bert)'],
    ['an object known only by its id', 'tasks.taskCancel', { taskId: 'task_1' }, 'task_1'],
  ])('that is refused has an object in the log: %s', async (_what, op, input, subject) => {
    const store = await openStoreForTest(schemaForEngineTest);
    const engine = engineForTest(store, {
      access: {
        personSave: async ({ login }, context) => {
          if (login === 'bert') context.subject('Bert (bert)');
          return refuse('last-administrator', { login });
        },
      },
      tasks: { taskCancel: async ({ taskId }) => refuse('no-such-task', { taskId }) },
    });
    await callOperation(engine, call(op, input));
    const [row] = await store.audit.list({ limit: 1 });
    expect(row).toMatchObject({ outcome: 'refusal', result: { subject } });
  });

  test('with an effect outside is logged when it begins and when it ends, secrets masked', async () => {
    const store = await openStoreForTest(schemaForEngineTest);
    const engine = engineForTest(store, {
      system: { practiceOpen: async ({ hosts }, context) => (context.subject('3 hosts'), done({ hosts })) },
    });
    expect(await callOperation(engine, call('system.practiceOpen', {}, { key: 'once' }))).toEqual({
      ok: true,
      value: { hosts: 3 },
    });
    expect(await callOperation(engine, call('system.practiceOpen', {}, { key: 'once' }))).toEqual({
      ok: true,
      value: { hosts: 3 },
    });
    const rows = await store.audit.list({ limit: 10 });
    expect(rows.map((row) => row.phase)).toEqual(['ended', 'begun']);
    expect(rows[0]).toMatchObject({ result: { subject: '3 hosts' } });
  });

  test('no secret is in the hash that tells one input from another', async () => {
    const store = await openStoreForTest(schemaForEngineTest);
    const engine = engineForTest(store, {
      fleet: { hostAdd: async ({ address }) => done({ hostId: 'host_1', name: address }) },
    });
    const add = (password: string, address = '10.0.0.1') =>
      callOperation(
        engine,
        call('fleet.hostAdd', { address, auth: { kind: 'password', password } }, { key: 'once' }),
      );
    const added = { ok: true, value: { hostId: 'host_1', name: '10.0.0.1' } };
    expect(await add('hunter2')).toEqual(added);
    expect(await add('hunter3')).toEqual(added);
    expect(await add('hunter2', '10.0.0.2')).toMatchObject({ ok: false });
  });

  /** An engine on the same store whose one outside command counts how often it ran. */
  function counting(store: Store, engineId: string, during: () => Promise<void> = async () => undefined) {
    const runs = { count: 0 };
    const engine = engineForTest(store, {
      system: {
        practiceOpen: async ({ hosts }) => {
          runs.count += 1;
          await during();
          return done({ hosts });
        },
      },
    });
    return { ...engine, engineId, runs };
  }
  const outside = (key: string): Call => call('system.practiceOpen', {}, { key });

  test('with an effect outside is not run again under its key when its engine died in the middle', async () => {
    const address = await newAddress();
    const store = await openStoreForTest(schemaForEngineTest, { address });
    const dead = counting(store, 'dead', async () => await new Promise<never>(() => undefined));
    void callOperation(dead, outside('k'));
    await vi.waitFor(() => expect(dead.runs.count).toBe(1));
    await store.outcomes.abandon('person_administrator:k', 'dead');
    const other = counting(store, 'other');
    for (const engine of [other, dead, other]) {
      expect(await callOperation(engine, outside('k'))).toMatchObject({
        ok: false,
        error: { kind: 'failure', code: 'outcome-unknown' },
      });
    }
    expect([dead.runs.count, other.runs.count]).toEqual([1, 0]);
    expect(await callOperation(other, outside('another'))).toMatchObject({ ok: true });
  });

  test('with an effect outside whose end cannot be written at once is done all the same, and its end is written later', async () => {
    const store = await openStoreForTest(schemaForEngineTest);
    let failures = 2;
    const away: Store = {
      ...store,
      transaction: async (work, options) => {
        if (failures < 2 && failures > 0) {
          failures -= 1;
          throw new StoreError('connection-lost', 'The connection broke.');
        }
        return await store.transaction(work, options);
      },
    };
    const engine = counting(away, 'engine', async () => void (failures = 1));
    expect(await callOperation(engine, outside('k'))).toEqual({ ok: true, value: { hosts: 3 } });
    expect(await callOperation(engine, outside('k'))).toEqual({ ok: true, value: { hosts: 3 } });
    expect(engine.runs.count).toBe(1);
    const rows = await store.audit.list({ limit: 10 });
    expect(rows.map((row) => row.phase)).toEqual(['ended', 'begun']);
  });

  test('with an effect outside that may have been made in the store is not called undone', async () => {
    const store = await openStoreForTest(schemaForEngineTest);
    const engine = counting(store, 'engine', async () => await Promise.reject(new OutcomeUnknown()));
    expect(await callOperation(engine, outside('k'))).toMatchObject({
      error: { code: 'store-outcome-unknown' },
    });
    expect(await callOperation(engine, outside('k'))).toMatchObject({ error: { code: 'outcome-unknown' } });
    expect(engine.runs.count).toBe(1);
  });

  test('of two administrators who strike each other off at once strikes off one', async () => {
    const address = await newAddress();
    const store = await openStoreForTest(schemaForEngineTest, { address });
    const other = kind === 'postgres' ? await openAlso(address, schemaForEngineTest) : store;
    const boss = (login: string): object => ({ login, name: login, role: 'administrator' });
    for (const login of ['eva', 'otto'])
      await callOperation(engineForTest(store), call('access.personSave', boss(login)));
    const context = (trx: AnyTransaction): CallContext =>
      ({
        tables: () => trx,
        note: async () => undefined,
        subject: () => undefined,
      }) as unknown as CallContext;
    const [first, second] = await whileOpen(
      store,
      async (trx) =>
        await personSave({ login: 'otto', name: 'otto', role: 'observer', active: true }, context(trx)),
      async () =>
        await callOperation(
          engineForTest(other),
          call('access.personSave', { ...boss('eva'), active: false }),
        ),
    );
    expect(first).toMatchObject({ ok: true });
    expect(second).toMatchObject({ ok: false, error: { code: 'last-administrator' } });
  });

  test('of two who open a new store at once makes one of them its administrator', async () => {
    const address = await newAddress();
    const store = await openStoreForTest(schemaForEngineTest, { address });
    const other = kind === 'postgres' ? await openAlso(address, schemaForEngineTest) : store;
    const people = await Promise.all([
      PersonAtWork.enter(store, 'eva'),
      PersonAtWork.enter(other, 'otto'),
      PersonAtWork.enter(store, 'eva'),
      PersonAtWork.enter(other, 'pia'),
    ]);
    const actors = await Promise.all(people.map(async (one) => await one.current()));
    const administrators = actors.filter((one) => one.role === 'administrator');
    expect(new Set(administrators.map((one) => one.login)).size).toBe(1);
  });
});
