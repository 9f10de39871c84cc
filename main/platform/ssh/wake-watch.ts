import type { SshConnection } from './ssh-connection.ts';

export interface WakeWatchOptions {
  /** Between two looks at the clock. */
  intervalMs: number;
  /** A look that comes this much too late means that the machine slept (or was stopped): longer than keepalives would take to notice. */
  jumpMs: number;
  /** For a connection to answer after waking. */
  probeTimeoutMs: number;
  /** A clock that goes on while the machine sleeps; milliseconds. */
  now: () => number;
}

const defaults: WakeWatchOptions = {
  intervalMs: 2_000,
  jumpMs: 15_000,
  probeTimeoutMs: 3_000,
  now: Date.now,
};

/**
 * After sleep every connection looks open and most are dead; keepalives would take 15–20 s to find out. This sees the clock jump and asks every
 * connection for a sign of life at once; those that give none are lost, and whoever uses them dials again.
 */
export class WakeWatch {
  readonly #options: WakeWatchOptions;
  readonly #guarded = new Set<SshConnection>();
  readonly #listeners = new Set<(sleptMs: number) => void>();
  #timer: NodeJS.Timeout | undefined;
  #lastLook = 0;

  constructor(options: Partial<WakeWatchOptions> = {}) {
    this.#options = { ...defaults, ...options };
  }

  /** Watches over a connection for as long as it is open. */
  guard(connection: SshConnection): void {
    this.#guarded.add(connection);
    connection.onClose(() => {
      this.#guarded.delete(connection);
      this.#stopWhenIdle();
    });
    this.#start();
  }

  /** Called with how long the machine slept, after the connections have been asked. For pollers and back-offs that should not wait their turn out. */
  onWake(listener: (sleptMs: number) => void): () => void {
    this.#listeners.add(listener);
    this.#start();
    return () => {
      this.#listeners.delete(listener);
      this.#stopWhenIdle();
    };
  }

  /** Looks at the clock now; gives how many connections turned out to be lost. */
  async look(): Promise<number> {
    const now = this.#options.now();
    const sleptMs = now - this.#lastLook - this.#options.intervalMs;
    this.#lastLook = now;
    if (sleptMs < this.#options.jumpMs) return 0;
    const alive = await Promise.all(
      [...this.#guarded].map(async (connection) => await connection.probe(this.#options.probeTimeoutMs)),
    );
    for (const listener of this.#listeners) listener(sleptMs);
    return alive.filter((isAlive) => !isAlive).length;
  }

  #start(): void {
    if (this.#timer) return;
    this.#lastLook = this.#options.now();
    this.#timer = setInterval(() => void this.look(), this.#options.intervalMs);
    this.#timer.unref();
  }

  #stopWhenIdle(): void {
    if (this.#guarded.size > 0 || this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** The watch of this process. */
export const wakeWatch = new WakeWatch();
