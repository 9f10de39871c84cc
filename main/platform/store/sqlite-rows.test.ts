import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { SchemaStep } from './schema-step.ts';

interface Doors {
  door: { name: string; width: number | null };
}

const doors: SchemaStep = {
  id: '20260101T0000-doors',
  up: async (to) => await to.run('create table door (name text not null, width bigint)'),
};

describeOnBothStores('rows that are read', ({ openStoreForTest }) => {
  test('are plain objects with their columns in order, of one that has another schema by now, too', async () => {
    const store = await openStoreForTest([doors]);
    const db = store.tables<Doors>();
    await db
      .insertInto('door')
      .values([
        { name: 'front', width: 90 },
        { name: 'back', width: null },
      ])
      .execute();
    const read = async () => await sql<object>`select * from door order by name`.execute(db);
    const before = await read();
    expect(before.rows).toEqual([
      { name: 'back', width: null },
      { name: 'front', width: 90 },
    ]);
    expect(Object.keys(before.rows[0] ?? {})).toEqual(['name', 'width']);
    expect(Object.getPrototypeOf(before.rows[0])).toBe(Object.prototype);
    await sql`alter table door add column colour text`.execute(db);
    await sql`alter table door drop column width`.execute(db);
    await sql`update door set colour = 'red'`.execute(db);
    expect((await read()).rows).toEqual([
      { name: 'back', colour: 'red' },
      { name: 'front', colour: 'red' },
    ]);
    expect((await sql`select 1 as one, null as none`.execute(db)).rows).toEqual([{ one: 1, none: null }]);
    expect((await sql`select * from door where name = 'none'`.execute(db)).rows).toEqual([]);
  });
});
