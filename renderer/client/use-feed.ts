import { useEffect, useRef, useState } from 'react';
import type { ErrorWords } from '../ui/error-panel.tsx';
import { useEngine } from './engine-context.tsx';
import type { FeedContinuation } from './engine-client.ts';
import { errorWords } from './error-words.ts';
import type { FeedItemOf, FeedName, InputOf } from './operation-types.ts';

/** Listens to a feed while the part is on screen; begins anew after a lost connection unless `resume` is asked. Null input: not. */
export function useFeed<Name extends FeedName>(
  op: Name,
  input: InputOf<Name> | null,
  onItem: (item: FeedItemOf<Name>) => void,
  continuation: FeedContinuation = 'restart',
): { error: ErrorWords | null; ended: boolean } {
  const { client } = useEngine();
  const [end, setEnd] = useState<{ error: ErrorWords | null } | null>(null);
  const listener = useRef(onItem);
  useEffect(() => {
    listener.current = onItem;
  });
  const inputKey = input === null ? null : JSON.stringify(input);
  useEffect(() => {
    if (inputKey === null) return undefined;
    const feed = client.subscribe(op, JSON.parse(inputKey) as InputOf<Name>, {
      continuation,
      onItem: (item) => {
        listener.current(item);
      },
      onConnected: () => {
        setEnd(null);
      },
      onEnd: (error) => {
        setEnd({ error: error ? errorWords(error) : null });
      },
    });
    return () => {
      feed.close();
    };
  }, [client, op, inputKey, continuation]);
  return { error: end?.error ?? null, ended: end !== null };
}
