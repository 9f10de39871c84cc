import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeLog, LoggedChange } from './change-log.ts';
import { StoreError } from './store-error.ts';
import type { AnyTransaction, StoreLog } from './store.ts';

export type FeedItem =
  | { readonly cursor: string; readonly topic: string; readonly key: string }
  /** Changes were missed for good (older than what is kept, or the store was replaced): read everything anew. */
  | { readonly cursor: string; readonly reset: true };

export interface FeedOptions {
  /** Only these; default all. */
  readonly topics?: readonly string[];
  /** Goes on right after this position. Default: about now; take `cursor()` first where nothing may be missed. */
  readonly after?: string;
  /** Ends the iteration, without an error. */
  readonly signal: AbortSignal;
}

/** Who changed what, told to every engine on the store in the order of commits, each change once. */
export interface ChangeFeed {
  /** Notes inside the caller's transaction that the thing `key` of `topic` changed; told when it commits. */
  note(trx: AnyTransaction, topic: string, key: string | readonly string[]): Promise<void>;
  /** The present position. Take it, read the rows, then subscribe after it: nothing is missed between. */
  cursor(): Promise<string>;
  /** Waits through an absence of the database and goes on; ends when the signal is aborted or the store is closed. */
  subscribe(options: FeedOptions): AsyncIterable<FeedItem>;
  /** Forgets changes older than this; a subscriber who still needs one gets a reset. Returns how many. */
  expire(olderThanMs: number): Promise<number>;
}

/** Calls `wake` when there may be something new in the log: after a notification, and now and then in any case. */
export type WatchLog = (wake: () => void) => () => Promise<void>;

const batchRows = 1000;
/** Items waiting for one slow reader. Beyond this it goes on from the log, in its own time. */
const queueMax = 5000;
const retryMs = 500;

/** One reader of the log per store, handing out to its subscribers. */
export class ChangeHub implements ChangeFeed {
  readonly #log: ChangeLog;
  readonly #watch: WatchLog;
  readonly #warn: StoreLog['warn'];
  readonly #subscribers = new Set<Subscriber>();
  readonly #closing = new AbortController();
  #stopWatching: (() => Promise<void>) | undefined;
  /** Everything before it has been handed out. */
  #position: string | undefined;
  #pumping: Promise<void> = Promise.resolve();
  #pumpAsked = false;
  /** The last reading failed, and that was said. */
  #isBehind = false;

  constructor(log: ChangeLog, watch: WatchLog, warn: StoreLog['warn']) {
    this.#log = log;
    this.#watch = watch;
    this.#warn = warn;
  }

  async note(trx: AnyTransaction, topic: string, key: string | readonly string[]): Promise<void> {
    const keys = typeof key === 'string' ? [key] : key;
    if (keys.length > 0) await this.#log.note(trx, topic, keys);
  }

  async cursor(): Promise<string> {
    return await this.#log.position();
  }

  async expire(olderThanMs: number): Promise<number> {
    return await this.#log.expire(olderThanMs);
  }

  subscribe(options: FeedOptions): AsyncIterable<FeedItem> {
    const ended = AbortSignal.any([options.signal, this.#closing.signal]);
    // The hub's own position is never later than this call; without one it is asked at once, not when the first item is.
    const present = this.#subscribers.size > 0 ? this.#position : undefined;
    const from = options.after ?? present ?? this.#keepAsking(async () => await this.#log.position(), ended);
    return this.#follow(from, options.topics, ended);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#alone(async () => {
      await this.#stopWatching?.();
      this.#stopWatching = undefined;
    });
  }

  async *#follow(
    from: string | Promise<string | undefined>,
    topics: readonly string[] | undefined,
    ended: AbortSignal,
  ): AsyncGenerator<FeedItem, void, undefined> {
    let cursor = await from;
    while (cursor !== undefined && !ended.aborted) {
      const subscriber = new Subscriber(ended);
      try {
        const until = await this.#keepAsking(async () => await this.#join(subscriber), ended);
        if (until === undefined) return;
        for await (const item of this.#upTo(cursor, until, ended)) {
          cursor = item.cursor;
          if ('reset' in item || isWanted(item, topics)) yield item;
        }
        for await (const item of subscriber.items()) {
          cursor = item.cursor;
          if ('reset' in item || isWanted(item, topics)) yield item;
        }
      } finally {
        await this.#leave(subscriber);
      }
    }
  }

  /** What was committed after `from` and lies before the subscriber's first live item. */
  async *#upTo(from: string, until: string, ended: AbortSignal): AsyncGenerator<FeedItem, void, undefined> {
    for (let cursor = from; ;) {
      const here = cursor;
      const batch = await this.#keepAsking(async () => await this.#log.read(here, until, batchRows), ended);
      if (batch === undefined) return;
      if (batch === 'gone') {
        yield { cursor: until, reset: true };
        return;
      }
      yield* batch.changes;
      if (!batch.more) return;
      cursor = batch.cursor;
    }
  }

  /** From the returned position on, items go to the subscriber. */
  async #join(subscriber: Subscriber): Promise<string> {
    return await this.#alone(async () => {
      this.#stopWatching ??= this.#watch(() => this.#wake());
      // Read afresh, so that this position is not older than the subscriber's own, which may come from another engine.
      await this.#pump();
      this.#subscribers.add(subscriber);
      return this.#position ?? (this.#position = await this.#log.position());
    });
  }

  async #leave(subscriber: Subscriber): Promise<void> {
    await this.#alone(async () => {
      this.#subscribers.delete(subscriber);
      if (this.#subscribers.size > 0) return;
      // Nobody listens: the next one starts at the present.
      this.#position = undefined;
      const stop = this.#stopWatching;
      this.#stopWatching = undefined;
      await stop?.();
    });
  }

  #wake(): void {
    if (this.#pumpAsked || this.#closing.signal.aborted) return;
    this.#pumpAsked = true;
    this.#alone(async () => {
      this.#pumpAsked = false;
      await this.#pump();
      this.#isBehind = false;
    }).catch((error: unknown) => {
      if (!this.#isBehind) this.#warn('The change feed waits for the database.', { error: String(error) });
      this.#isBehind = true;
    });
  }

  async #pump(): Promise<void> {
    for (let more = this.#position !== undefined && this.#subscribers.size > 0; more;) {
      const from = this.#position;
      if (from === undefined) return;
      const batch = await this.#log.read(from, undefined, batchRows);
      if (batch === 'gone') {
        const cursor = await this.#log.position();
        this.#position = cursor;
        for (const subscriber of this.#subscribers) subscriber.push([{ cursor, reset: true }]);
        return;
      }
      this.#position = batch.cursor;
      for (const subscriber of this.#subscribers) subscriber.push(batch.changes);
      more = batch.more;
    }
  }

  /** Pumping and joining take turns. */
  async #alone<R>(act: () => Promise<R>): Promise<R> {
    const turn = this.#pumping.then(act);
    this.#pumping = turn.then(
      () => undefined,
      () => undefined,
    );
    return await turn;
  }

  /** Asks the database again until it answers. Undefined when the subscription ended meanwhile. */
  async #keepAsking<R>(ask: () => Promise<R>, ended: AbortSignal): Promise<R | undefined> {
    for (let isTold = false; !ended.aborted;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (!isTold) this.#warn('The change feed waits for the database.', { error: error.message });
        isTold = true;
        await sleep(retryMs, undefined, { signal: ended }).catch(() => undefined);
      }
    }
    return undefined;
  }
}

class Subscriber {
  readonly #ended: AbortSignal;
  #queue: FeedItem[] = [];
  #isOverrun = false;
  #wake: (() => void) | undefined;

  constructor(ended: AbortSignal) {
    this.#ended = ended;
  }

  push(items: readonly (LoggedChange | FeedItem)[]): void {
    if (this.#isOverrun) return;
    this.#isOverrun = this.#queue.length + items.length > queueMax;
    if (!this.#isOverrun) this.#queue.push(...items);
    this.#wake?.();
  }

  /** Ends when the signal is aborted or after the last item before an overrun. */
  async *items(): AsyncGenerator<FeedItem, void, undefined> {
    const wake = (): void => this.#wake?.();
    this.#ended.addEventListener('abort', wake);
    try {
      while (!this.#ended.aborted) {
        const items = this.#queue;
        this.#queue = [];
        yield* items;
        if (this.#queue.length > 0) continue;
        if (this.#isOverrun) return;
        if (!this.#ended.aborted) await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#ended.removeEventListener('abort', wake);
    }
  }
}

function isWanted(item: { readonly topic: string }, topics: readonly string[] | undefined): boolean {
  return topics === undefined || topics.includes(item.topic);
}
