import type { EngineClient } from './engine-client.ts';
import type { QueryName } from './operation-types.ts';
import { interestOf } from './change-watch.ts';
import type { ChangeWatch } from './change-watch.ts';

export interface QueryState {
  /** Undefined before the first answer. */
  data: unknown;
  /** Of the last attempt; the data of an earlier one stays. */
  error: unknown;
  loading: boolean;
  /** When `data` was read, epoch milliseconds. */
  readMs: number;
}

const UNREAD: QueryState = { data: undefined, error: null, loading: true, readMs: 0 };
/** Answers nobody looks at are kept this long, so that going back paints at once. */
const KEEP_MS = 60_000;
/** Unless a query asks for more. */
const SETTLE_MS = 250;

/** One query with one input: its last answer, those who look at it, and when to read it again. */
export class QueryEntry {
  private state: QueryState = UNREAD;
  private readonly listeners = new Set<() => void>();
  private readonly stops: (() => void)[] = [];
  private abort: AbortController | null = null;
  private dirty = true;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly read: (signal: AbortSignal) => Promise<unknown>;
  private readonly watch: (listener: () => void) => () => void;
  private readonly forget: () => void;
  private forgetting: ReturnType<typeof setTimeout> | undefined;
  private readonly settleMs: number;

  constructor(options: {
    read: (signal: AbortSignal) => Promise<unknown>;
    watch: (listener: () => void) => () => void;
    forget: () => void;
    /** A burst of changes is one reading. */
    settleMs: number;
  }) {
    this.read = options.read;
    this.watch = options.watch;
    this.forget = options.forget;
    this.settleMs = options.settleMs;
  }

  readonly snapshot = (): QueryState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    clearTimeout(this.forgetting);
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.wake();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.rest();
    };
  };

  /** Reads again now. */
  refetch(): void {
    this.dirty = true;
    void this.run();
  }

  private wake(): void {
    if (this.stops.length === 0)
      this.stops.push(
        this.watch(() => {
          this.soon();
        }),
      );
    if (this.dirty) void this.run();
  }

  private rest(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.abort?.abort();
    this.forgetting = setTimeout(() => {
      for (const stop of this.stops.splice(0)) stop();
      this.forget();
    }, KEEP_MS);
  }

  private soon(): void {
    this.dirty = true;
    if (this.listeners.size === 0) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.run();
    }, this.settleMs);
  }

  private async run(): Promise<void> {
    if (this.abort) return;
    const abort = new AbortController();
    this.abort = abort;
    this.dirty = false;
    this.patch({ loading: true });
    try {
      const data = await this.read(abort.signal);
      const same = JSON.stringify(data) === JSON.stringify(this.state.data);
      this.patch({ data: same ? this.state.data : data, error: null, loading: false, readMs: Date.now() });
    } catch (error) {
      if (abort.signal.aborted) this.dirty = true;
      else this.patch({ error, loading: false });
    }
    this.abort = null;
    if (this.dirty && this.listeners.size > 0) this.soon();
  }

  private patch(change: Partial<QueryState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

/** Answers by query and input. Holds what pages look at and what they looked at a minute ago; lists hold their own pages. */
export class QueryCache {
  private readonly entries = new Map<string, QueryEntry>();
  private readonly client: EngineClient;
  private readonly changes: ChangeWatch;

  constructor(client: EngineClient, changes: ChangeWatch) {
    this.client = client;
    this.changes = changes;
  }

  /** One entry per query, input and topics; `settleMs` of the first who asks holds. */
  entry(
    op: QueryName,
    input: unknown,
    options: { topics?: readonly string[]; settleMs?: number } = {},
  ): QueryEntry {
    const { topics, settleMs = SETTLE_MS } = options;
    const key = `${op} ${JSON.stringify(input)} ${topics?.join() ?? ''}`;
    const known = this.entries.get(key);
    if (known) return known;
    const made = new QueryEntry({
      read: (signal) => this.client.query(op, input as never, signal),
      watch: (listener) => this.changes.watch(interestOf(op, input, topics), listener),
      forget: () => this.entries.delete(key),
      settleMs,
    });
    this.entries.set(key, made);
    return made;
  }
}
