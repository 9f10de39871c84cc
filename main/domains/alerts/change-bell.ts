import { setTimeout as sleep } from 'node:timers/promises';
import type { AlertsParts } from './alerts-parts.ts';

export interface Bell {
  /** Resolves when it has rung since the last time, or after that long. */
  rung(withinMs: number): Promise<void>;
  ring(): void;
}

/** Rings whenever something of these topics changes, until the signal aborts. */
export function bellOf(
  parts: Pick<AlertsParts, 'store' | 'log'>,
  topics: readonly string[],
  signal: AbortSignal,
): Bell {
  let hasRung = false;
  let wake = (): void => undefined;
  const ring = (): void => {
    hasRung = true;
    wake();
  };
  const listen = async (): Promise<void> => {
    for await (const _ of parts.store.changes.subscribe({ topics, signal })) ring();
  };
  listen().catch((error: unknown) =>
    parts.log.warn('The change feed ended: alerts are looked at by the clock alone.', { error }),
  );
  return {
    ring,
    rung: async (withinMs) => {
      if (!hasRung && !signal.aborted) {
        const waiting = new AbortController();
        wake = () => waiting.abort();
        await sleep(withinMs, undefined, {
          signal: AbortSignal.any([signal, waiting.signal]),
        }).catch(() => undefined);
      }
      hasRung = false;
    },
  };
}
