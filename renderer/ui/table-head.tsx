import { memo } from 'react';
import IconArrowDown from '@tabler/icons-react/dist/esm/icons/IconArrowDown.mjs';
import IconArrowUp from '@tabler/icons-react/dist/esm/icons/IconArrowUp.mjs';
import IconMinus from '@tabler/icons-react/dist/esm/icons/IconMinus.mjs';
import type { Selection } from './selection.ts';
import type { Sort, TableColumn } from './table-column.ts';

function TableHead<Row>(props: {
  columns: readonly TableColumn<Row>[];
  total: number;
  sort?: Sort | undefined;
  onSort?: ((sort: Sort) => void) | undefined;
  selection?: Selection | undefined;
}) {
  const { selection, sort, onSort } = props;
  const ticked = selection?.count(props.total) ?? 0;
  return (
    <div className="ik-vt-head" role="rowgroup">
      <div role="row" aria-rowindex={1}>
        {selection ? (
          <div role="columnheader" style={{ overflow: 'visible' }}>
            <button
              type="button"
              className="ik-cb"
              style={{ height: 14 }}
              data-on={ticked > 0 || undefined}
              aria-label={ticked > 0 ? 'Clear ticks' : 'Tick all'}
              onClick={ticked > 0 ? selection.clear : selection.selectAll}
            >
              {ticked > 0 && <IconMinus size={12} aria-hidden />}
            </button>
          </div>
        ) : null}
        {props.columns.map((column) => {
          const direction = sort?.key === column.key ? sort.direction : undefined;
          const Arrow = direction === 'asc' ? IconArrowUp : IconArrowDown;
          return (
            <div
              key={column.key}
              role="columnheader"
              data-right={column.align === 'right' || undefined}
              aria-sort={direction && (direction === 'asc' ? 'ascending' : 'descending')}
            >
              {column.sortable && onSort ? (
                <button
                  type="button"
                  onClick={() => {
                    onSort({ key: column.key, direction: direction === 'asc' ? 'desc' : 'asc' });
                  }}
                >
                  {column.title}
                  {direction ? <Arrow size={11} aria-hidden /> : null}
                </button>
              ) : (
                column.title
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Head of a virtual table: sortable names, and the tick of all. Rows that pass under it do not draw it anew. */
export const MemoHead = memo(TableHead) as typeof TableHead;
