import { limits } from './xdr-limits.ts';
import { padding } from './xdr-reader.ts';

const FIRST_BYTES = 256;
const TWO_TO_32 = 4_294_967_296;

/** Names of parameters, as they are on the wire. */
const vocabulary = new Map<string, Buffer>();
const VOCABULARY_MAX = 20_000;

/** Writes XDR into a buffer that grows. What does not fit the protocol is our own mistake: a RangeError, nothing is sent. */
export class XdrWriter {
  #buffer: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #offset = 0;

  #reserve(bytes: number): number {
    const start = this.#offset;
    const needed = start + bytes;
    if (needed > limits.messageBytes + limits.lengthWordBytes) {
      throw new RangeError(`message of ${needed} bytes is over libvirt's limit of ${limits.messageBytes}`);
    }
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, start);
      this.#buffer = grown;
    }
    this.#offset = needed;
    return start;
  }

  int32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeInt32BE(value, at);
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeUInt32BE(value, at);
  }

  int64(value: number | bigint): void {
    const at = this.#reserve(8);
    if (isPlain(value)) this.#whole(value, at);
    else this.#buffer.writeBigInt64BE(exact(value), at);
  }

  uint64(value: number | bigint): void {
    const at = this.#reserve(8);
    if (isPlain(value)) this.#whole(value, at);
    else this.#buffer.writeBigUInt64BE(exact(value), at);
  }

  #whole(value: number, at: number): void {
    this.#buffer.writeUInt32BE(Math.floor(value / TWO_TO_32), at);
    this.#buffer.writeUInt32BE(value % TWO_TO_32, at + 4);
  }

  double(value: number): void {
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  fixedOpaque(value: Uint8Array, bytes: number): void {
    if (value.length !== bytes)
      throw new RangeError(`opaque data has ${value.length} bytes, the protocol wants ${bytes}`);
    this.#bytes(value);
  }

  opaque(value: Uint8Array, max: number): void {
    if (value.length > max)
      throw new RangeError(`opaque data of ${value.length} bytes, the protocol allows ${max}`);
    this.uint32(value.length);
    this.#bytes(value);
  }

  string(value: string, max: number): void {
    const bytes = Buffer.byteLength(value, 'utf8');
    if (bytes > max) throw new RangeError(`text of ${bytes} bytes, the protocol allows ${max}`);
    this.uint32(bytes);
    const start = this.#reserve(bytes + padding(bytes));
    this.#buffer.write(value, start, bytes, 'utf8');
    this.#buffer.fill(0, start + bytes, this.#offset);
  }

  /** A string out of a small vocabulary, encoded once per distinct value. */
  internedString(value: string, max: number): void {
    let bytes = vocabulary.get(value);
    if (bytes === undefined) {
      const writer = new XdrWriter();
      writer.string(value, max);
      bytes = writer.finish();
      if (vocabulary.size >= VOCABULARY_MAX) vocabulary.clear();
      vocabulary.set(value, bytes);
    }
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  count(count: number, max: number, what: string): void {
    if (count > max) throw new RangeError(`${what} has ${count} items, the protocol allows ${max}`);
    this.uint32(count);
  }

  #bytes(value: Uint8Array): void {
    const start = this.#reserve(value.length + padding(value.length));
    this.#buffer.set(value, start);
    this.#buffer.fill(0, start + value.length, this.#offset);
  }

  /** Writes a word into a place reserved earlier (the message's length). */
  setUint32(at: number, value: number): void {
    this.#buffer.writeUInt32BE(value, at);
  }

  get writtenBytes(): number {
    return this.#offset;
  }

  /** What was written; the writer must not be used afterwards. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#offset);
  }
}

/** Most are: counters and sizes, for which no bigint need be made. */
function isPlain(value: number | bigint): value is number {
  return typeof value === 'number' && value >= 0 && Number.isSafeInteger(value);
}

function exact(value: number | bigint): bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new RangeError(`${value} is not an exact integer: give a bigint beyond 2^53`);
  }
  return BigInt(value);
}
