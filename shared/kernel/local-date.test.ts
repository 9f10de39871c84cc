import { expect, test } from 'vitest';
import {
  addMonths,
  dayAt,
  dayStartMs,
  daysBetween,
  daysOf,
  localDate,
  localDateSchema,
} from './local-date.ts';

test.each([
  ['2026-03-29', 23],
  ['2026-06-01', 24],
  ['2026-10-25', 25],
])('%s in Warsaw has %i hours', (day, hours) => {
  const start = dayStartMs(localDate(day), 'Europe/Warsaw');
  const next = [...daysOf({ start: localDate(day), endExclusive: localDate('2030-01-01') })][1];
  expect((dayStartMs(next!, 'Europe/Warsaw') - start) / 3_600_000).toBe(hours);
});

test.each([
  ['2028-01-31', 1, '2028-02-29'],
  ['2027-01-31', 1, '2027-02-28'],
  ['2028-01-31', 2, '2028-03-31'],
])('%s plus %i months is %s', (day, months, expected) => {
  expect(addMonths(localDate(day), months)).toBe(expected);
});

test('an instant belongs to the day of its zone', () => {
  const instant = Date.parse('2026-08-31T22:30:00Z');
  expect([dayAt(instant, 'Europe/Warsaw'), dayAt(instant, 'UTC')]).toEqual(['2026-09-01', '2026-08-31']);
});

test.each(['2026-02-30', '2026-13-01', '26-01-01', '2026-1-1', 'today', ''])('"%s" is refused', (text) => {
  expect(localDateSchema.safeParse(text).success).toBe(false);
  expect(() => localDate(text)).toThrow(RangeError);
});

test('a leap year has 366 days', () => {
  expect(daysBetween(localDate('2028-01-01'), localDate('2029-01-01'))).toBe(366);
});
