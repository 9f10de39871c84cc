import { expect, test } from 'vitest';
import {
  formatAgo,
  formatDated,
  formatDatesIn,
  formatCount,
  formatDay,
  formatDays,
  formatDuration,
  formatMinor,
  formatShare,
} from './format.ts';

test.each([
  ['0', '0.00'],
  ['5', '0.05'],
  ['123450', '1,234.50'],
  ['-123456789', '−1,234,567.89'],
  ['99999999999999999999', '999,999,999,999,999,999.99'],
])('minor units %s read %s', (amountMinor, text) => {
  expect(formatMinor(amountMinor)).toBe(text);
});

test('a currency without minor digits has no decimal point', () => {
  expect(formatMinor('1234567', 0)).toBe('1,234,567');
});

test.each([
  [400, '0 s'],
  [89_000, '89 s'],
  [90_000, '2 min'],
  [3_600_000, '60 min'],
  [7_200_000, '2 h'],
  [200_000_000, '2 d'],
])('%d ms last %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

test.each([
  [1000, 'now'],
  [4000, '4 s ago'],
  [240_000, '4 min ago'],
])('%d ms old reads %s', (ageMs, text) => {
  expect(formatAgo(1_000_000, 1_000_000 + ageMs)).toBe(text);
});

test.each([
  [0, '0 %'],
  [0.034, '3.4 %'],
  [0.934, '93 %'],
])('share %d reads %s', (share, text) => {
  expect(formatShare(share)).toBe(text);
});

test('dates in a sentence of the engine read as everywhere, an instant in the zone of the viewer', () => {
  expect(formatDatesIn('the oldest was due on 2026-08-31')).toBe('the oldest was due on 31 Aug 2026');
  const atMs = new Date(2024, 8, 1, 14, 6).getTime();
  expect(formatDatesIn(`failed · anna · ${new Date(atMs).toISOString()}`)).toBe('failed · anna · 1 Sep 2024');
  expect(formatDatesIn('INV 2026/11/0001 has none')).toBe('INV 2026/11/0001 has none');
  expect(formatDated(atMs)).toBe('1 Sep 2024, 14:06');
});

test('counts have a thousands comma and days no zone', () => {
  expect(formatCount(56_214)).toBe('56,214');
  expect(formatDay('2026-08-31')).toBe('31 Aug 2026');
});

test.each([
  ['2026-08-01', '2026-09-01', '1–31 Aug'],
  ['2026-08-05', '2026-08-06', '5 Aug'],
  ['2026-08-28', '2026-09-04', '28 Aug–3 Sep'],
])('days from %s until before %s read %s', (start, endExclusive, text) => {
  expect(formatDays(start, endExclusive)).toBe(text);
});
