import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { averageBlocks, mergeBlocks, packNumberBlock, rowOf, unpackNumberBlock } from './number-block.ts';

const keys = fc.uniqueArray(fc.maxSafeNat(), { maxLength: 50 }).map((all) => all.toSorted((a, b) => a - b));
const number = fc.oneof(fc.float(), fc.constant(Number.NaN), fc.constant(0), fc.constant(-0));
const block = fc.record({ keys, width: fc.integer({ min: 0, max: 5 }) }).chain(({ keys: of, width }) =>
  fc.record({
    keys: fc.constant(of),
    columns: fc.array(
      fc
        .array(number, { minLength: of.length, maxLength: of.length })
        .map((values) => Float32Array.from(values)),
      { minLength: width, maxLength: width },
    ),
  }),
);

describe('a block of numbers', () => {
  test('comes back as it was packed, and each row is found by its key', () => {
    fc.assert(
      fc.property(block, fc.maxSafeNat(), (given, other) => {
        const back = unpackNumberBlock(packNumberBlock(given));
        expect(back).toEqual(given);
        expect(given.keys.map((key) => rowOf(back, key))).toEqual(given.keys.map((_, row) => row));
        if (!given.keys.includes(other)) expect(rowOf(back, other)).toBeUndefined();
      }),
    );
  });

  test('takes a third of its numbers where they are alike', () => {
    const vms = 160;
    const columns = [3.25, 1.5e9, 0, 20_480, 800, 1200].map((base) =>
      Float32Array.from({ length: vms }, (_, vm) => base * (1 + (vm % 7) / 10)),
    );
    const packed = packNumberBlock({ keys: [...columns[0]!.keys()], columns });
    expect(packed.length).toBeLessThan((vms * columns.length * 4) / 3);
  });

  test.each([
    ['keys that do not ascend', { keys: [2, 1], columns: [] }],
    ['a key twice', { keys: [1, 1], columns: [] }],
    ['a key below 0', { keys: [-1], columns: [] }],
    ['a column that is too short', { keys: [1, 2], columns: [Float32Array.of(1)] }],
  ])('%s are a bug of the caller', (_what, wrong) => expect(() => packNumberBlock(wrong)).toThrow(/block/));

  test('any other bytes are refused, those of a block that was cut off too', () => {
    const whole = zstdDecompressSync(packNumberBlock({ keys: [1, 200], columns: [Float32Array.of(1, 2)] }));
    for (let length = 0; length < whole.length; length += 1)
      expect(() => unpackNumberBlock(zstdCompressSync(whole.subarray(0, length)))).toThrow(RangeError);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        if (bytes[0] !== 1) expect(() => unpackNumberBlock(zstdCompressSync(bytes))).toThrow(RangeError);
      }),
    );
    expect(() => unpackNumberBlock(Uint8Array.of(1, 2, 3))).toThrow();
  });
});

describe('several blocks', () => {
  const of = (rows: Readonly<Record<number, readonly number[]>>) => ({
    keys: Object.keys(rows).map(Number),
    columns: [0, 1].map((column) =>
      Float32Array.from(Object.values(rows), (row) => row[column] ?? Number.NaN),
    ),
  });

  test('are averaged row by row, over what is known', () => {
    const older = { keys: [2], columns: [Float32Array.of(6)] };
    expect(averageBlocks([of({ 1: [1, 10], 2: [2, Number.NaN] }), of({ 2: [4, 8], 7: [5] }), older])).toEqual(
      of({ 1: [1, 10], 2: [4, 8], 7: [5, Number.NaN] }),
    );
    expect(averageBlocks([])).toEqual({ keys: [], columns: [] });
  });

  test('are put together, the later one’s rows whole', () => {
    const before = of({ 1: [1, 10], 2: [2, 20] });
    expect(mergeBlocks(before, of({ 0: [0, 0], 2: [9, Number.NaN] }))).toEqual(
      of({ 0: [0, 0], 1: [1, 10], 2: [9, Number.NaN] }),
    );
    // A column that is new is unknown in the rows of before.
    expect(mergeBlocks({ keys: [5], columns: [Float32Array.of(1)] }, before)).toEqual(
      of({ 1: [1, 10], 2: [2, 20], 5: [1, Number.NaN] }),
    );
  });
});
