/** A wait that somebody else can end early. One wait at a time. */
export class Pause {
  #wake: (() => void) | undefined;

  wake(): void {
    this.#wake?.();
  }

  /** For so long, or until it is woken, or the signal aborts. */
  async for(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = Number.isFinite(ms) ? setTimeout(resolve, ms) : undefined;
    const stop = (): void => resolve();
    signal.addEventListener('abort', stop, { once: true });
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
