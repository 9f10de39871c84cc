import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fleetTestSchema } from '../../../testing/fleet-for-test.ts';
import {
  hostSeen,
  MINUTE_MS,
  sightingRoom,
  T0,
  uuidOf,
  vmSeen,
} from '../../../testing/sightings-for-test.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { HOUR_MS, LONGEST_GAP_MS } from './usage-accrual.ts';
import {
  accrueHoldings,
  addressCount,
  holdingsAfter,
  mayHoldingsWait,
  type Holdings,
  type HoldingsSeen,
  type HoldingsSlice,
} from './usage-holdings.ts';
import { usageOf, usageSums } from '../usage-public.ts';
import { recordMoved } from '../vms/vm-moved.ts';

const GIB = 1024 ** 3;

const seen = (atMs: number, more: Partial<HoldingsSeen> = {}): HoldingsSeen => ({
  atMs,
  powered: true,
  boot: 'hv1/boot/7',
  diskMib: 0,
  addresses: 0,
  sentBytes: undefined,
  startedAtMs: undefined,
  ...more,
});
const off = (atMs: number): HoldingsSeen => seen(atMs, { powered: false, boot: '' });

/** Looks at these moments, one after the other. */
function watch(sights: readonly HoldingsSeen[]): HoldingsSlice[] {
  const all: HoldingsSlice[] = [];
  let mark: (Holdings & { atMs: number; powered: boolean }) | undefined;
  for (const sight of sights) {
    if (mark !== undefined && sight.atMs <= mark.atMs) continue;
    if (mark !== undefined) all.push(...accrueHoldings(mark, sight));
    mark = { ...holdingsAfter(mark, sight), atMs: sight.atMs, powered: sight.powered };
  }
  return all;
}
const sentIn = (slices: readonly HoldingsSlice[]): number =>
  slices.reduce((sum, { sentBytes }) => sum + sentBytes, 0);

describe('what a VM sent', () => {
  const minute = (n: number): number => T0 + n * MINUTE_MS;
  const told = (n: number, sentBytes: number, more: Partial<HoldingsSeen> = {}): HoldingsSeen =>
    seen(minute(n), { sentBytes, ...more });
  const next = { boot: 'hv1/boot/8' };
  test.each<[string, HoldingsSeen[], number]>([
    ['before it was first seen is not known', [told(0, 500)], 0],
    ['is what the counter grew by', [told(0, 500), told(1, 700), told(2, 700), told(3, 1000)], 500],
    ['is counted on after a host that did not say', [told(0, 500), seen(minute(1)), told(2, 700)], 200],
    [
      'is not counted again after a look that took it to be off',
      [told(0, 500), off(minute(1)), told(2, 700)],
      200,
    ],
    [
      'is nothing where the counter fell, and counted on from there',
      [told(0, 500), told(1, 200), told(2, 250)],
      50,
    ],
    [
      'in a boot that began since is all that it says',
      [told(0, 500), off(minute(1)), told(3, 90, { ...next, startedAtMs: minute(2) }), told(4, 100, next)],
      100,
    ],
    [
      'in a boot of which nobody knows when it began, from its first sight on',
      [told(0, 500), told(3, 90, next), told(4, 100, next)],
      10,
    ],
    [
      'on two hosts that both show it is never counted twice',
      [told(0, 500), told(1, 7, next), told(2, 600), told(3, 8, next), told(4, 650)],
      0,
    ],
  ])('%s', (_what, sights, bytes) => {
    expect(sentIn(watch(sights))).toBe(bytes);
  });

  test('comes to the counter whole, however often it is looked at, in hours that it could have been sent in', () => {
    const step = fc.record({ afterMs: fc.integer({ min: 1, max: 5 * HOUR_MS }), bytes: fc.nat(1e9) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        const sights = [seen(T0, { sentBytes: 10, diskMib: 3, addresses: 1 })];
        for (const { afterMs, bytes } of steps) {
          const last = sights.at(-1)!;
          sights.push({ ...last, atMs: last.atMs + afterMs, sentBytes: (last.sentBytes ?? 0) + bytes });
        }
        const slices = watch(sights);
        const end = sights.at(-1)!;
        expect(sentIn(slices)).toBe((end.sentBytes ?? 0) - 10);
        expect(slices.every(({ sentBytes }) => Number.isInteger(sentBytes) && sentBytes >= 0)).toBe(true);
        expect(slices.reduce((sum, { diskMibMs }) => sum + diskMibMs, 0)).toBe(3 * (end.atMs - T0));
        expect(slices.every(({ hourAtMs }) => hourAtMs < end.atMs)).toBe(true);
      }),
    );
  });
});

describe('what a VM holds', () => {
  test('counts its disks on or off, its addresses while it is on, and nothing over a gap that is too long', () => {
    const on = seen(T0, { diskMib: 100, addresses: 2 });
    const stopped = { ...off(T0 + MINUTE_MS), diskMib: 100, addresses: 2 };
    expect(watch([on, stopped, { ...stopped, atMs: T0 + 3 * MINUTE_MS }])).toEqual([
      { hourAtMs: T0, diskMibMs: 100 * MINUTE_MS, sentBytes: 0, addresses: 2 },
      { hourAtMs: T0, diskMibMs: 200 * MINUTE_MS, sentBytes: 0, addresses: 0 },
    ]);
    expect(watch([on, { ...on, atMs: T0 + LONGEST_GAP_MS + 1 }])).toEqual([]);
  });

  test('waits while nothing of it changes', () => {
    const mark = holdingsAfter(undefined, seen(T0, { diskMib: 5, addresses: 1, sentBytes: 10 }));
    const same = seen(T0 + 1, { diskMib: 5, addresses: 1, sentBytes: 11 });
    expect(mayHoldingsWait(mark, same)).toBe(true);
    for (const more of [{ diskMib: 6 }, { addresses: 0 }, { sentBytes: 9 }, { boot: 'hv1/boot/8' }])
      expect([more, mayHoldingsWait(mark, { ...same, ...more })]).toEqual([more, false]);
    expect(mayHoldingsWait(mark, { ...same, sentBytes: undefined })).toBe(true);
  });

  test('are addresses that others reach it by, each once', () => {
    const nics = [
      { addresses: ['10.0.0.7', 'fe80::1', '169.254.1.1', '2001:db8::7'] },
      { addresses: ['10.0.0.7', '10.0.0.8'] },
    ];
    expect(addressCount(nics)).toBe(3);
  });
});

describeOnBothStores('disks, what was sent and addresses', ({ openStoreForTest }) => {
  test('are counted with the hours of the same look, once, also where a collector dies or the VM moves', async () => {
    const room = await sightingRoom(await openStoreForTest(fleetTestSchema));
    const { store } = room;
    const blocks = [{ target: 'vda', capacityBytes: 10 * GIB, allocationBytes: GIB }];
    const at = (minute: number, sentBytes: number, more: Parameters<typeof vmSeen>[1] = {}) => {
      const vm = vmSeen(1, { blocks, cpuTimeMs: minute, sentBytes, ...more });
      return hostSeen(T0 + minute * MINUTE_MS, [vm]);
    };
    await room.record(at(0, 1000));
    const [row] = await store.tables<FleetTables>().selectFrom('vm').select('id').execute();
    const vmId = row!.id;
    await store
      .tables<FleetTables>()
      .updateTable('vm_detail')
      .set({ nics: JSON.stringify([{ mac: 'a', addresses: ['10.0.0.7', '10.0.0.8'] }]) })
      .execute();
    await room.record(at(10, 1000));
    const look = at(30, 5000);
    const died: Store = {
      ...store,
      transaction: (async (work: (trx: never) => Promise<unknown>) =>
        await store.transaction(async (trx) => {
          await work(trx as never);
          throw new Error('killed');
        })) as Store['transaction'],
    };
    await expect(room.record(look, { store: died })).rejects.toThrow('killed');
    for (let n = 0; n < 3; n += 1) await room.record(look);
    // Off for half an hour, in which its disk is there.
    const stopped = hostSeen(
      T0 + 60 * MINUTE_MS,
      [vmSeen(1, { blocks, state: 'shut-off', boot: '', sentBytes: undefined })],
      { switchedOff: [{ uuid: uuidOf(1), atMs: T0 + 40 * MINUTE_MS, boot: 'hv1/boot/1' }] },
    );
    await room.record(stopped);
    const range = { startMs: T0, endMs: T0 + 3 * HOUR_MS };
    const hour = async () => {
      const hours = await usageOf(store.tables(), [vmId], range);
      return hours.map(({ hourAtMs, runningMs, diskMibMs, sentBytes, addresses }) => [
        (hourAtMs - T0) / HOUR_MS,
        runningMs / MINUTE_MS,
        diskMibMs / 10_240 / MINUTE_MS,
        sentBytes,
        addresses,
      ]);
    };
    expect(await hour()).toEqual([[0, 40, 60, 4000, 2]]);
    // On again, moved by us to hv2, where its counter begins at nothing.
    const started = { boot: 'hv1/boot/2', startedAtMs: T0 + 70 * MINUTE_MS };
    await room.record(at(80, 100, started));
    const fromTo = { fromHostId: 'hv1', toHostId: 'hv2', sinceMs: T0 + 81 * MINUTE_MS };
    await store.transaction(
      async (trx) =>
        await recordMoved(store, trx, { vmId, uuid: uuidOf(1), ...fromTo, domainId: 5, state: 'running' }),
    );
    const there = { ...at(90, 30, { boot: 'hv2//5' }), hostId: 'hv2' };
    await room.record(there);
    const [, second] = await hour();
    expect(second?.slice(2)).toEqual([30, 130, 2]);
    const [sum] = await usageSums(store.tables(), [vmId], range);
    expect([sum?.sentBytes, sum?.addresses, sum?.diskMibMs]).toEqual([
      4130n,
      2,
      BigInt(90 * 10_240 * MINUTE_MS),
    ]);
  });
});
