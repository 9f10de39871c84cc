import { expect, test } from 'vitest';
import type { Weekday } from '../fleet/cluster-rules.ts';
import { windowToWaitFor } from './maintenance-rules.ts';

const days = (...list: Weekday[]): Weekday[] => list;
const night = { days: days('sun'), from: '22:00', until: '02:00' };

/** 29 November 2026 is a Sunday; Warsaw is one hour ahead of UTC then. */
test.each([
  ['a cluster without windows', [], '2026-11-29T12:00:00Z', ''],
  ['before it opens', [night], '2026-11-29T20:59:00Z', 'from 2026-11-29 22:00 on (Europe/Warsaw)'],
  ['it is open', [night], '2026-11-29T21:00:00Z', ''],
  ['open past midnight', [night], '2026-11-30T00:30:00Z', ''],
  ['after it closed', [night], '2026-11-30T01:00:00Z', 'from 2026-12-06 22:00 on (Europe/Warsaw)'],
])('maintenance waits for a window: %s', (_what, windows, at, words) => {
  const cluster = { name: 'Warsaw', timeZone: 'Europe/Warsaw', windows };
  const said = windowToWaitFor(cluster, Date.parse(at));
  expect(said).toBe(words === '' ? '' : `the maintenance window of Warsaw, ${words}`);
});
