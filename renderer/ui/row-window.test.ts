import { expect, test } from 'vitest';
import {
  HEAD_PX,
  ROW_PX,
  VIEW_AT_FIRST,
  scrollTo,
  slotOf,
  viewAfter,
  viewAtRest,
  windowAt,
} from './row-window.ts';
import type { ScrollView } from './row-window.ts';

const HEIGHT_PX = 700;
const viewAt = (row: number): ScrollView => ({
  ...VIEW_AT_FIRST,
  topPx: row * ROW_PX,
  heightPx: HEIGHT_PX,
});
const at = (row: number, count: number) => windowAt(viewAt(row), count);

test.each([
  { row: 0, count: 0 },
  { row: 0, count: 3 },
  { row: 0, count: 56_000 },
  { row: 1, count: 56_000 },
  { row: 777, count: 56_000 },
  { row: 55_974, count: 56_000 },
])('at row $row of $count all rows on screen are drawn, and few others', ({ row, count }) => {
  const { first, last } = at(row, count);
  const onScreen = Math.ceil(HEIGHT_PX / ROW_PX);
  expect(first).toBeGreaterThanOrEqual(0);
  expect(last).toBeLessThan(count);
  if (count > 0) {
    expect(first).toBeLessThanOrEqual(row);
    expect(last).toBeGreaterThanOrEqual(Math.min(count - 1, row + onScreen));
  }
  expect(last - first + 1).toBeLessThanOrEqual(onScreen + 20);
});

const slotsOf = (view: ScrollView): Map<number, number> => {
  const drawn = windowAt(view, 56_000);
  return new Map(
    Array.from({ length: drawn.last - drawn.first + 1 }, (_, place) => [
      drawn.first + place,
      slotOf(drawn.first + place, drawn),
    ]),
  );
};

test('after a small scroll every row that is still drawn is in its slot', () => {
  const before = slotsOf(viewAt(1000));
  const after = slotsOf(viewAfter(viewAt(1000), 1006 * ROW_PX, HEIGHT_PX));
  const kept = [...after.keys()].filter((index) => before.has(index));
  expect(kept.length).toBeGreaterThan(30);
  expect(kept.map((index) => after.get(index))).toEqual(kept.map((index) => before.get(index)));
  expect(new Set(after.values()).size).toBe(after.size);
});

test.each([
  { words: 'down', to: 1024 },
  { words: 'up', to: 17 },
])('a large one $words draws what is on screen alone, in slots that were there', ({ to }) => {
  const before = slotsOf(viewAt(1000));
  const after = slotsOf(viewAfter(viewAt(1000), to * ROW_PX, HEIGHT_PX));
  expect([...after.keys()]).toEqual(Array.from({ length: 26 }, (_, at) => to + at));
  expect([...after.values()]).toEqual([...before.values()].slice(0, 26));
});

const ROWS_ON_SCREEN = HEIGHT_PX / ROW_PX;
test.each([
  { words: 'a jump', screens: [5], isSketched: false },
  { words: 'a page and another', screens: [1, 1], isSketched: true },
  { words: 'a fling that ends slowly', screens: [1, 1, 0.2], isSketched: false },
  { words: 'a turn of the wheel after another', screens: [0.2, 0.2], isSketched: false },
])('$words: rows are sketched $isSketched', ({ screens, isSketched }) => {
  let view = viewAt(1000);
  for (const by of screens) view = viewAfter(view, view.topPx + by * ROWS_ON_SCREEN * ROW_PX, HEIGHT_PX);
  expect(windowAt(view, 56_000).isSketched).toBe(isSketched);
});

test('a fling that rests draws whole rows, then those beyond the screen, and then nothing more', () => {
  const passing = viewAfter(viewAfter(viewAt(0), 1000 * ROW_PX, HEIGHT_PX), 2000 * ROW_PX, HEIGHT_PX);
  const whole = viewAtRest(passing);
  expect(windowAt(whole, 56_000)).toEqual({ ...windowAt(passing, 56_000), isSketched: false });
  const beyond = viewAtRest(whole);
  expect(windowAt(beyond, 56_000).first).toBeLessThan(2000);
  expect(viewAtRest(beyond)).toBe(beyond);
});

test('a step of a row or two draws the same window', () => {
  expect(at(1001, 56_000)).toEqual(at(1000, 56_000));
});

test('a list that became shorter is drawn at its end', () => {
  expect(at(900, 100).last).toBe(99);
  expect(at(900, 3)).toMatchObject({ first: 0, last: 2 });
  expect(windowAt({ ...viewAt(900), isFast: true }, 100).last).toBe(99);
});

test.each([
  { words: 'above the screen', index: 3, topPx: 280, to: 84 },
  { words: 'on the screen', index: 12, topPx: 280, to: null },
  { words: 'below the screen', index: 100, topPx: 280, to: 101 * ROW_PX + HEAD_PX + 64 - HEIGHT_PX },
])('a row $words', ({ index, topPx, to }) => {
  expect(scrollTo(index, { topPx, heightPx: HEIGHT_PX, footPx: 64 })).toBe(to);
});
