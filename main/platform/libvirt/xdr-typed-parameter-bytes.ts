import type { Codec } from './xdr-codecs.ts';
import { limits } from './xdr-limits.ts';
import type { ParameterPicker } from './xdr-parameter-picker.ts';
import { XdrReader } from './xdr-reader.ts';
import {
  decodeValue,
  LEAST_BYTES,
  passOverParameters,
  typedParameterRecord,
  type TypedParameterRecord,
  type TypedParameterValue,
  type TypedValue,
} from './xdr-typed-parameters.ts';

/**
 * Parameters as they came, checked but not taken apart. A sweep of a host brings forty and more of each of its VMs, of which a dozen are
 * wanted: making all into objects is most of what a sweep costs. Shares memory with the packet: read it and let go of it.
 */
export class TypedParameterBytes {
  readonly #bytes: Buffer;
  readonly #count: number;

  /** `bytes` are `count` whole parameters. */
  constructor(bytes: Buffer, count: number) {
    this.#bytes = bytes;
    this.#count = count;
  }

  /** Gives `take` the value of each parameter the picker wants, in the order of the wire, with what is known of it. */
  pick<Known>(
    picker: ParameterPicker<Known>,
    take: (known: Known, value: TypedParameterValue) => void,
  ): void {
    picker.pick(this.#bytes, this.#count, take);
  }

  /** All of them; of a name that comes twice the last one stays. */
  record(): TypedParameterRecord {
    const record = Object.create(null) as Record<string, TypedParameterValue>;
    const reader = new XdrReader(this.#bytes);
    for (let index = 0; index < this.#count; index += 1) {
      const field = reader.internedString(limits.stringBytes);
      record[field] = decodeValue(reader, field);
    }
    return record;
  }
}

/** Parameters as a host reports them, left as bytes; what is wrong with them is found while they are passed over. */
export function typedParameterBytes(
  max: number,
): Codec<TypedParameterBytes, { readonly [name: string]: TypedValue }> {
  const { wire, leastBytes, encode } = typedParameterRecord(max);
  return {
    wire,
    leastBytes,
    encode,
    decode: (reader) => {
      const count = reader.count(max, LEAST_BYTES, 'number of parameters');
      const start = reader.offset;
      reader.passOver((view, at) => passOverParameters(view, at, count));
      return new TypedParameterBytes(reader.since(start), count);
    },
  };
}
