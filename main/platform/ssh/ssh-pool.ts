import type { Duplex } from 'node:stream';
import { connectSsh, type SshOptions } from './ssh-connect.ts';
import type { SshConnection } from './ssh-connection.ts';
import { NetworkWatch } from './network-watch.ts';
import { isSshError } from './ssh-error.ts';

/** Where a connection comes from; asked again for each stream, so that a lost one is replaced. */
export type SshSource = SshConnection | ((signal: AbortSignal) => Promise<SshConnection>);

/** How to log in to a host, asked each time it is dialled: the key may have been sealed away, or the host moved, since. */
export type SshOptionsOf = (signal: AbortSignal) => SshOptions | Promise<SshOptions>;

/**
 * One shared connection per host. Whoever asks while it is being made waits for the same one; when it is lost the next who asks gets a new one.
 */
export class SshPool {
  readonly network = new NetworkWatch();
  readonly #hosts = new Map<string, { connection: Promise<SshConnection>; abandon: AbortController }>();

  /** `host` is whatever the caller knows the host by. Rejects as connectSsh, or with network-down when no host of the pool answers. */
  async connection(host: string, optionsOf: SshOptionsOf, signal?: AbortSignal): Promise<SshConnection> {
    signal?.throwIfAborted();
    let entry = this.#hosts.get(host);
    if (!entry) {
      const abandon = new AbortController();
      const made = { connection: this.#dial(host, optionsOf, abandon.signal), abandon };
      this.#hosts.set(host, made);
      // Only this one: another may have taken its place in the meantime.
      const forget = () => {
        if (this.#hosts.get(host) === made) this.#hosts.delete(host);
      };
      made.connection.then((connection) => connection.onClose(forget), forget);
      entry = made;
    }
    // The dialling belongs to all who wait for it: one who gives up does not end it.
    return signal ? await orAborted(entry.connection, signal) : await entry.connection;
  }

  async #dial(host: string, optionsOf: SshOptionsOf, signal: AbortSignal): Promise<SshConnection> {
    try {
      const connection = await connectSsh({ ...(await optionsOf(signal)), signal });
      this.network.succeeded(host);
      connection.onClose((error) => {
        if (error) this.network.failed(host, error);
      });
      return connection;
    } catch (error) {
      signal.throwIfAborted();
      throw this.network.failed(host, error);
    }
  }

  /** Opens the first of the sockets that can be opened, on the host's shared connection. */
  dialer(
    host: string,
    optionsOf: SshOptionsOf,
    socketPaths: readonly string[],
  ): (signal: AbortSignal) => Promise<Duplex> {
    return sshDialer(async (signal) => await this.connection(host, optionsOf, signal), socketPaths);
  }

  /** Closes the host's connection, if there is one, and forgets the host: it was removed, or its log-in changed. */
  async drop(host: string): Promise<void> {
    const entry = this.#hosts.get(host);
    this.#hosts.delete(host);
    this.network.forget(host);
    if (!entry) return;
    entry.abandon.abort(new DOMException(`${host} is no longer connected to`, 'AbortError'));
    await entry.connection.then(
      async (connection) => await connection.close(),
      () => undefined,
    );
    // Somebody may have asked for it again; then it is looked after.
    if (!this.#hosts.has(host)) this.network.forget(host);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#hosts.keys()].map(async (host) => await this.drop(host)));
  }
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const giveUp = () => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', giveUp, { once: true });
  return await Promise.race([promise, aborted.promise]).finally(() =>
    signal.removeEventListener('abort', giveUp),
  );
}

/**
 * Opens the first of some unix sockets that can be opened. Only a socket that is missing or has no listener leads to the next one; of several such
 * failures the one about a socket that is there is told.
 */
export function sshDialer(
  source: SshSource,
  socketPaths: readonly string[],
): (signal: AbortSignal) => Promise<Duplex> {
  return async (signal) => {
    const connection = typeof source === 'function' ? await source(signal) : source;
    let told: unknown;
    for (const path of socketPaths) {
      try {
        return await connection.openUnixSocket(path, signal);
      } catch (error) {
        if (!isSshError(error, 'socket-missing', 'socket-refused')) throw error;
        if (
          told === undefined ||
          (isSshError(told, 'socket-missing') && !isSshError(error, 'socket-missing'))
        )
          told = error;
      }
    }
    throw told;
  };
}
