import type { FeedItem, FeedStart } from '../../../shared/contract/handlers.ts';
import { fromCallerSchema, type EnginePipe, type FromCaller } from '../../../shared/contract/messages.ts';
import type { Feed, Operation } from '../../../shared/contract/operation.ts';
import { PROTOCOL_VERSION } from '../../../shared/contract/protocol-version.ts';
import type { WireError } from '../../../shared/contract/wire-error.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { Actor, CallContext, Caller } from '../../platform/calls/call-context.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { AsyncQueue } from './async-queue.ts';
import { callAs, handlerOf } from './call-operation.ts';
import { StoreError } from '../../platform/store/store-error.ts';
import type { EngineParts } from './engine-parts.ts';
import { admit, findOperation, whyForbidden } from './operation-admit.ts';
import { badInput, translateThrown } from './translate-error.ts';

/** Keystrokes and mouse moves that may wait for a slow console before the feed is ended. */
const UPSTREAM_CAPACITY = 10_000;
/** Calls one connection may have under way; more are refused, so that a runaway page cannot drown the engine. */
const MAX_CALLS = 500;
const MAX_FEEDS = 100;

type FeedHandler = (
  input: unknown,
  context: CallContext,
  start: FeedStart<unknown>,
) => AsyncIterable<FeedItem<unknown>>;

interface RunningFeed {
  readonly abort: AbortController;
  readonly upstream: AsyncQueue<unknown>;
  readonly operation: Feed;
  credit: number;
  wake: (() => void) | undefined;
}

/** Serves one connection until it closes; everything it started is then aborted. */
export function servePipe(parts: EngineParts, pipe: EnginePipe, caller: Caller): void {
  new PipeServer(parts, pipe, caller).start();
}

class PipeServer {
  private readonly parts: EngineParts;
  private readonly pipe: EnginePipe;
  private readonly caller: Caller;
  private readonly calls = new Map<number, AbortController>();
  private readonly feeds = new Map<number, RunningFeed>();
  private closed = false;

  constructor(parts: EngineParts, pipe: EnginePipe, caller: Caller) {
    this.parts = parts;
    this.pipe = pipe;
    this.caller = caller;
  }

  start(): void {
    const stop = (): void => this.stop();
    this.parts.stopping.addEventListener('abort', stop, { once: true });
    const stopListening = this.caller.onChange(() => void this.endForbiddenFeeds());
    this.pipe.onClose(() => {
      stopListening();
      this.parts.stopping.removeEventListener('abort', stop);
      this.stop();
    });
    this.pipe.onMessage((message) => this.receive(message));
    this.pipe.send({
      t: 'hello',
      protocol: PROTOCOL_VERSION,
      engine: this.parts.engineId,
      version: this.parts.version,
      store: this.parts.storeId,
    });
  }

  private stop(): void {
    if (this.closed) return;
    this.closed = true;
    for (const controller of this.calls.values()) controller.abort();
    for (const running of this.feeds.values()) this.endFeed(running);
    this.pipe.close();
  }

  private receive(raw: unknown): void {
    const parsed = fromCallerSchema.safeParse(raw);
    if (!parsed.success) {
      this.parts.log.warn('a message of a console was not understood; its connection is closed', {
        issues: parsed.error.issues.slice(0, 3),
      });
      this.stop();
      return;
    }
    this.dispatch(parsed.data);
  }

  private dispatch(message: FromCaller): void {
    switch (message.t) {
      case 'call':
        void this.call(message);
        return;
      case 'cancel':
        this.cancel(message.id);
        return;
      case 'subscribe':
        void this.subscribe(message);
        return;
      case 'credit':
        this.grant(message.id, message.more);
        return;
      case 'send':
        this.sendUp(message.id, message.item);
        return;
      case 'ping':
        this.pipe.send({ t: 'pong', id: message.id });
    }
  }

  private async call(message: Extract<FromCaller, { t: 'call' }>): Promise<void> {
    const { id } = message;
    if (this.calls.has(id) || this.calls.size >= MAX_CALLS) {
      this.sendError(id, tooMuch('calls'));
      return;
    }
    const controller = new AbortController();
    this.calls.set(id, controller);
    const result = await callAs(this.parts, this.caller, {
      op: message.op,
      input: message.input,
      key: message.key,
      signal: controller.signal,
    });
    this.calls.delete(id);
    if (this.closed) return;
    if (result.ok) this.pipe.send({ t: 'result', id, value: result.value });
    else this.sendError(id, result.error);
  }

  private cancel(id: number): void {
    this.calls.get(id)?.abort();
    const feed = this.feeds.get(id);
    if (feed) this.endFeed(feed);
  }

  private endFeed(running: RunningFeed): void {
    running.abort.abort();
    running.upstream.end();
    running.wake?.();
  }

  private grant(id: number, more: number): void {
    const feed = this.feeds.get(id);
    if (!feed) return;
    feed.credit += more;
    feed.wake?.();
  }

  private sendUp(id: number, item: unknown): void {
    const running = this.feeds.get(id);
    if (!running) return;
    const parsed = running.operation.upstream?.safeParse(item);
    if (!parsed?.success) {
      this.finishFeed(
        id,
        running,
        parsed
          ? badInput(parsed.error)
          : { kind: 'bad-input', sentence: 'This feed takes nothing from its listener.', issues: [] },
      );
      return;
    }
    if (!running.upstream.push(parsed.data)) this.finishFeed(id, running, tooMuch('bytes typed'));
  }

  /** A console that is open does not outlive the right to it. */
  private async endForbiddenFeeds(): Promise<void> {
    if (this.feeds.size === 0) return;
    let actor: Actor;
    try {
      actor = await this.caller.current();
    } catch (error) {
      // A database that is away takes no right away; calls wait for it themselves.
      if (error instanceof StoreError) return;
      for (const [id, running] of this.feeds) {
        const at = {
          operation: running.operation,
          name: 'feed',
          operationId: newId('op'),
          log: this.parts.log,
        };
        this.finishFeed(id, running, translateThrown(error, at));
      }
      return;
    }
    for (const [id, running] of this.feeds) {
      const forbidden = whyForbidden(running.operation, actor);
      if (forbidden) this.finishFeed(id, running, forbidden);
    }
  }

  private finishFeed(id: number, running: RunningFeed, error: WireError): void {
    this.feeds.delete(id);
    this.endFeed(running);
    this.pipe.send({ t: 'feed-end', id, error });
  }

  private async subscribe(message: Extract<FromCaller, { t: 'subscribe' }>): Promise<void> {
    const { id } = message;
    const found = findOperation(message.op);
    const refused = this.whyNotSubscribe(id, message.op, found);
    if (refused || 'error' in found || found.operation.kind !== 'feed') {
      this.pipe.send({ t: 'feed-end', id, ...(refused ? { error: refused } : {}) });
      return;
    }
    const running: RunningFeed = {
      abort: new AbortController(),
      upstream: new AsyncQueue(UPSTREAM_CAPACITY),
      operation: found.operation,
      credit: message.credit,
      wake: undefined,
    };
    this.feeds.set(id, running);
    const error = await this.pump(id, message, running);
    const isCurrent = this.feeds.get(id) === running;
    if (isCurrent) this.feeds.delete(id);
    running.upstream.end();
    if (!this.closed && isCurrent) this.pipe.send({ t: 'feed-end', id, ...(error ? { error } : {}) });
  }

  private whyNotSubscribe(
    id: number,
    op: string,
    found: { operation: Operation } | { error: WireError },
  ): WireError | undefined {
    if ('error' in found) return found.error;
    if (found.operation.kind !== 'feed')
      return { kind: 'bad-input', sentence: `${op} is not a feed: call it.`, issues: [] };
    return this.feeds.has(id) || this.feeds.size >= MAX_FEEDS ? tooMuch('feeds') : undefined;
  }

  /** Takes the next item only when the subscriber granted credit for it: what makes items waits meanwhile. */
  private async pump(
    id: number,
    message: Extract<FromCaller, { t: 'subscribe' }>,
    running: RunningFeed,
  ): Promise<WireError | undefined> {
    const handler = handlerOf(this.parts, message.op) as FeedHandler;
    const { signal } = running.abort;
    const operationId = newId('op');
    try {
      const actor = await this.caller.current();
      const admitted = admit(message.op, message.input, actor);
      if ('error' in admitted) return admitted.error;
      if (signal.aborted) return undefined;
      const start = {
        upstream: running.upstream,
        ...(message.after === undefined ? {} : { after: message.after }),
      };
      const context = this.feedContext(message.op, { actor, operationId, signal });
      const items = handler(admitted.input, context, start);
      for await (const { item, cursor } of items) {
        await this.credited(running);
        if (signal.aborted || this.closed) return undefined;
        running.credit -= 1;
        this.pipe.send({
          t: 'feed',
          id,
          item: running.operation.item.parse(item),
          ...(cursor === undefined ? {} : { cursor }),
        });
      }
      return undefined;
    } catch (error) {
      if (signal.aborted) return { kind: 'cancelled', sentence: 'It was cancelled.' };
      return translateThrown(error, {
        operation: running.operation,
        name: message.op,
        operationId,
        log: this.parts.log,
      });
    }
  }

  private async credited(running: RunningFeed): Promise<void> {
    while (running.credit <= 0 && !running.abort.signal.aborted) {
      await new Promise<void>((resolve) => {
        running.wake = resolve;
      });
    }
    running.wake = undefined;
  }

  private feedContext(
    operation: string,
    call: Pick<CallContext, 'actor' | 'operationId' | 'signal'>,
  ): CallContext {
    const { store } = this.parts;
    return {
      ...call,
      operation,
      tables: <T>() => store.tables<T>(),
      note: async () => {
        throw new OperatingFailure({ code: 'feed-writes', sentence: 'A feed only reads.' });
      },
      subject: () => undefined,
    };
  }

  private sendError(id: number, error: WireError): void {
    this.pipe.send({ t: 'error', id, error });
  }
}

function tooMuch(what: string): WireError {
  return {
    kind: 'failure',
    code: 'too-much',
    sentence: `Too many ${what} at once on one connection. Wait for some to end.`,
    mayRetry: true,
  };
}
