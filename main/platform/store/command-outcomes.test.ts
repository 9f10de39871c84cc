import { expect, test } from 'vitest';
import { startStoreChild } from '../../testing/store-child.ts';
import { tallySchema } from '../../testing/store-child-process.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { CommandClaim } from './command-outcomes.ts';

const claim = (rest: Partial<CommandClaim> = {}): CommandClaim => ({
  key: 'key',
  operation: 'vm.create',
  inputHash: 'hash',
  holder: 'one',
  ...rest,
});

interface Tally {
  tally: { id: string; by: string };
}

describeOnBothStores('the outcome of a command', ({ kind, newAddress, openAlso, openStoreForTest }) => {
  test('is told to whoever sends the command again', async () => {
    const { outcomes } = await openStoreForTest();
    expect(await outcomes.find('key')).toBeUndefined();
    expect(await outcomes.claim(undefined, claim())).toEqual({ state: 'fresh', takenOver: false });
    expect(await outcomes.claim(undefined, claim({ holder: 'two' }))).toMatchObject({
      state: 'running',
      holder: 'one',
    });
    await outcomes.finish(undefined, 'key', 'one', { vm: 7 });
    expect(await outcomes.claim(undefined, claim({ holder: 'two' }))).toEqual({
      state: 'done',
      result: { vm: 7 },
    });
    expect(await outcomes.find('key')).toEqual({ state: 'done', result: { vm: 7 } });
  });

  const mistakes: readonly Partial<CommandClaim>[] = [{ inputHash: 'other' }, { operation: 'vm.delete' }];
  test.for(mistakes)('is refused to %o under the same key', async (mistake) => {
    const { outcomes } = await openStoreForTest();
    await outcomes.claim(undefined, claim());
    expect(await outcomes.claim(undefined, claim(mistake))).toEqual({
      state: 'conflict',
      operation: 'vm.create',
    });
  });

  test('is forgotten with the transaction that was rolled back', async () => {
    const store = await openStoreForTest();
    const failing = store.transaction(async (trx) => {
      await store.outcomes.claim(trx, claim());
      await store.outcomes.finish(trx, 'key', 'one', 1);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await store.outcomes.find('key')).toBeUndefined();
    expect(await store.outcomes.claim(undefined, claim())).toMatchObject({ state: 'fresh' });
  });

  test('is given up by its holder alone', async () => {
    const { outcomes } = await openStoreForTest();
    await outcomes.claim(undefined, claim());
    await outcomes.release(undefined, 'key', 'two');
    expect(await outcomes.claim(undefined, claim({ holder: 'two' }))).toMatchObject({ state: 'running' });
    await outcomes.release(undefined, 'key', 'one');
    expect(await outcomes.claim(undefined, claim({ holder: 'two' }))).toEqual({
      state: 'fresh',
      takenOver: false,
    });
    await expect(outcomes.finish(undefined, 'key', 'one', 1)).rejects.toThrow('not claimed by one');
  });

  test('is taken over from a holder who never finished', async () => {
    const { outcomes } = await openStoreForTest();
    await outcomes.claim(undefined, claim({ ttlMs: -1 }));
    expect(await outcomes.claim(undefined, claim({ holder: 'two' }))).toEqual({
      state: 'fresh',
      takenOver: true,
    });
    await expect(outcomes.finish(undefined, 'key', 'one', 'late')).rejects.toThrow('not claimed by one');
    await outcomes.finish(undefined, 'key', 'two', 'mine');
    expect(await outcomes.find('key')).toEqual({ state: 'done', result: 'mine' });
  });

  test('is forgotten when old, unless still running', async () => {
    const { outcomes } = await openStoreForTest();
    await outcomes.claim(undefined, claim({ key: 'running' }));
    await outcomes.claim(undefined, claim());
    await outcomes.finish(undefined, 'key', 'one', 1);
    expect(await outcomes.expire(60_000)).toBe(0);
    // Once its moment is over: a store in memory does all of this within one millisecond.
    await expect.poll(async () => await outcomes.expire(-1)).toBe(1);
    expect(await outcomes.find('running')).toMatchObject({ state: 'running' });
  });

  test('is not said to be missing while the server still commits it', async () => {
    const address = await newAddress();
    const store = await openStoreForTest([], { address });
    const other = kind === 'postgres' ? await openAlso(address) : store;
    const [, found] = await whileOpen(
      store,
      async (trx) => {
        await store.outcomes.claim(trx, claim());
        await store.outcomes.finish(trx, 'key', 'one', 'made');
      },
      async () => await other.outcomes.find('key'),
    );
    expect(found).toEqual({ state: 'done', result: 'made' });
    expect(await other.outcomes.find('nobody')).toBeUndefined();
    expect(await other.outcomes.claim(undefined, claim({ key: 'nobody' }))).toMatchObject({ state: 'fresh' });
  });

  test('is its holder’s for as long as the claim is renewed', async () => {
    const { outcomes } = await openStoreForTest();
    await outcomes.claim(undefined, claim({ ttlMs: -1 }));
    await outcomes.renew('key', 'one');
    expect(await outcomes.claim(undefined, claim({ holder: 'two' }))).toMatchObject({ state: 'running' });
    await outcomes.renew('key', 'two', -1);
    expect(await outcomes.claim(undefined, claim({ holder: 'two' }))).toMatchObject({ state: 'running' });
    await outcomes.abandon('key', 'one');
    expect(await outcomes.claim(undefined, claim({ holder: 'two' }))).toEqual({
      state: 'fresh',
      takenOver: true,
    });
  });

  test('is one, however many run the command at once', async () => {
    const store = await openStoreForTest([tallySchema]);
    const run = async (holder: string): Promise<unknown> =>
      await store.transaction<Tally, unknown>(async (trx) => {
        const claimed = await store.outcomes.claim(trx, claim({ holder }));
        if (claimed.state !== 'fresh') return claimed;
        await trx.insertInto('tally').values({ id: holder, by: holder }).execute();
        await store.outcomes.finish(trx, 'key', holder, holder);
        return { state: 'done', result: holder };
      });
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(run));
    const [row, ...others] = await store.tables<Tally>().selectFrom('tally').selectAll().execute();
    expect(others).toEqual([]);
    expect(answers).toEqual(Array.from({ length: 5 }, () => ({ state: 'done', result: row!.by })));
  });

  test('is one when processes race for the same keys', async () => {
    const address = await newAddress();
    const store = await openStoreForTest([tallySchema], { address });
    const children = Array.from({ length: 3 }, () => startStoreChild('command', address, '40'));
    expect(await Promise.all(children.map(async (child) => await child.ended))).toEqual([0, 0, 0]);
    const kept = new Map(
      (await store.tables<Tally>().selectFrom('tally').selectAll().execute()).map((row) => [row.id, row.by]),
    );
    expect(kept.size).toBe(40);
    for (const child of children) {
      for (const [id, by] of kept) expect(child.lines).toContain(`result ${id} ${by}`);
    }
  });
});
