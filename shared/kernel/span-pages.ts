/** Pages of the same list in several places, merged into one list in the order that each of them has. Pure: who asks the places says how. */
export type SortKey = string | number;

/** One keyset page of one place; `keys` are what its rows are sorted by. */
export interface PartPage<Row> {
  readonly rows: readonly Row[];
  readonly keys: readonly SortKey[];
  readonly total: number;
  readonly nextCursor: string | null;
}

export interface SpanRequest<Row> {
  /** Names of the places to ask when there is no cursor; a cursor names its own. */
  readonly parts: readonly string[];
  /** `next` of the page before. */
  readonly cursor: string | undefined;
  readonly direction: 'asc' | 'desc';
  readonly idOf: (row: Row) => string;
  /** Rejects when the place does not answer; the others' rows are given all the same. */
  readonly ask: (part: string, cursor: string | undefined) => Promise<PartPage<Row>>;
}

export interface SpanPage<Row> {
  readonly rows: readonly { readonly part: string; readonly row: Row }[];
  /** Of all places that answered together. */
  readonly total: number;
  readonly totals: ReadonlyMap<string, number>;
  readonly next: string | null;
  /** Why each place that was asked did not answer; it is left out from here on. */
  readonly away: ReadonlyMap<string, unknown>;
}

/** How far the list of one place was taken: into the page of `cursor`, up to and with the row of `after`. */
interface Place {
  readonly cursor?: string;
  readonly after?: readonly [SortKey, string];
  readonly total?: number;
  readonly ended?: true;
}

interface Taking<Row> {
  readonly part: string;
  readonly place: Place;
  readonly page: PartPage<Row>;
  readonly rows: readonly { readonly row: Row; readonly at: readonly [SortKey, string] }[];
  taken: number;
}

/**
 * One page of the merged list: every place is asked at once, and rows are taken in order until one place's page is used up, since what comes next there is not known. What was
 * asked for and not taken is asked for again with the next page, so that a cursor is all there is to remember.
 */
export async function spanPage<Row>(request: SpanRequest<Row>): Promise<SpanPage<Row>> {
  const away = new Map<string, unknown>();
  let places = placesOf(request);
  for (;;) {
    const { taking, rest } = await askAll(request, places, away);
    const rows = take(taking, request.direction);
    const after = [...taking.map((each) => [each.part, placeAfter(each)] as const), ...rest];
    const goesOn = after.some(([, place]) => !place.ended);
    if (rows.length > 0 || !goesOn) {
      const totals = new Map(after.map(([part, place]) => [part, place.total ?? 0]));
      const total = [...totals.values()].reduce((sum, each) => sum + each, 0);
      return { rows, total, totals, next: goesOn ? JSON.stringify(after) : null, away };
    }
    // Rows went away between two pages; the next ones are there.
    places = after;
  }
}

type Places = readonly (readonly [part: string, place: Place])[];

function placesOf<Row>({ parts, cursor }: SpanRequest<Row>): Places {
  return cursor === undefined ? parts.map((part) => [part, {}] as const) : (JSON.parse(cursor) as Places);
}

async function askAll<Row>(
  { ask, idOf, direction }: SpanRequest<Row>,
  places: Places,
  away: Map<string, unknown>,
): Promise<{ taking: Taking<Row>[]; rest: Places }> {
  const asked = places.filter(([, place]) => !place.ended);
  const answers = await Promise.allSettled(asked.map(async ([part, place]) => await ask(part, place.cursor)));
  const taking = asked.flatMap(([part, place], at): Taking<Row>[] => {
    const answer = answers[at];
    if (answer?.status !== 'fulfilled') {
      away.set(part, answer?.reason);
      return [];
    }
    const page = answer.value;
    const all = page.rows.map((row, n) => ({ row, at: [page.keys[n] ?? '', idOf(row)] as const }));
    const { after } = place;
    const rows = after ? all.filter((each) => compare(each.at, after, direction) > 0) : all;
    return [{ part, place, page, rows, taken: 0 }];
  });
  return { taking, rest: places.filter(([, place]) => place.ended) };
}

function take<Row>(taking: readonly Taking<Row>[], direction: 'asc' | 'desc'): { part: string; row: Row }[] {
  const rows: { part: string; row: Row }[] = [];
  for (;;) {
    let first: Taking<Row> | undefined;
    for (const each of taking) {
      const head = each.rows[each.taken];
      // Its page is used up and more follow: nobody knows whether they come before the others'.
      if (!head && each.page.nextCursor !== null) return rows;
      const best = first?.rows[first.taken];
      if (head && (!best || compare(head.at, best.at, direction) < 0)) first = each;
    }
    const found = first?.rows[first.taken];
    if (!first || !found) return rows;
    rows.push({ part: first.part, row: found.row });
    first.taken += 1;
  }
}

function placeAfter<Row>({ place, page, rows, taken }: Taking<Row>): Place {
  const { total, nextCursor } = page;
  if (taken === rows.length)
    return nextCursor === null ? { total, ended: true } : { total, cursor: nextCursor };
  const last = rows[taken - 1];
  return { ...place, total, ...(last ? { after: last.at } : {}) };
}

/** As the stores sort: numbers by size, text by its code points (which is the order of its bytes), equal ones by id. */
function compare(
  a: readonly [SortKey, string],
  b: readonly [SortKey, string],
  direction: 'asc' | 'desc',
): number {
  const order = compareKeys(a[0], b[0]) || compareKeys(a[1], b[1]);
  return direction === 'asc' ? order : -order;
}

export function compareKeys(a: SortKey, b: SortKey): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const one = String(a);
  const other = String(b);
  for (let at = 0; at < one.length && at < other.length;) {
    const [left = 0, right = 0] = [one.codePointAt(at), other.codePointAt(at)];
    if (left !== right) return left - right;
    at += left > 0xffff ? 2 : 1;
  }
  return one.length - other.length;
}
