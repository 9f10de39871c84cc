import { useAddressParam, useAddressSort } from '../ui/address.ts';
import type { BoundList } from '../ui/list-page.tsx';
import type { InputOf, ListName, RowOf } from './operation-types.ts';
import { useListSource } from './use-list-source.ts';
import { useQuery } from './use-query.ts';

/** A count may be three seconds old; it is not what people act on. */
const COUNT_EVERY_MS = 3000;

type SortOf<Name extends ListName> =
  InputOf<Name> extends { sort?: infer Sort } ? NonNullable<Sort> & string : string;

export interface ListOptions<Name extends ListName> {
  sort: SortOf<Name>;
  direction?: 'asc' | 'desc';
  /** What changes a row of it, where that is not only its own noun. */
  topics?: readonly string[];
}

function useTotal<Name extends ListName>(op: Name, query: string, topics?: readonly string[]) {
  const found = useQuery(op, { query, limit: 0 } as unknown as InputOf<Name>, {
    ...(topics ? { topics } : {}),
    atMostEveryMs: COUNT_EVERY_MS,
  });
  return (found.data as { total: number } | undefined)?.total;
}

/** A list query for `ListPage`, with query and sort in the address; rows that change in the store are read again by their ids. */
export function useList<Name extends ListName>(op: Name, options: ListOptions<Name>): BoundList<RowOf<Name>> {
  const { topics } = options;
  const [query, setQuery] = useAddressParam('query');
  const [sort, setSort] = useAddressSort<string>(options.sort, options.direction);
  const input = { query, sort: sort.key, direction: sort.direction };
  const source = useListSource(op, input as unknown as Omit<InputOf<Name>, 'cursor' | 'limit' | 'ids'>, {
    byId: true,
    ...(topics ? { topics } : {}),
  });
  return { query, setQuery, sort, setSort, source, all: useTotal(op, '', topics) };
}
