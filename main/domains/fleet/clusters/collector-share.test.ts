import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareOf, type Collector } from './collector-share.ts';

const worker = (id: string, joinedAtMs = 0): Collector => ({ id, priority: 0, joinedAtMs });
const console_ = (id: string): Collector => ({ id, priority: 1, joinedAtMs: 0 });

test.each<[string, Collector[], number, Record<string, number>]>([
  ['one has all', [worker('a')], 5, { a: 5 }],
  ['two have half', [worker('a'), worker('b')], 4, { a: 2, b: 2 }],
  ['what is left over goes to those who came first', [worker('a', 2), worker('b', 1)], 5, { a: 2, b: 3 }],
  ['more collectors than clusters', [worker('a', 1), worker('b', 2)], 1, { a: 1, b: 0 }],
  ['consoles share what no worker is there for', [console_('a'), console_('b')], 2, { a: 1, b: 1 }],
  ['a worker has all, and leases hold consoles back', [console_('a'), worker('b')], 3, { a: 3, b: 3 }],
  ['who is not on the list yet is not held back', [worker('b')], 3, { a: 3, b: 3 }],
])('%s', (_what, alive, clusters, expected) => {
  const shares = Object.keys(expected).map((id) => [id, shareOf(id, alive, clusters)]);
  expect(Object.fromEntries(shares)).toEqual(expected);
});

test('the shares of workers are all clusters, and differ by one at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(60), fc.nat(3), (workers, clusters, joins) => {
      const alive = Array.from({ length: workers }, (_, n) => worker(`w${n}`, n % (joins + 1)));
      const shares = alive.map(({ id }) => shareOf(id, alive, clusters));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(clusters);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }),
  );
});

test('somebody who comes takes from each no more than it has to', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(60), (workers, clusters) => {
      const before = Array.from({ length: workers }, (_, n) => worker(`w${n}`, n));
      const after = [...before, worker('new', workers)];
      const lost = before.map(({ id }) => shareOf(id, before, clusters) - shareOf(id, after, clusters));
      expect(Math.min(...lost)).toBeGreaterThanOrEqual(0);
      expect(lost.reduce((sum, one) => sum + one, 0)).toBe(shareOf('new', after, clusters));
    }),
  );
});
