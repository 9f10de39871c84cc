import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lease } from '../../../platform/store/leases.ts';
import type { Store } from '../../../platform/store/store.ts';
import { fleetTestSchema } from '../../../testing/fleet-for-test.ts';
import {
  hostSeen,
  MINUTE_MS,
  sightingRoom,
  T0,
  uuidOf,
  vmSeen,
  type SightingRoom,
} from '../../../testing/sightings-for-test.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { forgetVms } from '../sweep/sighting-record.ts';
import { HOUR_MS } from './usage-accrual.ts';
import { usageGaps, usageOf, usageSums } from '../usage-public.ts';
import { vmsWhole } from '../vms/vm-store.ts';

describeOnBothStores('usage of what was seen', ({ openStoreForTest }) => {
  const open = async (): Promise<SightingRoom> => await sightingRoom(await openStoreForTest(fleetTestSchema));
  const vms = async ({ store }: SightingRoom) =>
    await vmsWhole(store.tables<FleetTables>()).orderBy('name').execute();

  test('counts usage by the hour, also of a VM that is gone by now', async () => {
    const room = await open();
    await room.record(hostSeen(T0 + 30 * MINUTE_MS, [vmSeen(1)]));
    const [row] = await vms(room);
    await room.record(hostSeen(T0 + 90 * MINUTE_MS, [vmSeen(1)]));
    await room.record(
      hostSeen(T0 + 91 * MINUTE_MS, [vmSeen(1, { state: 'shut-off', boot: '' })], {
        switchedOff: [{ uuid: uuidOf(1), atMs: T0 + 90.5 * MINUTE_MS, boot: 'hv1/boot/1' }],
      }),
    );
    await room.record(hostSeen(T0 + 92 * MINUTE_MS, [], { undefinedUuids: [uuidOf(1)] }));
    expect(await vms(room)).toEqual([]);
    const range = { startMs: T0, endMs: T0 + 2 * HOUR_MS };
    const nothing = { diskMibMs: 0, sentBytes: 0, addresses: 0 };
    const gib = (ms: number) => ({ runningMs: ms, vcpuMs: 2 * ms, mibMs: 1024 * ms, ...nothing });
    expect(await usageOf(room.store.tables(), [row!.id], range)).toEqual([
      { vmId: row!.id, hourAtMs: T0, ...gib(30 * MINUTE_MS) },
      { vmId: row!.id, hourAtMs: T0 + HOUR_MS, ...gib(30.5 * MINUTE_MS) },
    ]);
    expect(await usageOf(room.store.tables(), [row!.id], { ...range, endMs: T0 + HOUR_MS })).toHaveLength(1);
    expect(await usageSums(room.store.tables(), [row!.id], range)).toEqual([
      {
        vmId: row!.id,
        runningMs: BigInt(60.5 * MINUTE_MS),
        vcpuMs: BigInt(121 * MINUTE_MS),
        mibMs: BigInt(1024 * 60.5 * MINUTE_MS),
        diskMibMs: 0n,
        sentBytes: 0n,
        addresses: 0,
        // Of the second hour, of which it was on longest.
        vcpuMarkMs: BigInt(61 * MINUTE_MS),
        mibMarkMs: BigInt(1024 * 30.5 * MINUTE_MS),
        diskMarkMibMs: 0n,
      },
    ]);
    expect(await usageSums(room.store.tables(), ['vm_other'], range)).toEqual([]);
  });

  test('counts each hour of a UUID that comes back for the VM it was then, that in which it came back for both', async () => {
    const room = await open();
    const db = room.store.tables<FleetTables>();
    const at = async (minutes: number, ...seen: Parameters<typeof hostSeen>[1]): Promise<void> =>
      await room.record(hostSeen(T0 + minutes * MINUTE_MS, seen));
    const gone = async (minutes: number): Promise<string> => {
      const sighting = { undefinedUuids: [uuidOf(1)] };
      const [{ id } = { id: '' }] = await vms(room);
      await room.record(hostSeen(T0 + minutes * MINUTE_MS, [], sighting));
      return id;
    };
    await at(0, vmSeen(1));
    await at(90, vmSeen(1));
    const first = await gone(100);
    await at(105, vmSeen(1));
    await at(110, vmSeen(1));
    const second = await gone(111);
    await at(112, vmSeen(1), vmSeen(2));
    await at(115, vmSeen(1), vmSeen(2));
    await at(180, vmSeen(1), vmSeen(2));
    const [third, other] = (await vms(room)).map(({ id }) => id);
    const range = { startMs: T0, endMs: T0 + 3 * HOUR_MS };
    const minutes = async (...ids: readonly (string | undefined)[]) =>
      (await usageOf(db, ids.map(String), range))
        .map((hour) => [ids.indexOf(hour.vmId), (hour.hourAtMs - T0) / HOUR_MS, hour.runningMs / MINUTE_MS])
        .toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);
    expect(await minutes(first, second, third)).toEqual([
      [0, 0, 60],
      [0, 1, 30],
      [1, 1, 5],
      [2, 1, 8],
      [2, 2, 60],
    ]);
    for (const [n, id] of [first, second, third].entries()) {
      const own = (await minutes(first, second, third)).filter(([of]) => of === n);
      expect((await minutes(id)).map(([, ...of]) => of)).toEqual(own.map(([, ...of]) => of));
    }
    const sums = await usageSums(db, [first, second, third!, other!], range);
    expect(new Map(sums.map((sum) => [sum.vmId, Number(sum.runningMs) / MINUTE_MS]))).toEqual(
      new Map([
        [first, 90],
        [second, 5],
        [third, 68],
        [other, 68],
      ]),
    );
    // What takes a VM off the list may be repeated when its UUID is another's by then.
    await room.store.transaction<FleetTables, void>(
      async (trx) => await forgetVms(trx, [{ id: first, uuid: uuidOf(1), name: 'vm1' }], T0 + HOUR_MS),
    );
    expect(await minutes(third)).toHaveLength(2);
    expect(await db.selectFrom('usage_mark').selectAll().execute()).toHaveLength(2);
  });

  test('many that go at once keep the hour they went in, each its own', async () => {
    const room = await open();
    const all = [1, 2, 3, 4].map((n) => vmSeen(n));
    await room.record(hostSeen(T0, all));
    await room.record(hostSeen(T0 + 90 * MINUTE_MS, all));
    const before = new Map((await vms(room)).map(({ id, uuid }) => [uuid, id]));
    const undefinedUuids = [1, 2, 3].map(uuidOf);
    await room.record(hostSeen(T0 + 95 * MINUTE_MS, all.slice(3), { undefinedUuids }));
    const rows = await room.store
      .tables<FleetTables>()
      .selectFrom('usage_hour')
      .select(['vm_uuid', 'hour_at_ms'])
      .orderBy('hour_at_ms')
      .orderBy('vm_uuid')
      .execute();
    const keptBy = (hourAtMs: number) =>
      rows.filter((row) => row.hour_at_ms === hourAtMs).map((row) => row.vm_uuid);
    expect(keptBy(T0)).toEqual([1, 2, 3, 4].map(uuidOf));
    expect(keptBy(T0 + HOUR_MS)).toEqual(
      [...undefinedUuids.map((uuid) => before.get(uuid) ?? ''), uuidOf(4)].toSorted(),
    );
  });

  test('says whose usage is not counted to an instant, and whether their host is away', async () => {
    const room = await open();
    const db = room.store.tables<FleetTables>();
    await room.record(hostSeen(T0, [vmSeen(1)]));
    await room.record(hostSeen(T0 + MINUTE_MS, [vmSeen(2)], { hostId: 'hv2' }));
    const ids = (await vms(room)).map(({ id }) => id);
    const gaps = async (endMs: number, asked: readonly string[] = ids) =>
      (await usageGaps(db, asked, { endMs, nowMs: Date.now() })).map(
        ({ vmId, isAway }) => [ids.indexOf(vmId) + 1, isAway] as const,
      );
    expect(await gaps(T0)).toEqual([]);
    expect(await gaps(T0 + MINUTE_MS)).toEqual([[1, false]]);
    expect(new Map(await gaps(T0 + 2 * MINUTE_MS))).toEqual(
      new Map([
        [1, false],
        [2, false],
      ]),
    );
    expect(await gaps(T0 + MINUTE_MS, [ids[1]!, 'vm_never_seen'])).toEqual([]);
    const [gap] = await usageGaps(db, ids, { endMs: T0 + MINUTE_MS, nowMs: Date.now() });
    expect(gap?.reason).toMatch(/^hv1 was last heard at 2026-11-22 09:00 UTC$/);
    const states = [
      ['connected', T0, false],
      ['connecting', T0, false],
      ['slow', Date.now(), false],
      ['slow', T0 - 30 * 24 * HOUR_MS, true],
      ['unreachable', Date.now(), true],
      ['refused', Date.now(), true],
      ['key-changed', Date.now(), true],
    ] as const;
    for (const [state, seenAtMs, isAway] of states) {
      await db.updateTable('host').set({ state, seen_at_ms: seenAtMs }).where('id', '=', 'hv1').execute();
      expect([state, await gaps(T0 + MINUTE_MS)]).toEqual([state, [[1, isAway]]]);
    }
    // More than a statement takes values; a VM that is lost is no longer waited for.
    const many = [...Array.from({ length: 40_000 }, (_, n) => `vm_${n}`), ...ids];
    expect(await gaps(T0 + MINUTE_MS, many)).toHaveLength(1);
    await room.record(hostSeen(T0 + 2 * MINUTE_MS, []));
    expect(await gaps(T0 + MINUTE_MS)).toEqual([]);
  });
});

describeOnBothStores('whatever happens to the collectors', ({ kind, openStoreForTest }) => {
  const step = fc.record({
    afterMs: fc.integer({ min: 1, max: 40 * MINUTE_MS }),
    /** The write fails at its end, as if the process had been killed there. */
    dies: fc.boolean(),
    /** Another collector takes over. */
    other: fc.boolean(),
    repeats: fc.integer({ min: 0, max: 2 }),
    /** Marks may wait this long. */
    countEveryMs: fc.constantFrom(0, 10 * MINUTE_MS),
  });

  test('is the time a VM was on, no more and no less', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const room = await sightingRoom(await openStoreForTest(fleetTestSchema));
        const dying = dyingStore(room.store);
        let lease = room.lease;
        let at = T0 + 7 * MINUTE_MS;
        await room.record(hostSeen(at, [vmSeen(1)]), { lease });
        for (const [index, one] of steps.entries()) {
          if (one.other) lease = await takeOver(room.store, `collector ${index}`);
          at += one.afterMs;
          const sighting = hostSeen(at, [vmSeen(1, { cpuTimeMs: at - T0 })]);
          if (one.dies)
            await expect(room.record(sighting, { lease, store: dying })).rejects.toThrow('killed');
          else {
            const { countEveryMs } = one;
            for (let n = 0; n <= one.repeats; n += 1) await room.record(sighting, { lease, countEveryMs });
          }
        }
        at += 1;
        await room.record(hostSeen(at, [vmSeen(1, { cpuTimeMs: at - T0 })]), { lease });
        const hours = await room.store.tables<FleetTables>().selectFrom('usage_hour').selectAll().execute();
        const total = hours.reduce((sum, hour) => sum + hour.running_ms, 0);
        expect(total).toBe(at - (T0 + 7 * MINUTE_MS));
        expect(
          hours.every(
            (hour) => hour.vcpu_ms === 2 * hour.running_ms && hour.memory_mib_ms === 1024 * hour.running_ms,
          ),
        ).toBe(true);
      }),
      { numRuns: kind === 'sqlite' ? 30 : 5 },
    );
  });
});

/** Its transactions do everything and then break off before the commit. */
function dyingStore(store: Store): Store {
  return {
    ...store,
    transaction: (async (work: (trx: never) => Promise<unknown>) =>
      await store.transaction(async (trx) => {
        await work(trx as never);
        throw new Error('killed');
      })) as Store['transaction'],
  };
}

async function takeOver(store: Store, holder: string): Promise<Lease> {
  for (;;) {
    const lease = await store.leases.acquire({ name: 'collect:default', holder, ttlMs: 1 });
    if (lease !== undefined) return lease;
  }
}
