import type { RowList, RowListState } from './row-list.ts';
import { wordsOf } from './row-source.ts';
import type { RowSource } from './row-source.ts';
import { ROW_PX, slotOf } from './row-window.ts';
import type { RowWindow } from './row-window.ts';
import type { Selection } from './selection.ts';
import { MemoRow, type ColumnRun } from './table-row.tsx';

/** Stands after the rows known so far: more are on their way, or why they are not. */
function MoreRow(props: { topPx: number; problem: string | null; onRetry: () => void }) {
  return (
    <div className="ik-vt-more" style={{ top: props.topPx }}>
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
 * The rows of the window. Each is drawn in a slot and keeps its elements while it is on screen; a jump gives the slots other rows, which
 * changes texts and makes no elements. As long as few rows change each has a place of its own, so that the others are left alone;
 * where all do (`data-fast`) they stand one under another, which spares a layer for each.
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
  const { first, last, origin, isFast, isSketched } = props.window;
  const topOf = (index: number): number => (index - origin) * ROW_PX;
  const { count } = state;
  const hasMore = state.hasMore && count > 0;
  return (
    <div className="ik-vt-length" style={{ height: (count + (hasMore ? 1 : 0)) * ROW_PX }}>
      <div
        className="ik-vt-body"
        role="rowgroup"
        data-fast={isFast || undefined}
        style={{ top: (isFast ? first : origin) * ROW_PX, height: (last - first + 1) * ROW_PX }}
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
              topPx={topOf(index)}
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
            topPx={topOf(count)}
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
