import { limits } from './xdr-limits.ts';
import { padding, XdrReader } from './xdr-reader.ts';
import { valueBytes, valueOf, type TypedParameterValue } from './xdr-typed-parameters.ts';

/** A name and a type that were met, as the words they are on the wire: length, name and type. */
interface Met<Known> {
  readonly words: Int32Array;
  /** Undefined: nobody wants it. */
  readonly known: Known | undefined;
  /** What came after it, the last one first: hosts send parameters in the order they always do. */
  readonly after: Met<Known>[];
}

/** A host that invents names fills no memory. */
const MET_MAX = 20_000;
const AFTER_MAX = 16;

/**
 * Finds the few parameters that are wanted among the many that come. Remembers which follows which, so that a name is compared, word by word,
 * with the one that is expected instead of being made into a text: at 56,000 VMs, of sixty parameters each, that is what a sweep can bear.
 */
export class ParameterPicker<Known> {
  readonly #wanted: (field: string) => Known | undefined;
  #met = new Map<string, Met<Known>>();
  #first: Met<Known> = { words: new Int32Array(), known: undefined, after: [] };

  /** `wanted` gives what is known of a name, always the same; undefined where it is not wanted. */
  constructor(wanted: (field: string) => Known | undefined) {
    this.#wanted = wanted;
  }

  /** `bytes` are `count` whole parameters. */
  pick(bytes: Buffer, count: number, take: (known: Known, value: TypedParameterValue) => void): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let before = this.#first;
    let at = 0;
    for (let index = 0; index < count; index += 1) {
      const here = expected(before, view, at) ?? this.#meet(before, bytes, at);
      at += here.words.length * 4;
      const type = here.words[here.words.length - 1] as number;
      if (here.known !== undefined) take(here.known, valueOf(view, at, type));
      at += valueBytes(view, at, type);
      before = here;
    }
  }

  #meet(before: Met<Known>, bytes: Buffer, at: number): Met<Known> {
    const field = new XdrReader(bytes.subarray(at)).string(limits.stringBytes);
    const nameBytes = bytes.readUInt32BE(at);
    const words = new Int32Array((nameBytes + padding(nameBytes)) / 4 + 2);
    for (let word = 0; word < words.length; word += 1) words[word] = bytes.readInt32BE(at + word * 4);
    const key = words.join();
    let met = this.#met.get(key);
    if (met === undefined) {
      if (this.#met.size >= MET_MAX) this.#forget();
      met = { words, known: this.#wanted(field), after: [] };
      this.#met.set(key, met);
    }
    before.after.unshift(met);
    before.after.length = Math.min(before.after.length, AFTER_MAX);
    return met;
  }

  #forget(): void {
    this.#met = new Map();
    this.#first = { ...this.#first, after: [] };
  }
}

function expected<Known>({ after }: Met<Known>, view: DataView, at: number): Met<Known> | undefined {
  const last = after[0];
  if (last === undefined) return undefined;
  if (stands(last, view, at)) return last;
  for (let index = 1; index < after.length; index += 1) {
    const other = after[index] as Met<Known>;
    if (!stands(other, view, at)) continue;
    after[index] = last;
    after[0] = other;
    return other;
  }
  return undefined;
}

function stands({ words }: Met<unknown>, view: DataView, at: number): boolean {
  if (at + words.length * 4 > view.byteLength) return false;
  for (let word = 0; word < words.length; word += 1)
    if (view.getInt32(at + word * 4) !== words[word]) return false;
  return true;
}
