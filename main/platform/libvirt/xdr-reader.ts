import { LibvirtProtocolError } from './libvirt-errors.ts';

const TWO_TO_32 = 4_294_967_296;
const INTERN_SLOTS = 8_192;
const INTERN_MAX_BYTES = 96;

type Interned = { readonly bytes: Uint8Array; readonly text: string };

/** Field names of statistics come again and again (`net.0.rx.bytes` of every VM, every round): decode each once. Fixed size, so a hostile peer cannot grow it. */
const internTable: (Interned | undefined)[] = Array.from({ length: INTERN_SLOTS });

function sameBytes(known: Uint8Array, buffer: Uint8Array, start: number): boolean {
  for (let index = 0; index < known.length; index += 1) {
    if (known[index] !== buffer[start + index]) return false;
  }
  return true;
}

/**
 * Reads XDR (RFC 4506): big-endian, every item on a multiple of four bytes. Every read is checked against what is left, so a
 * truncated or lying packet ends in a LibvirtProtocolError and never in a bigger allocation than the packet itself.
 */
export class XdrReader {
  readonly #buffer: Buffer;
  readonly #view: DataView;
  #offset: number;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    this.#offset = 0;
  }

  get remainingBytes(): number {
    return this.#buffer.length - this.#offset;
  }

  #take(bytes: number, what: string): number {
    const start = this.#offset;
    if (bytes > this.#buffer.length - start) {
      throw new LibvirtProtocolError(
        `packet cut short: ${what} needs ${bytes} bytes, ${this.#buffer.length - start} are left`,
      );
    }
    this.#offset = start + bytes;
    return start;
  }

  /** Where the next item begins. */
  get offset(): number {
    return this.#offset;
  }

  /** What was read since `offset`; shares memory with the packet. */
  since(offset: number): Buffer {
    return this.#buffer.subarray(offset, this.#offset);
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4, 'int'));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4, 'unsigned int'));
  }

  /** Signed 64 bits as a number; beyond ±2^53 the nearest double. */
  int64(): number {
    const at = this.#take(8, 'hyper');
    return this.#view.getInt32(at) * TWO_TO_32 + this.#view.getUint32(at + 4);
  }

  /** Unsigned 64 bits as a number; beyond 2^53 the nearest double. */
  uint64(): number {
    const at = this.#take(8, 'unsigned hyper');
    return this.#view.getUint32(at) * TWO_TO_32 + this.#view.getUint32(at + 4);
  }

  int64Exact(): bigint {
    return this.#view.getBigInt64(this.#take(8, 'hyper'));
  }

  uint64Exact(): bigint {
    return this.#view.getBigUint64(this.#take(8, 'unsigned hyper'));
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8, 'double'));
  }

  /** A length word of an array or opaque, refused before anything is made of it: `itemBytes` is the least one item can take. */
  count(max: number, itemBytes: number, what: string): number {
    const count = this.uint32();
    if (count > max) throw new LibvirtProtocolError(`${what} says ${count}, the protocol allows ${max}`);
    if (count * itemBytes > this.remainingBytes) {
      throw new LibvirtProtocolError(
        `packet cut short: ${what} says ${count}, only ${this.remainingBytes} bytes are left`,
      );
    }
    return count;
  }

  /** Fixed-length opaque; the result is a copy, so it does not keep the packet alive. */
  fixedOpaque(bytes: number): Buffer {
    const start = this.#take(bytes + padding(bytes), 'opaque');
    return Buffer.from(this.#buffer.subarray(start, start + bytes));
  }

  /** Fixed-length opaque as hexadecimal digits. */
  hex(bytes: number): string {
    const start = this.#take(bytes + padding(bytes), 'opaque');
    return this.#buffer.toString('hex', start, start + bytes);
  }

  opaque(max: number): Buffer {
    return this.fixedOpaque(this.count(max, 1, 'length of opaque data'));
  }

  string(max: number): string {
    const bytes = this.count(max, 1, 'length of a string');
    const start = this.#take(bytes + padding(bytes), 'string');
    return this.#buffer.toString('utf8', start, start + bytes);
  }

  /** Passes over what begins here; `measure` gives where it ends, having checked that it is there. */
  passOver(measure: (view: DataView, at: number) => number): void {
    this.#offset = measure(this.#view, this.#offset);
  }

  /** A string out of a small vocabulary, decoded once per distinct value. */
  internedString(max: number): string {
    const bytes = this.count(max, 1, 'length of a string');
    const start = this.#take(bytes + padding(bytes), 'string');
    if (bytes > INTERN_MAX_BYTES) return this.#buffer.toString('utf8', start, start + bytes);
    let hash = bytes;
    for (let index = start; index < start + bytes; index += 1)
      hash = (hash * 31 + (this.#buffer[index] as number)) | 0;
    const slot = (hash ^ (hash >>> 13)) & (INTERN_SLOTS - 1);
    const known = internTable[slot];
    if (known !== undefined && known.bytes.length === bytes && sameBytes(known.bytes, this.#buffer, start))
      return known.text;
    const text = this.#buffer.toString('utf8', start, start + bytes);
    internTable[slot] = { bytes: new Uint8Array(this.#buffer.subarray(start, start + bytes)), text };
    return text;
  }

  /** The optional-data marker: 0 or 1, nothing else. */
  present(): boolean {
    const marker = this.uint32();
    if (marker > 1) throw new LibvirtProtocolError(`optional value is marked ${marker}, only 0 and 1 exist`);
    return marker === 1;
  }

  /** Everything must have been read: trailing bytes mean the two sides do not speak of the same thing. */
  end(what: string): void {
    if (this.remainingBytes !== 0) {
      throw new LibvirtProtocolError(`${what} has ${this.remainingBytes} bytes more than it should`);
    }
  }
}

/** Bytes of zero that bring a length to a multiple of four. */
export function padding(bytes: number): number {
  return (4 - (bytes & 3)) & 3;
}
