import type { EngineClient } from './engine-client.ts';

/** Which changes concern a listener: of these topics, and of this object where a key is given. */
export interface Interest {
  topics: readonly string[];
  key?: string | undefined;
}

/** What changed, where that is known. */
export type ChangeListener = (change: { topic: string; key: string } | null) => void;

interface Watcher extends Interest {
  listener: ChangeListener;
}

/** One subscription to the store's change feed for the whole page; tells those whom a change concerns. */
export class ChangeWatch {
  private readonly watchers = new Set<Watcher>();
  private readonly client: EngineClient;
  private lastCollectedMs = 0;

  constructor(client: EngineClient) {
    this.client = client;
  }

  start(): void {
    let hasPosition = false;
    let connections = 0;
    this.client.subscribe(
      'system.changes',
      {},
      {
        continuation: 'resume',
        onConnected: () => {
          connections += 1;
        },
        onItem: (change) => {
          this.lastCollectedMs = Date.now();
          // Cut off before it was told where it stood, the feed began anew: what changed in between it does not know.
          const beganAnew = !hasPosition && connections > 1;
          hasPosition = true;
          if (change.reset || beganAnew) this.tellAll();
          else this.tell(change.topic, change.key);
        },
        onEnd: () => {
          // The engine ended it (it restarts, or we were too slow): begin again with a full look.
          setTimeout(() => {
            this.start();
            this.tellAll();
          }, 1000);
        },
      },
    );
  }

  watch(interest: Interest, listener: ChangeListener): () => void {
    const watcher = { ...interest, listener };
    this.watchers.add(watcher);
    return () => {
      this.watchers.delete(watcher);
    };
  }

  /** When the store last said that anything changed; 0 before the first time. */
  lastChangeMs(): number {
    return this.lastCollectedMs;
  }

  private tell(topic: string, key: string): void {
    for (const watcher of this.watchers) {
      const concerned = watcher.topics.includes('*') || watcher.topics.includes(topic);
      if (concerned && (watcher.key === undefined || watcher.key === key)) watcher.listener({ topic, key });
    }
  }

  private tellAll(): void {
    for (const watcher of this.watchers) watcher.listener(null);
  }
}

/** `fleet.vmList` → `vm`: the noun an operation is about, which is also the topic of its changes. */
export function nounOf(operation: string): string {
  return /^[^.]+\.([a-z]+)/.exec(operation)?.[1] ?? operation;
}

/** What a query listens to unless it says otherwise: its noun, and only its object where the input names one. */
export function interestOf(operation: string, input: unknown, topics?: readonly string[]): Interest {
  const noun = nounOf(operation);
  const id = (input as Record<string, unknown> | null)?.[`${noun}Id`];
  return topics ? { topics } : { topics: [noun], key: typeof id === 'string' ? id : undefined };
}
