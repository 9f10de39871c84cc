import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

test.each([
  ['120', 120_000],
  ['0', 0],
  [0.25, 250],
  // A moment is whole milliseconds: the store takes nothing else.
  [0.0001, 1],
  ['1.00001', 1001],
  ['86400', 3_600_000],
  ['1e999', undefined],
  [Number.POSITIVE_INFINITY, undefined],
  [Number.NaN, undefined],
  [-1, undefined],
  ['', undefined],
  [null, undefined],
  ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  [{ seconds: 1 }, undefined],
])('asked to wait %j: %j ms', (asked, ms) => {
  expect(retryAfterMs(asked)).toBe(ms);
});
