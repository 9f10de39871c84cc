import { expect, test, vi } from 'vitest';
import type { FromEngine } from '../../../shared/contract/messages.ts';
import { callAs, type CallResult } from '../../app/engine/call-operation.ts';
import { memoryPipe } from '../../app/engine/memory-pipe.ts';
import { servePipe } from '../../app/engine/serve-pipe.ts';
import type { Store } from '../../platform/store/store.ts';
import { engineForTest, schemaForEngineTest } from '../../testing/engine-for-test.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { PersonAtWork } from './person-at-work.ts';

const never = new AbortController().signal;
const anna = { login: 'anna', name: 'Anna', role: 'administrator', active: true };
const newcomer = { login: 'zoe', name: 'Zoe', role: 'observer' };

/** The store, counting how often a table of it is asked for. */
function counted(store: Store): { store: Store; asked: () => number } {
  let count = 0;
  const tables: Store['tables'] = () => ((count += 1), store.tables());
  return { store: { ...store, tables }, asked: () => count };
}

describeOnBothStores('a person at work', ({ kind, openStoreForTest, openAlso, newAddress }) => {
  /** The administrator's engine and the one anna works with: two on PostgreSQL, one where only one can be. */
  async function twoEngines() {
    const address = await newAddress();
    const here = await openStoreForTest(schemaForEngineTest, { address });
    const there = kind === 'postgres' ? await openAlso(address, schemaForEngineTest) : here;
    const boss = await PersonAtWork.enter(here, 'boss');
    const save = async (person: object): Promise<CallResult> =>
      await callAs(engineForTest(here), boss, { op: 'access.personSave', input: person, signal: never });
    expect(await save(anna)).toMatchObject({ ok: true });
    return { there, save };
  }

  async function following(store: Store): Promise<{ person: PersonAtWork; stop: () => Promise<void> }> {
    const person = await PersonAtWork.enter(store, 'anna');
    const stopping = new AbortController();
    const ended = person.follow(stopping.signal);
    return { person, stop: async () => (stopping.abort(), await ended) };
  }

  test('loses a right in the engine they work with while it runs', async () => {
    const { there, save } = await twoEngines();
    const { person, stop } = await following(there);
    const engine = engineForTest(there);
    const call = async (): Promise<CallResult> =>
      await callAs(engine, person, { op: 'access.personSave', input: newcomer, signal: never });
    expect(await call()).toMatchObject({ ok: true });
    await save({ ...anna, role: 'observer' });
    await vi.waitFor(async () =>
      expect(await call()).toMatchObject({ error: { kind: 'forbidden', permission: 'access.administer' } }),
    );
    await save({ ...anna, active: false });
    await vi.waitFor(async () =>
      expect(await call()).toMatchObject({ error: { kind: 'failure', code: 'person-inactive' } }),
    );
    await save(anna);
    await vi.waitFor(async () => expect(await call()).toMatchObject({ ok: true }));
    await stop();
  });

  test('who may not work any more keeps no feed open', async () => {
    const { there, save } = await twoEngines();
    const { person, stop } = await following(there);
    const { caller, engine: end } = memoryPipe();
    const heard: FromEngine[] = [];
    caller.onMessage((message) => heard.push(message));
    servePipe(engineForTest(there), end, person);
    caller.send({ t: 'subscribe', id: 1, op: 'system.changes', input: { topics: ['vm'] }, credit: 9 });
    await vi.waitFor(() => expect(heard).toContainEqual(expect.objectContaining({ t: 'feed', id: 1 })));
    await save({ ...anna, active: false });
    const ended = { t: 'feed-end', id: 1, error: expect.objectContaining({ code: 'person-inactive' }) };
    await vi.waitFor(() => expect(heard).toContainEqual(ended), 10_000);
    caller.close();
    await stop();
  });

  test('is looked up once for many calls, and anew when the feed tells nothing', async () => {
    const { there, save } = await twoEngines();
    const { store, asked } = counted(there);
    // Nobody follows the feed: as when it is cut off.
    const person = await PersonAtWork.enter(store, 'anna');
    const before = asked();
    await Promise.all(Array.from({ length: 50 }, async () => await person.current()));
    expect(asked() - before).toBeLessThanOrEqual(1);
    await save({ ...anna, role: 'observer' });
    const patience = { timeout: 60_000, interval: 100 };
    await vi.waitFor(
      async () => expect(await person.current()).toMatchObject({ role: 'observer' }),
      patience,
    );
  });
});
