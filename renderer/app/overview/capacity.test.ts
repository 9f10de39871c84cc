import { expect, test } from 'vitest';
import { failureVerdict } from './capacity.ts';

const host = (hostId: string, memoryBytes: number, memorySoldBytes: number, stale = false) => ({
  hostId,
  memoryBytes,
  memorySoldBytes,
  stale,
});

test.each([
  ['room on the others', [host('a', 100, 50), host('b', 100, 20)], { word: 'holds', spareBytes: 30 }],
  ['hardly room', [host('a', 100, 50), host('b', 100, 45)], { word: 'tight', spareBytes: 5 }],
  ['not enough room', [host('a', 100, 90), host('b', 100, 20)], { word: 'fails', spareBytes: -10 }],
  ['no other host', [host('a', 100, 10)], { word: 'alone', spareBytes: -10 }],
  [
    'others that do not answer count for nothing',
    [host('a', 100, 10), host('b', 100, 0, true)],
    { word: 'alone', spareBytes: -10 },
  ],
  [
    'an oversold host has no room to give',
    [host('a', 100, 10), host('b', 100, 150), host('c', 100, 60)],
    { word: 'holds', spareBytes: 30 },
  ],
])('%s', (_, hosts, verdict) => {
  expect(failureVerdict(hosts[0]!, hosts)).toEqual(verdict);
});
