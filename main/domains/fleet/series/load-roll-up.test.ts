import { describe, expect, test } from 'vitest';
import type { Store } from '../../../platform/store/store.ts';
import { fleetTestSchema } from '../../../testing/fleet-for-test.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { loadOf, type Load } from '../sweep/load-meter.ts';
import { recordLoads } from '../sweep/load-record.ts';
import { rollUpLoad } from './load-roll-up.ts';
import { FIVE_MINUTES, HOURS, MINUTES } from './series-tiers.ts';
import { vmSeriesOf } from './vm-series.ts';
import type { VmSighting } from '../sweep/vm-sighting.ts';

const MINUTE = 60_000;
const DAY = 24 * 60;
/** A midnight: the day's chunk of five minutes begins here. */
const D0 = Date.UTC(2026, 10, 22) / MINUTE;
const loadWith = (cpuPercent: number | null): Load =>
  loadOf((field) => (field === 'cpuPercent' ? cpuPercent : field === 'diskReadRate' ? null : 1000));

interface Heard {
  readonly host?: string;
  readonly cpu: number | null;
}

/** Minutes of VMs as sweeps tell them, one sweep per entry. */
async function hear(store: Store, vm: string, minutes: Readonly<Record<number, Heard>>): Promise<void> {
  for (const [minute, { host = 'hv1', cpu }] of Object.entries(minutes)) {
    const vms = [
      { uuid: vm, minutes: [{ minute: Number(minute), load: loadWith(cpu) }] } as unknown as VmSighting,
    ];
    await store.transaction<FleetTables, void>(
      async (trx) =>
        await recordLoads(trx, store, [
          {
            hostId: host,
            atMs: Number(minute) * MINUTE,
            whole: false,
            vms,
            undefinedUuids: [],
            switchedOff: [],
            events: [],
            host: {},
          },
        ]),
    );
  }
}

const rollUp = async (store: Store, nowMinute: number, guard: () => Promise<void> = async () => undefined) =>
  await rollUpLoad({ store, guard }, nowMinute * MINUTE);

/** What a chart shows of a VM: points that are known, as `minutes since D0: CPU`. */
async function shown(
  store: Store,
  vm: string,
  range: Parameters<typeof vmSeriesOf>[1]['range'],
  nowMinute: number,
): Promise<Record<number, number>> {
  const series = await vmSeriesOf(store.tables(), { uuid: vm, range, nowMs: nowMinute * MINUTE });
  const points: (readonly [number, number | null | undefined])[] = series.atSeconds.map(
    (at, index) => [at / 60 - D0, series.cpuPercent[index]] as const,
  );
  return Object.fromEntries(
    points.filter((point): point is readonly [number, number] => typeof point[1] === 'number'),
  );
}

async function blocks(store: Store): Promise<string[]> {
  const db = store.tables<FleetTables>();
  const ofHosts = await db
    .selectFrom('series_host_block')
    .select(['step_minutes', 'host_id', 'step'])
    .execute();
  const turned = await db.selectFrom('series_subject_block').select(['step_minutes', 'chunk']).execute();
  return [
    ...ofHosts.map((row) => `${row.step_minutes} min ${row.host_id}`),
    ...turned.map((row) => `${row.step_minutes} min turned`),
  ].toSorted();
}

describeOnBothStores('load over time', ({ openStoreForTest }) => {
  const open = async (): Promise<Store> => await openStoreForTest(fleetTestSchema);

  test('is drawn by the minute, with holes where nothing was heard', async () => {
    const store = await open();
    await hear(store, 'vm1', { [D0 + 1]: { cpu: 10 }, [D0 + 2]: { cpu: 20 }, [D0 + 4]: { cpu: null } });
    await hear(store, 'vm2', { [D0 + 2]: { cpu: 99 } });
    expect(await shown(store, 'vm1', '1h', D0 + 10)).toEqual({ 1: 10, 2: 20 });
    expect(await shown(store, 'vm2', '1h', D0 + 10)).toEqual({ 2: 99 });
    expect(await shown(store, 'nobody', '1h', D0 + 10)).toEqual({});
    const series = await vmSeriesOf(store.tables(), { uuid: 'vm1', range: '1h', nowMs: (D0 + 10) * MINUTE });
    expect(series.atSeconds).toHaveLength(60);
    expect(series.memoryBytes.filter((value) => value !== null)).toEqual([1000, 1000, 1000]);
    expect(series.diskReadBytesPerSecond.every((value) => value === null)).toBe(true);
  });

  test('a minute told twice keeps what was told last, and the other VMs of its host', async () => {
    const store = await open();
    await hear(store, 'vm1', { [D0]: { cpu: 10 } });
    await hear(store, 'vm2', { [D0]: { cpu: 50 } });
    await hear(store, 'vm1', { [D0]: { cpu: 11 } });
    expect(await shown(store, 'vm1', '1h', D0 + 5)).toEqual({ 0: 11 });
    expect(await shown(store, 'vm2', '1h', D0 + 5)).toEqual({ 0: 50 });
  });

  test('is averaged to five minutes and hours, over what is known', async () => {
    const store = await open();
    await hear(store, 'vm1', {
      [D0]: { cpu: 10 },
      [D0 + 4]: { cpu: 20 },
      [D0 + 7]: { cpu: null },
      [D0 + 8]: { cpu: 4 },
    });
    await rollUp(store, D0 + 75);
    expect(await shown(store, 'vm1', '7d', D0 + 75)).toEqual({ 0: 15, 5: 4 });
    // Half-hour points of a month, and six-hour points of a year, of the steps that are over.
    expect(await shown(store, 'vm1', '30d', D0 + 90)).toEqual({ 0: 9.5 });
    expect(await shown(store, 'vm1', '1y', D0 + 360)).toEqual({ 0: 9.5 });
  });

  test('a step is averaged once it is over, and the last minutes may still come', async () => {
    const store = await open();
    await hear(store, 'vm1', { [D0]: { cpu: 10 } });
    await rollUp(store, D0 + 9);
    expect(await shown(store, 'vm1', '7d', D0 + 9)).toEqual({});
    await hear(store, 'vm1', { [D0 + 3]: { cpu: 30 } });
    await rollUp(store, D0 + 11);
    expect(await shown(store, 'vm1', '7d', D0 + 10)).toEqual({ 0: 20 });
  });

  test('a day is turned from blocks of hosts to one of the VM, wherever it was meanwhile, and reads the same', async () => {
    const store = await open();
    await hear(store, 'vm1', {
      [D0 + 5]: { cpu: 1 },
      [D0 + 10]: { cpu: 2, host: 'hv2' },
      [D0 + DAY - 5]: { cpu: 3 },
      [D0 + DAY]: { cpu: 4 },
    });
    await rollUp(store, D0 + DAY + 5);
    const expected = { 5: 1, 10: 2, [DAY - 5]: 3 };
    expect(await shown(store, 'vm1', '7d', D0 + DAY)).toEqual(expected);
    expect((await blocks(store)).filter((block) => block.startsWith('5 min'))).toEqual([
      '5 min hv1',
      '5 min hv1',
      '5 min hv2',
    ]);
    await rollUp(store, D0 + DAY + 20);
    expect((await blocks(store)).filter((block) => block.startsWith('5 min'))).toEqual([
      '5 min hv1',
      '5 min turned',
    ]);
    expect(await shown(store, 'vm1', '7d', D0 + DAY + 20)).toEqual({ ...expected, [DAY]: 4 });
    // Hours are made before their five minutes are turned.
    expect(await shown(store, 'vm1', '1y', D0 + 2 * DAY)).toMatchObject({ 0: 1.5 });
  });

  test('is the same whether it is rolled up every minute, at once, twice, or by one that is killed in between', async () => {
    const heard = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [
        D0 + DAY - 60 + n * 3,
        { cpu: n, host: n % 2 === 0 ? 'hv1' : 'hv2' },
      ]),
    );
    const end = D0 + DAY + 120;
    const seen = async (how: (store: Store) => Promise<void>): Promise<unknown> => {
      const store = await open();
      await hear(store, 'vm1', heard);
      await how(store);
      return [
        await shown(store, 'vm1', '7d', end),
        await shown(store, 'vm1', '1y', D0 + 2 * DAY),
        await blocks(store),
      ];
    };
    const atOnce = await seen(async (store) => await rollUp(store, end));
    expect(
      await seen(async (store) => {
        for (let minute = D0 + DAY - 60; minute <= end; minute += 7) await rollUp(store, minute);
        await rollUp(store, end);
        await rollUp(store, end);
      }),
    ).toEqual(atOnce);
    expect(
      await seen(async (store) => {
        for (let lives = 0; ; lives += 1) {
          let left = lives;
          const dies = async (): Promise<void> => {
            left -= 1;
            if (left < 0) throw new Error('killed');
          };
          if (
            await rollUp(store, end, dies).then(
              () => true,
              () => false,
            )
          )
            return;
        }
      }),
    ).toEqual(atOnce);
  });

  test('is kept as long as it is drawn, and then forgotten', async () => {
    const store = await open();
    await hear(store, 'vm1', { [D0]: { cpu: 10 } });
    await rollUp(store, D0 + 75);
    expect(await blocks(store)).toEqual(['1 min hv1', '5 min hv1', '60 min hv1']);
    await rollUp(store, D0 + MINUTES.keepMinutes + 70);
    expect(await blocks(store)).toEqual(['5 min turned', '60 min hv1']);
    await rollUp(store, D0 + FIVE_MINUTES.keepMinutes + DAY + 10);
    expect(await blocks(store)).toEqual(['60 min turned']);
    await rollUp(store, D0 + HOURS.keepMinutes + 31 * DAY);
    expect(await blocks(store)).toEqual([]);
  });

  test('what was missed for a day while nobody held the duty is made up for', async () => {
    const store = await open();
    await hear(store, 'vm1', { [D0]: { cpu: 10 }, [D0 + 600]: { cpu: 20 } });
    await rollUp(store, D0 + 1200);
    expect(await shown(store, 'vm1', '7d', D0 + 1200)).toEqual({ 0: 10, 600: 20 });
  });
});

describe('blocks of load', () => {
  test('a host of 160 VMs takes a few kilobytes a minute', async () => {
    const { packLoads } = await import('../sweep/load-record.ts');
    const loads = new Map(
      Array.from({ length: 160 }, (_, vm) => [vm * 3, loadOf((field) => (field.length * (vm + 1)) ** 3 / 7)]),
    );
    expect(packLoads(loads).length).toBeLessThan(6000);
  });
});
