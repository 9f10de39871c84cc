import type { TableColumn } from './table-column.ts';

/** What a row needs beside its columns: its own edges and the scrollbar. */
const EDGES_PX = 38;
const TICK_PX = 22;

/**
 * The columns that fit a list of this width in CSS pixels beside an open detail, in their order: first the spare ones give way, then the
 * others, from the last on; fixed ones and the sorted one stay. Width 0 is not known yet.
 */
export function columnsBeside<Row>(
  columns: readonly TableColumn<Row>[],
  list: { widthPx: number; hasTicks: boolean; sortKey: string },
): readonly TableColumn<Row>[] {
  const { widthPx, sortKey } = list;
  if (widthPx === 0) return columns;
  const stays = (column: TableColumn<Row>): boolean => column.fixed === true || column.key === sortKey;
  const loose = columns.filter((column) => !stays(column)).toReversed();
  const leaving = [...loose.filter(({ spare }) => spare), ...loose.filter(({ spare }) => !spare)];
  const gone = new Set<TableColumn<Row>>();
  let excess = columns.reduce((sum, { width }) => sum + width, EDGES_PX) - widthPx;
  if (list.hasTicks) excess += TICK_PX;
  for (const column of leaving) {
    if (excess <= 0) break;
    gone.add(column);
    excess -= column.width;
  }
  return columns.filter((column) => !gone.has(column));
}
