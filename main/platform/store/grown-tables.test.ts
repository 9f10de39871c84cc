import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { GrownTables } from './grown-tables.ts';
import type { SchemaStep } from './schema-step.ts';

const rooms: SchemaStep = {
  id: '20260101T0000-rooms',
  up: async (to) => await to.run('create table room (name text primary key)'),
};

describeOnBothStores('tables that grow', ({ kind, openStoreForTest }) => {
  test('are looked at each time they are several times as large', async () => {
    const store = await openStoreForTest([rooms]);
    const grown = new GrownTables(store, ['room']);
    let made = 0;
    const grow = async (rows: number): Promise<void> => {
      await store.transaction(async (trx) => {
        const names = Array.from({ length: rows - made }, (_, at) => ({ name: `room ${made + at}` }));
        await store.insertMany(trx, 'room', names);
      });
      made = rows;
      await grown.grewTo(rows);
    };
    /** As PostgreSQL plans by it; SQLite needs no such thing. */
    const believed = async (): Promise<number> => {
      if (kind === 'sqlite') return made;
      const { rows } = await sql<{ reltuples: number }>`
        select reltuples from pg_class where oid = 'room'::regclass`.execute(store.tables());
      return rows[0]?.reltuples ?? Number.NaN;
    };
    await grow(300);
    expect(await believed()).toBe(300);
    await grow(900);
    expect(await believed()).toBe(kind === 'sqlite' ? 900 : 300);
    await grow(1000);
    expect(await believed()).toBe(1000);
  });
});
