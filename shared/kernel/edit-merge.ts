/** One person's edit of a thing that others may have edited since. */
export interface Edit<T extends object> {
  /** The thing as the person saw it, `{}` where there was none yet; undefined: it is replaced, whatever it was. */
  readonly before: Partial<T> | undefined;
  /** The thing as the person wants it. */
  readonly mine: T;
  /** The thing as it is. */
  readonly now: T;
}

/**
 * Brings two edits together: what the person left alone stays as it is now. `clashes` names the fields that both changed, to
 * different values; whoever edits decides those.
 */
export function mergeEdit<T extends object>({
  before,
  mine,
  now,
}: Edit<T>): {
  readonly merged: T;
  readonly clashes: readonly string[];
} {
  if (before === undefined) return { merged: mine, clashes: [] };
  const names = Object.keys(mine) as (keyof T & string)[];
  const differs = (one: Partial<T>, other: T, name: keyof T): boolean =>
    JSON.stringify(one[name]) !== JSON.stringify(other[name]);
  const changed = names.filter((name) => differs(before, mine, name));
  const clashes = changed.filter((name) => differs(before, now, name) && differs(mine, now, name));
  const merged = { ...now };
  for (const name of changed) merged[name] = mine[name];
  return { merged, clashes };
}
