import { expect, test } from 'vitest';
import { hostTimingWords } from './host-timing.ts';

test.each<[string, number, number, number, RegExp]>([
  ['all quick', 200, 90, 30, /^Nothing/],
  ['just not slow', 3000, 2000, 2000, /^Nothing/],
  ['the way in', 4000, 90, 30, /^Connecting to hv1 is slow/],
  ['the way in, whatever else', 4000, 9000, 8000, /^Connecting to hv1 is slow/],
  ['one call', 200, 5000, 4000, /^One call/],
  ['everything', 200, 5000, 900, /^Collecting is slow/],
])('%s', (_, connectMs, sweepMs, slowestCallMs, words) => {
  const timings = { connectMs, sweepMs, slowestCall: 'domainGetXMLDesc', slowestCallMs };
  expect(hostTimingWords({ name: 'hv1', timings })).toMatch(words);
});
