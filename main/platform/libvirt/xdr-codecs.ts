import { limits } from './xdr-limits.ts';
import { XdrReader } from './xdr-reader.ts';
import type { XdrWriter } from './xdr-writer.ts';

/**
 * Both directions of one XDR type. `Out` is what decoding gives, `In` what encoding takes; they differ only where encoding is
 * more liberal (a bigint for a 64-bit integer, a typed value for a statistic). Decoding throws LibvirtProtocolError, encoding
 * throws RangeError.
 */
export type Codec<Out, In = Out> = {
  /** The type as the .x files would write it; documentation, and what the tests compare. */
  readonly wire: string;
  /** The least bytes one value takes on the wire: an array's length is checked against it before anything is allocated. */
  readonly leastBytes: number;
  readonly decode: (reader: XdrReader) => Out;
  readonly encode: (writer: XdrWriter, value: In) => void;
};

// oxlint-disable-next-line typescript/no-explicit-any -- inference over any codec; the `any` never leaves this file
export type AnyCodec = Codec<any, any>;
export type Decoded<C extends AnyCodec> = C extends Codec<infer Out, infer _In> ? Out : never;
export type Encodable<C extends AnyCodec> = C extends Codec<infer _Out, infer In> ? In : never;

/** Payloads that are empty. */
export const nothing: Codec<undefined, undefined | void> = {
  wire: 'void',
  leastBytes: 0,
  decode: () => undefined,
  encode: () => undefined,
};

export const int: Codec<number> = {
  wire: 'int',
  leastBytes: 4,
  decode: (reader) => reader.int32(),
  encode: (writer, value) => writer.int32(value),
};

export const unsigned: Codec<number> = {
  wire: 'unsigned int',
  leastBytes: 4,
  decode: (reader) => reader.uint32(),
  encode: (writer, value) => writer.uint32(value),
};

/** An `unsigned int` of flags. JavaScript's `|` gives a signed result when bit 31 is set, so both readings are taken. */
export const flagBits: Codec<number> = {
  wire: 'unsigned int',
  leastBytes: 4,
  decode: (reader) => reader.uint32(),
  encode: (writer, value) => writer.uint32(value < 0 ? value >>> 0 : value),
};

/** The protocol writes truth as an int; anything but 0 is true. */
export const intBoolean: Codec<boolean> = {
  wire: 'int (boolean)',
  leastBytes: 4,
  decode: (reader) => reader.int32() !== 0,
  encode: (writer, value) => writer.int32(value ? 1 : 0),
};

/** C's narrow integers (`char`, `unsigned char`, `unsigned short`) travel as a whole word. */
export const char: Codec<number> = { ...int, wire: 'char' };
export const unsignedChar: Codec<number> = { ...unsigned, wire: 'unsigned char' };
export const unsignedShort: Codec<number> = { ...unsigned, wire: 'unsigned short' };

/**
 * 64-bit integers are plain numbers: a counter whose type changed from number to bigint after 104 days of CPU time would break
 * arithmetic long after release. Beyond 2^53 (9 PB, or those 104 days in ns) the value is the nearest double.
 */
export const hyper: Codec<number, number | bigint> = {
  wire: 'hyper',
  leastBytes: 8,
  decode: (reader) => reader.int64(),
  encode: (writer, value) => writer.int64(value),
};

export const unsignedHyper: Codec<number, number | bigint> = {
  wire: 'unsigned hyper',
  leastBytes: 8,
  decode: (reader) => reader.uint64(),
  encode: (writer, value) => writer.uint64(value),
};

/** `remote_nonnull_string` */
export const text: Codec<string> = boundedText(limits.stringBytes);

export function boundedText(maxBytes: number): Codec<string> {
  return {
    wire: `string<${maxBytes}>`,
    leastBytes: 4,
    decode: (reader) => reader.string(maxBytes),
    encode: (writer, value) => writer.string(value, maxBytes),
  };
}

export function opaque(maxBytes: number): Codec<Buffer, Uint8Array> {
  return {
    wire: `opaque<${maxBytes}>`,
    leastBytes: 4,
    decode: (reader) => reader.opaque(maxBytes),
    encode: (writer, value) => writer.opaque(value, maxBytes),
  };
}

/** `char name[32]`: XDR has no such thing as a byte array of chars, so each char takes a word of its own. */
export function charArray(length: number): Codec<string> {
  return {
    wire: `char[${length}]`,
    leastBytes: 4 * length,
    decode: (reader) => {
      const bytes = Buffer.from(Array.from({ length }, () => reader.int32() & 0xff));
      const end = bytes.indexOf(0);
      return bytes.toString('utf8', 0, end === -1 ? length : end);
    },
    encode: (writer, value) => {
      const bytes = Buffer.from(value, 'utf8');
      if (bytes.length >= length)
        throw new RangeError(`text of ${bytes.length} bytes, the protocol allows ${length - 1}`);
      for (let index = 0; index < length; index += 1) writer.int32(bytes[index] ?? 0);
    },
  };
}

/** XDR optional data: null when absent. */
export function optional<Out, In>(inner: Codec<Out, In>): Codec<Out | null, In | null> {
  return {
    wire: `*${inner.wire}`,
    leastBytes: 4,
    decode: (reader) => (reader.present() ? inner.decode(reader) : null),
    encode: (writer, value) => {
      writer.uint32(value === null ? 0 : 1);
      if (value !== null) inner.encode(writer, value);
    },
  };
}

/** A counted array of at most `max` items. */
export function list<Out, In>(inner: Codec<Out, In>, max: number): Codec<Out[], readonly In[]> {
  const wire = `${inner.wire}<${max}>`;
  return {
    wire,
    leastBytes: 4,
    decode: (reader) => {
      const count = reader.count(max, inner.leastBytes, `length of a list of ${inner.wire.slice(0, 60)}`);
      const items: Out[] = [];
      for (let index = 0; index < count; index += 1) items.push(inner.decode(reader));
      return items;
    },
    encode: (writer, value) => {
      writer.count(value.length, max, wire.slice(0, 60));
      for (const item of value) inner.encode(writer, item);
    },
  };
}

type Fields = { readonly [name: string]: AnyCodec };
type StructOut<F extends Fields> = { -readonly [K in keyof F]: Decoded<F[K]> };
type StructIn<F extends Fields> = { readonly [K in keyof F]: Encodable<F[K]> };

/** Fields in the order of the wire, which is the order they are written down. */
export function struct<F extends Fields>(fields: F): Codec<StructOut<F>, StructIn<F>> {
  const entries = Object.entries(fields);
  return {
    wire: `{${entries.map(([, codec]) => codec.wire).join('; ')}}`,
    leastBytes: entries.reduce((sum, [, codec]) => sum + codec.leastBytes, 0),
    decode: (reader) => {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) value[name] = codec.decode(reader);
      return value as StructOut<F>;
    },
    encode: (writer, value) => {
      for (const [name, codec] of entries) codec.encode(writer, value[name]);
    },
  };
}

/** Decodes a whole payload: nothing may be left over. */
export function decodeWhole<Out>(codec: Codec<Out, never>, payload: Buffer, what: string): Out {
  const reader = new XdrReader(payload);
  const value = codec.decode(reader);
  reader.end(what);
  return value;
}
