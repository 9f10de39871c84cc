import { expect, test } from 'vitest';
import { lonePoints } from './lone-points.ts';

test.each([
  ['nothing', [], []],
  ['one', [7], [0]],
  ['a line', [1, 2, 3], []],
  ['a zero', [null, 0, null], [1]],
  ['between gaps and at both ends', [1, null, 2, undefined, 3, 4, null, 5], [0, 2, 7]],
])('%s', (_what, values, places) => {
  expect(lonePoints(values)).toEqual(places);
});
