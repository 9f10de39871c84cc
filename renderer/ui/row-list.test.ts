import { expect, test, vi } from 'vitest';
import { RowList } from './row-list.ts';
import type { Anchor, RowPage } from './row-list.ts';

interface Row {
  id: string;
  value: number;
}

/** A list on a "server": rows in order, pages of ten by the id of the last row. */
function server(ids: readonly string[]): {
  rows: Row[];
  load: (cursor: string | undefined) => Promise<RowPage<Row>>;
  calls: string[];
} {
  const state = { rows: ids.map((id) => ({ id, value: 0 })), calls: [] as string[], load };
  function load(cursor: string | undefined): Promise<RowPage<Row>> {
    state.calls.push(cursor ?? '');
    const start = cursor === undefined ? 0 : state.rows.findIndex((row) => row.id > cursor);
    const rows = start < 0 ? [] : state.rows.slice(start, start + 10).map((row) => ({ ...row }));
    const last = rows.at(-1);
    const more = last !== undefined && state.rows.at(-1)?.id !== last.id;
    return Promise.resolve({ rows, total: state.rows.length, nextCursor: more ? last.id : null });
  }
  return state;
}

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => String(at * 10).padStart(5, '0'));

async function opened(ids: readonly string[], until = 0) {
  const engine = server(ids);
  const list = new RowList<Row>(
    (cursor) => engine.load(cursor),
    (row) => row.id,
  );
  await list.loadUntil(until);
  return { engine, list };
}

const anchorAt = (key: string, index: number, movable: boolean): Anchor => ({
  key,
  index,
  strict: true,
  canShift: () => movable,
});

test('loads page after page until an index is known, and stops at the end', async () => {
  const { list, engine } = await opened(numbered(25), 12);
  expect(list.snapshot()).toMatchObject({ count: 20, hasMore: true, total: 25 });
  await list.loadUntil(1000);
  expect(list.snapshot()).toMatchObject({ count: 25, hasMore: false });
  expect(engine.calls).toHaveLength(3);
  expect(list.rowAt(24)?.id).toBe('00240');
});

test('a renewal reads only what is on screen and draws unchanged rows not again', async () => {
  const { list, engine } = await opened(numbered(40), 39);
  const before = list.rowAt(12);
  const changed = engine.rows[13];
  if (changed) changed.value = 7;
  engine.calls.length = 0;
  await list.renew(11, 18, null);
  expect(engine.calls).toEqual(['00090']);
  expect(list.rowAt(12)).toBe(before);
  expect(list.rowAt(13)?.value).toBe(7);
  expect(list.snapshot().count).toBe(40);
});

test('a row that appears above the pointer moves the list, not the row: the shift is answered', async () => {
  const { list, engine } = await opened(numbered(30), 29);
  engine.rows.splice(2, 0, { id: '00015', value: 0 });
  const shift = await list.renew(0, 9, anchorAt('00050', 5, true));
  expect(shift).toBe(1);
  expect(list.rowAt(6)?.id).toBe('00050');
});

test('where the list cannot move, the order is held and the values still change', async () => {
  const { list, engine } = await opened(numbered(8), 7);
  engine.rows.splice(2, 1);
  engine.rows.splice(0, 0, { id: '00001', value: 0 }, { id: '00002', value: 0 });
  const last = engine.rows.at(-1);
  if (last) last.value = 9;
  expect(await list.renew(0, 7, anchorAt('00050', 5, false))).toBe(0);
  expect(list.loadedRows().map((row) => row.id)).toEqual(numbered(8));
  expect(list.rowAt(7)?.value).toBe(9);
  expect(list.snapshot()).toMatchObject({ held: true, gone: 1 });
  expect(
    list
      .loadedRows()
      .filter((row) => list.isGone(row))
      .map((row) => row.id),
  ).toEqual(['00020']);
  await list.renew(0, 7, null);
  expect(list.rowAt(0)?.id).toBe('00001');
  expect(list.snapshot()).toMatchObject({ held: false, gone: 0 });
});

test('pages far from the viewport are let go and come back by their cursor', async () => {
  const { list } = await opened(numbered(400), 399);
  list.ensure(390, 399);
  expect(list.rowAt(0)).toBeUndefined();
  expect(list.snapshot().count).toBe(400);
  list.ensure(0, 9);
  await vi.waitFor(() => {
    expect(list.rowAt(0)?.id).toBe('00000');
  });
});

test('an error of the first page is told, and trying again goes on', async () => {
  let broken = true;
  const list = new RowList<Row>(
    () =>
      broken
        ? Promise.reject(new Error('gone'))
        : Promise.resolve({ rows: [{ id: 'a', value: 1 }], total: 1, nextCursor: null }),
    (row) => row.id,
  );
  await list.loadUntil(0);
  expect(list.snapshot().error).toBeInstanceOf(Error);
  broken = false;
  list.retry();
  await vi.waitFor(() => {
    expect(list.snapshot()).toMatchObject({ count: 1, error: null });
  });
});

test('a delta changes rows in place and leaves unknown ones to the next renewal', async () => {
  const { list } = await opened(numbered(5), 4);
  list.upsert([
    { id: '00020', value: 3 },
    { id: 'unknown', value: 1 },
  ]);
  expect(list.loadedRows().map((row) => row.value)).toEqual([0, 0, 3, 0, 0]);
});
