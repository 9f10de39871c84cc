import { expect, test } from 'vitest';
import { formatBytes, GIB } from './bytes.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [4 * GIB, '4 GiB'],
  [15.4 * GIB, '15 GiB'],
  [-2 * GIB, '-2 GiB'],
])('%d bytes read %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
