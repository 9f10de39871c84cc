/** Prepared on one connection at most: each is kept by the driver and by the server, with its plan, for as long as the connection lives. */
const preparedMax = 400;
/** A longer one is one of a kind: rows or keys of its own stand in it. */
const charactersMax = 20_000;
/** Asked so often it is prepared: most of those whose text goes by the number of their values do not come to it. */
const askedBefore = 2;
const watchedMax = 2_000;

/**
 * Which statements one connection prepares. The driver forgets none that it has prepared, so one whose text differs from call to call (a list of
 * seventeen keys) would stay for ever in both processes, and a worker runs for weeks.
 */
export class PreparedStatements {
  readonly #prepared = new Set<string>();
  /** How often those were asked that are not prepared, the one asked least lately first. */
  readonly #asked = new Map<string, number>();
  #refused = 0;

  /** Whether this one is prepared, or is to be from now on. */
  isWorthIt(text: string): boolean {
    if (this.#prepared.has(text)) return true;
    if (text.length > charactersMax) return false;
    const times = (this.#asked.get(text) ?? 0) + 1;
    this.#asked.delete(text);
    if (times <= askedBefore) {
      this.#asked.set(text, times);
      const [oldest] = this.#asked.keys();
      if (this.#asked.size > watchedMax && oldest !== undefined) this.#asked.delete(oldest);
      return false;
    }
    if (this.#prepared.size < preparedMax) {
      this.#prepared.add(text);
      return true;
    }
    this.#asked.set(text, times);
    this.#refused += 1;
    return false;
  }

  /** No more are prepared, and as many as there are were asked for since. */
  get isFull(): boolean {
    return this.#refused > preparedMax;
  }
}
