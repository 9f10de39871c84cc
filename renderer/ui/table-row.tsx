import { memo } from 'react';
import type { ReactElement } from 'react';
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import type { TableColumn } from './table-column.ts';

interface RowProps<Row> {
  row: Row | undefined;
  columns: readonly TableColumn<Row>[];
  /** Keys of the columns that are drawn now; null: all of them. */
  drawn: ReadonlySet<string> | null;
  index: number;
  topPx: number;
  id: string;
  selected: boolean | undefined;
  current: boolean;
  active: boolean;
  stale: boolean;
}

const blanks = new WeakMap<object, ReactElement>();

/** Where a cell is not drawn yet. The same element for all rows: React leaves what it has seen before alone. */
function blankCell<Row>(column: TableColumn<Row>): ReactElement {
  const blank = blanks.get(column) ?? (
    <div
      key={column.key}
      role="gridcell"
      className={column.className}
      data-right={column.align === 'right' || undefined}
    />
  );
  blanks.set(column, blank);
  return blank;
}

function TableCells<Row>({ row, columns, drawn }: Pick<RowProps<Row>, 'row' | 'columns' | 'drawn'>) {
  return (
    <>
      {columns.map((column) =>
        row === undefined || drawn?.has(column.key) === false ? (
          blankCell(column)
        ) : (
          <div
            key={column.key}
            role="gridcell"
            className={column.className}
            title={column.hint?.(row)}
            data-right={column.align === 'right' || undefined}
          >
            {column.cell(row)}
          </div>
        ),
      )}
    </>
  );
}

/** What a row says: the same while its row object is, whatever mark it gets. */
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
      data-blank={props.row === undefined || props.drawn !== null || undefined}
      style={{ top: props.topPx }}
    >
      {props.selected === undefined ? null : <MemoTick on={props.selected} />}
      <MemoCells row={props.row} columns={props.columns} drawn={props.drawn} />
    </div>
  );
}

/** A row of a virtual table; drawn again only when its row object, place or marks change. */
export const MemoRow = memo(TableRow) as typeof TableRow;
