/** Rows asked for at once; more that changed together are a page to be read again. */
export const READ_AT_MOST = 200;

/** Rows on screen and what a change asks of them. */
export interface ShownRows<Row> {
  /** In order, with one more at either end unless the list ends there. */
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** The first and the last of the whole list are among them. */
  readonly hasStart: boolean;
  readonly hasEnd: boolean;
}

/** Whether a row is one of these keys or refers to one (`hostId`, `customerId`). */
export function concernedBy<Row>(
  keys: ReadonlySet<string>,
  keyOf: (row: Row) => string,
): (row: Row) => boolean {
  let references: readonly (keyof Row)[] | undefined;
  return (row) => {
    if (keys.has(keyOf(row))) return true;
    references ??= (Object.keys(row as object) as (keyof Row & string)[]).filter((name) =>
      name.endsWith('Id'),
    );
    return references.some((name) => {
      const value = row[name];
      return typeof value === 'string' && keys.has(value);
    });
  };
}

const kindOf = (key: string): string => key.slice(0, key.indexOf('_') + 1);

/** Of the keys that changed those that name rows like these, none of them shown: what an id names can be read off it. */
export function othersAmong<Row>(changed: ReadonlySet<string>, { rows, keyOf }: ShownRows<Row>): string[] {
  const isShown = new Set(rows.map(keyOf));
  const kind = kindOf(rows[0] === undefined ? '' : keyOf(rows[0]));
  return [...changed].filter((key) => kindOf(key) === kind && !isShown.has(key));
}

/**
 * Keys to read for a change: the rows on screen that it concerns, those beside them, by which it is seen whether they keep their
 * places, and `others` of the list's own kind, which may belong between the first and the last. None where nothing on screen can change.
 */
export function keysToRead<Row>(
  shown: ShownRows<Row>,
  isConcerned: (row: Row) => boolean,
  others: readonly string[],
): string[] {
  const { rows, keyOf } = shown;
  const asked = new Set<string>();
  const ask = (row: Row | undefined): void => {
    if (row !== undefined) asked.add(keyOf(row));
  };
  for (const [at, row] of rows.entries()) {
    if (!isConcerned(row)) continue;
    ask(rows[at - 1]);
    ask(row);
    ask(rows[at + 1]);
  }
  if (others.length > 0) {
    ask(rows[0]);
    ask(rows.at(-1));
  }
  return [...asked, ...others];
}

/** Whether what was read leaves every row on screen where it is, with none between that was not there. */
export function keepsPlaces<Row>(
  shown: ShownRows<Row>,
  asked: readonly string[],
  read: readonly Row[],
): boolean {
  const { keyOf } = shown;
  const held = shown.rows.map(keyOf);
  const isHeld = new Set(held);
  const wasAsked = new Set(asked);
  const expected = held.filter((key) => wasAsked.has(key));
  const found = read.map(keyOf);
  const places = found.filter((key) => isHeld.has(key));
  if (places.length !== expected.length || places.some((key, at) => key !== expected[at])) return false;
  const begins = places.length === 0 ? 0 : found.indexOf(places[0] ?? '');
  const ends = places.length === 0 ? -1 : found.indexOf(places.at(-1) ?? '');
  const isBetween = (key: string, at: number): boolean =>
    !isHeld.has(key) &&
    ((at > begins && at < ends) || (at < begins && shown.hasStart) || (at > ends && shown.hasEnd));
  return !found.some(isBetween);
}
