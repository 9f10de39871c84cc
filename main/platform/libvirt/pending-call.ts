import type { Ticket } from './call-places.ts';
import type { HostStream } from './host-stream.ts';
import { LibvirtTimeout } from './libvirt-errors.ts';
import type { Procedure } from './procedure.ts';

type Answer = { result: unknown; stream: HostStream | undefined };
type Hooks = {
  readonly transmit: () => void;
  readonly abandon: () => void;
  /** The calls in flight, in words. */
  readonly inFlight: () => readonly string[];
};

/** One call from the moment it is asked for until it is answered, times out, is given up or is lost: it settles once. */
export class PendingCall {
  readonly title: string;
  readonly procedure: Procedure;
  readonly place: Ticket;
  serial = 0;
  stream: HostStream | undefined;
  readonly #hooks: Hooks;
  readonly #deadlineMs: number | undefined;
  readonly #settled = Promise.withResolvers<Answer>();
  #open = true;
  #abandoned = false;
  #timer: NodeJS.Timeout | undefined;
  #sentAtMs = 0;
  #unwatch: (() => void) | undefined;

  constructor(title: string, procedure: Procedure, deadlineMs: number | undefined, hooks: Hooks) {
    this.title = title;
    this.procedure = procedure;
    this.#hooks = hooks;
    const { deadline, priority } = procedure;
    this.#deadlineMs = deadlineMs ?? ('ms' in deadline ? deadline.ms : undefined);
    this.place = { priority, isUnbounded: this.#deadlineMs === undefined, start: () => this.#start() };
    this.#giveUpAfter(() => hooks.inFlight());
  }

  /** What it is and for how long the host has been at it. */
  get words(): string {
    return `${this.title} (for ${Math.round((performance.now() - this.#sentAtMs) / 1_000)} s)`;
  }

  get answer(): Promise<Answer> {
    return this.#settled.promise;
  }

  /** Its answer, should it still come, interests nobody. */
  get isAbandoned(): boolean {
    return this.#abandoned;
  }

  succeed(result: unknown): void {
    if (this.#close()) this.#settled.resolve({ result, stream: this.stream });
  }

  fail(error: Error): void {
    if (this.#close()) this.#settled.reject(error);
  }

  watch(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const giveUp = () => this.#giveUp(signal.reason as Error);
    signal.addEventListener('abort', giveUp, { once: true });
    this.#unwatch = () => signal.removeEventListener('abort', giveUp);
  }

  #start(): void {
    this.#sentAtMs = performance.now();
    this.#giveUpAfter(() => undefined);
    try {
      this.#hooks.transmit();
    } catch (error) {
      this.#giveUp(error as Error);
    }
  }

  /** The deadline holds for the wait for a place, and again for the answer. */
  #giveUpAfter(heldBy: () => readonly string[] | undefined): void {
    clearTimeout(this.#timer);
    const ms = this.#deadlineMs;
    if (ms === undefined) return;
    this.#timer = setTimeout(() => this.#giveUp(new LibvirtTimeout(this.title, ms, heldBy())), ms);
  }

  #giveUp(reason: Error): void {
    if (!this.#open) return;
    this.#abandoned = true;
    this.fail(reason);
    this.#hooks.abandon();
  }

  #close(): boolean {
    if (!this.#open) return false;
    this.#open = false;
    clearTimeout(this.#timer);
    this.#unwatch?.();
    return true;
  }
}
