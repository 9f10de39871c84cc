import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

/**
 * A network cable between a client's socket and a server of the practice fleet. Cut, it carries nothing either way and nobody
 * is told: what a client sees of a host that lost its network. Data that arrives meanwhile waits and goes through when healed.
 */
export class Cable extends Duplex {
  readonly #socket: Socket;
  #cut = false;
  /** A read or a write that waits for the cable to be healed. */
  #wantsData = false;
  #held: { chunk: Buffer; done: (error?: Error | null) => void } | null = null;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.pause();
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  /** ssh2 asks its socket where the client is. */
  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#socket.remotePort;
  }

  get remoteFamily(): string | undefined {
    return this.#socket.remoteFamily;
  }

  cut(): void {
    this.#cut = true;
    this.#socket.pause();
  }

  heal(): void {
    this.#cut = false;
    if (this.#wantsData) this.#socket.resume();
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#socket.write(held.chunk, held.done);
  }

  override _read(): void {
    this.#wantsData = true;
    if (!this.#cut) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#cut) this.#held = { chunk, done };
    else this.#socket.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
