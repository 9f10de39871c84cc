import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RowList } from './row-list.ts';
import type { RowPage } from './row-list.ts';
import { RowRenewal } from './row-renewal.ts';

interface Row {
  id: string;
  hostId: string;
  value: number;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const ON_SCREEN = { first: 0, last: 9 };

/** A list on a "server" by value and then id, in pages of twenty, with rows `vm_000` on, two on each host; and what was asked of it. */
async function opened(count: number, screen = ON_SCREEN) {
  const rows = Array.from({ length: count }, (_, at): Row => {
    return { id: `vm_${String(at).padStart(3, '0')}`, hostId: `host_${Math.floor(at / 2)}`, value: at };
  });
  const sorted = (): Row[] => rows.toSorted((a, b) => a.value - b.value || (a.id < b.id ? -1 : 1));
  const asked: string[] = [];
  const loadPage = (cursor: string | undefined): Promise<RowPage<Row>> => {
    asked.push('page');
    const start = Number(cursor ?? 0);
    const page = sorted().slice(start, start + 20);
    const next = start + 20 < rows.length ? String(start + 20) : null;
    return Promise.resolve({ rows: page.map((row) => ({ ...row })), total: rows.length, nextCursor: next });
  };
  const loadRows = (keys: readonly string[]): Promise<Row[]> => {
    asked.push(keys.join(' '));
    return Promise.resolve(
      sorted()
        .filter((row) => keys.includes(row.id))
        .map((row) => ({ ...row })),
    );
  };
  const keyOf = (row: Row): string => row.id;
  const list = new RowList<Row>(loadPage, keyOf);
  await list.loadUntil(Math.min(count - 1, screen.last + 20));
  asked.length = 0;
  const shifts: number[] = [];
  const renewal = new RowRenewal({ key: 'all', loadPage, loadRows }, list, {
    keyOf,
    view: { look: () => ({ ...screen, anchor: null }), shift: (by) => shifts.push(by) },
  });
  const change = (id: string, value: number): void => {
    const row = rows.find((each) => each.id === id);
    if (row) row.value = value;
  };
  const settle = async (): Promise<void> => {
    await vi.advanceTimersByTimeAsync(10_000);
  };
  return { rows, list, asked, renewal, change, settle };
}

test('a change of a row on screen reads it and those beside it alone, and puts it in its place', async () => {
  const { list, asked, renewal, change, settle } = await opened(100);
  const beside = list.rowAt(4);
  const key = 'vm_005';
  change(key, 5.5);
  renewal.note(key);
  await vi.advanceTimersByTimeAsync(200);
  expect(asked).toEqual(['vm_004 vm_005 vm_006']);
  expect(list.rowAt(5)).toMatchObject({ id: key, value: 5.5 });
  expect(list.rowAt(4)).toBe(beside);
  await settle();
  expect(asked).toHaveLength(1);
});

test('all that changed within a frame is one reading, also what is told by the host of a row', async () => {
  const { asked, renewal, settle } = await opened(100);
  for (const key of ['vm_001', 'host_3', 'vm_001']) renewal.note(key);
  await vi.advanceTimersByTimeAsync(200);
  // Others on that host may have changed as well: a page, once.
  expect(asked).toEqual(['vm_000 vm_001 vm_002 vm_005 vm_006 vm_007 vm_008', 'page']);
  await settle();
  expect(asked).toHaveLength(2);
});

test('a row that goes elsewhere has the pages on screen read again, and what is off screen when it is shown', async () => {
  const { list, asked, renewal, change, settle } = await opened(100);
  change('vm_005', 500);
  renewal.note('vm_005');
  await vi.advanceTimersByTimeAsync(200);
  expect(asked).toEqual(['vm_004 vm_005 vm_006', 'page']);
  expect(list.rowAt(5)?.id).toBe('vm_006');
  expect(list.isDoubted(0, 9)).toBe(false);
  expect(list.isDoubted(20, 29)).toBe(true);
  await settle();
});

test('a row that comes on screen is found by its key, at once; one that stays off screen is not waited for', async () => {
  const { list, asked, renewal, change, settle } = await opened(100);
  renewal.note('vm_077');
  await vi.advanceTimersByTimeAsync(200);
  change('vm_078', -1);
  renewal.note('vm_078');
  await vi.advanceTimersByTimeAsync(400);
  expect(asked[0]).toBe('vm_000 vm_010 vm_077');
  expect(asked).toContain('vm_000 vm_010 vm_078');
  await settle();
  expect(list.rowAt(0)?.id).toBe('vm_078');
});

test('what concerns nothing on screen has pages read once in three seconds, however much of it there is', async () => {
  const { asked, renewal } = await opened(100);
  for (let at = 0; at < 120; at += 1) {
    renewal.note('host_40');
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(asked.every((one) => one === 'page')).toBe(true);
  expect(asked.length).toBeGreaterThanOrEqual(3);
  expect(asked.length).toBeLessThanOrEqual(5);
});

test('nobody knows what changed, or a great many rows did: pages are read', async () => {
  const { asked, renewal, rows, settle } = await opened(300);
  renewal.note(null);
  await settle();
  expect(asked).toEqual(['page']);
  for (const row of rows) renewal.note(row.id);
  await settle();
  expect(asked).toEqual(['page', 'page']);
});

test('a reading that fails leaves what is on screen, and pages are asked for', async () => {
  const { list, asked, settle } = await opened(100);
  const failing = new RowRenewal<Row>(
    {
      key: 'all',
      loadPage: () => Promise.reject(new Error('gone')),
      loadRows: () => Promise.reject(new Error('gone')),
    },
    list,
    {
      keyOf: (row) => row.id,
      view: { look: () => ({ ...ON_SCREEN, anchor: null }), shift: () => undefined },
    },
  );
  failing.note('vm_003');
  await settle();
  expect(list.rowAt(3)?.id).toBe('vm_003');
  expect(asked).toEqual(['page']);
});

test('after it is disposed of nothing is read', async () => {
  const { asked, renewal, settle } = await opened(100);
  renewal.note('vm_003');
  renewal.dispose();
  renewal.note('vm_004');
  await settle();
  expect(asked).toEqual([]);
});
