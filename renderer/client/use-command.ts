import { useCallback, useRef, useState } from 'react';
import type { ErrorWords } from '../ui/error-panel.tsx';
import { useEngine } from './engine-context.tsx';
import type { Facts } from '../../shared/contract/outcome.ts';
import { errorWords, fieldErrors, refusalCode, refusalFacts } from './error-words.ts';
import type { CommandName, InputOf, ResultOf } from './operation-types.ts';

export interface CommandRun<Name extends CommandName> {
  /** Runs it; null when it was refused or failed (then `error` says why). A second press while it runs does nothing. */
  run: (input: InputOf<Name>) => Promise<ResultOf<Name> | null>;
  pending: boolean;
  error: ErrorWords | null;
  refusal: string | null;
  /** What the refusal is about, by the names of its sentence (`fingerprint`, `pinned`). */
  facts: Facts;
  /** Messages by dotted path of the input, for a form. */
  fields: Record<string, string>;
  reset: () => void;
}

/** A command as a button or a form uses it. The sentence of a refusal or failure stays until the next run or `reset`. */
export function useCommand<Name extends CommandName>(op: Name): CommandRun<Name> {
  const { client } = useEngine();
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const running = useRef(false);
  const run = useCallback(
    async (input: InputOf<Name>): Promise<ResultOf<Name> | null> => {
      if (running.current) return null;
      running.current = true;
      setPending(true);
      setFailure(null);
      try {
        return await client.command(op, input);
      } catch (error) {
        setFailure(error);
        return null;
      } finally {
        running.current = false;
        setPending(false);
      }
    },
    [client, op],
  );
  const reset = useCallback(() => {
    setFailure(null);
  }, []);
  return {
    run,
    pending,
    error: failure ? errorWords(failure) : null,
    refusal: refusalCode(failure),
    facts: refusalFacts(failure),
    fields: fieldErrors(failure),
    reset,
  };
}
