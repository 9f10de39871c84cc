import { expect, test } from 'vitest';
import { stepOf } from './chart-step.ts';

test.each([
  { words: 'the first step begins at the last point', key: 'ArrowLeft', from: null, to: 58 },
  { words: 'on to the next', key: 'ArrowRight', from: 3, to: 4 },
  { words: 'not beyond the end', key: 'ArrowRight', from: 59, to: 59 },
  { words: 'not before the beginning', key: 'PageUp', from: 2, to: 0 },
  { words: 'a tenth at once', key: 'PageDown', from: 10, to: 16 },
  { words: 'to the beginning', key: 'Home', from: 30, to: 0 },
  { words: 'to the end', key: 'End', from: null, to: 59 },
  { words: 'away', key: 'Escape', from: 30, to: null },
  { words: 'where it is away, Escape is for others', key: 'Escape', from: null, to: undefined },
  { words: 'other keys are for others', key: 'n', from: 30, to: undefined },
])('$words', ({ key, from, to }) => {
  expect(stepOf(key, from, 60)).toBe(to);
});

test('of a chart without points nothing leads anywhere', () => {
  expect(stepOf('Home', null, 0)).toBeUndefined();
});
