import type { CallerPipe } from '../../../shared/contract/messages.ts';
import { memoryPipe } from '../engine/memory-pipe.ts';
import { reachStore } from '../join/reach-store.ts';
import type { Settings } from '../settings/settings.ts';

export interface ReachedEngine {
  readonly pipe: CallerPipe;
  /** Joined another process, or runs in this one. */
  readonly how: 'joined' | 'own';
  close(): Promise<void>;
}

/** An engine for one command: the one that holds the store if it runs, else one of our own for as long as it takes. */
export async function reachEngine(settings: Settings): Promise<ReachedEngine> {
  const reached = await reachStore({
    // Without duties: a command that lives for a second must not take the collector from a worker.
    settings: { ...settings, duties: false },
    hostKind: 'cli',
    installation: settings.installation,
    logToFile: true,
  });
  if (reached.how === 'joined') {
    const { pipe, how } = reached;
    return { pipe, how, close: async () => pipe.close() };
  }
  const { engine, how } = reached;
  const { caller, engine: end } = memoryPipe();
  engine.serve(end);
  return { pipe: caller, how, close: async () => await engine.stop() };
}
