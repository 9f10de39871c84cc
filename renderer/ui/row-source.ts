import type { ErrorWords } from './error-panel.tsx';
import type { LoadPage } from './row-list.ts';

/** Rows by their keys, in the order of the list; those alone that match its query. */
export type LoadRows<Row> = (keys: readonly string[], signal: AbortSignal) => Promise<readonly Row[]>;

/** Where the rows come from. `key` names query and order: another key is another list. Keep it stable (useMemo). */
export interface RowSource<Row> {
  key: string;
  loadPage: LoadPage<Row>;
  /** Where it is there, rows that changed are read alone and put in their places; without it whole pages are. */
  loadRows?: LoadRows<Row>;
  /**
   * Calls back when rows may have changed: with the key of a row, or of what rows refer to (a host, a customer); with null where
   * nobody knows which. Answers how to stop.
   */
  onChange?: (listener: (key: string | null) => void) => () => void;
  describeError?: (error: unknown) => ErrorWords;
}

/** Words of an error of the source. */
export function wordsOf<Row>(source: RowSource<Row>, error: unknown): ErrorWords {
  return (
    source.describeError?.(error) ?? {
      sentence: error instanceof Error ? error.message : 'Something went wrong.',
    }
  );
}
