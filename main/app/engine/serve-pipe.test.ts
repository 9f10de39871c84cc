import { expect, test, vi } from 'vitest';
import type { FromCaller, FromEngine } from '../../../shared/contract/messages.ts';
import { done } from '../../../shared/contract/outcome.ts';
import { FeedRefused } from '../../platform/calls/feed-refused.ts';
import type { Store } from '../../platform/store/store.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { callerForTest, engineForTest, schemaForEngineTest } from '../../testing/engine-for-test.ts';
import { memoryPipe } from './memory-pipe.ts';
import { servePipe } from './serve-pipe.ts';

function connect(engine: ReturnType<typeof engineForTest>) {
  const { caller, engine: end } = memoryPipe();
  const heard: FromEngine[] = [];
  let closed = false;
  caller.onMessage((message) => heard.push(message));
  caller.onClose(() => (closed = true));
  servePipe(engine, end, callerForTest());
  const say = (message: FromCaller): void => caller.send(message);
  const hear = async (t: FromEngine['t'], id: number): Promise<FromEngine> =>
    await vi.waitFor(() => {
      const found = heard.find((message) => message.t === t && 'id' in message && message.id === id);
      expect(found).toBeDefined();
      return found!;
    });
  const items = (id: number): FromEngine[] =>
    heard.filter((message) => message.t === 'feed' && message.id === id);
  return { caller, heard, say, hear, items, isClosed: () => closed };
}

const note = async (store: Store, key: string): Promise<void> =>
  await store.transaction(async (trx) => await store.changes.note(trx, 'vm', key));

describeOnBothStores('a connection', ({ openStoreForTest }) => {
  test('begins with hello and answers calls by their id, in any order', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const engine = engineForTest(await openStoreForTest(schemaForEngineTest), {
      system: { search: async () => (await gate, done({ hits: [] })) },
    });
    const { say, hear, heard } = connect(engine);
    say({ t: 'call', id: 1, op: 'system.search', input: { text: 'slow' } });
    say({ t: 'call', id: 2, op: 'access.whoAmI', input: {} });
    expect(await hear('result', 2)).toMatchObject({ value: { login: 'administrator' } });
    expect(heard[0]).toMatchObject({ t: 'hello', protocol: 1 });
    release();
    expect(await hear('result', 1)).toMatchObject({ value: { hits: [] } });
  });

  test('that cancels a call aborts its work', async () => {
    let begun = false;
    let aborted = false;
    const engine = engineForTest(await openStoreForTest(schemaForEngineTest), {
      system: {
        search: async (_input, { signal }) =>
          await new Promise((_resolve, reject) => {
            begun = true;
            signal.addEventListener('abort', () => ((aborted = true), reject(signal.reason as Error)));
          }),
      },
    });
    const { say, hear } = connect(engine);
    say({ t: 'call', id: 1, op: 'system.search', input: { text: 'x' } });
    await vi.waitFor(() => expect(begun).toBe(true));
    say({ t: 'cancel', id: 1 });
    expect(await hear('error', 1)).toMatchObject({ error: { kind: 'cancelled' } });
    expect(aborted).toBe(true);
  });

  test('that cancels a call before it began does not begin it', async () => {
    let begun = false;
    const engine = engineForTest(await openStoreForTest(schemaForEngineTest), {
      system: { search: async () => ((begun = true), done({ hits: [] })) },
    });
    const { say, hear } = connect(engine);
    say({ t: 'call', id: 1, op: 'system.search', input: { text: 'x' } });
    say({ t: 'cancel', id: 1 });
    expect(await hear('error', 1)).toMatchObject({ error: { kind: 'cancelled' } });
    expect(begun).toBe(false);
  });

  test('that drops aborts everything it had started', async () => {
    let begun = 0;
    let ended = 0;
    const engine = engineForTest(await openStoreForTest(schemaForEngineTest), {
      system: {
        search: async (_input, { signal }) =>
          await new Promise((_resolve, reject) => {
            begun += 1;
            signal.addEventListener('abort', () => ((ended += 1), reject(signal.reason as Error)));
          }),
      },
    });
    const { caller, say } = connect(engine);
    for (const id of [1, 2, 3]) say({ t: 'call', id, op: 'system.search', input: { text: 'x' } });
    say({ t: 'ping', id: 9 });
    await vi.waitFor(() => expect(begun).toBe(3));
    expect(ended).toBe(0);
    caller.close();
    await vi.waitFor(() => expect(ended).toBe(3));
  });

  test('follows a feed after a drop without a gap and without a double', async () => {
    const store = await openStoreForTest(schemaForEngineTest);
    const engine = engineForTest(store);
    const first = connect(engine);
    first.say({ t: 'subscribe', id: 1, op: 'system.changes', input: { topics: ['vm'] }, credit: 100 });
    await first.hear('feed', 1);
    for (const key of ['a', 'b']) await note(store, key);
    await vi.waitFor(() => expect(first.items(1)).toHaveLength(3), 10_000);
    const cursor = (first.items(1).at(-1) as { cursor: string }).cursor;
    first.caller.close();
    for (const key of ['c', 'd']) await note(store, key);
    const second = connect(engine);
    second.say({
      t: 'subscribe',
      id: 7,
      op: 'system.changes',
      input: { topics: ['vm'] },
      credit: 100,
      after: cursor,
    });
    await vi.waitFor(() => expect(second.items(7)).toHaveLength(2), 10_000);
    await note(store, 'e');
    await vi.waitFor(
      () =>
        expect(second.items(7).map((message) => (message as { item: { key: string } }).item.key)).toEqual([
          'c',
          'd',
          'e',
        ]),
      10_000,
    );
  });

  test('that grants no credit holds back the maker of items', async () => {
    let made = 0;
    const engine = engineForTest(await openStoreForTest(schemaForEngineTest), {
      system: {
        changes: async function* () {
          for (;;) {
            made += 1;
            yield { item: { topic: 't', key: String(made) } };
          }
        },
      },
    });
    const { say, items, hear } = connect(engine);
    say({ t: 'subscribe', id: 1, op: 'system.changes', input: {}, credit: 5 });
    await vi.waitFor(() => expect(items(1)).toHaveLength(5));
    say({ t: 'ping', id: 2 });
    await hear('pong', 2);
    expect(items(1)).toHaveLength(5);
    expect(made).toBe(6);
    say({ t: 'credit', id: 1, more: 2 });
    await vi.waitFor(() => expect(items(1)).toHaveLength(7));
    say({ t: 'cancel', id: 1 });
    await hear('feed-end', 1);
  });

  test.each([
    ['a feed that refuses', new FeedRefused('gone', {}), { kind: 'refusal', code: 'gone' }],
    ['a feed with a bug', new TypeError('inner words'), { kind: 'bug' }],
  ])('%s ends it with the reason', async (_name, thrown, error) => {
    const engine = engineForTest(await openStoreForTest(schemaForEngineTest), {
      system: {
        // oxlint-disable-next-line eslint/require-yield -- it fails before its first item, which is the point
        changes: async function* () {
          throw thrown;
        },
      },
    });
    const { say, hear } = connect(engine);
    say({ t: 'subscribe', id: 1, op: 'system.changes', input: {}, credit: 5 });
    expect(await hear('feed-end', 1)).toMatchObject({ error });
  });

  test.each([
    ['a call of a feed', { t: 'call', id: 1, op: 'system.changes', input: {} }, 'error'],
    [
      'a subscription to a query',
      { t: 'subscribe', id: 1, op: 'system.about', input: {}, credit: 1 },
      'feed-end',
    ],
    ['a subscription to nothing', { t: 'subscribe', id: 1, op: 'x.y', input: {}, credit: 1 }, 'feed-end'],
  ] as const)('%s is answered with an error', async (_name, message, answer) => {
    const { say, hear } = connect(engineForTest(await openStoreForTest(schemaForEngineTest)));
    say(message);
    expect(await hear(answer, 1)).toHaveProperty('error.sentence');
  });

  test.each([
    [{ t: 'call' }],
    [{ hello: 1 }],
    [null],
    ['text'],
    [{ t: 'subscribe', id: -1, op: 'x', credit: 0 }],
  ])('that says %o is closed', async (nonsense) => {
    const { say, isClosed } = connect(engineForTest(await openStoreForTest(schemaForEngineTest)));
    say(nonsense as unknown as FromCaller);
    await vi.waitFor(() => expect(isClosed()).toBe(true));
  });

  test('is closed when the engine stops', async () => {
    const engine = engineForTest(await openStoreForTest(schemaForEngineTest));
    const { isClosed } = connect(engine);
    engine.stop();
    await vi.waitFor(() => expect(isClosed()).toBe(true));
  });
});
