import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startStoreChild } from '../../testing/store-child.ts';
import { tallySchema } from '../../testing/store-child-process.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { holdDuty, type DutyGrant } from './duty-hold.ts';
import type { Leases } from './leases.ts';
import { LeaseLost, StoreError } from './store-error.ts';
import type { Store } from './store.ts';

interface Tally {
  tally: { id: string; by: string };
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

interface Holder {
  readonly story: string[];
  readonly grants: DutyGrant[];
  stop(): Promise<void>;
}

function start(
  store: Pick<Store, 'leases'>,
  holder: string,
  rest: { priority?: number; ttlMs?: number; work?: (grant: DutyGrant) => Promise<void> } = {},
): Holder {
  const stopping = new AbortController();
  const story: string[] = [];
  const grants: DutyGrant[] = [];
  const held = holdDuty({
    store,
    name: 'collect',
    holder,
    // So long that no machine stands still for it, and looked for so often that nobody waits for it.
    ttlMs: rest.ttlMs ?? 10_000,
    rest: async (_, signal) => await sleep(20, undefined, { signal }).catch(() => undefined),
    priority: rest.priority ?? 0,
    signal: stopping.signal,
    run: async (grant) => {
      story.push(`begin ${grant.token}`);
      grants.push(grant);
      await (rest.work ?? (async () => await untilAborted(grant.signal)))(grant);
      story.push(`end ${grant.token}`);
    },
  });
  return {
    story,
    grants,
    stop: async () => {
      stopping.abort();
      await held;
    },
  };
}

describeOnBothStores('holding a duty', ({ newAddress, openStoreForTest }) => {
  test('is for one at a time, and goes to the next when the first stops', async () => {
    const store = await openStoreForTest();
    const one = start(store, 'one');
    await expect.poll(() => one.story).toEqual(['begin 1']);
    let asked = 0;
    const acquire: Leases['acquire'] = async (request) => {
      asked += 1;
      return await store.leases.acquire(request);
    };
    const two = start({ leases: { ...store.leases, acquire } }, 'two');
    await expect.poll(() => asked).toBeGreaterThan(5);
    expect(two.story).toEqual([]);
    await one.stop();
    expect(one.story).toEqual(['begin 1', 'end 1']);
    await expect.poll(() => two.story).toEqual(['begin 2']);
    await two.stop();
    expect(await store.leases.list()).toMatchObject([{ holder: undefined, token: 2 }]);
  });

  test('goes from a console to a worker that comes later', async () => {
    const store = await openStoreForTest();
    // Told at its next renewal, a third of its time to live later.
    const console_ = start(store, 'console', { priority: 1, ttlMs: 3000 });
    await expect.poll(() => console_.story).toEqual(['begin 1']);
    const worker = start(store, 'worker');
    await expect.poll(() => worker.story).toEqual(['begin 2']);
    expect(console_.story).toEqual(['begin 1', 'end 1']);
    await worker.stop();
    await expect.poll(() => console_.story.at(-1)).toBe('begin 3');
    await console_.stop();
  });

  test('is taken up again when the work fails or returns', async () => {
    const store = await openStoreForTest();
    let turns = 0;
    const one = start(store, 'one', {
      work: async () => {
        turns += 1;
        if (turns === 1) throw new Error('a bad day');
      },
    });
    await expect.poll(() => turns).toBeGreaterThan(2);
    await one.stop();
    expect(one.grants.map((grant) => grant.token)).toEqual(one.grants.map((_, index) => index + 1));
  });

  test('stops the work when the lease was lost, and its writes are refused', async () => {
    const store = await openStoreForTest([tallySchema]);
    // Its renewals never arrive: as if the process had been asleep for longer than its lease.
    const deaf: Leases = { ...store.leases, renew: async () => await new Promise<never>(() => undefined) };
    const release = Promise.withResolvers<void>();
    const one = start({ leases: deaf }, 'one', { ttlMs: 300, work: async () => await release.promise });
    await expect.poll(() => one.story).toEqual(['begin 1']);
    const grant = one.grants[0]!;
    await expect.poll(() => grant.signal.aborted).toBe(true);
    const two = start(store, 'two');
    await expect.poll(() => two.story).toEqual(['begin 2']);
    const late = store.transaction<Tally, void>(async (trx) => {
      await trx.insertInto('tally').values({ id: 'late', by: 'one' }).execute();
      await grant.guard(trx);
    });
    await expect(late).rejects.toThrow(LeaseLost);
    expect(await store.tables<Tally>().selectFrom('tally').selectAll().execute()).toEqual([]);
    release.resolve();
    await two.stop();
  });

  test('outlives an absence of the database shorter than the lease, and stops for a longer one', async () => {
    const store = await openStoreForTest();
    let isAway = false;
    const away = async (): Promise<never> => await Promise.reject(new StoreError('unreachable', 'away'));
    const flaky: Leases = {
      ...store.leases,
      acquire: async (request) => (isAway ? await away() : await store.leases.acquire(request)),
      renew: async (lease) => (isAway ? await away() : await store.leases.renew(lease)),
    };
    const one = start({ leases: flaky }, 'one', { ttlMs: 5000 });
    await expect.poll(() => one.story).toEqual(['begin 1']);
    isAway = true;
    await expect.poll(() => one.story).toEqual(['begin 1', 'end 1']);
    isAway = false;
    await expect.poll(() => one.story).toEqual(['begin 1', 'end 1', 'begin 2']);
    await one.stop();
  });

  test('moves to another process when the first is killed', async () => {
    const address = await newAddress();
    const store = await openStoreForTest([tallySchema], { address });
    const hasWritten = async (token: number): Promise<void> =>
      await expect
        .poll(
          async () =>
            await store
              .tables<Tally>()
              .selectFrom('tally')
              .select('id')
              .where('id', 'like', `${token}-%`)
              .execute(),
          { timeout: 60_000 },
        )
        .not.toEqual([]);
    const first = startStoreChild('duty', address, '0');
    await first.said('holds 1');
    await hasWritten(1);
    const others = [startStoreChild('duty', address, '0'), startStoreChild('duty', address, '0')];
    await Promise.all(others.map(async (child) => await child.said('ready')));
    await first.kill();
    const second = await Promise.any(others.map(async (child) => (await child.said('holds 2'), child)));
    await hasWritten(2);
    await second.kill();
    const third = others.find((child) => child !== second)!;
    await third.said('holds 3');
    await hasWritten(3);
    await third.kill();
    const rows = await store.tables<Tally>().selectFrom('tally').select(['id', 'by']).execute();
    const writers = new Set(rows.map((row) => `${row.id.split('-')[0]} ${row.by}`));
    // One process per token.
    expect(writers.size).toBe(3);
  });
});
