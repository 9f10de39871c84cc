import { SshError, isNetworkFailure } from './ssh-error.ts';

/**
 * Tells "your network is down" from "this host is down": when no host at all answers, and there are at least two, it is this machine that is cut off,
 * and one sentence says so in place of one for each host. The first host that answers ends it.
 */
export class NetworkWatch {
  /** Whether each host's last attempt failed on the way there. */
  readonly #failing = new Map<string, boolean>();
  readonly #listeners = new Set<(isDown: boolean) => void>();
  #isDown = false;

  get isDown(): boolean {
    return this.#isDown;
  }

  /** Called when the network goes down and when it comes back, once each time. */
  onChange(listener: (isDown: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  succeeded(host: string): void {
    this.#set(host, false);
  }

  /** Notes a failure; gives the error to show: `network-down` in place of the host's own when no host answers. Errors of other kinds pass. */
  failed(host: string, error: unknown): unknown {
    // A host that refuses us has answered.
    this.#set(host, isNetworkFailure(error));
    return this.#isDown && isNetworkFailure(error)
      ? new SshError('network-down', { where: error.facts.where, hostCount: this.#failing.size }, error)
      : error;
  }

  /** The host is no longer looked after. */
  forget(host: string): void {
    this.#failing.delete(host);
    this.#settle();
  }

  #set(host: string, failing: boolean): void {
    this.#failing.set(host, failing);
    this.#settle();
  }

  #settle(): void {
    const isDown = this.#failing.size >= 2 && [...this.#failing.values()].every(Boolean);
    if (isDown === this.#isDown) return;
    this.#isDown = isDown;
    for (const listener of this.#listeners) listener(isDown);
  }
}
