import './virtual-table.css';
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { KeyboardEvent, PointerEvent, ReactNode } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ErrorPanel } from './error-panel.tsx';
import type { RowListState } from './row-list.ts';
import { wordsOf } from './row-source.ts';
import type { RowSource } from './row-source.ts';
import type { Selection } from './selection.ts';
import { Skeleton } from './skeleton.tsx';
import type { Sort, TableColumn } from './table-column.ts';
import { TableHead } from './table-head.tsx';
import { MemoRow } from './table-row.tsx';
import { HEAD_PX, ROW_PX, useRenewal, useRowList, useScrollMemory } from './use-row-list.ts';

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
  /** Total, loading and rows held in place, for the page's head. */
  onState?: (state: RowListState) => void;
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
  const [active, setActive] = useState(-1);
  // oxlint-disable-next-line react/incompatible-library -- its functions must not be memoized; memo rows do the work here
  const rows = useVirtualizer({
    count: state.count + (state.hasMore && state.count > 0 ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
    scrollMargin: HEAD_PX,
    scrollPaddingStart: HEAD_PX,
    // The last row must not hide behind the bulk bar.
    scrollPaddingEnd: selection && selection.count(state.total) > 0 ? 64 : 0,
    useFlushSync: false,
  });
  const items = rows.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    onState?.(state);
  }, [state, onState]);
  useEffect(() => {
    list.ensure(first, last);
  }, [list, first, last, state.count]);
  useScrollMemory(`${props.id}:${key}`, scroller, list);
  const settle = useRenewal(source, list, scroller, pointer, rowKey);

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
    const next = Math.max(0, Math.min(index, state.count - 1));
    setActive(next);
    rows.scrollToIndex(next, { align: 'auto' });
  };
  const isBeside = currentKey !== null && currentKey !== undefined;
  useEffect(() => {
    if (!stepper) return undefined;
    stepper.current = (by) => {
      const at = isBeside ? list.indexOf(currentKey) : -1;
      if (at < 0 || at + by < 0 || at + by >= state.count) return;
      go(at + by);
      show(at + by);
    };
    return () => {
      stepper.current = null;
    };
  });

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_PX) - 2);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const step = steps[event.key];
    if (step !== undefined) {
      const at = active < 0 && isBeside ? list.indexOf(currentKey) : active;
      const next = Math.max(0, Math.min(at + step, state.count - 1));
      if (event.shiftKey) tick(Math.max(active, 0), next);
      go(next);
      // The detail beside the list follows.
      if (isBeside && !event.shiftKey) show(next);
    } else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(state.count - 1);
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

  if (state.count === 0) {
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
  const activeRow =
    items.some((item) => item.index === active) && active < state.count ? `${props.id}-${active}` : undefined;
  return (
    <div
      ref={scroller}
      className="ik-vt"
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={state.total + 1}
      aria-multiselectable={selection ? true : undefined}
      aria-activedescendant={activeRow}
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
      <TableHead
        columns={columns}
        total={state.total}
        sort={props.sort}
        onSort={props.onSort}
        selection={selection}
      />
      <div className="ik-vt-body" role="rowgroup" style={{ height: rows.getTotalSize() }}>
        {items.map((item) => {
          if (item.index >= state.count) {
            const error = state.error ? wordsOf(source, state.error).sentence : null;
            return (
              <div
                key="more"
                className="ik-vt-more"
                style={{ transform: `translateY(${item.start - HEAD_PX}px)` }}
              >
                {error ?? 'Loading…'}
                {error ? (
                  <button
                    type="button"
                    className="ik-link"
                    onClick={() => {
                      list.retry();
                    }}
                  >
                    Try again
                  </button>
                ) : null}
              </div>
            );
          }
          const row = list.rowAt(item.index);
          const rowId = row === undefined ? undefined : rowKey(row);
          return (
            <MemoRow
              key={rowId ?? `at-${item.index}`}
              row={row}
              columns={columns}
              index={item.index}
              top={item.start - HEAD_PX}
              id={`${props.id}-${item.index}`}
              selected={selection ? rowId !== undefined && selection.has(rowId) : undefined}
              current={rowId !== undefined && rowId === props.currentKey}
              active={item.index === active}
              stale={row !== undefined && ((props.isStale?.(row) ?? false) || list.isGone(row))}
            />
          );
        })}
      </div>
    </div>
  );
}
