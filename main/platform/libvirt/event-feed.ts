import type { HostEvent } from './event-hub.ts';

/**
 * Events were lost: read the host's state afresh. `overflow`: the reader was too slow and the queue was emptied; `reconnected`:
 * the connection was gone for a while.
 */
export type Resync = { readonly name: 'resync'; readonly reason: 'overflow' | 'reconnected' };
export type FeedItem = HostEvent | Resync;

const DEFAULT_CAPACITY = 4_096;

/** A bounded queue of events between the connection and one reader. Never grows past its capacity, never loses anything unsaid. */
export class EventFeed implements AsyncIterable<FeedItem> {
  readonly #capacity: number;
  #items: FeedItem[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(capacity = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
  }

  push(event: FeedItem): void {
    if (this.#closed) return;
    if (this.#items.length >= this.#capacity) this.#items = [{ name: 'resync', reason: 'overflow' }];
    else this.#items.push(event);
    this.#wake?.();
  }

  /** The reader sees what is queued, then the end. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<FeedItem> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else if (this.#closed) return;
      else await this.#next();
    }
  }

  async #next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
  }
}
