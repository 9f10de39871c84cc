import { expect, test } from 'vitest';
import { periodWords } from './period-words.ts';

test.each([
  ['2026-08-01', '2026-09-01', 'Aug 2026'],
  ['2026-12-01', '2027-01-01', 'Dec 2026'],
  ['2026-08-14', '2026-09-01', '14–31 Aug 2026'],
  ['2026-08-28', '2026-09-04', '28 Aug – 3 Sep 2026'],
  ['2026-12-28', '2027-01-04', '28 Dec 2026 – 3 Jan 2027'],
  ['2026-11-21', '2026-11-22', '21 Nov 2026'],
  ['2026-07-01', '2026-09-01', '1 Jul – 31 Aug 2026'],
  ['2026-07-01', '2026-07-01', '1 Jul 2026'],
])('%s to %s', (start, endExclusive, words) => {
  expect(periodWords(start, endExclusive)).toBe(words);
});
