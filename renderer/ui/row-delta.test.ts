import { expect, test } from 'vitest';
import { concernedBy, keepsPlaces, keysToRead, othersAmong } from './row-delta.ts';
import type { ShownRows } from './row-delta.ts';

interface Row {
  id: string;
  hostId: string;
  name: string;
}

const keyOf = (row: Row): string => row.id;
const row = (id: string): Row => ({ id, hostId: `host-of-${id}`, name: 'hv1' });
/** `a b c d e` on screen, more before and after unless said. */
const shown = (ends: { hasStart?: boolean; hasEnd?: boolean } = {}): ShownRows<Row> => ({
  rows: ['a', 'b', 'c', 'd', 'e'].map(row),
  keyOf,
  hasStart: false,
  hasEnd: false,
  ...ends,
});

test.each([
  { changed: ['c'], concerned: ['c'] },
  { changed: ['host-of-b', 'd'], concerned: ['b', 'd'] },
  { changed: ['hv1', 'x'], concerned: [] },
])('a change of $changed concerns $concerned', ({ changed, concerned }) => {
  expect(
    shown()
      .rows.filter(concernedBy(new Set(changed), keyOf))
      .map(keyOf),
  ).toEqual(concerned);
});

test('of what changed, rows of the same kind that are not shown', () => {
  const rows = ['vm_1', 'vm_2'].map(row);
  const changed = new Set(['vm_2', 'vm_7', 'host_3', 'odd']);
  expect(othersAmong(changed, { ...shown(), rows })).toEqual(['vm_7']);
});

test.each([
  { words: 'one row and those beside it', changed: ['c'], others: [], read: ['b', 'c', 'd'] },
  { words: 'no row twice', changed: ['a', 'b'], others: [], read: ['a', 'b', 'c'] },
  { words: 'the ends for what is not shown', changed: [], others: ['x'], read: ['a', 'e', 'x'] },
  { words: 'nothing where nothing shown changed', changed: ['x'], others: [], read: [] },
])('reads $words', ({ changed, others, read }) => {
  expect(keysToRead(shown(), concernedBy(new Set(changed), keyOf), others)).toEqual(read);
});

test.each([
  { words: 'a row in its place', asked: 'bcd', read: 'bcd', keeps: true },
  { words: 'a row that went below the one after it', asked: 'bcd', read: 'bdc', keeps: false },
  { words: 'a row that matches no more', asked: 'bcd', read: 'bd', keeps: false },
  { words: 'another that belongs before', asked: 'aex', read: 'xae', keeps: true },
  {
    words: 'another that belongs before, where the list begins',
    asked: 'aex',
    read: 'xae',
    keeps: false,
    hasStart: true,
  },
  { words: 'another that belongs between', asked: 'aex', read: 'axe', keeps: false },
  { words: 'another that belongs after', asked: 'aex', read: 'aex', keeps: true },
  {
    words: 'another that belongs after, where the list ends',
    asked: 'aex',
    read: 'aex',
    keeps: false,
    hasEnd: true,
  },
  { words: 'another that does not match', asked: 'aex', read: 'ae', keeps: true },
])('$words: kept is $keeps', ({ asked, read, keeps, hasStart = false, hasEnd = false }) => {
  expect(keepsPlaces(shown({ hasStart, hasEnd }), asked.split(''), read.split('').map(row))).toBe(keeps);
});
