import { memo } from 'react';
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import type { TableColumn } from './table-column.ts';

interface RowProps<Row> {
  row: Row | undefined;
  columns: readonly TableColumn<Row>[];
  index: number;
  top: number;
  id: string;
  selected: boolean | undefined;
  current: boolean;
  active: boolean;
  stale: boolean;
}

function TableRow<Row>(props: RowProps<Row>) {
  const { row } = props;
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
      style={{ transform: `translateY(${props.top}px)` }}
    >
      {props.selected === undefined ? null : (
        <div role="gridcell" data-tick>
          <span className="ik-cb" data-on={props.selected || undefined}>
            {props.selected ? <IconCheck size={12} aria-hidden /> : null}
          </span>
        </div>
      )}
      {props.columns.map((column) => (
        <div key={column.key} role="gridcell" data-right={column.align === 'right' || undefined}>
          {row === undefined ? (
            <span className="ik-skel" style={{ height: 8, width: '60%' }} />
          ) : (
            column.cell(row)
          )}
        </div>
      ))}
    </div>
  );
}

/** A row of a virtual table; drawn again only when its row object, place or marks change. */
export const MemoRow = memo(TableRow) as typeof TableRow;
