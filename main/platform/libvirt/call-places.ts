import type { Priority } from './procedure.ts';

/**
 * The daemon reads nothing more from a client that has `max_client_requests` (5 by default) calls in flight, keepalive
 * included: a fifth slow call would silence the connection. So at most 5, and of those at most 4 that may wait for a hypervisor,
 * of which at most 3 for as long as it likes: a look at all VMs, which has a deadline, always finds a place.
 */
export const placesInFlight = { total: 5, low: 4, unbounded: 3 } as const;

export type Ticket = {
  readonly priority: Priority;
  /** It has no deadline. */
  readonly isUnbounded: boolean;
  readonly start: () => void;
};

/** Decides which call goes next. First come, first served of those that may; `high` before `low`. */
export class CallPlaces {
  readonly #waiting: Record<Priority, Ticket[]> = { high: [], low: [] };
  readonly #running = new Set<Ticket>();

  /** Starts at once when there is a place, else when one becomes free. */
  enter(ticket: Ticket): void {
    this.#waiting[ticket.priority].push(ticket);
    this.#startWaiting();
  }

  /** The answer came (or the ticket gives up waiting): its place is free. Leaving twice does nothing. */
  leave(ticket: Ticket): void {
    if (this.#running.delete(ticket)) {
      this.#startWaiting();
      return;
    }
    const queue = this.#waiting[ticket.priority];
    const index = queue.indexOf(ticket);
    if (index !== -1) queue.splice(index, 1);
  }

  #startWaiting(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#running.add(next);
      next.start();
    }
  }

  #next(): Ticket | undefined {
    if (this.#running.size >= placesInFlight.total) return undefined;
    const high = this.#waiting.high.shift();
    if (high !== undefined) return high;
    const low = [...this.#running].filter((one) => one.priority === 'low');
    if (low.length >= placesInFlight.low) return undefined;
    const isCrowded = low.filter((one) => one.isUnbounded).length >= placesInFlight.unbounded;
    const index = this.#waiting.low.findIndex((one) => !(isCrowded && one.isUnbounded));
    return index === -1 ? undefined : this.#waiting.low.splice(index, 1)[0];
  }
}
