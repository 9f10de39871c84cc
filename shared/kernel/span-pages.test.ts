import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys, spanPage, type PartPage, type SortKey } from './span-pages.ts';

interface Item {
  readonly id: string;
  readonly key: SortKey;
}
type Places = Readonly<Record<string, readonly Item[]>>;

const inOrder = (items: readonly Item[], direction: 'asc' | 'desc'): Item[] => {
  const sorted = items.toSorted((a, b) => compareKeys(a.key, b.key) || compareKeys(a.id, b.id));
  return direction === 'asc' ? sorted : sorted.reverse();
};

/** A place as a store is one: keyset pages, the cursor is the last row's key. */
function pageOf(
  items: readonly Item[],
  cursor: string | undefined,
  { limit, direction }: { limit: number; direction: 'asc' | 'desc' },
): PartPage<Item> {
  const sorted = inOrder(items, direction);
  const last = cursor === undefined ? undefined : (JSON.parse(cursor) as Item);
  const from =
    last === undefined
      ? 0
      : sorted.findIndex((item) => inOrder([last, item], direction)[0] === last && item.id !== last.id);
  const rows = from < 0 ? [] : sorted.slice(from, from + limit);
  const end = rows.at(-1);
  const more = end !== undefined && sorted.indexOf(end) < sorted.length - 1;
  return {
    rows,
    keys: rows.map((row) => row.key),
    total: items.length,
    nextCursor: more ? JSON.stringify(end) : null,
  };
}

async function readAll(
  places: () => Places,
  { limit = 3, direction = 'asc' as 'asc' | 'desc', between = (): void => undefined } = {},
): Promise<{ rows: { part: string; row: Item }[]; total: number; pages: number }> {
  const rows: { part: string; row: Item }[] = [];
  let cursor: string | undefined;
  let total = 0;
  let pages = 0;
  do {
    const page = await spanPage<Item>({
      parts: Object.keys(places()),
      cursor,
      direction,
      idOf: (row) => row.id,
      ask: async (part, after) => pageOf(places()[part] ?? [], after, { limit, direction }),
    });
    rows.push(...page.rows);
    total = page.total;
    cursor = page.next ?? undefined;
    pages += 1;
    between();
  } while (cursor !== undefined);
  return { rows, total, pages };
}

const keys = fc.oneof(fc.constantFrom('a', 'b', 'ž', '😀', '�', ''), fc.string({ maxLength: 3 }));
const numbers = fc.integer({ min: -3, max: 3 });
const someOf = (key: fc.Arbitrary<SortKey>) =>
  fc.array(fc.array(key, { maxLength: 12 }), { minLength: 1, maxLength: 4 });

test.each([
  ['text', keys],
  ['numbers', numbers],
] as const)('rows of all places come once, in order, by %s', async (_what, key) => {
  await fc.assert(
    fc.asyncProperty(
      someOf(key),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom('asc' as const, 'desc' as const),
      async (lists, limit, direction) => {
        const places = Object.fromEntries(
          lists.map((list, part) => [
            `p${part}`,
            list.map((each, n): Item => ({ id: `p${part}-${n}`, key: each })),
          ]),
        );
        const read = await readAll(() => places, { limit, direction });
        const all = Object.values(places).flat();
        expect(read.rows.map(({ row }) => row.id)).toEqual(inOrder(all, direction).map((item) => item.id));
        expect(read.rows.every(({ part, row }) => row.id.startsWith(`${part}-`))).toBe(true);
        expect(read.total).toBe(all.length);
      },
    ),
  );
});

test('rows that come and go between two pages: none of the others is missed or met twice', async () => {
  const steady = (part: string): Item[] =>
    Array.from({ length: 9 }, (_, n) => ({ id: `${part}${n}`, key: n * 10 }));
  const places = { a: steady('a'), b: steady('b') };
  let step = 0;
  const read = await readAll(() => places, {
    between: () => {
      step += 1;
      // Before, at and behind where it was taken to.
      places.a = [...places.a, { id: `new${step}`, key: step * 7 }];
      places.b = places.b.filter((item) => item.id !== `b${step + 1}` || step > 2);
    },
  });
  const ids = read.rows.map(({ row }) => row.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(expect.arrayContaining(steady('a').map((item) => item.id)));
  expect(ids).toEqual(expect.arrayContaining(['b0', 'b1', 'b4', 'b5', 'b6', 'b7', 'b8']));
});

test('a place that does not answer is named and left out from then on; the others go on', async () => {
  const asked: string[] = [];
  const ask = async (part: string, cursor: string | undefined): Promise<PartPage<Item>> => {
    asked.push(part);
    if (part === 'dead') throw new Error('no route');
    const items = Array.from({ length: 4 }, (_, n) => ({ id: `${part}${n}`, key: n }));
    return pageOf(items, cursor, { limit: 3, direction: 'asc' });
  };
  const options = { parts: ['a', 'dead', 'b'], direction: 'asc', idOf: (row: Item) => row.id, ask } as const;
  const first = await spanPage<Item>({ ...options, cursor: undefined });
  expect([...first.away.keys()]).toEqual(['dead']);
  expect(first.total).toBe(8);
  expect(Object.fromEntries(first.totals)).toEqual({ a: 4, b: 4 });
  asked.length = 0;
  const rows = [...first.rows];
  for (let next = first.next; next !== null;) {
    const page = await spanPage<Item>({ ...options, cursor: next });
    rows.push(...page.rows);
    next = page.next;
  }
  expect([...new Set(asked)].toSorted()).toEqual(['a', 'b']);
  expect(rows.map(({ row }) => row.id)).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
});

test('all places are asked at once', async () => {
  const waiting: (() => void)[] = [];
  const page = spanPage<Item>({
    parts: ['a', 'b', 'c'],
    cursor: undefined,
    direction: 'asc',
    idOf: (row) => row.id,
    ask: async () => {
      const all = Promise.withResolvers<void>();
      waiting.push(() => {
        all.resolve();
      });
      if (waiting.length === 3) for (const go of waiting) go();
      await all.promise;
      return { rows: [], keys: [], total: 0, nextCursor: null };
    },
  });
  expect((await page).next).toBeNull();
});
