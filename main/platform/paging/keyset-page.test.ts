import { sql, type Kysely, type KyselyPlugin } from 'kysely';
import { expect, test } from 'vitest';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { SchemaStep } from '../store/schema-step.ts';
import type { Store } from '../store/store.ts';
import { keysetPage, type PageRequest } from './keyset-page.ts';
import { listQueryFilter, type ListFields } from './list-query-filter.ts';

interface Tables {
  guest: {
    id: string;
    name: string;
    state: string;
    disk_bytes: number;
    made_at_ms: number;
    began_at_ms: number | null;
  };
}

const guests: SchemaStep = {
  id: '20260101T0000-test-guests',
  up: async (to) =>
    await to.run(
      'create table guest (id text primary key, name text not null, state text not null, disk_bytes bigint not null, made_at_ms bigint not null, began_at_ms bigint)',
    ),
};

const GIB = 1024 ** 3;
const rows: Tables['guest'][] = [
  {
    id: 'g1',
    name: 'acme-web',
    state: 'running',
    disk_bytes: 40 * GIB,
    made_at_ms: Date.UTC(2026, 0, 1),
    began_at_ms: Date.UTC(2026, 4, 2, 11),
  },
  {
    id: 'g2',
    name: 'Acme-DB',
    state: 'stopped',
    disk_bytes: 80 * GIB,
    made_at_ms: Date.UTC(2026, 1, 1),
    began_at_ms: null,
  },
  {
    id: 'g3',
    name: '100%_real',
    state: 'running',
    disk_bytes: 20 * GIB,
    made_at_ms: Date.UTC(2026, 2, 1),
    began_at_ms: Date.UTC(2026, 4, 1, 12),
  },
  {
    id: 'g4',
    name: 'ořech',
    state: 'paused',
    disk_bytes: 40 * GIB,
    made_at_ms: Date.UTC(2026, 3, 1),
    began_at_ms: null,
  },
  {
    id: 'g5',
    name: 'beta',
    state: 'running',
    disk_bytes: 40 * GIB,
    made_at_ms: Date.UTC(2026, 4, 1, 12),
    began_at_ms: Date.UTC(2026, 4, 2, 11, 55),
  },
];

const list: ListFields = {
  fields: {
    name: { kind: 'text', column: sql.ref<string>('guest.name') },
    state: { kind: 'word', column: sql.ref<string>('guest.state'), values: ['running', 'stopped', 'paused'] },
    disk: { kind: 'number', column: sql.ref<number>('guest.disk_bytes'), unit: 'bytes' },
    made: { kind: 'instant', column: sql.ref<number>('guest.made_at_ms') },
    uptime: { kind: 'age', column: sql.ref<number | null>('guest.began_at_ms') },
  },
  bare: [sql.ref<string>('guest.name'), sql.ref<string>('guest.id')],
  has: { number: sql`guest.name like '100%'` },
};
/** What "so long ago" counts from. */
const NOW_MS = Date.UTC(2026, 4, 2, 12);

describeOnBothStores('pages of a list', ({ openStoreForTest }) => {
  async function filled(): Promise<Store> {
    const store = await openStoreForTest([guests]);
    await store.tables<Tables>().insertInto('guest').values(rows).execute();
    return store;
  }

  async function page(store: Pick<Store, 'tables'>, page: Partial<PageRequest>, query = '') {
    let guest = store.tables<Tables>().selectFrom('guest').select(['id', 'name']);
    const filter = listQueryFilter(query, list, NOW_MS);
    if (filter) guest = guest.where(filter);
    const sort = page.sort ?? 'name';
    return await keysetPage({
      query: guest,
      sortKey: sort === 'name' ? sql`lower(guest.name)` : sql.ref('guest.disk_bytes'),
      id: sql.ref<string>('guest.id'),
      page: { sort, direction: 'asc', limit: 100, ...page },
    });
  }

  async function found(store: Store, query: string): Promise<string> {
    return (await page(store, {}, query)).rows
      .map((row) => row.id)
      .toSorted()
      .join(' ');
  }

  test.each([
    { words: 'in the order of the list', ids: ['g1', 'g3', 'g5'], query: '', expected: 'g3 g1 g5' },
    { words: 'those alone that match', ids: ['g1', 'g2', 'g3'], query: 'state:running', expected: 'g3 g1' },
    { words: 'none that is not there', ids: ['g9'], query: '', expected: '' },
    { words: 'none of what is left out by OR', ids: ['g4'], query: 'name:beta OR name:acme', expected: '' },
  ])('rows by their ids: $words', async ({ ids, query, expected }) => {
    const found = await page(await filled(), { ids }, query);
    expect(found.rows.map((row) => row.id).join(' ')).toBe(expected);
    expect(found).toMatchObject({ total: found.rows.length, nextCursor: null });
  });

  test.each([
    { sort: 'name', direction: 'asc', expected: 'g3 g2 g1 g5 g4' },
    { sort: 'name', direction: 'desc', expected: 'g4 g5 g1 g2 g3' },
    { sort: 'disk', direction: 'asc', expected: 'g3 g1 g4 g5 g2' },
    { sort: 'disk', direction: 'desc', expected: 'g2 g5 g4 g1 g3' },
  ] as const)(
    'page by page by $sort $direction, equal keys settled by id',
    async ({ sort, direction, expected }) => {
      const store = await filled();
      for (const limit of [1, 2, 3, 5, 6]) {
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const next = await page(store, { sort, direction, limit, cursor });
          expect(next.total).toBe(5);
          seen.push(...next.rows.map((row) => row.id));
          cursor = next.nextCursor ?? undefined;
        } while (cursor !== undefined);
        expect({ limit, seen: seen.join(' ') }).toEqual({ limit, seen: expected });
      }
    },
  );

  test('rows carry what was selected and nothing more', async () => {
    const { rows: first } = await page(await filled(), { limit: 1 });
    expect(first).toEqual([{ id: 'g3', name: '100%_real' }]);
  });

  test.each([
    { query: '', total: 5 },
    { query: 'state:running', total: 3 },
  ])('nothing but the count, of "$query", where no row is wanted', async ({ query, total }) => {
    const store = await filled();
    let statements = 0;
    const counting: KyselyPlugin = {
      transformQuery: ({ node }) => {
        statements += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    const db = store.tables<Tables>().withPlugin(counting);
    expect(await page({ tables: <T>() => db as unknown as Kysely<T> }, { limit: 0 }, query)).toEqual({
      rows: [],
      keys: [],
      total,
      nextCursor: null,
    });
    expect(statements).toBe(1);
  });

  test('a row that goes between two pages shifts nothing', async () => {
    const store = await filled();
    const first = await page(store, { limit: 2 });
    await store.tables<Tables>().deleteFrom('guest').where('id', '=', 'g2').execute();
    const second = await page(store, { limit: 2, cursor: first.nextCursor ?? '' });
    expect([first, second].map((part) => part.rows.map((row) => row.id))).toEqual([
      ['g3', 'g2'],
      ['g1', 'g5'],
    ]);
  });

  test.each([
    '',
    'nonsense',
    Buffer.from('[1]').toString('base64url'),
    Buffer.from('["disk","asc",1,"g1"]').toString('base64url'),
  ])('a cursor of another list is refused: %s', async (cursor) => {
    await expect(page(await filled(), { cursor })).rejects.toMatchObject({
      name: 'InputRejected',
      path: 'cursor',
    });
  });

  test.each([
    ['', 'g1 g2 g3 g4 g5'],
    ['acme', 'g1 g2'],
    ['-acme', 'g3 g4 g5'],
    ['ACME web', 'g1'],
    ['g4', 'g4'],
    ['ořech', 'g4'],
    ['ORECH', 'g4'],
    ['name=orech', 'g4'],
    ['%', 'g3'],
    ['_', 'g3'],
    [String.raw`"\\"`, ''],
    ['name:acme', 'g1 g2'],
    ['name=acme-db', 'g2'],
    ['name!=acme-db', 'g1 g3 g4 g5'],
    ['state:running', 'g1 g3 g5'],
    ['state:Running,paused', 'g1 g3 g4 g5'],
    ['state!=running', 'g2 g4'],
    ['-state:running -acme', 'g4'],
    ['disk>40GiB', 'g2'],
    ['disk>=40gib disk<81920MiB', 'g1 g4 g5'],
    ['disk:21474836480', 'g3'],
    ['disk<20.5GiB', 'g3'],
    ['made>=2026-05-01', 'g5'],
    ['made>2026-05-01T11:59', 'g5'],
    ['made<2026-02-01T00:00:00Z', 'g1'],
    ['made>-2d', 'g5'],
    ['made<-120d', 'g1'],
    ['uptime>30m', 'g1 g3'],
    ['uptime>=1h uptime<1d', 'g1'],
    ['uptime<=5m', 'g5'],
    // What was never begun lasts neither longer nor shorter.
    ['-uptime>30m', 'g2 g4 g5'],
    ['has:number', 'g3'],
    ['-has:number acme', 'g1 g2'],
    ['acme OR beta', 'g1 g2 g5'],
    ['state:running (acme OR disk<30GiB)', 'g1 g3'],
    ['NOT (state:running OR acme)', 'g4'],
    ['state:paused OR state:stopped disk>40GiB', 'g2 g4'],
  ])('%s finds %s', async (query, expected) => expect(await found(await filled(), query)).toBe(expected));

  test.each([
    [
      'stat:running',
      'At character 1: there is no field stat here; the fields are name, state, disk, made, uptime, has.',
    ],
    [
      'acme constructor:x',
      'At character 6: there is no field constructor here; the fields are name, state, disk, made, uptime, has.',
    ],
    ['state:runing', 'At character 1: state is never "runing"; it is one of running, stopped, paused.'],
    ['state>running', 'At character 1: state has no order: use state:….'],
    ['name>a', 'At character 1: name is text: use name:… or name=….'],
    ['disk>big', 'At character 1: disk is compared with a number, such as disk>4GiB.'],
    ['disk>4GB', 'At character 1: disk is compared with a number, such as disk>4GiB.'],
    [
      'made>yesterday',
      'At character 1: made is compared with a date, such as made>2026-11-22, or with a time ago, such as made>-7d.',
    ],
    [
      'made>2026-13-45',
      'At character 1: made is compared with a date, such as made>2026-11-22, or with a time ago, such as made>-7d.',
    ],
    [
      'made>-3months',
      'At character 1: made is compared with a date, such as made>2026-11-22, or with a time ago, such as made>-7d.',
    ],
    [
      'uptime>2',
      'At character 1: uptime is compared with a length of time, such as uptime>2d (s, m, h, d, w).',
    ],
    ['has:wings', 'At character 1: has: asks for one of number, such as has:number.'],
    ['a (b', 'At character 3: the parenthesis that begins here is not closed.'],
    ['"open', 'At character 1: the quote that begins here is not closed.'],
  ])('%s is refused: %s', (query, message) => {
    expect(() => listQueryFilter(query, list)).toThrow(
      expect.objectContaining({ name: 'InputRejected', path: 'query', message }) as Error,
    );
  });
});
