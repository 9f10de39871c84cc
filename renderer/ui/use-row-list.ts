import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { RowList } from './row-list.ts';
import type { Anchor } from './row-list.ts';
import { RowRenewal } from './row-renewal.ts';
import type { RowView } from './row-renewal.ts';
import type { RowSource } from './row-source.ts';
import { HEAD_PX, ROW_PX } from './row-window.ts';

/** The list of a source; another key makes another, and the old stays on screen until it has rows. */
export function useRowList<Row>(
  source: RowSource<Row>,
  keyOf: (row: Row) => string,
): { list: RowList<Row>; key: string } {
  const made = useMemo(
    () => ({ list: new RowList<Row>(source.loadPage, keyOf), key: source.key }),
    // oxlint-disable-next-line react/exhaustive-deps -- a new list for a new query only: loadPage of the same key does the same
    [source.key],
  );
  const [shown, setShown] = useState(made);
  useEffect(() => {
    const { list } = made;
    const settle = (): void => {
      const state = list.snapshot();
      if (state.count > 0 || state.error || (!state.loading && !state.hasMore)) setShown(made);
    };
    const stop = list.subscribe(settle);
    list.ensure(0, 0);
    settle();
    return () => {
      stop();
      list.dispose();
    };
  }, [made]);
  return shown;
}

const scrolls = new Map<string, number>();

/** Comes back to where the list was left, once so many rows are there again. */
export function useScrollMemory<Row>(
  memoryKey: string,
  scroller: React.RefObject<HTMLDivElement | null>,
  list: RowList<Row>,
): void {
  const { count } = useSyncExternalStore(list.subscribe, list.snapshot);
  const ready = count > 0;
  useEffect(() => {
    const element = scroller.current;
    if (!ready || !element) return undefined;
    const left = scrolls.get(memoryKey) ?? 0;
    if (left > 0) {
      void list.loadUntil(Math.ceil((left + element.clientHeight) / ROW_PX)).then(() => {
        requestAnimationFrame(() => {
          element.scrollTo({ top: left });
        });
      });
    } else element.scrollTo({ top: 0 });
    const remember = (): void => {
      scrolls.set(memoryKey, element.scrollTop);
    };
    element.addEventListener('scroll', remember, { passive: true });
    return () => {
      element.removeEventListener('scroll', remember);
    };
  }, [memoryKey, list, scroller, ready]);
}

/** Keeps what is on screen true around the row that must stay; what it answers is told when the pointer left and which rows are drawn. */
export function useRenewal<Row>(
  source: RowSource<Row>,
  list: RowList<Row>,
  screen: {
    scroller: React.RefObject<HTMLDivElement | null>;
    pointer: React.RefObject<number | null>;
    rowKey: (row: Row) => string;
  },
): { settle: () => void; drawn: (first: number, last: number) => void } {
  const { scroller, pointer, rowKey } = screen;
  const renewal = useRef<RowRenewal<Row> | null>(null);
  useEffect(() => {
    const look = (): ReturnType<RowView['look']> => {
      const element = scroller.current;
      const first = Math.floor((element?.scrollTop ?? 0) / ROW_PX);
      const last = first + Math.ceil((element?.clientHeight ?? 0) / ROW_PX);
      return { first, last, anchor: element ? anchorOf(list, element, pointer.current, rowKey) : null };
    };
    const shift = (rows: number): void => scroller.current?.scrollBy({ top: rows * ROW_PX });
    const made = new RowRenewal(source, list, { keyOf: rowKey, view: { look, shift } });
    renewal.current = made;
    const stop = source.onChange?.(made.note);
    return () => {
      stop?.();
      made.dispose();
    };
  }, [source, list, scroller, pointer, rowKey]);
  return useMemo(
    () => ({
      settle: () => {
        if (list.snapshot().held) renewal.current?.renew();
      },
      drawn: (first, last) => {
        if (list.isDoubted(first, last)) renewal.current?.renew();
      },
    }),
    [list],
  );
}

function anchorOf<Row>(
  list: RowList<Row>,
  element: HTMLElement,
  pointerY: number | null,
  rowKey: (row: Row) => string,
): Anchor | null {
  const strict = pointerY !== null;
  const y = strict ? pointerY - element.getBoundingClientRect().top - HEAD_PX : 0;
  const index = Math.floor((element.scrollTop + y) / ROW_PX);
  const row = list.rowAt(index);
  if (row === undefined || (!strict && element.scrollTop === 0)) return null;
  return {
    key: rowKey(row),
    index,
    strict,
    canShift: (rows) => {
      const room = Math.max(0, list.snapshot().count + rows) * ROW_PX + HEAD_PX - element.clientHeight;
      const to = element.scrollTop + rows * ROW_PX;
      return to >= 0 && to <= room;
    },
  };
}
