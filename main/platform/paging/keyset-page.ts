import { sql, type Expression, type SelectQueryBuilder, type SqlBool } from 'kysely';
import { InputRejected } from '../calls/input-rejected.ts';

/** The part of a list's input that says which page is wanted (see shared/contract/page.ts). */
export interface PageRequest {
  readonly sort: string;
  readonly direction: 'asc' | 'desc';
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
  /** Rows at most; 0 counts alone. */
  readonly limit: number;
  /** These alone, where they are given. */
  readonly ids?: readonly string[] | undefined;
}

export interface KeysetPage<Row> {
  readonly rows: Row[];
  /** Of all pages together. */
  readonly total: number;
  readonly nextCursor: string | null;
  /** What each row was sorted by, in their order. */
  readonly keys: Key[];
}

type Key = string | number;
/** Fewer rows than this are found first and sorted then; more are met soon enough by going through an index in order. */
const FEW = 2000;

/**
 * One page of `query` (filtered and selected, but neither sorted nor limited; no `group by`), sorted by `sortKey` and then by
 * `id`. The cursor is the key of the last row, so rows that come and go never shift a page; a row whose key changes between
 * two pages may be met twice or missed. The total is counted with the first page and goes with the cursor: to read a list to its
 * end counts it once. `sortKey` must never be null (wrap it in `coalesce`). Throws InputRejected for a cursor that belongs to
 * another sort.
 */
export async function keysetPage<
  DB,
  TB extends keyof DB,
  Row,
  NarrowTB extends keyof DB = TB,
  CountedTB extends keyof DB = NarrowTB,
>(options: {
  readonly query: SelectQueryBuilder<DB, TB, Row>;
  /**
   * `query` without the joins that neither filter nor sort needs, for lists of very many rows: these are counted and found first, and
   * only those of the page are read.
   */
  readonly narrow?: SelectQueryBuilder<DB, NarrowTB, object>;
  /** The same without the joins that the sort alone needs: it is counted. */
  readonly counted?: SelectQueryBuilder<DB, CountedTB, object>;
  readonly sortKey: Expression<unknown>;
  /** Settles equal keys. Unique by itself, without the conditions of `query`: the rows of a page are read again by it alone. */
  readonly id: Expression<string>;
  readonly page: PageRequest;
}): Promise<KeysetPage<Row>> {
  const { query, sortKey, id, page } = options;
  const matching = options.narrow ?? (query as unknown as SelectQueryBuilder<DB, NarrowTB, object>);
  const among = page.ids && sql<SqlBool>`${id} in (${sql.join(page.ids)})`;
  const narrow = among === undefined ? matching : matching.where(among);
  const after = page.cursor === undefined ? undefined : readCursor(page.cursor, page);
  const { counted } = options;
  const count = async (): Promise<number> =>
    counted === undefined || among !== undefined ? await countOf(narrow) : await countOf(counted);
  const total = after?.total ?? (await count());
  if (total === 0 || page.limit === 0) return { rows: [], total, nextCursor: null, keys: [] };
  const isFew = total < FEW;
  // A few of them in order, joined: a planner that counts on more would sort what is joined before it looks which are meant.
  const atMost = isFew && counted !== undefined ? Math.max(FEW, page.limit + 1) : page.limit + 1;
  const keys = await pageKeys(narrow, { sortKey, id, page, after, isFew, atMost });
  const onPage = keys.slice(0, page.limit);
  const last = keys.length > page.limit ? onPage.at(-1) : undefined;
  const found = await rowsOf(query, id, onPage);
  return {
    rows: found.map(({ row }) => row),
    keys: found.map(({ key }) => key),
    total,
    nextCursor: last ? writeCursor(page, { key: last.page_key, id: last.page_id, total }) : null,
  };
}

interface PageKey {
  readonly page_key: Key;
  readonly page_id: string;
}

async function countOf<DB, TB extends keyof DB>(narrow: SelectQueryBuilder<DB, TB, object>): Promise<number> {
  const counted = await narrow
    .clearSelect()
    .select(sql<number>`count(*)`.as('total'))
    .executeTakeFirstOrThrow();
  return Number((counted as { total: number }).total);
}

/** Keys and ids of a page, and of one row more at least. */
async function pageKeys<DB, TB extends keyof DB>(
  narrow: SelectQueryBuilder<DB, TB, object>,
  asked: {
    readonly sortKey: Expression<unknown>;
    readonly id: Expression<string>;
    readonly page: PageRequest;
    readonly after: Place | undefined;
    readonly isFew: boolean;
    readonly atMost: number;
  },
): Promise<PageKey[]> {
  const { sortKey, id, page, after } = asked;
  let found = narrow
    .clearSelect()
    .select([sql<Key>`${sortKey}`.as('page_key'), sql<string>`${id}`.as('page_id')]);
  const direction = sql.raw(page.direction);
  const beyond = sql.raw(page.direction === 'asc' ? '>' : '<');
  if (after) found = found.where(sql<SqlBool>`(${sortKey}, ${id}) ${beyond} (${after.key}, ${after.id})`);
  // Not the bare key: a planner that went through its index in order would read nearly all rows to meet these few.
  const order = asked.isFew ? sql`coalesce(${sortKey}, ${sortKey})` : sortKey;
  return (await found
    .orderBy(sql`${order} ${direction}`)
    .orderBy(sql`${id} ${direction}`)
    .limit(asked.atMost)
    .execute()) as unknown as PageKey[];
}

/** The rows of a page in its order. One that went since its key was read is left out. */
async function rowsOf<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  id: Expression<string>,
  keys: readonly PageKey[],
): Promise<{ row: Row; key: Key }[]> {
  if (keys.length === 0) return [];
  const found = (await query
    .clearWhere()
    .select(sql<string>`${id}`.as('page_id'))
    .where(sql<SqlBool>`${id} in (${sql.join(keys.map((key) => key.page_id))})`)
    .execute()) as unknown as (Row & { page_id: string })[];
  const byId = new Map(found.map(({ page_id: pageId, ...row }) => [pageId, row as unknown as Row]));
  return keys.flatMap((key) => {
    const row = byId.get(key.page_id);
    return row === undefined ? [] : { row, key: key.page_key };
  });
}

interface Place {
  readonly key: Key;
  readonly id: string;
  readonly total: number;
}

function writeCursor(page: PageRequest, place: Place): string {
  const { key, id, total } = place;
  return Buffer.from(JSON.stringify([page.sort, page.direction, key, id, total])).toString('base64url');
}

function readCursor(cursor: string, page: PageRequest): Place {
  const [sort, direction, key, id, total] = cursorParts(cursor);
  const isKey = typeof key === 'string' || typeof key === 'number';
  const isOurs = sort === page.sort && direction === page.direction;
  if (!isOurs || !isKey || typeof id !== 'string' || typeof total !== 'number') {
    throw new InputRejected(
      'cursor',
      'This cursor is not of this list and sort: ask for the first page again, without it.',
    );
  }
  return { key, id, total };
}

function cursorParts(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
