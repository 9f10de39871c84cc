import './virtual-table.css';
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { KeyboardEvent, PointerEvent, ReactNode } from 'react';
import { ErrorPanel } from './error-panel.tsx';
import type { RowList, RowListState } from './row-list.ts';
import { wordsOf } from './row-source.ts';
import type { RowSource } from './row-source.ts';
import { ROW_PX, scrollTo, useRowWindow } from './row-window.ts';
import type { Selection } from './selection.ts';
import { Skeleton } from './skeleton.tsx';
import { TableBody, rowId } from './table-body.tsx';
import type { Sort, TableColumn } from './table-column.ts';
import { MemoHead } from './table-head.tsx';
import { columnRuns } from './table-row.tsx';
import { useRenewal, useRowList, useScrollMemory } from './use-row-list.ts';

/** What the bulk bar covers of the end of a list. */
const BULK_BAR_PX = 64;

export interface VirtualTableProps<Row> {
  /** For the scroll's memory. */
  id: string;
  label: string;
  columns: readonly TableColumn<Row>[];
  rowKey: (row: Row) => string;
  source: RowSource<Row>;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  /** Row shown beside the list. */
  currentKey?: string | null | undefined;
  onOpen?: (row: Row) => void;
  /** Steps from the row shown beside the list to the one before (-1) or after (1), for the detail's own buttons. */
  stepper?: React.RefObject<((by: -1 | 1) => void) | null>;
  selection?: Selection;
  /** Rows whose values are old: they stay and turn grey. */
  isStale?: (row: Row) => boolean;
  empty: ReactNode;
  /** Total, error and rows held in place, for the page's head; not told again for every page that comes. */
  onState?: (state: RowListState) => void;
}

/** The row the keyboard is at. It stays the same one when rows come before it. */
interface Marked {
  readonly index: number;
  readonly key: string | null;
}

function whereIs<Row>(list: RowList<Row>, marked: Marked, rowKey: (row: Row) => string): number {
  if (marked.key === null) return marked.index;
  const row = list.rowAt(marked.index);
  if (row === undefined || rowKey(row) === marked.key) return marked.index;
  const moved = list.indexOf(marked.key);
  return moved < 0 ? marked.index : moved;
}

/** What heads of pages are drawn from; rows that come while a list is scrolled are none of their business. */
function useToldState(state: RowListState, onState: VirtualTableProps<never>['onState']): void {
  const told = useRef<RowListState | null>(null);
  useEffect(() => {
    const { total, error, gone, held } = state;
    const before = told.current;
    const isSame =
      before?.total === total && before.error === error && before.gone === gone && before.held === held;
    told.current = state;
    if (!isSame) onState?.(state);
  }, [state, onState]);
}

/**
 * A list of any length: rows are virtual and come by keyset pages as it is scrolled; changes renew what is on screen
 * without moving the row under the pointer or the scroll. Arrows, Home, End, Enter, Space and Ctrl A work.
 */
export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { columns, rowKey, source, selection, onState } = props;
  const { list, key } = useRowList(source, rowKey);
  const state = useSyncExternalStore(list.subscribe, list.snapshot);
  const scroller = useRef<HTMLDivElement>(null);
  const pointer = useRef<number | null>(null);
  const [marked, setMarked] = useState<Marked>({ index: -1, key: null });
  const active = whereIs(list, marked, rowKey);
  const setActive = (index: number): void => {
    const row = list.rowAt(index);
    setMarked({ index, key: row === undefined ? null : rowKey(row) });
  };
  const { count } = state;
  const rowWindow = useRowWindow(scroller, count, count > 0);
  const { first, last } = rowWindow;

  const sortKey = props.sort?.key;
  const runs = useMemo(() => columnRuns(columns, sortKey), [columns, sortKey]);

  useToldState(state, onState);
  const { settle, drawn } = useRenewal(source, list, { scroller, pointer, rowKey });

  useEffect(() => {
    list.ensure(first, last);
    drawn(first, last);
  }, [list, drawn, first, last, count]);
  useScrollMemory(`${props.id}:${key}`, scroller, list);

  const tick = useCallback(
    (index: number, through?: number): void => {
      if (!selection) return;
      if (through === undefined) {
        const row = list.rowAt(index);
        if (row !== undefined) selection.toggle(rowKey(row));
        return;
      }
      const [from, to] = through < index ? [through, index] : [index, through];
      const range = Array.from({ length: to - from + 1 }, (_, at) => list.rowAt(from + at));
      selection.add(range.filter((row) => row !== undefined).map(rowKey));
    },
    [list, rowKey, selection],
  );

  const { currentKey, onOpen, stepper } = props;
  const show = (index: number): void => {
    const row = list.rowAt(index);
    if (row !== undefined) onOpen?.(row);
  };
  const go = (index: number): void => {
    const next = Math.max(0, Math.min(index, count - 1));
    setActive(next);
    const element = scroller.current;
    if (!element) return;
    // The last row must not hide behind the bulk bar.
    const footPx = selection && selection.count(state.total) > 0 ? BULK_BAR_PX : 0;
    const topPx = scrollTo(next, { topPx: element.scrollTop, heightPx: element.clientHeight, footPx });
    if (topPx !== null) element.scrollTop = topPx;
  };
  const isBeside = currentKey !== null && currentKey !== undefined;
  useImperativeHandle(stepper, () => (by: -1 | 1): void => {
    const at = isBeside ? list.indexOf(currentKey) : -1;
    if (at < 0 || at + by < 0 || at + by >= count) return;
    go(at + by);
    show(at + by);
  });

  useEffect(() => {
    const at = isBeside ? list.indexOf(currentKey) : -1;
    const element = scroller.current;
    if (at < 0 || !element) return;
    // What opens under a list takes of its height.
    const topPx = scrollTo(at, { topPx: element.scrollTop, heightPx: element.clientHeight, footPx: 0 });
    if (topPx !== null) element.scrollTop = topPx;
  }, [isBeside, currentKey, list]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_PX) - 2);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const step = steps[event.key];
    if (step !== undefined) {
      const at = active < 0 && isBeside ? list.indexOf(currentKey) : active;
      const next = Math.max(0, Math.min(at + step, count - 1));
      if (event.shiftKey) tick(Math.max(active, 0), next);
      go(next);
      // The detail beside the list follows.
      if (isBeside && !event.shiftKey) show(next);
    } else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(count - 1);
    else if (event.key === 'Enter') {
      const row = list.rowAt(active);
      if (row !== undefined) props.onOpen?.(row);
    } else if (event.key === ' ' && active >= 0) tick(active);
    else if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey) && selection)
      selection.selectAll();
    else return;
    event.preventDefault();
  };

  const onClick = (event: React.MouseEvent<HTMLElement>): void => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target || target.closest('a,button,input')) return;
    const index = Number(target.closest<HTMLElement>('[data-index]')?.dataset['index'] ?? -1);
    if (index < 0) return;
    if (selection && (target.closest('[data-tick]') || event.ctrlKey || event.metaKey || event.shiftKey)) {
      tick(index, event.shiftKey && active >= 0 ? active : undefined);
    } else {
      const row = list.rowAt(index);
      if (row !== undefined) props.onOpen?.(row);
    }
    setActive(index);
  };

  if (count === 0) {
    if (state.error) {
      const error = wordsOf(source, state.error);
      return (
        <div className="ik-vt">
          <ErrorPanel
            title="The list could not be read"
            error={error}
            onRetry={() => {
              list.retry();
            }}
          />
        </div>
      );
    }
    return (
      <div className="ik-vt">{state.loading || state.hasMore ? <Skeleton rows={14} /> : props.empty}</div>
    );
  }

  const template = [
    ...(selection ? ['22px'] : []),
    ...columns.map((column) => (column.grow ? `minmax(${column.width}px,1fr)` : `${column.width}px`)),
  ].join(' ');
  const least = columns.reduce((sum, column) => sum + column.width, 28 + (selection ? 22 : 0));
  const isActiveDrawn = active >= first && active <= last;
  return (
    <div
      ref={scroller}
      className="ik-vt"
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={state.total + 1}
      aria-multiselectable={selection ? true : undefined}
      aria-activedescendant={isActiveDrawn ? rowId(props.id, active, rowWindow) : undefined}
      style={{ '--cols': template, '--least': `${least}px` } as React.CSSProperties}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onPointerMove={(event: PointerEvent) => {
        pointer.current = event.clientY;
      }}
      onPointerLeave={() => {
        pointer.current = null;
        settle();
      }}
    >
      <MemoHead
        columns={columns}
        total={state.total}
        sort={props.sort}
        onSort={props.onSort}
        selection={selection}
      />
      <TableBody
        id={props.id}
        runs={runs}
        rowKey={rowKey}
        source={source}
        list={list}
        state={state}
        window={rowWindow}
        selection={selection}
        currentKey={currentKey}
        active={active}
        isStale={props.isStale}
      />
    </div>
  );
}
