import { setTimeout as sleep } from 'node:timers/promises';
import type { CallerPipe } from '../../../shared/contract/messages.ts';
import { StoreInUse } from '../../platform/store/store-error.ts';
import { startEngine, type Engine, type EngineOptions } from '../build-engine.ts';
import { joinEngine } from './join-engine.ts';

/** An engine of our own on the store, or a connection to the engine of the program that holds an embedded one. */
export type ReachedStore =
  | { readonly how: 'own'; readonly engine: Engine }
  | { readonly how: 'joined'; readonly address: string; readonly pipe: CallerPipe };

/** One who has just taken the store has not said yet where it is joined; a command holds it for a second; one that ends takes a moment. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 150;

/**
 * Opens the store, or joins the program that holds it, whichever comes first.
 *
 * @throws StoreInUse when it is held all the time by a program that cannot be joined, StoreError or OperatingFailure when it cannot be opened
 */
export async function reachStore(options: EngineOptions, signal?: AbortSignal): Promise<ReachedStore> {
  const startMs = performance.now();
  for (;;) {
    try {
      return { how: 'own', engine: await startEngine(options) };
    } catch (error) {
      if (!(error instanceof StoreInUse)) throw error;
      const joined = error.joinAddress === undefined ? undefined : await tryJoin(error.joinAddress);
      if (joined) return joined;
      if (performance.now() - startMs > PATIENCE_MS) throw error;
    }
    await sleep(PAUSE_MS, undefined, signal ? { signal } : {});
  }
}

/** Undefined when nobody listens there: it is ending, or has not begun to. */
async function tryJoin(address: string): Promise<ReachedStore | undefined> {
  try {
    return { how: 'joined', address, pipe: await joinEngine(address) };
  } catch {
    return undefined;
  }
}
