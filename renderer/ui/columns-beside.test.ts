import { expect, test } from 'vitest';
import { columnsBeside } from './columns-beside.ts';

const column = (key: string, width: number, more: { fixed?: boolean; spare?: boolean } = {}) => ({
  key,
  title: key,
  width,
  cell: () => null,
  ...more,
});
const columns = [
  column('name', 100, { fixed: true }),
  column('state', 80),
  column('period', 90, { spare: true }),
  column('gross', 70),
  column('currency', 50, { spare: true }),
];

test.each([
  ['not measured yet', 0, false, 'name', 'name state period gross currency'],
  ['room for all', 428, false, 'name', 'name state period gross currency'],
  ['one pixel short', 427, false, 'name', 'name state period gross'],
  ['ticks take room too', 428, true, 'name', 'name state period gross'],
  ['spare ones go first', 300, false, 'name', 'name state gross'],
  ['then from the last on', 250, false, 'name', 'name state'],
  ['the sorted one stays', 250, false, 'gross', 'name gross'],
  ['and what cannot be hidden', 10, false, 'currency', 'name currency'],
])('%s', (_what, widthPx, hasTicks, sortKey, shown) => {
  expect(
    columnsBeside(columns, { widthPx, hasTicks, sortKey })
      .map(({ key }) => key)
      .join(' '),
  ).toBe(shown);
});
