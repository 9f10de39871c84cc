import type { RowList, RowListState } from './row-list.ts';
import { wordsOf } from './row-source.ts';
import type { RowSource } from './row-source.ts';
import { ROW_PX, slotOf } from './row-window.ts';
import type { RowWindow } from './row-window.ts';
import type { Selection } from './selection.ts';
import { MemoRow, type ColumnRun } from './table-row.tsx';

/** Stands after the rows known so far: more are on their way, or why they are not. */
function MoreRow(props: { problem: string | null; onRetry: () => void }) {
  return (
    <div className="ik-vt-more">
      {props.problem ?? 'Loading…'}
      {props.problem === null ? null : (
        <button type="button" className="ik-link" onClick={props.onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Identity of the element that a row is drawn in: it stays while rows pass through it. */
export function rowId(tableId: string, index: number, window: RowWindow): string {
  return `${tableId}-${slotOf(index, window)}`;
}

/**
 * The rows of the window, one under another in one element: it alone has a place, so that a scroll moves that and no row. Each is
 * drawn in a slot, and a jump gives the slots other rows: it changes texts, and makes no elements.
 */
export function TableBody<Row>(props: {
  id: string;
  runs: readonly ColumnRun<Row>[];
  rowKey: (row: Row) => string;
  source: RowSource<Row>;
  list: RowList<Row>;
  state: RowListState;
  window: RowWindow;
  selection: Selection | undefined;
  currentKey: string | null | undefined;
  active: number;
  isStale: ((row: Row) => boolean) | undefined;
}) {
  const { list, state, selection } = props;
  const { first, last, isSketched } = props.window;
  const { count } = state;
  const hasMore = state.hasMore && count > 0;
  return (
    <div className="ik-vt-length" style={{ height: (count + (hasMore ? 1 : 0)) * ROW_PX }}>
      <div
        className="ik-vt-body"
        role="rowgroup"
        style={{ top: Math.max(0, first) * ROW_PX, height: (last - first + 1) * ROW_PX }}
      >
        {Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => {
          const index = first + at;
          const row = list.rowAt(index);
          const key = row === undefined ? undefined : props.rowKey(row);
          return (
            <MemoRow
              key={slotOf(index, props.window)}
              row={row}
              runs={props.runs}
              sketched={isSketched}
              index={index}
              id={rowId(props.id, index, props.window)}
              selected={selection ? key !== undefined && selection.has(key) : undefined}
              current={key !== undefined && key === props.currentKey}
              active={index === props.active}
              stale={row !== undefined && ((props.isStale?.(row) ?? false) || list.isGone(row))}
            />
          );
        })}
        {hasMore && last === count - 1 ? (
          <MoreRow
            problem={state.error ? wordsOf(props.source, state.error).sentence : null}
            onRetry={() => {
              list.retry();
            }}
          />
        ) : null}
      </div>
    </div>
  );
}
