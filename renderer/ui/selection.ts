import { useMemo, useState } from 'react';

/** Rows that are ticked: some by key, or all that match the query, also those not loaded. */
export interface Selection {
  readonly all: boolean;
  readonly keys: ReadonlySet<string>;
  has(key: string): boolean;
  /** How many, given how many match. */
  count(total: number): number;
  toggle(key: string): void;
  add(keys: readonly string[]): void;
  selectAll(): void;
  clear(): void;
}

/** Ticks of one list; give it to VirtualTable and BulkBar. */
export function useSelection(): Selection {
  const [ticked, setTicked] = useState<{ all: boolean; keys: ReadonlySet<string> }>({
    all: false,
    keys: new Set(),
  });
  return useMemo(
    () => ({
      ...ticked,
      has: (key) => ticked.all || ticked.keys.has(key),
      count: (total) => (ticked.all ? total : ticked.keys.size),
      toggle: (key) => {
        const keys = new Set(ticked.keys);
        if (!keys.delete(key)) keys.add(key);
        setTicked({ all: false, keys });
      },
      add: (added) => {
        setTicked({ all: false, keys: new Set([...ticked.keys, ...added]) });
      },
      selectAll: () => {
        setTicked({ all: true, keys: new Set() });
      },
      clear: () => {
        setTicked({ all: false, keys: new Set() });
      },
    }),
    [ticked],
  );
}
