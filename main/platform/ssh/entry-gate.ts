/** Lets a limited number in at once; the others wait in line. */
export class EntryGate {
  readonly #limit: number;
  readonly #line: (() => void)[] = [];
  #inside = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True when nobody is in or waits: the gate can be thrown away. */
  get isIdle(): boolean {
    return this.#inside === 0 && this.#line.length === 0;
  }

  /** Others wait for a turn. */
  get isCrowded(): boolean {
    return this.#line.length > 0;
  }

  /** Waits for a turn and gives the function that ends it. Rejects with the signal's reason, the place in the line given up. */
  async enter(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#inside < this.#limit) this.#inside += 1;
    else await this.#wait(signal);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#line.shift();
      // A turn is handed on without the count ever going down, so that nobody slips in between.
      if (next) next();
      else this.#inside -= 1;
    };
  }

  /** A turn that ends by itself after so long: whoever is held up in it goes on, and so does the line. */
  async enterFor(longestMs: number, signal: AbortSignal): Promise<() => void> {
    const leave = await this.enter(signal);
    const end = setTimeout(leave, longestMs);
    return () => {
      clearTimeout(end);
      leave();
    };
  }

  async #wait(signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = () => {
      const at = this.#line.indexOf(resolve);
      // Its turn has just come: whoever asked for it gives it back.
      if (at === -1) return;
      this.#line.splice(at, 1);
      reject(signal?.reason as Error);
    };
    this.#line.push(resolve);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }
}
