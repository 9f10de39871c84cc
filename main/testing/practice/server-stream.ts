import { decodeWhole } from '../../platform/libvirt/xdr-codecs.ts';
import {
  encodeMessage,
  encodeRawMessage,
  messageStatuses,
  messageTypes,
} from '../../platform/libvirt/message-frame.ts';
import type { Message, MessageHeader } from '../../platform/libvirt/message-frame.ts';
import { errorReport, streamHole } from '../../platform/libvirt/xdr-objects.ts';
import { limits } from '../../platform/libvirt/xdr-limits.ts';
import { reportOf } from './host-refusal.ts';

/** The host's side of a stream. What a function promises is waited for before the next packet is taken: that is the back-pressure. */
export type StreamPeer = {
  /** The answer to the call is out: bytes may be sent. */
  readonly start?: (stream: ServerStream) => void | Promise<void>;
  readonly take?: (bytes: Buffer) => void | Promise<void>;
  /** A stretch of zeros in a sparse upload. */
  readonly hole?: (bytes: number) => void | Promise<void>;
  /** The client has sent everything. What this throws is what the client is told. */
  readonly finish?: () => void | Promise<void>;
  /** The client gave up, or is gone. Called once, and not after `finish`. */
  readonly abort?: () => void;
};

type Wire = {
  readonly write: (packet: Buffer) => Promise<void>;
  readonly closed: () => void;
};

/** A stream as the daemon runs it (src/remote/remote_daemon_stream.c): empty CONTINUE is the end of what the host sends, OK the handshake of the end. */
export class ServerStream {
  readonly #header: MessageHeader;
  readonly #peer: StreamPeer;
  readonly #wire: Wire;
  #open = true;
  #queue: Promise<void> = Promise.resolve();

  constructor(header: MessageHeader, peer: StreamPeer, wire: Wire) {
    this.#header = header;
    this.#peer = peer;
    this.#wire = wire;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  start(): void {
    const begin = async (): Promise<void> => await this.#peer.start?.(this);
    void begin().catch((error: unknown) => this.fail(error));
  }

  /** Sends bytes, in packets the protocol allows; resolves when the client has room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && this.#open; at += limits.streamPacketBytes)
      await this.#wire.write(
        encodeRawMessage(
          { ...this.#header, status: messageStatuses.continue },
          bytes.subarray(at, at + limits.streamPacketBytes),
        ),
      );
  }

  /** Says that no more bytes will come; the stream stays open until the client finishes it. */
  async end(): Promise<void> {
    if (this.#open)
      await this.#wire.write(
        encodeRawMessage({ ...this.#header, status: messageStatuses.continue }, Buffer.alloc(0)),
      );
  }

  /** Ends the stream with an error the client gets. */
  fail(error: unknown): void {
    if (!this.#close()) return;
    void this.#wire.write(
      encodeMessage({ ...this.#header, status: messageStatuses.error }, errorReport, reportOf(error)),
    );
  }

  /** The connection is gone. */
  lost(): void {
    if (this.#close()) this.#peer.abort?.();
  }

  /** Packets are worked through in order, each when the one before is done. */
  async receive(message: Message): Promise<void> {
    this.#queue = this.#queue.then(async () => await this.#packet(message));
    await this.#queue;
  }

  async #packet(message: Message): Promise<void> {
    if (!this.#open) return;
    try {
      if (message.type === messageTypes.streamHole)
        await this.#peer.hole?.(decodeWhole(streamHole, message.payload, 'hole').length);
      else if (message.status === messageStatuses.continue) await this.#peer.take?.(message.payload);
      else if (message.status === messageStatuses.ok) await this.#finish();
      else this.#abort();
    } catch (error) {
      this.fail(error);
    }
  }

  async #finish(): Promise<void> {
    await this.#peer.finish?.();
    this.#confirm();
  }

  #abort(): void {
    this.#confirm();
    this.#peer.abort?.();
  }

  #confirm(): void {
    if (this.#close()) void this.#wire.write(encodeRawMessage(this.#header, Buffer.alloc(0)));
  }

  #close(): boolean {
    const was = this.#open;
    this.#open = false;
    if (was) this.#wire.closed();
    return was;
  }
}
