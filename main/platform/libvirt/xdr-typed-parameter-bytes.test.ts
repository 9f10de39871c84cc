import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LibvirtProtocolError } from './libvirt-errors.ts';
import { decodeWhole } from './xdr-codecs.ts';
import { ParameterPicker } from './xdr-parameter-picker.ts';
import { typedParameterBytes } from './xdr-typed-parameter-bytes.ts';
import { typed, typedParameterRecord, type TypedValue } from './xdr-typed-parameters.ts';
import { XdrWriter } from './xdr-writer.ts';

const codec = typedParameterBytes(64);

function encode(values: Readonly<Record<string, TypedValue>>): Buffer {
  const writer = new XdrWriter();
  codec.encode(writer, values);
  return writer.finish();
}

const value: fc.Arbitrary<TypedValue> = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(typed.int),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(typed.uint),
  fc.maxSafeInteger().map(typed.llong),
  fc.maxSafeNat().map(typed.ullong),
  fc.double({ noNaN: true }).map(typed.double),
  fc.boolean().map(typed.boolean),
  fc.string().map(typed.string),
);

describe('parameters left as bytes', () => {
  test('give the record that decoding them gives, and each of them by its name', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value, { maxKeys: 20 }), (values) => {
        const packet = encode(values);
        const record = decodeWhole(typedParameterRecord(64), packet, 'record');
        const bytes = decodeWhole(codec, packet, 'bytes');
        expect(bytes.record()).toEqual(record);
        for (const wanted of Object.keys(record)) {
          const found: unknown[] = [];
          bytes.pick(new ParameterPicker((name) => (name === wanted ? 'it' : undefined)), (known, read) =>
            found.push([known, read]),
          );
          expect(found).toEqual([['it', record[wanted]]]);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('are picked the same by whoever has seen others in another order, of another type or with the same beginning', () => {
    const names = ['a', 'ab', 'abcd', 'abcd.e', 'b', 'net.0.rx.bytes', 'net.0.rx.pkts'];
    const packets = fc.array(fc.dictionary(fc.constantFrom(...names), value), { maxLength: 30 });
    fc.assert(
      fc.property(packets, (all) => {
        const picker = new ParameterPicker((name) => (name.startsWith('a') ? name : undefined));
        for (const values of all) {
          const bytes = decodeWhole(codec, encode(values), 'bytes');
          const picked: Record<string, unknown> = {};
          bytes.pick(picker, (name, read) => (picked[name] = read));
          const wanted = Object.entries(bytes.record()).filter(([name]) => name.startsWith('a'));
          expect(picked).toEqual(Object.fromEntries(wanted));
        }
      }),
      { numRuns: 50 },
    );
  });

  test('cut short anywhere are refused before anybody looks at them', () => {
    const packet = encode({
      'state.state': typed.int(1),
      'cpu.time': typed.ullong(7),
      name: typed.string('vda'),
    });
    for (let length = 0; length < packet.length; length += 1)
      expect(() => decodeWhole(codec, packet.subarray(0, length), 'bytes'), `${length}`).toThrow(
        LibvirtProtocolError,
      );
  });

  test.each([
    ['of an unknown type', '00 00 00 01 00 00 00 01 61 00 00 00 00 00 00 63', /unknown type 99/],
    ['more than are allowed', '00 00 00 41', /allows 64/],
    ['more than there are bytes for', '00 00 00 40 00 00 00 00', /only 4 bytes are left/],
  ])('%s are refused', (_what, bytes, says) => {
    const packet = Buffer.from(bytes.replaceAll(' ', ''), 'hex');
    expect(() => decodeWhole(codec, packet, 'bytes')).toThrow(LibvirtProtocolError);
    expect(() => decodeWhole(codec, packet, 'bytes')).toThrow(says);
  });
});
