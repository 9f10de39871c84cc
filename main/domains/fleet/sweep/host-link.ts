import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import type { Dial } from '../../../platform/libvirt/dialer.ts';
import type { FeedItem } from '../../../platform/libvirt/event-feed.ts';
import type { EventName } from '../../../platform/libvirt/event-messages.ts';
import { LibvirtSession, type SessionState } from '../../../platform/libvirt/libvirt-session.ts';
import type { Log } from '../../../platform/log/log.ts';
import type { SshOptions } from '../../../platform/ssh/ssh-connect.ts';
import type { SshConnection } from '../../../platform/ssh/ssh-connection.ts';
import { isSshError } from '../../../platform/ssh/ssh-error.ts';
import type { SshPool } from '../../../platform/ssh/ssh-pool.ts';

/** What is heard of VMs and pools between two sweeps. */
const EVENTS: readonly EventName[] = [
  'domainLifecycle',
  'domainReboot',
  'domainWatchdog',
  'domainIoErrorReason',
  'domainDiskChange',
  'domainTrayChange',
  'domainDeviceAdded',
  'domainDeviceRemoved',
  'domainAgentLifecycle',
  'domainBalloonChange',
  'domainBlockJob2',
  'storagePoolLifecycle',
  'storagePoolRefresh',
  'networkLifecycle',
];

/** A connection nobody used for this long is closed; whoever asks next opens it again. */
const IDLE_MS = 120_000;
/** Failures of the log-in are not repeated sooner: guards against password guessing lock out whoever tries on. */
const REFUSED_PAUSE_MS = 300_000;
/** Waiting in line for a handshake counts, and 350 hosts may be ahead. The ways there have shorter time-outs of their own. */
const CONNECT_TIMEOUT_MS = 60_000;

/** The way to one host, shared by all of this engine. Give it back with `release`. */
export interface HostLink {
  readonly hostId: string;
  readonly session: LibvirtSession;
  ssh(signal?: AbortSignal): Promise<SshConnection>;
  /** Resolves once libvirt answers; rejects with why it does not, after the attempt that is under way. */
  ready(signal: AbortSignal): Promise<void>;
  /** Called with every change of the session's state, from now on. */
  onState(listener: (state: SessionState) => void): () => void;
  /** Called with every event of the host, from now on. */
  onEvent(listener: (event: FeedItem) => void): () => void;
  /** Tries at once, whatever pause was due. */
  retryNow(): void;
  release(): void;
}

interface SharedLinkParts {
  readonly pool: SshPool;
  readonly log: Log;
  /** Nobody has used it for a while. */
  readonly idle: () => void;
  readonly optionsOf: () => Promise<{ ssh: SshOptions; sockets: readonly string[] }>;
}

/** The one way of this engine to a host, for all who hold it. */
export class SharedHostLink {
  readonly hostId: string;
  readonly session: LibvirtSession;
  closed = false;
  readonly #parts: SharedLinkParts;
  readonly #listeners = new Set<(state: SessionState) => void>();
  readonly #eventListeners = new Set<(event: FeedItem) => void>();
  #holders = 0;
  #idle: NodeJS.Timeout | undefined;
  #refusal: { readonly error: unknown; readonly untilMs: number } | undefined;

  constructor(hostId: string, parts: SharedLinkParts) {
    this.hostId = hostId;
    this.#parts = parts;
    this.session = new LibvirtSession({
      dial: this.#dial,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      events: EVENTS,
      onState: (state) => {
        for (const listener of this.#listeners) listener(state);
      },
      onProtocolProblem: (problem) =>
        parts.log.warn('A message of the host was not understood.', { host: hostId, problem }),
    });
    void this.#passEventsOn();
  }

  async #passEventsOn(): Promise<void> {
    for await (const event of this.session.events) {
      for (const listener of this.#eventListeners) this.#pass(event, listener);
    }
  }

  /** An event that somebody cannot bear must not stop those that come after it. */
  #pass(event: FeedItem, listener: (event: FeedItem) => void): void {
    try {
      listener(event);
    } catch (error) {
      this.#parts.log.error('An event of a host could not be dealt with.', {
        host: this.hostId,
        event,
        error,
      });
    }
  }

  readonly #dial: Dial = async (signal) => {
    if (this.#refusal !== undefined && this.#refusal.untilMs > performance.now()) throw this.#refusal.error;
    this.#refusal = undefined;
    try {
      const { sockets } = await this.#parts.optionsOf();
      return await this.#parts.pool.dialer(
        this.hostId,
        async () => (await this.#parts.optionsOf()).ssh,
        sockets,
      )(signal);
    } catch (error) {
      if (isRefusedLogIn(error)) this.#refusal = { error, untilMs: performance.now() + REFUSED_PAUSE_MS };
      throw error;
    }
  };

  hold(): HostLink {
    clearTimeout(this.#idle);
    this.#holders += 1;
    this.session.start();
    let held = true;
    return {
      hostId: this.hostId,
      session: this.session,
      ssh: async (signal) =>
        await this.#parts.pool.connection(
          this.hostId,
          async () => (await this.#parts.optionsOf()).ssh,
          signal,
        ),
      ready: async (signal) => await this.#ready(signal),
      onState: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      onEvent: (listener) => {
        this.#eventListeners.add(listener);
        return () => this.#eventListeners.delete(listener);
      },
      retryNow: () => this.retryNow(),
      release: () => {
        if (held) this.#release();
        held = false;
      },
    };
  }

  retryNow(): void {
    this.#refusal = undefined;
    this.session.retryNow();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.#idle);
    await this.session.close();
  }

  #release(): void {
    this.#holders -= 1;
    if (this.#holders > 0 || this.closed) return;
    this.#idle = setTimeout(() => this.#parts.idle(), IDLE_MS);
    this.#idle.unref();
  }

  async #ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const settled = (state: SessionState): boolean => state.state !== 'connecting';
    let { state } = this.session;
    if (!settled(state)) state = await this.#nextState(settled, signal);
    if (state.state === 'lost') throw state.reason;
    if (state.state === 'closed') {
      throw new OperatingFailure({
        code: 'host-closed',
        sentence: 'The connection to the host was closed.',
        mayRetry: true,
      });
    }
  }

  async #nextState(wanted: (state: SessionState) => boolean, signal: AbortSignal): Promise<SessionState> {
    const { promise, resolve, reject } = Promise.withResolvers<SessionState>();
    const listener = (state: SessionState): void => {
      if (wanted(state)) resolve(state);
    };
    const giveUp = (): void => reject(signal.reason as Error);
    this.#listeners.add(listener);
    signal.addEventListener('abort', giveUp, { once: true });
    return await promise.finally(() => {
      this.#listeners.delete(listener);
      signal.removeEventListener('abort', giveUp);
    });
  }
}

function isRefusedLogIn(error: unknown): boolean {
  return isSshError(
    error,
    'host-key-changed',
    'host-key-unknown',
    'auth-failed',
    'password-wrong',
    'password-not-allowed',
    'second-factor-needed',
    'key-not-accepted',
    'key-unreadable',
    'passphrase-needed',
    'passphrase-wrong',
  );
}
