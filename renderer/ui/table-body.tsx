import type { RowList, RowListState } from './row-list.ts';
import { wordsOf } from './row-source.ts';
import type { RowSource } from './row-source.ts';
import { ROW_PX, slotOf } from './row-window.ts';
import type { RowWindow } from './row-window.ts';
import type { Selection } from './selection.ts';
import type { TableColumn } from './table-column.ts';
import { MemoRow } from './table-row.tsx';

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

/**
 * The rows of the window. Each is drawn in a slot, and a slot that leaves the screen at one end comes back at the other with another
 * row: scrolling changes texts and places, and makes no elements. Rows stand where they do from the first slot's, so that a jump moves
 * one element.
 */
export function TableBody<Row>(props: {
  id: string;
  columns: readonly TableColumn<Row>[];
  rowKey: (row: Row) => string;
  source: RowSource<Row>;
  list: RowList<Row>;
  state: RowListState;
  window: RowWindow;
  selection: Selection | undefined;
  currentKey: string | null | undefined;
  active: number;
  /** Columns that lead the eye through rows that pass too fast to be read. */
  leading: ReadonlySet<string>;
  isStale: ((row: Row) => boolean) | undefined;
}) {
  const { list, state, selection } = props;
  const { first, last, origin, isSketched } = props.window;
  const { count } = state;
  const hasMore = state.hasMore && count > 0;
  const topOf = (index: number): number => (index - origin) * ROW_PX;
  return (
    <div className="ik-vt-length" style={{ height: (count + (hasMore ? 1 : 0)) * ROW_PX }}>
      <div className="ik-vt-body" role="rowgroup" style={{ top: origin * ROW_PX }}>
        {Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => {
          const index = first + at;
          const row = list.rowAt(index);
          const key = row === undefined ? undefined : props.rowKey(row);
          return (
            <MemoRow
              key={slotOf(index, props.window)}
              row={row}
              columns={props.columns}
              drawn={isSketched ? props.leading : null}
              index={index}
              topPx={topOf(index)}
              id={`${props.id}-${index}`}
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
