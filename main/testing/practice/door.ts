import { createServer } from 'node:net';
import type { ListenOptions, Server } from 'node:net';
import { Cable } from './cable.ts';

/**
 * A listening socket whose connections go through cables: it can be shut (refused), all that is open can be dropped, and the
 * network behind it can be cut and healed.
 */
export class Door {
  readonly #cables = new Set<Cable>();
  readonly #entered: (cable: Cable) => void;
  readonly #listenAt: ListenOptions;
  #server: Server | null = null;
  #port = 0;
  #cut = false;

  constructor(listenAt: ListenOptions, entered: (cable: Cable) => void) {
    this.#listenAt = listenAt;
    this.#entered = entered;
  }

  /** The TCP port, 0 for a unix socket. It stays the same when the door is shut and opened again. */
  get port(): number {
    return this.#port;
  }

  get isOpen(): boolean {
    return this.#server !== null;
  }

  async open(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer({ allowHalfOpen: false, noDelay: true, pauseOnConnect: true }, (socket) => {
      const cable = new Cable(socket);
      this.#cables.add(cable);
      cable.on('close', () => this.#cables.delete(cable));
      cable.on('error', () => undefined);
      if (this.#cut) cable.cut();
      this.#entered(cable);
    });
    const at = this.#port === 0 ? this.#listenAt : { ...this.#listenAt, port: this.#port };
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, () => {
        server.off('error', reject);
        resolve();
      });
    });
    const address = server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
    this.#server = server;
  }

  /** Hangs up on everybody inside; the door stays as it is. */
  drop(): void {
    for (const cable of this.#cables) cable.destroy();
  }

  cut(): void {
    this.#cut = true;
    for (const cable of this.#cables) cable.cut();
  }

  heal(): void {
    this.#cut = false;
    for (const cable of this.#cables) cable.heal();
  }

  /** Lets nobody in any more and hangs up on those inside. */
  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.drop();
    if (server === null) return;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
