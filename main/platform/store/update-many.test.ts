import { expect, test } from 'vitest';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { SchemaStep } from './schema-step.ts';
import { textList } from './update-many.ts';

interface Rooms {
  room: { name: string; guests: number; note: string | null; price: number };
}

const rooms: SchemaStep = {
  id: '20260101T0000-rooms',
  up: async (to) =>
    await to.run(
      'create table room (name text primary key, guests bigint not null, note text, price double precision not null)',
    ),
};

describeOnBothStores('changing many rows', ({ kind, openStoreForTest }) => {
  test('changes the columns given of the rows that are there, and no others', async () => {
    const store = await openStoreForTest([rooms]);
    const db = store.tables<Rooms>();
    const row = { guests: 1, note: 'quiet', price: 1.5 };
    await db
      .insertInto('room')
      .values(['1', '2', '3'].map((name) => ({ ...row, name })))
      .execute();
    await store.transaction<Rooms, void>(async (trx) => {
      await store.updateMany(trx, 'room', [], 'name');
      await store.updateMany(
        trx,
        'room',
        [
          { guests: 9_007_199_254_740_991, name: '1', note: null },
          { guests: 0, name: '3', note: `it's "loud"` },
          { guests: 7, name: 'none', note: '' },
        ],
        'name',
      );
    });
    expect(await db.selectFrom('room').selectAll().orderBy('name').execute()).toEqual([
      { name: '1', guests: 9_007_199_254_740_991, note: null, price: 1.5 },
      { name: '2', ...row },
      { name: '3', guests: 0, note: `it's "loud"`, price: 1.5 },
    ]);
  });

  test('compares with any number of texts', async () => {
    const store = await openStoreForTest([rooms]);
    const db = store.tables<Rooms>();
    await db.insertInto('room').values({ name: `1'"`, guests: 1, note: null, price: 0 }).execute();
    const many = Array.from({ length: 100_000 }, (_, n) => `x${n}`);
    const found = async (names: readonly string[]) =>
      await db.selectFrom('room').select('guests').where('name', 'in', textList(kind, names)).execute();
    expect(await found([...many, `1'"`])).toEqual([{ guests: 1 }]);
    expect(await found([])).toEqual([]);
  });
});
