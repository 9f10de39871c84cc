/** A bounded queue between a sender and one async reader. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  private readonly items: T[] = [];
  private waiting: ((result: IteratorResult<T>) => void) | undefined;
  private ended = false;
  private readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** False when the queue is full: the item was not taken. */
  push(item: T): boolean {
    if (this.ended) return true;
    if (this.waiting) {
      const wake = this.waiting;
      this.waiting = undefined;
      wake({ value: item, done: false });
      return true;
    }
    if (this.items.length >= this.capacity) return false;
    this.items.push(item);
    return true;
  }

  end(): void {
    this.ended = true;
    this.waiting?.({ value: undefined, done: true });
    this.waiting = undefined;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return {
      next: async () => {
        const item = this.items.shift();
        if (item !== undefined) return { value: item, done: false };
        if (this.ended) return { value: undefined, done: true };
        return await new Promise((resolve) => {
          this.waiting = resolve;
        });
      },
      return: async () => {
        this.end();
        return { value: undefined, done: true };
      },
    };
  }
}
