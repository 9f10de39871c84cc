import { expect, test } from 'vitest';
import { daysUntilFull, growthPerDay, type DayOfCapacity } from './growth-rules.ts';

const FIRST = 20_000;
const days = (count: number, of: (n: number) => Partial<DayOfCapacity>): DayOfCapacity[] =>
  Array.from({ length: count }, (_, n) => ({ day: FIRST + n, sold: 0, hosts: 4, ...of(n) }));

test.each<[string, DayOfCapacity[], number | undefined]>([
  ['no days', [], undefined],
  ['six days', days(6, (n) => ({ sold: n })), undefined],
  ['seven days', days(7, (n) => ({ sold: 10 + 3 * n })), 3],
  ['nothing sold', days(30, () => ({ sold: 500 })), 0],
  ['less and less', days(30, (n) => ({ sold: 500 - 2 * n })), -2],
  // One order as big as a year of growth, which nobody expects again next month.
  ['one big order', days(30, (n) => ({ sold: 2 * n + (n >= 29 ? 700 : 0) })), 2],
  ['one day read wrongly', days(30, (n) => ({ sold: n === 12 ? 9999 : 2 * n })), 2],
  ['days nobody recorded', days(40, (n) => ({ sold: 2 * n })).filter(({ day }) => day % 3 !== 0), 2],
  // A host with 300 sold comes in the middle: it is no growth.
  ['a host that came', days(30, (n) => ({ sold: 2 * n + (n >= 15 ? 300 : 0), hosts: n >= 15 ? 5 : 4 })), 2],
  // Sixty days are looked at: what was before does not count.
  ['growth that began lately', days(120, (n) => ({ sold: n < 60 ? 0 : 5 * n })), 5],
])('growth: %s', (_case, of, expected) => {
  const found = growthPerDay(of);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toBeCloseTo(expected, 0);
});

test.each([
  [100, 3, 33],
  [0, 3, 0],
  [-5, 0, 0],
  [100, 0, null],
  [100, -1, null],
  [1e9, 1, null],
])('%d left at %d a day is full in %s days', (left, perDay, expected) => {
  expect(daysUntilFull(left, perDay)).toBe(expected);
});
