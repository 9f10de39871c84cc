import { expect, test } from 'vitest';
import { fleetForTest, fleetTestSchema, type FleetForTest } from '../../../testing/fleet-for-test.ts';
import { hostRowForTest } from '../../../testing/host-row.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { hostSeriesOf } from './host-series.ts';
import { loadOf, type Load } from '../sweep/load-meter.ts';
import { recordLoads } from '../sweep/load-record.ts';
import { rollUpLoad } from './load-roll-up.ts';
import { vmSeriesOf } from './vm-series.ts';
import type { VmSighting } from '../sweep/vm-sighting.ts';

const MINUTE = 60_000;
const DAY = 24 * 60;
/** A midnight: the day's chunk of five minutes begins here. */
const D0 = Date.UTC(2026, 10, 22) / MINUTE;
const load = (cpuPercent: number): Load =>
  loadOf((field) => (field === 'cpuPercent' ? cpuPercent : field === 'diskReadRate' ? null : 1000));

describeOnBothStores('load of hosts over time', ({ openStoreForTest }) => {
  const open = async (...hostIds: string[]): Promise<FleetForTest> => {
    const fleet = fleetForTest(await openStoreForTest(fleetTestSchema));
    if (hostIds.length > 0)
      await fleet.tables
        .insertInto('host')
        .values(hostIds.map((id) => hostRowForTest(id)))
        .execute();
    return fleet;
  };
  /** Minutes of a host, and of one VM on it. */
  const hear = async ({ store }: FleetForTest, hostId: string, minutes: Readonly<Record<number, number>>) =>
    await store.transaction<FleetTables, void>(async (trx) => {
      for (const [text, cpu] of Object.entries(minutes)) {
        const minute = Number(text);
        const vm = { uuid: `vm of ${hostId}`, minutes: [{ minute, load: load(1) }] };
        const told = {
          hostId,
          atMs: minute * MINUTE,
          whole: true,
          vms: [vm as unknown as VmSighting],
          undefinedUuids: [],
          switchedOff: [],
          events: [],
          host: {},
          minutes: [{ minute, load: load(cpu) }],
        };
        await recordLoads(trx, store, [told]);
      }
    });
  const shown = async (
    { store }: FleetForTest,
    hostIds: readonly string[],
    range: Parameters<typeof vmSeriesOf>[1]['range'],
    nowMinute: number,
  ) =>
    (await hostSeriesOf(store.tables(), { hostIds, range, nowMs: nowMinute * MINUTE, prometheus: '' })).map(
      ({ name, series }) => [
        name,
        Object.fromEntries(
          series.atSeconds.flatMap((at, n) =>
            series.cpuPercent[n] === null ? [] : [[at / 60 - D0, series.cpuPercent[n]]],
          ),
        ),
      ],
    );
  const rollUp = async ({ store }: FleetForTest, nowMinute: number): Promise<void> =>
    await rollUpLoad({ store, guard: async () => undefined }, nowMinute * MINUTE);

  test('is kept beside that of its VMs, and several are read at the same points', async () => {
    const fleet = await open('hv1', 'hv2');
    await hear(fleet, 'hv1', { [D0 + 1]: 10, [D0 + 2]: 20 });
    await hear(fleet, 'hv2', { [D0 + 2]: 99 });
    expect(await shown(fleet, ['hv2', 'gone', 'hv1', 'hv2'], '1h', D0 + 10)).toEqual([
      ['hv2', { 2: 99 }],
      ['hv1', { 1: 10, 2: 20 }],
    ]);
    const [one] = await hostSeriesOf(fleet.store.tables(), {
      hostIds: ['hv1'],
      prometheus: '',
      range: '1h',
      nowMs: (D0 + 10) * MINUTE,
    });
    expect(one?.series.netTransmitBytesPerSecond.filter((value) => value !== null)).toEqual([1000, 1000]);
    expect(one?.series.diskReadBytesPerSecond.every((value) => value === null)).toBe(true);
    const asked = { uuid: 'vm of hv1', range: '1h', nowMs: (D0 + 10) * MINUTE } as const;
    const ofVm = await vmSeriesOf(fleet.store.tables(), asked);
    expect(ofVm.cpuPercent.filter((value) => value !== null)).toEqual([1, 1]);
    await fleet.close();
  });

  test('is rolled up and kept as that of VMs: minutes for a day, five minutes for a month, hours for two years', async () => {
    const fleet = await open('hv1');
    await hear(fleet, 'hv1', { [D0]: 10, [D0 + 4]: 20, [D0 + 8]: 4 });
    await rollUp(fleet, D0 + 75);
    expect(await shown(fleet, ['hv1'], '7d', D0 + 75)).toEqual([['hv1', { 0: 15, 5: 4 }]]);
    // The day's chunk is turned: a block of the host's own, read the same.
    await rollUp(fleet, D0 + DAY + 60);
    const ranges = [
      ['24h', D0 + DAY + 60, {}],
      ['7d', D0 + DAY + 60, { 0: 15, 5: 4 }],
      ['30d', D0 + DAY + 60, { 0: 9.5 }],
    ] as const;
    for (const [range, now, points] of ranges)
      expect(await shown(fleet, ['hv1'], range, now), range).toEqual([['hv1', points]]);
    await rollUp(fleet, D0 + 40 * DAY);
    expect(await shown(fleet, ['hv1'], '30d', D0 + 29 * DAY)).toEqual([['hv1', {}]]);
    expect(await shown(fleet, ['hv1'], '2y', D0 + 40 * DAY)).toEqual([['hv1', { 0: 9.5 }]]);
    await rollUp(fleet, D0 + 3 * 366 * DAY);
    expect(await shown(fleet, ['hv1'], '2y', D0 + 30 * DAY)).toEqual([['hv1', {}]]);
    await fleet.close();
  });

  test('is asked for by contract: one host, or up to eight', async () => {
    const fleet = await open('hv1', 'hv2');
    const now = Math.floor((await fleet.store.nowMs()) / MINUTE);
    await hear(fleet, 'hv1', { [now - 3]: 30 });
    const one = await fleet.call('hostSeries', { hostId: 'hv1' });
    expect(one.ok && one.value.cpuPercent.filter((value) => value !== null)).toEqual([30]);
    const both = await fleet.call('hostSeriesCompare', { hostIds: ['hv1', 'hv2', 'gone'], range: '24h' });
    expect(
      both.ok && both.value.hosts.map(({ hostId, series }) => [hostId, series.atSeconds.length]),
    ).toEqual([
      ['hv1', DAY],
      ['hv2', DAY],
    ]);
    expect(await fleet.call('hostSeries', { hostId: 'gone' })).toMatchObject({
      ok: false,
      code: 'no-such-host',
    });
    const nine = Array.from({ length: 9 }, (_, n) => `hv${n}`);
    await expect(fleet.call('hostSeriesCompare', { hostIds: nine })).rejects.toThrow('8');
    await fleet.close();
  });
});
