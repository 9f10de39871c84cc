/** Ask `unanswered` times, `intervalMs` apart, before calling the connection dead. */
export type KeepalivePolicy = { readonly intervalMs: number; readonly unanswered: number };

/** 5 s × 3: what ssh uses here too. A host that was cut off is noticed within 20 s instead of TCP's many minutes. */
export const ordinaryKeepalive: KeepalivePolicy = { intervalMs: 5_000, unanswered: 3 };

/** A daemon that writes an upload to a slow disk reads nothing meanwhile, pings included: bulk connections are given a minute. */
export const bulkKeepalive: KeepalivePolicy = { intervalMs: 5_000, unanswered: 12 };

type Hooks = { readonly sendPing: () => void; readonly dead: (silentMs: number) => void };

/** Counts silence. Any message proves life, not only a pong; pings go out only when nothing else came. */
export class Keepalive {
  readonly #policy: KeepalivePolicy;
  readonly #hooks: Hooks;
  #timer: NodeJS.Timeout | undefined;
  #heard = false;
  #isHeld = false;
  #unanswered = 0;

  constructor(policy: KeepalivePolicy, hooks: Hooks) {
    this.#policy = policy;
    this.#hooks = hooks;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), this.#policy.intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  heard(): void {
    this.#heard = true;
  }

  /** While we do not read the socket ourselves, its silence says nothing about the host. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#heard = true;
  }

  #tick(): void {
    if (this.#heard || this.#isHeld) {
      this.#heard = false;
      this.#unanswered = 0;
      return;
    }
    if (this.#unanswered >= this.#policy.unanswered) {
      this.stop();
      this.#hooks.dead((this.#unanswered + 1) * this.#policy.intervalMs);
      return;
    }
    this.#unanswered += 1;
    this.#hooks.sendPing();
  }
}
