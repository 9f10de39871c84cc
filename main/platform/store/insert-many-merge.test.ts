import { expect, test } from 'vitest';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { SchemaStep } from './schema-step.ts';

interface Meters {
  meter: { room: string; day: number; kwh: number; reader: string };
}

const meters: SchemaStep = {
  id: '20260101T0000-meters',
  up: async (to) =>
    await to.run(
      'create table meter (room text not null, day bigint not null, kwh bigint not null, reader text not null, primary key (room, day))',
    ),
};

describeOnBothStores('inserting many rows that may exist', ({ openStoreForTest }) => {
  test('replaces and adds to the row that is there', async () => {
    const store = await openStoreForTest([meters]);
    const read = async (rows: readonly Meters['meter'][]): Promise<number> =>
      await store.transaction<Meters, number>(
        async (trx) =>
          await store.insertMany(trx, 'meter', rows, {
            onConflict: { key: ['room', 'day'], replace: ['reader'], add: ['kwh'] },
          }),
      );
    await read([
      { room: '1', day: 1, kwh: 4, reader: 'Ann' },
      { room: '2', day: 1, kwh: 9_007_199_254_740_000, reader: 'Ann' },
    ]);
    expect(
      await read([
        { room: '2', day: 1, kwh: 991, reader: 'Bob' },
        { room: '3', day: 1, kwh: 7, reader: 'Bob' },
      ]),
    ).toBe(2);
    expect(await store.tables<Meters>().selectFrom('meter').selectAll().orderBy('room').execute()).toEqual([
      { room: '1', day: 1, kwh: 4, reader: 'Ann' },
      { room: '2', day: 1, kwh: 9_007_199_254_740_991, reader: 'Bob' },
      { room: '3', day: 1, kwh: 7, reader: 'Bob' },
    ]);
  });

  test('keeps the higher or the lower of what is there and what comes', async () => {
    const store = await openStoreForTest([meters]);
    const read = async (day: number, kwh: number, better: 'highest' | 'lowest'): Promise<unknown> =>
      await store.transaction<Meters, unknown>(async (trx) => {
        const onConflict = { key: ['room', 'day'], [better]: ['kwh'] };
        await store.insertMany(trx, 'meter', [{ room: '1', day, kwh, reader: '' }], { onConflict });
        return await trx.selectFrom('meter').select('kwh').where('day', '=', day).execute();
      });
    for (const [kwh, most, least] of [
      [5, 5, 5],
      [7, 7, 5],
      [4, 7, 4],
    ] as const) {
      expect(await read(1, kwh, 'highest')).toEqual([{ kwh: most }]);
      expect(await read(2, kwh, 'lowest')).toEqual([{ kwh: least }]);
    }
  });
});
