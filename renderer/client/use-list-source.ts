import { useMemo } from 'react';
import type { RowPage } from '../ui/row-list.ts';
import { READ_AT_MOST } from '../ui/row-delta.ts';
import type { RowSource } from '../ui/row-source.ts';
import { nounOf } from './change-watch.ts';
import { useEngine } from './engine-context.tsx';
import { errorWords } from './error-words.ts';
import type { InputOf, ListName, RowOf } from './operation-types.ts';

const PAGE_ROWS = 100;

export interface ListSourceOptions {
  /** What changes a row of it, where that is not only its own noun. */
  topics?: readonly string[];
  /** Rows have an `id`, by which those that changed are read alone. */
  byId?: boolean;
}

/**
 * Rows of a list query for VirtualTable: keyset pages, renewed when the store says that the noun (or one of `topics`)
 * changed and when the connection comes back. `input` holds query, sort and direction; cursor, limit and ids are ours.
 */
export function useListSource<Name extends ListName>(
  op: Name,
  input: Omit<InputOf<Name>, 'cursor' | 'limit' | 'ids'>,
  options: ListSourceOptions = {},
): RowSource<RowOf<Name>> {
  const { client, changes } = useEngine();
  const inputKey = JSON.stringify(input);
  const topicKey = options.topics?.join() ?? nounOf(op);
  const { byId = false } = options;
  return useMemo(() => {
    const asked = JSON.parse(inputKey) as object;
    const load = async (part: object, signal: AbortSignal): Promise<RowPage<RowOf<Name>>> =>
      (await client.query(
        op,
        { ...asked, ...part } as unknown as InputOf<Name>,
        signal,
      )) as unknown as RowPage<RowOf<Name>>;
    return {
      key: `${op} ${inputKey}`,
      loadPage: async (cursor, signal) =>
        await load({ limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) }, signal),
      ...(byId
        ? {
            loadRows: async (ids: readonly string[], signal: AbortSignal) =>
              (await load({ ids, limit: READ_AT_MOST }, signal)).rows,
          }
        : {}),
      onChange: (listener) => {
        const stopWatching = changes.watch({ topics: topicKey.split(',') }, (change) => {
          listener(change?.key ?? null);
        });
        const stopListening = client.onConnection(() => {
          if (client.connection().state === 'live') listener(null);
        });
        return () => {
          stopWatching();
          stopListening();
        };
      },
      describeError: errorWords,
    };
  }, [client, changes, op, inputKey, topicKey, byId]);
}
