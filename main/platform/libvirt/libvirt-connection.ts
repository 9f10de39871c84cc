import type { Dial } from './dialer.ts';
import { EventHub } from './event-hub.ts';
import type { EventListening, EventSink } from './event-hub.ts';
import type { EventName } from './event-messages.ts';
import { driverFeatures } from './flags.ts';
import { bulkKeepalive, ordinaryKeepalive } from './keepalive.ts';
import type { KeepalivePolicy } from './keepalive.ts';
import { LibvirtApi } from './libvirt-api.ts';
import { LibvirtAuthenticationError, LibvirtConnectionLost, LibvirtError } from './libvirt-errors.ts';
import type { LibvirtProtocolError } from './libvirt-errors.ts';
import type { ProcedureArgs, ProcedureResult } from './procedure.ts';
import type { ProcedureName, Procedures } from './procedures.ts';
import { RpcChannel } from './rpc-channel.ts';
import type { CallOptions, OpenedStream, StreamProcedureName } from './rpc-channel.ts';

export type LibvirtConnectionOptions = {
  readonly dial: Dial;
  /** What the daemon should open; `qemu:///system` when absent. */
  readonly uri?: string | undefined;
  /** `VIR_CONNECT_RO`: reads only. */
  readonly readOnly?: boolean | undefined;
  /** For dialing, logging in and opening together; 20 s when absent. */
  readonly connectTimeoutMs?: number | undefined;
  readonly keepalive?: KeepalivePolicy | undefined;
  /**
   * For streams that may be paused for long. The daemon is then not asked to watch us: it hangs up on a client that leaves its
   * pings unread for half a minute, which is what a paused stream does.
   */
  readonly bulk?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears of events and answers that make no sense but do not end the connection. */
  readonly onProtocolProblem?: ((problem: LibvirtProtocolError) => void) | undefined;
};

const CONNECT_TIMEOUT_MS = 20_000;
const CLOSE_TIMEOUT_MS = 2_000;
const READ_ONLY = 1 << 0;
/** `remote_auth_type` */
const auth = { none: 0, sasl: 1, polkit: 2 } as const;

/** One connection to one libvirt daemon. It ends once; `LibvirtSession` is what dials again. */
export class LibvirtConnection extends LibvirtApi {
  readonly #channel: RpcChannel;
  readonly #events: EventHub;
  readonly #options: LibvirtConnectionOptions;

  private constructor(channel: RpcChannel, events: EventHub, options: LibvirtConnectionOptions) {
    super();
    this.#channel = channel;
    this.#events = events;
    this.#options = options;
  }

  /** Dials, logs in and opens `uri`. Fails with the dialer's error, LibvirtAuthenticationError, LibvirtError or LibvirtConnectionLost. */
  static async open(options: LibvirtConnectionOptions): Promise<LibvirtConnection> {
    const timeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    const late = AbortSignal.timeout(timeoutMs);
    const signal = options.signal === undefined ? late : AbortSignal.any([options.signal, late]);
    try {
      return await LibvirtConnection.#open(options, signal);
    } catch (error) {
      if (late.aborted && error === late.reason) {
        const message = `The host did not finish opening libvirt within ${Math.round(timeoutMs / 1_000)} s.`;
        throw new LibvirtConnectionLost(message, {
          lossCause: 'opening-timed-out',
          effectKnown: true,
          cause: error,
        });
      }
      throw error;
    }
  }

  static async #open(options: LibvirtConnectionOptions, signal: AbortSignal): Promise<LibvirtConnection> {
    const socket = await options.dial(signal);
    const onProtocolProblem = options.onProtocolProblem ?? (() => undefined);
    const channel: RpcChannel = new RpcChannel(
      socket,
      options.keepalive ?? (options.bulk === true ? bulkKeepalive : ordinaryKeepalive),
      {
        onEvent: (message) => events.accept(message),
        onProtocolProblem,
      },
    );
    const events = new EventHub(channel, onProtocolProblem);
    try {
      await authenticate(channel, signal);
      await channel.call(
        'connectOpen',
        { name: options.uri ?? 'qemu:///system', flags: options.readOnly === true ? READ_ONLY : 0 },
        { signal },
      );
      if (options.bulk === true || (await speaksKeepalive(channel, signal))) channel.startKeepalive();
      return new LibvirtConnection(channel, events, options);
    } catch (error) {
      channel.end('closed-by-us', 'The connection could not be opened.', error);
      throw error;
    }
  }

  /** Settles when the connection is gone, with the reason. Never rejects. */
  get ended(): Promise<LibvirtConnectionLost> {
    return this.#channel.ended;
  }

  get isAlive(): boolean {
    return this.#channel.isAlive;
  }

  override call<N extends ProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options?: CallOptions,
  ): Promise<ProcedureResult<Procedures[N]>> {
    return this.#channel.call(name, args, options);
  }

  override openStream<N extends StreamProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options?: CallOptions,
  ): Promise<OpenedStream<N>> {
    return this.#channel.openStream(name, args, options);
  }

  /** Asks the host for these events of every object, until `stop` or the end of the connection. `sink` is called in their order. */
  listen(names: readonly EventName[], sink: EventSink): Promise<EventListening> {
    return this.#events.listen(names, sink);
  }

  /** Another connection to the same daemon, for consoles and bulk transfers: a paused stream pauses its whole connection. */
  openStreamConnection(signal?: AbortSignal): Promise<LibvirtConnection> {
    return LibvirtConnection.open({ ...this.#options, bulk: true, signal });
  }

  /** Another ordinary connection to the same daemon: what ends with the connection that began it (a migration) gets one of its own. */
  openAnother(signal?: AbortSignal): Promise<LibvirtConnection> {
    return LibvirtConnection.open({ ...this.#options, signal });
  }

  /** Says goodbye, waits for the answer a moment, and hangs up. Pending calls fail. Closing twice does nothing. */
  async close(): Promise<void> {
    if (!this.isAlive) return;
    // Not a deadline, which would begin when it is sent: with all places taken by calls that hang, it never is.
    const signal = AbortSignal.timeout(CLOSE_TIMEOUT_MS);
    await this.call('connectClose', undefined, { signal }).catch(() => undefined);
    this.#channel.end('closed-by-us', 'This connection was closed.');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Asking is also what makes the daemon begin to watch this client. Every daemon answers pings, asked or not. */
async function speaksKeepalive(channel: RpcChannel, signal: AbortSignal): Promise<boolean> {
  const { supported } = await channel.call(
    'connectSupportsFeature',
    { feature: driverFeatures.programKeepalive },
    { signal },
  );
  return supported;
}

async function authenticate(channel: RpcChannel, signal: AbortSignal): Promise<void> {
  const { types } = await channel.call('authList', undefined, { signal });
  if (types.length === 0 || types.includes(auth.none)) return;
  if (!types.includes(auth.polkit)) {
    const asked = types.includes(auth.sasl)
      ? 'SASL (user and password)'
      : `an unknown way (${types.join(', ')})`;
    throw new LibvirtAuthenticationError(
      `The libvirt daemon asks to log in by ${asked}, which is not supported. Reach it over SSH and its unix socket (auth_unix_rw = "polkit" or "none") instead.`,
    );
  }
  try {
    await channel.call('authPolkit', undefined, { signal });
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    throw new LibvirtAuthenticationError(
      `The host's polkit rules do not let this user manage libvirt (${error.message}). Add the user to the group libvirt, or use root.`,
      { cause: error },
    );
  }
}
