import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventMessages } from './event-messages.ts';
import { LibvirtProtocolError } from './libvirt-errors.ts';
import { everyProcedure } from './procedures.ts';
import {
  boundedText,
  charArray,
  decodeWhole,
  flagBits,
  hyper,
  int,
  intBoolean,
  list,
  opaque,
  optional,
  struct,
  text,
  unsigned,
  unsignedHyper,
} from './xdr-codecs.ts';
import type { AnyCodec } from './xdr-codecs.ts';
import { errorReport, uuid } from './xdr-objects.ts';
import { typed, typedParameterList, typedParameterRecord } from './xdr-typed-parameters.ts';
import { parseWire, wireBytes } from '../../testing/libvirt/wire-bytes.ts';
import { XdrWriter } from './xdr-writer.ts';

function encode<In>(codec: { encode: (writer: XdrWriter, value: In) => void }, value: In): Buffer {
  const writer = new XdrWriter();
  codec.encode(writer, value);
  return writer.finish();
}

const hex = (bytes: string) => Buffer.from(bytes.replaceAll(' ', ''), 'hex');

/** Everything of the table that is the same both ways; records of statistics are read plain and written typed. */
const symmetric: [string, AnyCodec][] = [
  ...everyProcedure().flatMap(({ name, procedure }): [string, AnyCodec][] => [
    [`${name} args`, procedure.args],
    [`${name} result`, procedure.result],
  ]),
  ...Object.entries(eventMessages).map(([name, event]): [string, AnyCodec] => [name, event.payload]),
  ['error', errorReport] as [string, AnyCodec],
].filter(([name, codec]) => name.endsWith('args') || !codec.wire.includes('typed_param'));

describe('every type of the protocol', () => {
  test.each(symmetric)('%s: well-formed bytes are read and written again to the byte', (name, codec) => {
    fc.assert(
      fc.property(wireBytes(parseWire(codec.wire)), (bytes) => {
        expect(encode(codec, decodeWhole(codec, bytes, name) as never).equals(bytes)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test.each(symmetric.filter(([, codec]) => codec.leastBytes > 0))(
    '%s: a packet cut short anywhere is refused',
    (name, codec) => {
      const [bytes] = fc.sample(wireBytes(parseWire(codec.wire)), { numRuns: 1, seed: 7 });
      for (let length = 0; length < bytes!.length; length += 1) {
        expect(() => decodeWhole(codec, bytes!.subarray(0, length), name)).toThrow(LibvirtProtocolError);
      }
      expect(() => decodeWhole(codec, Buffer.concat([bytes!, Buffer.alloc(4)]), name)).toThrow(
        /4 bytes more/,
      );
    },
  );

  test('random bytes never do anything but decode or be refused', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom(...symmetric),
        (bytes, [name, codec]) => {
          try {
            decodeWhole(codec, Buffer.from(bytes), name);
          } catch (error) {
            expect(error).toBeInstanceOf(LibvirtProtocolError);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

describe('bytes on the wire', () => {
  const cases: { what: string; codec: AnyCodec; value: unknown; bytes: string }[] = [
    { what: 'a negative int', codec: int, value: -2, bytes: 'ff ff ff fe' },
    { what: 'flags with bit 31', codec: flagBits, value: 0x8000_0000, bytes: '80 00 00 00' },
    { what: 'an unsigned int', codec: unsigned, value: 4_294_967_295, bytes: 'ff ff ff ff' },
    { what: 'true', codec: intBoolean, value: true, bytes: '00 00 00 01' },
    { what: 'a negative hyper', codec: hyper, value: -1, bytes: 'ff ff ff ff ff ff ff ff' },
    {
      what: 'the largest exact hyper',
      codec: unsignedHyper,
      value: Number.MAX_SAFE_INTEGER,
      bytes: '00 1f ff ff ff ff ff ff',
    },
    { what: 'a string with padding', codec: text, value: 'vm1', bytes: '00 00 00 03 76 6d 31 00' },
    { what: 'a string of UTF-8', codec: text, value: 'ő', bytes: '00 00 00 02 c5 91 00 00' },
    { what: 'an empty string', codec: text, value: '', bytes: '00 00 00 00' },
    { what: 'an absent string', codec: optional(text), value: null, bytes: '00 00 00 00' },
    {
      what: 'a present string',
      codec: optional(text),
      value: 'a',
      bytes: '00 00 00 01 00 00 00 01 61 00 00 00',
    },
    { what: 'a list', codec: list(int, 2), value: [1, 2], bytes: '00 00 00 02 00 00 00 01 00 00 00 02' },
    {
      what: 'opaque bytes',
      codec: opaque(8),
      value: Buffer.from([1, 2, 3, 4, 5]),
      bytes: '00 00 00 05 01 02 03 04 05 00 00 00',
    },
    {
      what: 'a UUID',
      codec: uuid,
      value: '00112233-4455-6677-8899-aabbccddeeff',
      bytes: '00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff',
    },
    {
      what: 'characters of a fixed array',
      codec: charArray(3),
      value: 'ab',
      bytes: '00 00 00 61 00 00 00 62 00 00 00 00',
    },
  ];
  test.each(cases)('$what', ({ codec, value, bytes }) => {
    expect(encode(codec, value).toString('hex')).toBe(hex(bytes).toString('hex'));
    expect(decodeWhole(codec, hex(bytes), 'value')).toEqual(value);
  });

  test('a combination with bit 31 made by | is the same flags', () => {
    expect(encode(flagBits, 0x8000_0000 | 1).toString('hex')).toBe('80000001');
  });

  test('a 64-bit integer beyond 2^53 is written from a bigint and read as the nearest number', () => {
    expect(encode(unsignedHyper, 2n ** 64n - 1n).toString('hex')).toBe('ffffffffffffffff');
    expect(decodeWhole(unsignedHyper, hex('ff ff ff ff ff ff ff ff'), 'limit')).toBe(2 ** 64);
    expect(() => encode(unsignedHyper, 2 ** 53)).toThrow(/give a bigint/);
  });
});

describe('lies about length are refused before anything is allocated', () => {
  const lies: { what: string; codec: AnyCodec; bytes: string; says: RegExp }[] = [
    {
      what: 'a string of 4 GiB',
      codec: text,
      bytes: 'ff ff ff ff',
      says: /says 4294967295, the protocol allows 4194304/,
    },
    {
      what: 'a string longer than its packet',
      codec: text,
      bytes: '00 00 10 00 61 61 61 61',
      says: /says 4096, only 4 bytes are left/,
    },
    { what: 'padding that is missing', codec: text, bytes: '00 00 00 01 61', says: /cut short/ },
    {
      what: 'opaque data over its bound',
      codec: opaque(4),
      bytes: '00 00 00 05 00 00 00 00 00 00 00 00',
      says: /allows 4/,
    },
    { what: 'a list over its bound', codec: list(int, 3), bytes: '00 00 00 04', says: /allows 3/ },
    {
      what: 'a list whose items cannot fit',
      codec: list(struct({ a: hyper, b: hyper }), 16_384),
      bytes: '00 00 40 00 00 00 00 00',
      says: /says 16384, only 4 bytes are left/,
    },
    {
      what: 'more parameters than fit',
      codec: typedParameterRecord(262_144),
      bytes: '00 04 00 00 00 00 00 00',
      says: /number of parameters says 262144/,
    },
    {
      what: 'an optional that is neither there nor not',
      codec: optional(text),
      bytes: '00 00 00 02',
      says: /marked 2/,
    },
    {
      what: 'a parameter of an unknown type',
      codec: typedParameterRecord(4),
      bytes: '00 00 00 01 00 00 00 01 61 00 00 00 00 00 00 63',
      says: /'a' has the unknown type 99/,
    },
  ];
  test.each(lies)('$what', ({ codec, bytes, says }) => {
    expect(() => decodeWhole(codec, hex(bytes), 'answer')).toThrow(LibvirtProtocolError);
    expect(() => decodeWhole(codec, hex(bytes), 'answer')).toThrow(says);
  });

  const mistakes: { what: string; codec: AnyCodec; value: unknown }[] = [
    { what: 'text over its bound', codec: boundedText(3), value: 'four' },
    { what: 'a list over its bound', codec: list(int, 1), value: [1, 2] },
    { what: 'opaque data over its bound', codec: opaque(1), value: Buffer.alloc(2) },
    { what: 'a fixed array over its bound', codec: charArray(4), value: 'four' },
    { what: 'something that is not a UUID', codec: uuid, value: 'vm1' },
    { what: 'an int out of range', codec: int, value: 2 ** 31 },
    { what: 'a negative unsigned', codec: unsigned, value: -1 },
    { what: 'a fraction where an integer belongs', codec: unsignedHyper, value: 1.5 },
  ];
  test.each(mistakes)('our own mistake, $what, is never sent', ({ codec, value }) => {
    expect(() => encode(codec, value)).toThrow(RangeError);
  });
});

describe('typed parameters', () => {
  const values = {
    state: typed.int(1),
    flags: typed.uint(4_294_967_295),
    delta: typed.llong(-5),
    bytes: typed.ullong(12),
    load: typed.double(0.25),
    on: typed.boolean(true),
    name: typed.string('vda'),
  };

  test('a record is written typed and read plain', () => {
    const bytes = encode(typedParameterRecord(16), values);
    expect(decodeWhole(typedParameterRecord(16), bytes, 'record')).toEqual({
      state: 1,
      flags: 4_294_967_295,
      delta: -5,
      bytes: 12,
      load: 0.25,
      on: true,
      name: 'vda',
    });
  });

  test('a list keeps types, order and repetition', () => {
    const parameters = [
      { field: 'migrate_disks', ...typed.string('vda') },
      { field: 'migrate_disks', ...typed.string('vdb') },
      { field: 'bandwidth', ...typed.ullong(2n ** 63n) },
    ];
    expect(decodeWhole(typedParameterList(8), encode(typedParameterList(8), parameters), 'list')).toEqual(
      parameters,
    );
  });

  test('no name a host invents can touch the prototype', () => {
    const invented = Object.fromEntries([
      ['__proto__', typed.string('x')],
      ['constructor', typed.int(1)],
    ]);
    const record = decodeWhole(typedParameterRecord(4), encode(typedParameterRecord(4), invented), 'record');
    expect(Object.keys(record)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(record)).toBeNull();
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('names that share a place in the table of known names stay apart', () => {
    const many = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`net.${index}.rx.bytes`, typed.ullong(index)]),
    );
    const record = decodeWhole(
      typedParameterRecord(262_144),
      encode(typedParameterRecord(262_144), many),
      'record',
    );
    expect(Object.entries(record)).toEqual(
      Array.from({ length: 20_000 }, (_, index) => [`net.${index}.rx.bytes`, index]),
    );
  });
});
