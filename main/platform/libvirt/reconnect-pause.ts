export type ReconnectPolicy = {
  /** Before the first new attempt; doubled each time. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** Between 0 and 1; replaced in tests. */
  readonly random?: () => number;
};

const ordinary: ReconnectPolicy = { firstMs: 500, mostMs: 30_000 };

/** How long to wait before dialing again: doubling, bounded, and spread over half its length so that hosts do not come in step. */
export class ReconnectPause {
  readonly #policy: ReconnectPolicy;
  #skip: (() => void) | undefined;

  constructor(policy: ReconnectPolicy = ordinary) {
    this.#policy = policy;
  }

  get longestMs(): number {
    return this.#policy.mostMs;
  }

  /** `failures`: attempts that failed in a row; 0 right after a connection that had lasted was lost. */
  next(failures: number): number {
    const { firstMs, mostMs, random = Math.random } = this.#policy;
    const full = Math.min(firstMs * 2 ** Math.min(failures, 30), mostMs);
    return Math.round(full / 2 + (full / 2) * random());
  }

  /** Returns after the pause, when it is skipped, or when the signal aborts. */
  async wait(pauseMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, pauseMs);
    const stop = () => resolve();
    signal.addEventListener('abort', stop, { once: true });
    this.#skip = resolve;
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    this.#skip = undefined;
  }

  skip(): void {
    this.#skip?.();
  }
}
