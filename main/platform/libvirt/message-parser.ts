import { LibvirtProtocolError } from './libvirt-errors.ts';
import type { Message } from './message-frame.ts';
import { limits } from './xdr-limits.ts';

const LEAST_BYTES = limits.lengthWordBytes + limits.headerBytes;
const MOST_BYTES = limits.lengthWordBytes + limits.messageBytes;

/**
 * Cuts a byte stream into messages, whatever the boundaries of the chunks. A length out of bounds is refused when its four
 * bytes are there, and what is buffered never exceeds what was really received: a peer cannot make us allocate by claiming.
 */
export class MessageParser {
  #chunks: Buffer[] = [];
  #bufferedBytes = 0;
  /** Bytes of the message being collected, length word included; 0 while its length is not known. */
  #wantedBytes = 0;

  /** Bytes of an unfinished message: more than zero at the end of the connection means it was cut short. */
  get pendingBytes(): number {
    return this.#bufferedBytes;
  }

  /** Takes the next bytes, gives the messages they complete. Throws LibvirtProtocolError; nothing may be pushed after that. */
  push(chunk: Buffer): Message[] {
    const messages: Message[] = [];
    let rest = chunk;
    if (this.#bufferedBytes > 0) rest = this.#resume(chunk, messages);
    let at = 0;
    while (rest.length - at >= limits.lengthWordBytes) {
      const wanted = checkedLength(rest.readUInt32BE(at));
      if (rest.length - at < wanted) break;
      messages.push(parseMessage(rest.subarray(at, at + wanted)));
      at += wanted;
    }
    if (at < rest.length) this.#keep(rest.subarray(at));
    return messages;
  }

  /** Completes the message begun by earlier chunks; gives what is left of this one. */
  #resume(chunk: Buffer, messages: Message[]): Buffer {
    let rest = chunk;
    if (this.#wantedBytes === 0) {
      const missing = limits.lengthWordBytes - this.#bufferedBytes;
      this.#collect(rest.subarray(0, missing));
      rest = rest.subarray(missing);
      if (this.#bufferedBytes < limits.lengthWordBytes) return rest;
      this.#wantedBytes = checkedLength(this.#joined().readUInt32BE(0));
    }
    const missing = this.#wantedBytes - this.#bufferedBytes;
    this.#collect(rest.subarray(0, missing));
    rest = rest.subarray(missing);
    if (this.#bufferedBytes === this.#wantedBytes) {
      messages.push(parseMessage(this.#joined()));
      this.#chunks = [];
      this.#bufferedBytes = 0;
      this.#wantedBytes = 0;
    }
    return rest;
  }

  #keep(part: Buffer): void {
    this.#collect(part);
    if (this.#bufferedBytes >= limits.lengthWordBytes && this.#wantedBytes === 0) {
      this.#wantedBytes = checkedLength(part.readUInt32BE(0));
    }
  }

  #collect(part: Buffer): void {
    if (part.length === 0) return;
    this.#chunks.push(part);
    this.#bufferedBytes += part.length;
  }

  #joined(): Buffer {
    const first = this.#chunks[0];
    if (this.#chunks.length === 1 && first !== undefined) return first;
    const joined = Buffer.concat(this.#chunks, this.#bufferedBytes);
    this.#chunks = [joined];
    return joined;
  }
}

function checkedLength(bytes: number): number {
  if (bytes < LEAST_BYTES) {
    throw new LibvirtProtocolError(
      `message length ${bytes} is too short: a header alone takes ${LEAST_BYTES} bytes. Is this libvirt?`,
    );
  }
  if (bytes > MOST_BYTES) {
    throw new LibvirtProtocolError(
      `message length ${bytes} is over the protocol's limit of ${MOST_BYTES} bytes. Is this libvirt?`,
    );
  }
  return bytes;
}

function parseMessage(packet: Buffer): Message {
  return {
    program: packet.readUInt32BE(4),
    version: packet.readUInt32BE(8),
    procedure: packet.readInt32BE(12),
    type: packet.readInt32BE(16),
    serial: packet.readUInt32BE(20),
    status: packet.readInt32BE(24),
    payload: packet.subarray(LEAST_BYTES),
  };
}
