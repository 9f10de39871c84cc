import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';

type WriteDone = (error?: Error | null) => void;

export interface ChannelStreamOptions {
  /** Why the channel ended although neither side had closed it; undefined when the connection is still good. */
  whyLost: () => Error | undefined;
}

/**
 * An ssh2 channel as a stream that keeps the rules: it is destroyed with the error when the connection is lost, pending writes fail then, and
 * `destroy(error)` passes the error on. ssh2's own channels drop errors and leave writes after a loss unanswered for ever.
 */
export class ChannelStream extends Duplex {
  readonly #channel: ClientChannel;
  readonly #whyLost: () => Error | undefined;
  #writing: WriteDone | undefined;

  constructor(channel: ClientChannel, { whyLost }: ChannelStreamOptions) {
    super({ allowHalfOpen: true, readableHighWaterMark: 256 * 1024, writableHighWaterMark: 256 * 1024 });
    this.#channel = channel;
    this.#whyLost = whyLost;
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.once('end', () => {
      if (this.#whyLost() === undefined) this.push(null);
    });
    channel.once('close', () => this.#closed());
    // Channels do not emit errors today; one that did would end the process.
    channel.on('error', (error: Error) => this.destroy(error));
    // So would the error of this stream, when the connection is lost before whoever asked for the stream holds it.
    this.on('error', () => undefined);
  }

  #closed(): void {
    const lost = this.#whyLost();
    if (lost) this.destroy(lost);
    else if (!this.readableEnded && !this.destroyed) {
      // What has arrived may still be read; then the stream is over in both directions.
      this.once('end', () => this.destroy());
      this.push(null);
    } else this.destroy();
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: WriteDone): void {
    this.#writing = done;
    this.#channel.write(chunk, (error) => this.#written(error ?? null));
  }

  /** What waited goes in one packet, as far as there is room in one. */
  override _writev(waiting: readonly { readonly chunk: Buffer }[], done: WriteDone): void {
    this._write(Buffer.concat(waiting.map(({ chunk }) => chunk)), 'buffer' as BufferEncoding, done);
  }

  #written(error: Error | null): void {
    const done = this.#writing;
    this.#writing = undefined;
    done?.(error);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#channel.resume(); // what still arrives is dropped; a paused channel would never report its end
    this.#channel.destroy();
    done(error);
    this.#written(error ?? new Error('the stream was closed')); // the channel would leave it unanswered
  }
}
