import type { CallerPipe, FromCaller, FromEngine } from '../../shared/contract/messages.ts';
import { CallError } from '../../shared/contract/call-error.ts';
import { PROTOCOL_VERSION } from '../../shared/contract/protocol-version.ts';
import type { WireError } from '../../shared/contract/wire-error.ts';
import type {
  CommandName,
  FeedItemOf,
  FeedName,
  FeedUpOf,
  InputOf,
  QueryName,
  ResultOf,
} from './operation-types.ts';
import type { Transport } from './transport.ts';

export type Connection =
  | { state: 'connecting' }
  | { state: 'live'; version: string }
  | { state: 'reconnecting'; sinceMs: number }
  /** Nobody can answer for this installation now; it is asked for again by itself. */
  | { state: 'unavailable'; sentence: string; sinceMs: number; wasLive: boolean }
  /** What answers now is another store than the one this page has shown: nothing is asked of it. */
  | { state: 'another-store' }
  /** The engine speaks another protocol: only another page will do. */
  | { state: 'incompatible'; version: string };

interface WaitingCall {
  readonly message: Extract<FromCaller, { t: 'call' }>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: CallError) => void;
}

/** What happens to a feed when the connection breaks: go on after its cursor, begin anew, or end. */
export type FeedContinuation = 'resume' | 'restart' | 'end';

interface OpenFeed {
  readonly id: number;
  readonly op: string;
  readonly input: unknown;
  readonly continuation: FeedContinuation;
  readonly onItem: (item: unknown) => void;
  readonly onEnd: (error: CallError | null) => void;
  readonly onConnected: (() => void) | undefined;
  cursor: string | undefined;
  taken: number;
}

export interface FeedHandle<Up> {
  send(item: Up): void;
  close(): void;
}

export interface FeedListener<Item> {
  onItem: (item: Item) => void;
  /** Null: it came to its end. */
  onEnd?: (error: CallError | null) => void;
  /** Subscribed, at first and after every loss. */
  onConnected?: () => void;
  continuation?: FeedContinuation;
}

const CREDIT = 256;
const BACKOFF_MS = [200, 500, 1000, 2000, 4000];
const PING_EVERY_MS = 15_000;
/** How long a call waits for the connection to come back before it fails. */
const PATIENCE_MS = 20_000;

const DISCONNECTED: WireError = {
  kind: 'disconnected',
  sentence: 'The connection to the engine is lost. It is being made again; nothing was done twice.',
};
const ANOTHER_STORE: WireError = {
  kind: 'disconnected',
  sentence:
    'Another store answers here now than the one this page shows. Load the page again; nothing was done.',
};
const CANCELLED: WireError = { kind: 'cancelled', sentence: 'Cancelled.' };

/**
 * The typed client of the message protocol over any transport. A call in flight when the connection breaks is sent
 * again once it is back: queries change nothing, commands carry an idempotency key.
 */
export class EngineClient {
  private readonly transport: Transport;
  private pipe: CallerPipe | null = null;
  private nextId = 1;
  private readonly calls = new Map<number, WaitingCall>();
  private readonly feeds = new Map<number, OpenFeed>();
  private readonly listeners = new Set<() => void>();
  private connectionNow: Connection = { state: 'connecting' };
  private attempt = 0;
  private closed = false;
  private pinger: ReturnType<typeof setInterval> | undefined;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private awaitedPong = 0;
  /** Identity of the store that answered first; never another. */
  private store: string | undefined;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  readonly connection = (): Connection => this.connectionNow;

  readonly onConnection = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Connects and keeps connected until {@link close}. */
  start(): void {
    void this.connect();
  }

  close(): void {
    this.closed = true;
    clearInterval(this.pinger);
    clearTimeout(this.patience);
    this.pipe?.close();
  }

  query<Name extends QueryName>(
    op: Name,
    input: InputOf<Name>,
    signal?: AbortSignal,
  ): Promise<ResultOf<Name>> {
    return this.call({ op, input }, signal) as Promise<ResultOf<Name>>;
  }

  /** `key`: the same key has the same effect once; made here unless given. */
  command<Name extends CommandName>(
    op: Name,
    input: InputOf<Name>,
    key: string = crypto.randomUUID(),
  ): Promise<ResultOf<Name>> {
    return this.call({ op, input, key }) as Promise<ResultOf<Name>>;
  }

  subscribe<Name extends FeedName>(
    op: Name,
    input: InputOf<Name>,
    listener: FeedListener<FeedItemOf<Name>>,
  ): FeedHandle<FeedUpOf<Name>> {
    const id = this.nextId++;
    const feed: OpenFeed = {
      id,
      op,
      input,
      continuation: listener.continuation ?? 'end',
      onItem: listener.onItem as (item: unknown) => void,
      onEnd: listener.onEnd ?? (() => undefined),
      onConnected: listener.onConnected,
      cursor: undefined,
      taken: 0,
    };
    this.feeds.set(id, feed);
    if (this.connectionNow.state === 'live') this.openFeed(feed);
    return {
      send: (item) => {
        this.pipe?.send({ t: 'send', id, item });
      },
      close: () => {
        if (this.feeds.delete(id)) this.pipe?.send({ t: 'cancel', id });
      },
    };
  }

  private call(what: { op: string; input: unknown; key?: string }, signal?: AbortSignal): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(new CallError(CANCELLED));
    if (this.connectionNow.state === 'another-store') return Promise.reject(new CallError(ANOTHER_STORE));
    const id = this.nextId++;
    const message = { t: 'call' as const, id, ...what };
    return new Promise((resolve, reject) => {
      this.calls.set(id, { message, resolve, reject });
      signal?.addEventListener(
        'abort',
        () => {
          if (!this.calls.delete(id)) return;
          this.pipe?.send({ t: 'cancel', id });
          reject(new CallError(CANCELLED));
        },
        { once: true },
      );
      if (this.connectionNow.state === 'live') this.pipe?.send(message);
      else this.loseAfterPatience();
    });
  }

  private async connect(): Promise<void> {
    let pipe: CallerPipe;
    try {
      pipe = await this.transport.connect();
    } catch {
      this.tryAgain();
      return;
    }
    if (this.closed) {
      pipe.close();
      return;
    }
    this.pipe = pipe;
    pipe.onClose(() => {
      if (this.pipe === pipe) this.lost();
    });
    pipe.onMessage((message) => {
      if (this.pipe === pipe) this.receive(message);
    });
  }

  private lost(): void {
    this.pipe = null;
    clearInterval(this.pinger);
    if (this.closed) return;
    for (const feed of this.feeds.values()) {
      if (feed.continuation !== 'end') continue;
      this.feeds.delete(feed.id);
      feed.onEnd(new CallError(DISCONNECTED));
    }
    this.tryAgain();
  }

  private tryAgain(): void {
    if (this.closed) return;
    if (this.connectionNow.state === 'live')
      this.setConnection({ state: 'reconnecting', sinceMs: Date.now() });
    if (this.calls.size > 0) this.loseAfterPatience();
    const waitMs = BACKOFF_MS[Math.min(this.attempt++, BACKOFF_MS.length - 1)] ?? 4000;
    // Jitter: many windows of one desktop must not knock together.
    setTimeout(() => void this.connect(), waitMs * (0.75 + Math.random() / 2));
  }

  private loseAfterPatience(): void {
    this.patience ??= setTimeout(() => {
      this.patience = undefined;
      for (const [id, call] of this.calls) {
        this.calls.delete(id);
        call.reject(new CallError(DISCONNECTED));
      }
    }, PATIENCE_MS);
  }

  private receive(message: FromEngine): void {
    switch (message.t) {
      case 'hello':
        this.greet(message);
        return;
      case 'unavailable':
        this.turnedAway(message.sentence);
        return;
      case 'result':
        this.settle(message.id)?.resolve(message.value);
        return;
      case 'error':
        this.settle(message.id)?.reject(new CallError(message.error));
        return;
      case 'feed':
        this.takeItem(message);
        return;
      case 'feed-end': {
        const feed = this.feeds.get(message.id);
        if (!feed) return;
        this.feeds.delete(message.id);
        feed.onEnd(message.error ? new CallError(message.error) : null);
        return;
      }
      case 'pong':
        this.awaitedPong = 0;
    }
  }

  private settle(id: number): WaitingCall | undefined {
    const call = this.calls.get(id);
    this.calls.delete(id);
    return call;
  }

  private greet(hello: Extract<FromEngine, { t: 'hello' }>): void {
    if (hello.protocol !== PROTOCOL_VERSION) {
      this.setConnection({ state: 'incompatible', version: hello.version });
      this.close();
      return;
    }
    if (this.store !== undefined && hello.store !== undefined && this.store !== hello.store) {
      this.refuseAnotherStore();
      return;
    }
    this.store ??= hello.store;
    this.attempt = 0;
    clearTimeout(this.patience);
    this.patience = undefined;
    this.setConnection({ state: 'live', version: hello.version });
    // Feeds first: what a call reads must not be older than where the feed of changes begins.
    for (const feed of this.feeds.values()) this.openFeed(feed);
    for (const call of this.calls.values()) this.pipe?.send(call.message);
    this.awaitedPong = 0;
    this.pinger = setInterval(() => {
      this.ping();
    }, PING_EVERY_MS);
  }

  private turnedAway(sentence: string): void {
    const before = this.connectionNow;
    const isSame = before.state === 'unavailable' && before.sentence === sentence;
    if (!isSame)
      this.setConnection({
        state: 'unavailable',
        sentence,
        sinceMs: Date.now(),
        wasLive: this.store !== undefined,
      });
  }

  /** Ids and rows of one store mean nothing in another: what waits is given up, and nothing more is sent. */
  private refuseAnotherStore(): void {
    this.setConnection({ state: 'another-store' });
    for (const [id, call] of this.calls) {
      this.calls.delete(id);
      call.reject(new CallError(ANOTHER_STORE));
    }
    this.close();
  }

  private ping(): void {
    if (this.awaitedPong !== 0) {
      this.pipe?.close();
      this.lost();
      return;
    }
    this.awaitedPong = this.nextId++;
    this.pipe?.send({ t: 'ping', id: this.awaitedPong });
  }

  private openFeed(feed: OpenFeed): void {
    const after = feed.continuation === 'resume' ? feed.cursor : undefined;
    feed.taken = 0;
    this.pipe?.send({
      t: 'subscribe',
      id: feed.id,
      op: feed.op,
      input: feed.input,
      credit: CREDIT,
      ...(after === undefined ? {} : { after }),
    });
    feed.onConnected?.();
  }

  private takeItem(message: Extract<FromEngine, { t: 'feed' }>): void {
    const feed = this.feeds.get(message.id);
    if (!feed) return;
    feed.cursor = message.cursor ?? feed.cursor;
    feed.onItem(message.item);
    feed.taken += 1;
    if (feed.taken < CREDIT / 2) return;
    this.pipe?.send({ t: 'credit', id: feed.id, more: feed.taken });
    feed.taken = 0;
  }

  private setConnection(next: Connection): void {
    this.connectionNow = next;
    for (const listener of this.listeners) listener();
  }
}
