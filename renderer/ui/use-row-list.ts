import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { RowList } from './row-list.ts';
import type { Anchor } from './row-list.ts';
import type { RowSource } from './row-source.ts';

export const ROW_PX = 28;
export const HEAD_PX = 29;
/** The first change after a rest shows at once, but for the rest of its burst; those after it wait for each other. */
const BURST_MS = 60;
const RENEW_EVERY_MS = 700;
/** Of a list with nothing in it: somebody waits for its first row, and asking again costs nothing. */
const RENEW_EMPTY_EVERY_MS = 150;

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

/** Renews what is on screen when the source says so, at most every RENEW_EVERY_MS, around the row that must stay. */
export function useRenewal<Row>(
  source: RowSource<Row>,
  list: RowList<Row>,
  scroller: React.RefObject<HTMLDivElement | null>,
  pointer: React.RefObject<number | null>,
  rowKey: (row: Row) => string,
): () => void {
  const scheduled = useRef<(() => void) | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let running = false;
    let again = false;
    let renewedMs = 0;
    const renew = async (): Promise<void> => {
      if (running) {
        again = true;
        return;
      }
      running = true;
      renewedMs = performance.now();
      const element = scroller.current;
      const top = element?.scrollTop ?? 0;
      const first = Math.floor(top / ROW_PX);
      const last = first + Math.ceil((element?.clientHeight ?? 0) / ROW_PX);
      const shift = await list.renew(
        first,
        last,
        element ? anchorOf(list, element, pointer.current, rowKey) : null,
      );
      if (shift !== 0) element?.scrollBy({ top: shift * ROW_PX });
      running = false;
      if (again) schedule();
      again = false;
    };
    const schedule = (): void => {
      const everyMs = list.snapshot().count === 0 ? RENEW_EMPTY_EVERY_MS : RENEW_EVERY_MS;
      timer ??= setTimeout(
        () => {
          timer = undefined;
          void renew();
        },
        Math.max(BURST_MS, renewedMs + everyMs - performance.now()),
      );
    };
    const stop = source.onChange?.(schedule);
    scheduled.current = schedule;
    return () => {
      stop?.();
      clearTimeout(timer);
    };
  }, [source, list, scroller, pointer, rowKey]);
  return () => {
    if (list.snapshot().held) scheduled.current?.();
  };
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
