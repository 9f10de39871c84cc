import { useCallback, useEffect, useState } from 'react';
import type { InputOf, QueryName, ResultOf } from './operation-types.ts';
import { useQuery, type QueryAnswer } from './use-query.ts';

/**
 * A query for a form: its answer only once it was read after the form was opened, because what was looked at a minute ago would be
 * edited and sent as what the person saw. `again` waits for another reading, as when somebody else was faster; `round` counts them.
 */
export function useFreshQuery<Name extends QueryName>(
  op: Name,
  input: InputOf<Name> | null,
  options: { topics?: readonly string[] } = {},
): QueryAnswer<ResultOf<Name>> & { round: number; again: () => void } {
  const answer = useQuery(op, input, options);
  const [opened, setOpened] = useState(() => ({ round: 0, atMs: Date.now() }));
  const { refetch } = answer;
  useEffect(() => {
    refetch();
  }, [refetch, opened]);
  const again = useCallback(() => {
    setOpened(({ round }) => ({ round: round + 1, atMs: Date.now() }));
  }, []);
  const data = answer.readMs >= opened.atMs ? answer.data : undefined;
  return { ...answer, data, round: opened.round, again };
}
