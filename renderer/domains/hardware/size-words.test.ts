import { expect, test } from 'vitest';
import { bytesOfGib, gibOf } from './size-words.ts';

const MIB = 1024 ** 2;

test.each<[number | string, number | null]>([
  [1, 1024 * MIB],
  [0.5, 512 * MIB],
  [0.1, 102 * MIB],
  ['', null],
  [0, null],
  [-1, null],
])('%s GiB in bytes: %s', (written, bytes) => {
  expect(bytesOfGib(written)).toBe(bytes);
});

test('bytes as GiB', () => {
  expect(gibOf(1536 * MIB)).toBe(1.5);
});
