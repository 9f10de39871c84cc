import type { ErrorWords } from './error-panel.tsx';
import type { LoadPage } from './row-list.ts';

/** Where the rows come from. `key` names query and order: another key is another list. Keep it stable (useMemo). */
export interface RowSource<Row> {
  key: string;
  loadPage: LoadPage<Row>;
  /** Calls back when rows may have changed; answers how to stop. */
  onChange?: (listener: () => void) => () => void;
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
