import { expect, test } from 'vitest';
import { csvText, readAll } from './csv.ts';
import type { TableColumn } from './table-column.ts';

const columns: readonly TableColumn<{ name: string; note: string }>[] = [
  { key: 'name', title: 'Name', width: 1, cell: () => null, text: (row) => row.name },
  { key: 'icon', title: 'Icon', width: 1, cell: () => null },
  { key: 'note', title: 'Note, free', width: 1, cell: () => null, text: (row) => row.note },
];

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ['=1+1', "'=1+1"],
  ['-12.50', '-12.50'],
  ['@cmd', "'@cmd"],
])('%s is written %s', (note, written) => {
  expect(csvText(columns, [{ name: 'x', note }])).toBe(`Name,"Note, free"\r\nx,${written}\r\n`);
});

test('an export reads every page', async () => {
  const rows = await readAll(
    (cursor) =>
      Promise.resolve({ rows: [cursor ?? 'first'], total: 2, nextCursor: cursor ? null : 'second' }),
    new AbortController().signal,
  );
  expect(rows).toEqual(['first', 'second']);
});
