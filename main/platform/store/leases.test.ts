import { expect, test } from 'vitest';
import { describeOnBothStores, testWhen } from '../../testing/store-for-test.ts';
import type { Lease, LeaseRequest } from './leases.ts';
import { LeaseLost } from './store-error.ts';

const request = (holder: string, rest: Partial<LeaseRequest> = {}): LeaseRequest => ({
  name: 'collect',
  holder,
  ttlMs: 60_000,
  ...rest,
});
/** Over at once, so that the next acquires it. */
const expired = { ttlMs: 0 };

describeOnBothStores('a lease', ({ kind, openStoreForTest }) => {
  test('has one holder, and a token that grows with each', async () => {
    const { leases } = await openStoreForTest();
    const one = await leases.acquire(request('one', expired));
    expect(one).toEqual({ name: 'collect', holder: 'one', ttlMs: 0, token: 1 });
    const two = await leases.acquire(request('two'));
    expect(two).toMatchObject({ holder: 'two', token: 2 });
    expect(await leases.acquire(request('three'))).toBeUndefined();
    await leases.release(two!);
    expect(await leases.list()).toMatchObject([{ name: 'collect', holder: undefined, token: 2 }]);
    expect(await leases.acquire(request('three'))).toMatchObject({ token: 3 });
    expect(await leases.acquire(request('three', { name: 'bill' }))).toMatchObject({ token: 1 });
  });

  test('is renewed by its holder, even late, as long as nobody took it', async () => {
    const { leases } = await openStoreForTest();
    const one = (await leases.acquire(request('one', expired))) as Lease;
    expect(await leases.renew(one)).toBe('held');
    await leases.acquire(request('two'));
    expect(await leases.renew(one)).toBe('lost');
    await leases.release(one);
    expect(await leases.list()).toMatchObject([{ holder: 'two', token: 2 }]);
  });

  test('guards writes: those of an older token are not made', async () => {
    const store = await openStoreForTest();
    const one = (await store.leases.acquire(request('one', expired))) as Lease;
    const write = async (lease: Lease): Promise<void> =>
      await store.transaction(async (trx) => {
        await store.changes.note(trx, 'vm', lease.holder);
        await store.leases.guard(trx, lease);
      });
    // Expired, but nobody came after.
    await write(one);
    const two = (await store.leases.acquire(request('two'))) as Lease;
    await expect(write(one)).rejects.toThrow(LeaseLost);
    await write(two);
    await store.leases.release(two);
    const three = (await store.leases.acquire(request('three'))) as Lease;
    await expect(write(two)).rejects.toThrow(LeaseLost);
    await write(three);
  });

  testWhen(kind === 'postgres')('is not given away while a guarded transaction runs', async () => {
    const store = await openStoreForTest();
    const one = (await store.leases.acquire(request('one', expired))) as Lease;
    const writing = await store.tables().startTransaction().execute();
    await store.leases.guard(writing, one);
    const order: string[] = [];
    const taking = store.leases.acquire(request('two')).then(() => order.push('taken'));
    await store.nowMs();
    order.push('committed');
    await writing.commit().execute();
    await taking;
    expect(order).toEqual(['committed', 'taken']);
  });

  test('is handed over to who comes first, and not taken by others meanwhile', async () => {
    const { leases } = await openStoreForTest();
    const worker = request('worker', { priority: 0 });
    const console_ = request('console', { priority: 1, ttlMs: 0 });
    const held = (await leases.acquire({ ...console_, ttlMs: 0 })) as Lease;
    const lasting = { ...held, ttlMs: 60_000 };
    expect(await leases.renew(lasting)).toBe('held');
    expect(await leases.acquire(request('another console', { priority: 1 }))).toBeUndefined();
    expect(await leases.renew(lasting)).toBe('held');
    expect(await leases.acquire(worker)).toBeUndefined();
    expect(await leases.renew(lasting)).toBe('wanted');
    await leases.release(lasting);
    expect(await leases.acquire(console_)).toBeUndefined();
    const taken = (await leases.acquire(worker)) as Lease;
    expect(taken.token).toBe(held.token + 1);
    expect(await leases.renew(taken)).toBe('held');
  });
});

describeOnBothStores('a free lease', ({ kind, openStoreForTest }) => {
  testWhen(kind === 'sqlite')('waits a while for who comes first, by the clock', async () => {
    const clock = { now: 1_000_000, nowMs: () => clock.now };
    const { leases } = await openStoreForTest([], { clock });
    const console_ = request('console', { priority: 1, ttlMs: 1000 });
    const worker = request('worker', { ttlMs: 1000 });
    expect(await leases.acquire(console_)).toBeUndefined();
    clock.now += 999;
    expect(await leases.acquire(console_)).toBeUndefined();
    clock.now += 1;
    const held = (await leases.acquire(console_)) as Lease;
    // Held for 1000 ms: a worker takes it when it is over, a console 1000 ms later.
    clock.now += 999;
    expect(await leases.acquire(worker)).toBeUndefined();
    expect(await leases.renew(held)).toBe('wanted');
    clock.now += 1001;
    expect(await leases.acquire(console_)).toBeUndefined();
    expect(await leases.acquire(worker)).toMatchObject({ token: 2 });
  });
});
