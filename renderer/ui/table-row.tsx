import { memo } from 'react';
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import type { TableColumn } from './table-column.ts';

/** Columns beside each other that are drawn together or not. */
export interface ColumnRun<Row> {
  readonly key: string;
  readonly columns: readonly TableColumn<Row>[];
  /** They lead the eye through rows that pass too fast to be read. */
  readonly leads: boolean;
}

/** The runs of columns: what cannot be hidden (the name) and what the list is sorted by lead, else the first. */
export function columnRuns<Row>(
  columns: readonly TableColumn<Row>[],
  sortKey: string | undefined,
): ColumnRun<Row>[] {
  const runs: { key: string; columns: TableColumn<Row>[]; leads: boolean }[] = [];
  for (const [at, column] of columns.entries()) {
    const leads = at === 0 || column.fixed === true || column.key === sortKey;
    const run = runs.at(-1);
    if (run?.leads === leads) run.columns.push(column);
    else runs.push({ key: column.key, columns: [column], leads });
  }
  return runs;
}

interface RowProps<Row> {
  row: Row | undefined;
  runs: readonly ColumnRun<Row>[];
  /** Only what leads the eye is drawn. */
  sketched: boolean;
  index: number;
  topPx: number;
  id: string;
  selected: boolean | undefined;
  current: boolean;
  active: boolean;
  stale: boolean;
}

function TableCells<Row>({ row, columns }: { row: Row | undefined; columns: readonly TableColumn<Row>[] }) {
  return (
    <>
      {columns.map((column) => (
        <div
          key={column.key}
          role="gridcell"
          className={column.className}
          title={row === undefined ? undefined : column.hint?.(row)}
          data-right={column.align === 'right' || undefined}
        >
          {row === undefined ? null : column.cell(row)}
        </div>
      ))}
    </>
  );
}

/** What a row says in a run of columns: the same while its row object is, whatever mark it gets. */
const MemoCells = memo(TableCells) as typeof TableCells;

const MemoTick = memo(function Tick({ on }: { on: boolean }) {
  return (
    <div role="gridcell" data-tick>
      <span className="ik-cb" data-on={on || undefined}>
        {on ? <IconCheck size={12} aria-hidden /> : null}
      </span>
    </div>
  );
});

function TableRow<Row>(props: RowProps<Row>) {
  return (
    <div
      role="row"
      id={props.id}
      aria-rowindex={props.index + 2}
      aria-selected={props.selected}
      data-index={props.index}
      data-current={props.current || undefined}
      data-active={props.active || undefined}
      data-stale={props.stale || undefined}
      data-blank={props.row === undefined || props.sketched || undefined}
      style={{ top: props.topPx }}
    >
      {props.selected === undefined ? null : <MemoTick on={props.selected} />}
      {props.runs.map(({ key, columns, leads }) => (
        <MemoCells key={key} row={props.sketched && !leads ? undefined : props.row} columns={columns} />
      ))}
    </div>
  );
}

/** A row of a virtual table; drawn again only when its row object, place or marks change. */
export const MemoRow = memo(TableRow) as typeof TableRow;
