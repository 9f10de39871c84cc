import { createContext, use } from 'react';
import type { ReactNode } from 'react';
import { invariant } from '../../shared/kernel/invariant.ts';
import { ChangeWatch } from './change-watch.ts';
import { EngineClient } from './engine-client.ts';
import { QueryCache } from './query-cache.ts';
import type { Transport } from './transport.ts';

/** The engine as a page sees it: calls, one watch on changes, one cache of answers. */
export interface Engine {
  readonly client: EngineClient;
  readonly changes: ChangeWatch;
  readonly cache: QueryCache;
}

export function createEngine(transport: Transport): Engine {
  const client = new EngineClient(transport);
  const changes = new ChangeWatch(client);
  client.start();
  changes.start();
  return { client, changes, cache: new QueryCache(client, changes) };
}

const EngineContext = createContext<Engine | null>(null);

export function EngineProvider({ engine, children }: { engine: Engine; children: ReactNode }) {
  return <EngineContext value={engine}>{children}</EngineContext>;
}

export function useEngine(): Engine {
  const engine = use(EngineContext);
  invariant(engine, 'a page outside EngineProvider');
  return engine;
}
