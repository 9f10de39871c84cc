import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lease } from '../../platform/store/leases.ts';
import type { Store } from '../../platform/store/store.ts';
import { fleetTestSchema } from '../../testing/fleet-for-test.ts';
import {
  hostSeen,
  MINUTE_MS,
  sightingRoom,
  T0,
  uuidOf,
  vmSeen,
  type SightingRoom,
} from '../../testing/sightings-for-test.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { FleetTables } from './fleet-tables.ts';
import { HOUR_MS } from './usage-accrual.ts';
import { usageGaps, usageOf } from './usage-public.ts';
import { vmsWhole } from './vm-store.ts';

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
    const gib = (ms: number) => ({ runningMs: ms, vcpuMs: 2 * ms, mibMs: 1024 * ms });
    expect(await usageOf(room.store.tables(), [row!.id], range)).toEqual([
      { vmId: row!.id, hourAtMs: T0, ...gib(30 * MINUTE_MS) },
      { vmId: row!.id, hourAtMs: T0 + HOUR_MS, ...gib(30.5 * MINUTE_MS) },
    ]);
    expect(await usageOf(room.store.tables(), [row!.id], { ...range, endMs: T0 + HOUR_MS })).toHaveLength(1);
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
