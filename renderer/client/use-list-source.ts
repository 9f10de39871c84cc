import { useMemo } from 'react';
import type { RowPage } from '../ui/row-list.ts';
import type { RowSource } from '../ui/row-source.ts';
import { nounOf } from './change-watch.ts';
import { useEngine } from './engine-context.tsx';
import { errorWords } from './error-words.ts';
import type { InputOf, ListName, RowOf } from './operation-types.ts';

const PAGE_ROWS = 100;

/**
 * Rows of a list query for VirtualTable: keyset pages, renewed when the store says that the noun (or one of `topics`)
 * changed and when the connection comes back. `input` holds query, sort and direction; cursor and limit are ours.
 */
export function useListSource<Name extends ListName>(
  op: Name,
  input: Omit<InputOf<Name>, 'cursor' | 'limit'>,
  options: { topics?: readonly string[] } = {},
): RowSource<RowOf<Name>> {
  const { client, changes } = useEngine();
  const inputKey = JSON.stringify(input);
  const topicKey = options.topics?.join() ?? nounOf(op);
  return useMemo(
    () => ({
      key: `${op} ${inputKey}`,
      loadPage: async (cursor, signal) => {
        const asked = {
          ...(JSON.parse(inputKey) as object),
          limit: PAGE_ROWS,
          ...(cursor === undefined ? {} : { cursor }),
        };
        return (await client.query(op, asked as unknown as InputOf<Name>, signal)) as unknown as RowPage<
          RowOf<Name>
        >;
      },
      onChange: (listener) => {
        const stopWatching = changes.watch({ topics: topicKey.split(',') }, listener);
        const stopListening = client.onConnection(() => {
          if (client.connection().state === 'live') listener();
        });
        return () => {
          stopWatching();
          stopListening();
        };
      },
      describeError: errorWords,
    }),
    [client, changes, op, inputKey, topicKey],
  );
}
