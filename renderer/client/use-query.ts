import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { Facts } from '../../shared/contract/outcome.ts';
import type { ErrorWords } from '../ui/error-panel.tsx';
import { useEngine } from './engine-context.tsx';
import type { Connection } from './engine-client.ts';
import { errorWords, refusalCode, refusalFacts } from './error-words.ts';
import type { InputOf, QueryName, ResultOf } from './operation-types.ts';

export interface QueryAnswer<Data> {
  /** The last answer; stays while it is read again and when that fails. */
  data: Data | undefined;
  /** Why the last reading failed, in words. */
  error: ErrorWords | null;
  /** Code of the refusal, where it was one (`no-such-vm`). */
  refusal: string | null;
  /** What the refusal is about, by the names of its sentence. */
  facts: Facts;
  loading: boolean;
  /** True when `data` is there but the last reading failed or the connection is gone: show its age. */
  stale: boolean;
  readMs: number;
  refetch: () => void;
}

export function useConnection(): Connection {
  const { client } = useEngine();
  return useSyncExternalStore(client.onConnection, client.connection);
}

const idle = (): (() => void) => () => undefined;

/**
 * The answer of a query, read again whenever the store says that its noun changed (`fleet.vmGet` listens to `vm`, and
 * only to its own `vmId`); other topics by `topics`. Aborted when nobody looks. Null input: not asked.
 */
export function useQuery<Name extends QueryName>(
  op: Name,
  input: InputOf<Name> | null,
  options: { topics?: readonly string[]; atMostEveryMs?: number } = {},
): QueryAnswer<ResultOf<Name>> {
  const { cache } = useEngine();
  const inputKey = input === null ? null : JSON.stringify(input);
  const topicKey = options.topics?.join();
  const { atMostEveryMs } = options;
  const entry = useMemo(
    () =>
      inputKey === null
        ? null
        : cache.entry(op, JSON.parse(inputKey), {
            ...(topicKey === undefined ? {} : { topics: topicKey.split(',') }),
            ...(atMostEveryMs === undefined ? {} : { settleMs: atMostEveryMs }),
          }),
    [cache, op, inputKey, topicKey, atMostEveryMs],
  );
  const state = useSyncExternalStore(entry?.subscribe ?? idle, entry?.snapshot ?? noState);
  const { state: connection } = useConnection();
  const refetch = useCallback(() => {
    entry?.refetch();
  }, [entry]);
  return {
    data: state?.data as ResultOf<Name> | undefined,
    error: state?.error ? errorWords(state.error) : null,
    refusal: refusalCode(state?.error),
    facts: refusalFacts(state?.error),
    loading: state?.loading ?? false,
    stale: state?.data !== undefined && (Boolean(state.error) || connection !== 'live'),
    readMs: state?.readMs ?? 0,
    refetch,
  };
}

function noState(): null {
  return null;
}
