import { Duplex } from 'node:stream';
import { LibvirtError, LibvirtProtocolError } from './libvirt-errors.ts';
import { messageStatuses, messageTypes } from './message-frame.ts';
import type { Message } from './message-frame.ts';
import type { StreamDirection } from './procedure.ts';
import { decodeWhole } from './xdr-codecs.ts';
import { limits } from './xdr-limits.ts';
import { errorReport, streamHole } from './xdr-objects.ts';

/** What a stream needs of its connection. */
export type StreamPort = {
  /** Sends one data packet; `flushed` when more may be written. */
  readonly sendData: (bytes: Uint8Array, flushed: () => void) => void;
  readonly sendHole: (lengthBytes: number) => void;
  readonly sendStatus: (status: 'ok' | 'error') => void;
  /** The socket is shared: pausing one stream pauses everything on the connection. */
  readonly pauseSocket: () => void;
  readonly resumeSocket: () => void;
  /** The conversation is over; packets with this serial are strays from now on. */
  readonly forget: () => void;
};

/**
 * `open`: bytes may flow. `finishing`: we said OK and wait for the host's. `aborting`: we said ERROR; what still comes is thrown
 * away until the host confirms. `over`: nothing more on the wire.
 */
type Conversation = 'open' | 'finishing' | 'aborting' | 'over';

const READ_AHEAD_BYTES = 1024 * 1024;
/** What may come before the answer to the call that opened the stream: the daemon's threads race, by a few packets. */
const EARLY_BYTES = 64 * 1024 * 1024;
const HOLE_CHUNK = Buffer.alloc(limits.streamPacketBytes);

/**
 * One libvirt stream as a Node stream: readable for downloads and screenshots, writable for uploads, both for consoles.
 * `finish` (the writable side) and `end` (the readable side) come only after the host confirmed; destroying aborts on the host.
 */
export class HostStream extends Duplex {
  readonly #port: StreamPort;
  readonly #title: string;
  readonly #direction: StreamDirection;
  #conversation: Conversation = 'open';
  #confirmed: ((error?: Error | null) => void) | undefined;
  /** What came and was not read yet, in order: bytes, the length of a hole, or null for the end. */
  readonly #incoming: (Buffer | number | null)[] = [];
  #readerWants = false;
  #ended = false;
  #isHandedOver = false;
  #earlyBytes = 0;

  constructor(port: StreamPort, direction: StreamDirection, title: string) {
    // Node's types do not list these two options of a duplex; its documentation does.
    const sides = { readable: direction !== 'to-host', writable: direction !== 'from-host' };
    super({
      ...sides,
      readableHighWaterMark: READ_AHEAD_BYTES,
      writableHighWaterMark: READ_AHEAD_BYTES,
      decodeStrings: true,
    });
    this.#port = port;
    this.#direction = direction;
    this.#title = title;
    // It may fail before anybody holds it: an 'error' event nobody listens to would end the process. Whoever reads or writes still learns of it.
    this.on('error', () => undefined);
  }

  /** A packet of this stream came. Throws LibvirtProtocolError for one that makes no sense; the connection deals with that. */
  accept(message: Message): void {
    if (this.#conversation === 'over') return;
    if (message.status === messageStatuses.error) return this.#refused(message);
    if (message.status === messageStatuses.ok) return this.#finished();
    if (message.status !== messageStatuses.continue) {
      throw new LibvirtProtocolError(
        `${this.#title}: stream packet with the unknown status ${message.status}`,
      );
    }
    if (this.#conversation === 'aborting' || this.#direction === 'to-host' || this.#ended) return;
    if (!this.#isHandedOver) this.#countEarly(message.payload.length);
    if (message.type === messageTypes.streamHole) {
      this.#deliver(decodeWhole(streamHole, message.payload, `${this.#title}: hole`).length);
    } else if (message.payload.length === 0) {
      this.#endOfData();
    } else {
      this.#deliver(message.payload);
    }
  }

  /**
   * The call that opened it was answered: from now on somebody reads it. The daemon may send data before that answer (it did with
   * screenshots, one time in three on a busy host); pausing for it would keep the answer out, and everything behind it.
   */
  handOver(): void {
    this.#isHandedOver = true;
    if (this.#incoming.length > 0) this.#deliver();
  }

  /** From now on the signal ends it, on the host too, whether or not anybody reads. */
  endWith(signal: AbortSignal): void {
    const giveUp = (): void => void this.destroy(signal.reason as Error);
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    this.once('close', () => signal.removeEventListener('abort', giveUp));
  }

  /** The connection is gone: whoever reads or writes learns why. */
  lost(error: Error): void {
    this.#over();
    this.destroy(error);
  }

  /** Skips bytes of a sparse upload: the host makes a hole instead of writing zeros. */
  writeHole(lengthBytes: number): void {
    this.#port.sendHole(lengthBytes);
  }

  override _read(): void {
    this.#readerWants = true;
    this.#deliver();
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    if (this.#conversation !== 'open') {
      callback(new Error(`${this.#title}: the host has already ended this stream`));
      return;
    }
    this.#sendFrom(chunk, 0, callback);
  }

  #sendFrom(chunk: Buffer, at: number, callback: (error?: Error | null) => void): void {
    const end = Math.min(at + limits.streamPacketBytes, chunk.length);
    this.#port.sendData(chunk.subarray(at, end), () => {
      if (end === chunk.length) callback();
      else this.#sendFrom(chunk, end, callback);
    });
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.#conversation !== 'open') {
      callback();
      return;
    }
    this.#confirmed = callback;
    this.#conversation = 'finishing';
    this.#port.sendStatus('ok');
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#conversation === 'open' || this.#conversation === 'finishing') {
      this.#conversation = 'aborting';
      this.#port.sendStatus('error');
    }
    this.#incoming.length = 0;
    this.#port.resumeSocket();
    callback(error);
  }

  /** Hands over what came, as fast as it is read. Zeros of a hole are made piece by piece: a host may claim a hole of any size. */
  #deliver(...more: (Buffer | number | null)[]): void {
    this.#incoming.push(...more);
    while (this.#readerWants && this.#incoming.length > 0 && !this.destroyed) {
      const next = this.#incoming.shift() ?? null;
      if (typeof next === 'number') {
        const bytes = Math.min(next, HOLE_CHUNK.length);
        if (next > bytes) this.#incoming.unshift(next - bytes);
        if (bytes > 0) this.#readerWants = this.push(HOLE_CHUNK.subarray(0, bytes));
      } else {
        this.#readerWants = this.push(next);
      }
    }
    if (this.#incoming.length > 0 && this.#isHandedOver && !this.destroyed) this.#port.pauseSocket();
    else this.#port.resumeSocket();
  }

  #countEarly(bytes: number): void {
    this.#earlyBytes += bytes;
    if (this.#earlyBytes > EARLY_BYTES)
      throw new LibvirtProtocolError(
        `${this.#title}: ${this.#earlyBytes} bytes of a stream without the answer`,
      );
  }

  /** An empty packet is the end of the data. The host wants an OK for it and confirms with its own: only then was it complete. */
  #endOfData(): void {
    this.#ended = true;
    if (this.#conversation !== 'open') return;
    this.#conversation = 'finishing';
    this.#port.sendStatus('ok');
  }

  #finished(): void {
    this.#over();
    if (this.#direction !== 'to-host' && !this.destroyed) this.#deliver(null);
    const confirmed = this.#confirmed;
    this.#confirmed = undefined;
    confirmed?.();
    if (this.#direction === 'both' && !this.writableEnded && !this.destroyed) this.end();
  }

  #refused(message: Message): void {
    const report = decodeWhole(errorReport, message.payload, `${this.#title}: error of a stream`);
    const wasAborting = this.#conversation === 'aborting';
    this.#over();
    if (!wasAborting) this.destroy(new LibvirtError(report, this.#title));
  }

  #over(): void {
    if (this.#conversation === 'over') return;
    this.#conversation = 'over';
    this.#port.forget();
  }
}
