import { zstdCompressSync, zstdDecompressSync, constants } from 'node:zlib';
import { invariant } from '../../../shared/kernel/invariant.ts';

/**
 * A table of numbers: rows have keys (whole numbers from 0, ascending, each once), columns have a fixed order. Kept as 32-bit floats,
 * which hold seven digits; NaN where nothing is known.
 */
export interface NumberBlock {
  readonly keys: readonly number[];
  /** One per column, as long as `keys`. */
  readonly columns: readonly Float32Array[];
}

/** Written first, so that a later form can be told from this one. */
const FORM = 1;
const LEVEL = 3;
/** No block of ours comes near it; bytes that claim more are broken. */
const UNPACKED_MAX = 64 * 2 ** 20;

/**
 * Packs a block into bytes: form, number of keys and columns, the steps between the keys (all LEB128), then column by column the
 * first bytes of all numbers, their second bytes and so on, which lie closer together than the numbers themselves; all of it zstd.
 */
export function packNumberBlock({ keys, columns }: NumberBlock): Uint8Array {
  invariant(
    columns.every((column) => column.length === keys.length),
    'a block has one number per key and column',
  );
  const head = [FORM];
  writeWhole(head, keys.length);
  writeWhole(head, columns.length);
  let last = -1;
  for (const key of keys) {
    invariant(Number.isSafeInteger(key) && key > last, 'the keys of a block are whole numbers and ascend');
    writeWhole(head, key - last);
    last = key;
  }
  const bytes = new Uint8Array(head.length + columns.length * keys.length * 4);
  bytes.set(head);
  let at = head.length;
  for (const column of columns) {
    shuffle(column, bytes.subarray(at, at + keys.length * 4));
    at += keys.length * 4;
  }
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
}

/** Throws RangeError for bytes that are no block. */
export function unpackNumberBlock(packed: Uint8Array): NumberBlock {
  const bytes = zstdDecompressSync(packed, { maxOutputLength: UNPACKED_MAX });
  const reader = new WholeReader(bytes);
  if (reader.next() !== FORM)
    throw new RangeError('These bytes are no block of numbers of a form known here.');
  const rows = reader.next();
  const width = reader.next();
  if (rows > bytes.length || width * rows * 4 > bytes.length)
    throw new RangeError('A block of numbers is cut off.');
  const keys: number[] = [];
  let last = -1;
  for (let row = 0; row < rows; row += 1) {
    last += reader.next();
    keys.push(last);
  }
  const body = bytes.subarray(reader.at);
  if (body.length !== width * rows * 4) throw new RangeError('A block of numbers is cut off.');
  const columns = Array.from({ length: width }, (_, column) =>
    unshuffle(body.subarray(column * rows * 4, (column + 1) * rows * 4)),
  );
  return { keys, columns };
}

/** Where a key stands in a block; undefined where it is not in it. */
export function rowOf({ keys }: Pick<NumberBlock, 'keys'>, key: number): number | undefined {
  let low = 0;
  let high = keys.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = keys[middle] ?? 0;
    if (found === key) return middle;
    if (found < key) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

/**
 * Averages of the same rows of several blocks, column by column, each over the numbers that are known. A column that a block does not
 * have yet is unknown there.
 */
export function averageBlocks(blocks: readonly NumberBlock[]): NumberBlock {
  const keys = [...new Set(blocks.flatMap((block) => block.keys))].toSorted((a, b) => a - b);
  const rows = new Map(keys.map((key, row) => [key, row]));
  const width = Math.max(0, ...blocks.map(({ columns }) => columns.length));
  const sums = Array.from({ length: width }, () => new Float64Array(keys.length));
  const counts = Array.from({ length: width }, () => new Uint32Array(keys.length));
  for (const block of blocks) {
    const into = block.keys.map((key) => rows.get(key) ?? 0);
    for (const [at, column] of block.columns.entries())
      addKnown(column, into, sums[at] as Float64Array, counts[at] as Uint32Array);
  }
  const columns = sums.map((sum, at) =>
    Float32Array.from(sum, (total, row) => total / (counts[at]?.[row] ?? 0)),
  );
  return { keys, columns };
}

function addKnown(
  column: Float32Array,
  into: readonly number[],
  sums: Float64Array,
  counts: Uint32Array,
): void {
  for (let from = 0; from < column.length; from += 1) {
    const value = column[from] as number;
    if (Number.isNaN(value)) continue;
    const row = into[from] as number;
    sums[row] = (sums[row] as number) + value;
    counts[row] = (counts[row] as number) + 1;
  }
}

/** Rows of both; of one that is in both, the later's. */
export function mergeBlocks(before: NumberBlock, later: NumberBlock): NumberBlock {
  const from = new Map<number, readonly [NumberBlock, number]>();
  for (const block of [before, later])
    for (const [row, key] of block.keys.entries()) from.set(key, [block, row]);
  const keys = [...from.keys()].toSorted((a, b) => a - b);
  const width = Math.max(before.columns.length, later.columns.length);
  const columns = Array.from({ length: width }, (_, column) =>
    Float32Array.from(keys, (key) => {
      const [block, row] = from.get(key) as readonly [NumberBlock, number];
      return block.columns[column]?.[row] ?? Number.NaN;
    }),
  );
  return { keys, columns };
}

function shuffle(column: Float32Array, into: Uint8Array): void {
  const count = column.length;
  const view = new DataView(column.buffer, column.byteOffset, column.byteLength);
  const isLittle = littleEndian();
  for (let row = 0; row < count; row += 1) {
    const bits = view.getUint32(row * 4, isLittle);
    into[row] = bits & 0xff;
    into[count + row] = (bits >>> 8) & 0xff;
    into[2 * count + row] = (bits >>> 16) & 0xff;
    into[3 * count + row] = bits >>> 24;
  }
}

function unshuffle(from: Uint8Array): Float32Array {
  const count = from.length / 4;
  const column = new Float32Array(count);
  const bits = new Uint32Array(column.buffer);
  for (let row = 0; row < count; row += 1) {
    bits[row] =
      ((from[row] ?? 0) |
        ((from[count + row] ?? 0) << 8) |
        ((from[2 * count + row] ?? 0) << 16) |
        ((from[3 * count + row] ?? 0) << 24)) >>>
      0;
  }
  return column;
}

function littleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
}

/** LEB128, unsigned: seven bits a byte, the lowest first, the high bit where more follow. */
function writeWhole(into: number[], value: number): void {
  let rest = value;
  while (rest > 0x7f) {
    into.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  into.push(rest);
}

class WholeReader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  next(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 53; factor *= 0x80) {
      const byte = this.#bytes[this.at];
      if (byte === undefined) throw new RangeError('A block of numbers is cut off.');
      this.at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError('A block of numbers has a number that is too long.');
  }
}
