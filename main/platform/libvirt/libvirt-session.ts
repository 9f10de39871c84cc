import { EventFeed } from './event-feed.ts';
import type { EventName } from './event-messages.ts';
import { LibvirtApi } from './libvirt-api.ts';
import { LibvirtConnection } from './libvirt-connection.ts';
import type { LibvirtConnectionOptions } from './libvirt-connection.ts';
import { LibvirtConnectionLost, LibvirtProtocolError } from './libvirt-errors.ts';
import type { ProcedureArgs, ProcedureResult } from './procedure.ts';
import type { ProcedureName, Procedures } from './procedures.ts';
import { ReconnectPause } from './reconnect-pause.ts';
import type { ReconnectPolicy } from './reconnect-pause.ts';
import type { CallOptions, OpenedStream, StreamProcedureName } from './rpc-channel.ts';

export type SessionState =
  | { readonly state: 'connecting'; readonly attempt: number }
  | { readonly state: 'connected'; readonly since: Date }
  | {
      readonly state: 'lost';
      readonly since: Date;
      readonly reason: Error;
      readonly attempt: number;
      readonly nextAttemptMs: number;
    }
  | { readonly state: 'closed' };

export type LibvirtSessionOptions = Omit<LibvirtConnectionOptions, 'signal'> & {
  /** Asked for on every connection, and delivered through `events`. */
  readonly events?: readonly EventName[];
  /** Most events that wait for the reader; beyond it they are replaced by one `resync`. */
  readonly eventCapacity?: number;
  readonly reconnect?: ReconnectPolicy;
  /** Every change of state, in order. */
  readonly onState?: (state: SessionState) => void;
};

/**
 * A host that is meant to be connected: dials, dials again after a loss (longer and longer pauses, with jitter, so that 350 hosts
 * that failed together do not come back together), and registers the events anew each time. Calls go over the connection of the
 * moment and fail at once while there is none.
 */
export class LibvirtSession extends LibvirtApi {
  readonly events: EventFeed;
  readonly #options: LibvirtSessionOptions;
  readonly #stop = new AbortController();
  readonly #pause: ReconnectPause;
  #state: SessionState = { state: 'connecting', attempt: 1 };
  #connection: LibvirtConnection | undefined;
  #running: Promise<void> | undefined;

  constructor(options: LibvirtSessionOptions) {
    super();
    this.#options = options;
    this.#pause = new ReconnectPause(options.reconnect);
    this.events = new EventFeed(options.eventCapacity);
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Begins to connect and returns at once; `onState` tells how it goes. Starting twice does nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** The connection of the moment. Throws LibvirtConnectionLost while there is none. */
  get connection(): LibvirtConnection {
    if (this.#connection?.isAlive === true) return this.#connection;
    throw this.#notConnected();
  }

  /** Skips the rest of the pause: the machine woke up, or a person pressed "connect". */
  retryNow(): void {
    this.#pause.skip();
  }

  override async call<N extends ProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options?: CallOptions,
  ): Promise<ProcedureResult<Procedures[N]>> {
    return this.connection.call(name, args, options);
  }

  override async openStream<N extends StreamProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options?: CallOptions,
  ): Promise<OpenedStream<N>> {
    return this.connection.openStream(name, args, options);
  }

  /** A connection of its own for consoles and bulk transfers; it does not dial again. */
  async openStreamConnection(signal?: AbortSignal): Promise<LibvirtConnection> {
    return this.connection.openStreamConnection(signal);
  }

  /** An ordinary connection of its own, see {@link LibvirtConnection.openAnother}; it does not dial again. */
  async openAnother(signal?: AbortSignal): Promise<LibvirtConnection> {
    return this.connection.openAnother(signal);
  }

  /** Ends the session and waits until nothing of it is left. */
  async close(): Promise<void> {
    this.#stop.abort(
      new LibvirtConnectionLost('This session was closed.', { lossCause: 'closed-by-us', effectKnown: true }),
    );
    await this.#connection?.close();
    await this.#running;
    this.events.close();
    this.#enter({ state: 'closed' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(): Promise<void> {
    let everConnected = false;
    // In a row; a connection that broke before it lasted is one, or a host that breaks every connection would be dialled without a rest.
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      this.#enter({ state: 'connecting', attempt: failures + 1 });
      let reason: Error;
      try {
        const connection = await this.#connect();
        const connectedAt = performance.now();
        if (everConnected) this.events.push({ name: 'resync', reason: 'reconnected' });
        everConnected = true;
        this.#enter({ state: 'connected', since: new Date() });
        reason = await connection.ended;
        this.#connection = undefined;
        failures = performance.now() - connectedAt >= this.#pause.longestMs ? 0 : failures + 1;
      } catch (error) {
        reason = error instanceof Error ? error : new Error(String(error));
        failures += 1;
      }
      if (this.#stop.signal.aborted) return;
      const nextAttemptMs = this.#pause.next(failures);
      this.#enter({ state: 'lost', since: new Date(), reason, attempt: failures, nextAttemptMs });
      await this.#pause.wait(nextAttemptMs, this.#stop.signal);
    }
  }

  async #connect(): Promise<LibvirtConnection> {
    const { signal } = this.#stop;
    const connection = await LibvirtConnection.open({ ...this.#options, signal });
    // Whoever closes the session does not wait for a host that has fallen silent over the events.
    const hangUp = (): void => void connection.close();
    signal.addEventListener('abort', hangUp, { once: true });
    try {
      const { refused } = await connection.listen(this.#options.events ?? [], (event) =>
        this.events.push(event),
      );
      for (const { name, error } of refused) {
        this.#options.onProtocolProblem?.(
          new LibvirtProtocolError(`the host does not offer the event ${name}: ${error.message}`),
        );
      }
      signal.throwIfAborted();
      this.#connection = connection;
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', hangUp);
    }
  }

  #enter(state: SessionState): void {
    this.#state = state;
    this.#options.onState?.(state);
  }

  #notConnected(): LibvirtConnectionLost {
    const why = this.#state.state === 'lost' ? ` ${this.#state.reason.message}` : '';
    return new LibvirtConnectionLost(`The host is not connected.${why}`, {
      lossCause: 'transport-failed',
      effectKnown: true,
    });
  }
}
