import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import { systemSockets } from '../../../platform/libvirt/dialer.ts';
import type { Log } from '../../../platform/log/log.ts';
import type { SshOptions } from '../../../platform/ssh/ssh-connect.ts';
import { SshPool } from '../../../platform/ssh/ssh-pool.ts';
import { wakeWatch } from '../../../platform/ssh/wake-watch.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import type { HostKeys } from '../hosts/host-keys.ts';
import { SharedHostLink, type HostLink } from './host-link.ts';
import { findHost, type StoredJump } from '../hosts/host-store.ts';

/** Topic of the change feed: how a host is entered has changed (a new key), or it was removed. */
export const HOST_DOOR_TOPIC = 'host-door';

/** This engine's own connections to hosts: one SSH connection and one libvirt session each, made when first needed. */
export class HostConnections {
  readonly pool = new SshPool();
  readonly #store: Store;
  readonly #keys: HostKeys;
  readonly #log: Log;
  readonly #entries = new Map<string, SharedHostLink>();
  #stopWake: (() => void) | undefined;
  #stopNetwork: (() => void) | undefined;

  constructor(parts: { store: Store; keys: HostKeys; log: Log }) {
    this.#store = parts.store;
    this.#keys = parts.keys;
    this.#log = parts.log;
  }

  /** Follows changes of hosts' doors until the signal aborts, then closes everything. */
  async run(signal: AbortSignal): Promise<void> {
    this.#stopWake = wakeWatch.onWake(() => this.#retryAll());
    this.#stopNetwork = this.pool.network.onChange((isDown) => {
      this.#log.warn(isDown ? 'No host answers: our own network is down.' : 'Our own network is back.');
      // The first host that answers speaks for all: nobody waits for the end of a pause.
      if (!isDown) this.#retryAll();
    });
    try {
      for await (const item of this.#store.changes.subscribe({ topics: [HOST_DOOR_TOPIC], signal })) {
        if ('reset' in item)
          await Promise.all([...this.#entries.keys()].map(async (id) => await this.drop(id)));
        else await this.drop(item.key);
      }
    } finally {
      await this.close();
    }
  }

  /** The way to a host of the store. */
  hold(hostId: string): HostLink {
    let entry = this.#entries.get(hostId);
    if (entry === undefined || entry.closed) {
      entry = new SharedHostLink(hostId, {
        pool: this.pool,
        log: this.#log,
        idle: () => void this.drop(hostId),
        optionsOf: async () => await this.#options(hostId),
      });
      this.#entries.set(hostId, entry);
    }
    return entry.hold();
  }

  /** Runs `work` on a connected host. Throws why the host is not connected (SshError, LibvirtError …) or what `work` throws. */
  async withHost<T>(hostId: string, signal: AbortSignal, work: (link: HostLink) => Promise<T>): Promise<T> {
    const link = this.hold(hostId);
    try {
      await link.ready(signal);
      return await work(link);
    } finally {
      link.release();
    }
  }

  /** Hosts this engine is connected to now. */
  connected(): string[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.session.state.state === 'connected')
      .map((entry) => entry.hostId);
  }

  /** Hangs up: the host was removed or is entered otherwise from now on. Who holds on to it gets the new way by holding anew. */
  async drop(hostId: string): Promise<void> {
    const entry = this.#entries.get(hostId);
    this.#entries.delete(hostId);
    // Both at once: whoever holds the host anew in the meantime must not be given the SSH connection that is about to be closed.
    await Promise.all([entry?.close(), this.pool.drop(hostId)]);
  }

  async close(): Promise<void> {
    this.#stopWake?.();
    this.#stopWake = undefined;
    this.#stopNetwork?.();
    this.#stopNetwork = undefined;
    await Promise.all([...this.#entries.values()].map(async (entry) => await entry.close()));
    this.#entries.clear();
    await this.pool.close();
  }

  #retryAll(): void {
    for (const entry of this.#entries.values()) entry.retryNow();
  }

  async #options(hostId: string): Promise<{ ssh: SshOptions; sockets: readonly string[] }> {
    const host = await findHost(this.#store.tables<FleetTables>(), hostId);
    if (host === undefined)
      throw new OperatingFailure({ code: 'host-removed', sentence: 'The host was removed.' });
    const auth = await this.#keys.authOf(host);
    const jumps = (JSON.parse(host.jump) as StoredJump[]).map(({ address, port, user, hostKey }) => ({
      host: address,
      port,
      user,
      auth,
      hostKey,
    }));
    const hostKey = { algorithm: host.host_key_algorithm, fingerprint: host.host_key_fingerprint };
    return {
      ssh: { host: host.address, port: host.port, user: host.user_name, auth, hostKey, jumps },
      sockets: host.socket_path === null ? systemSockets : [host.socket_path],
    };
  }
}
