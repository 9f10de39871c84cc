import { memo } from 'react';
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import { ROW_PX } from './row-window.ts';
import type { TableColumn } from './table-column.ts';

interface RowProps<Row> {
  row: Row | undefined;
  columns: readonly TableColumn<Row>[];
  index: number;
  id: string;
  selected: boolean | undefined;
  current: boolean;
  active: boolean;
  stale: boolean;
}

function TableCells<Row>({ row, columns }: Pick<RowProps<Row>, 'row' | 'columns'>) {
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
          {row === undefined ? (
            <span className="ik-skel" style={{ height: 8, width: '60%' }} />
          ) : (
            column.cell(row)
          )}
        </div>
      ))}
    </>
  );
}

/** What a row says: the same while its row object is, whatever mark it gets. */
const MemoCells = memo(TableCells) as typeof TableCells;

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
      style={{ top: props.index * ROW_PX }}
    >
      {props.selected === undefined ? null : (
        <div role="gridcell" data-tick>
          <span className="ik-cb" data-on={props.selected || undefined}>
            {props.selected ? <IconCheck size={12} aria-hidden /> : null}
          </span>
        </div>
      )}
      <MemoCells row={props.row} columns={props.columns} />
    </div>
  );
}

/** A row of a virtual table; drawn again only when its row object, place or marks change. */
export const MemoRow = memo(TableRow) as typeof TableRow;
