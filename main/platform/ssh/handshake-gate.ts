import { EntryGate } from './entry-gate.ts';

/**
 * Handshakes at once. OpenSSH turns away at random from the 10th unauthenticated connection on (MaxStartups 10:30:100), and other consoles
 * shake hands with the same host; the limit over all hosts keeps the key exchange of hundreds of hosts from starving everything else.
 */
const limits = { perHost: 4, inAll: 16 };

export class HandshakeGate {
  readonly #perHostLimit: number;
  readonly #all: EntryGate;
  readonly #hosts = new Map<string, EntryGate>();

  constructor({ perHost, inAll } = limits) {
    this.#perHostLimit = perHost;
    this.#all = new EntryGate(inAll);
  }

  /** Runs one handshake with this host when it is its turn. */
  async run<T>(host: string, handshake: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const gate = this.#hosts.get(host) ?? new EntryGate(this.#perHostLimit);
    this.#hosts.set(host, gate);
    // The host's own line first: those who wait for one slow host take no place from the others.
    const leaveHost = await gate.enter(signal);
    try {
      const leaveAll = await this.#all.enter(signal);
      try {
        return await handshake();
      } finally {
        leaveAll();
      }
    } finally {
      leaveHost();
      if (gate.isIdle) this.#hosts.delete(host);
    }
  }
}

/** The gate of this process. */
export const handshakeGate = new HandshakeGate();
