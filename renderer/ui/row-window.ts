import { useLayoutEffect, useState } from 'react';
import { flushSync } from 'react-dom';

export const ROW_PX = 28;
export const HEAD_PX = 29;
/** Rows drawn beyond either edge of the screen, so that a turn of the wheel finds them there. */
const BEYOND_ROWS = 6;
/** A scroll that rests for so long is over. */
const REST_MS = 120;
/** The window moves by so many rows at a time: it is drawn anew once for them, not for each. */
const STEP_ROWS = 4;
/** Before the first look at the screen. */
const HEIGHT_AT_FIRST_PX = 800;

/** The rows to draw: from `first` to `last` (smaller than `first` where there are none). */
export interface RowWindow {
  readonly first: number;
  readonly last: number;
  /** The row in slot 0; those before it have negative ones. */
  readonly origin: number;
  /** It jumps on: all rows are others in each frame. */
  readonly isFast: boolean;
  /** Rows are passed faster than they can be read: of each only what leads the eye is drawn. */
  readonly isSketched: boolean;
}

export interface ScrollView {
  readonly topPx: number;
  readonly heightPx: number;
  /** The row in slot 0. */
  readonly origin: number;
  /** Far and fast: what is beyond the screen would be drawn for nothing. */
  readonly isFast: boolean;
  /** Far and fast again before it came to rest: a single jump (Page down, End, a click on the track) draws whole rows at once. */
  readonly isSketched: boolean;
}

/** At the top of a list whose screen was not looked at yet. */
export const VIEW_AT_FIRST: ScrollView = {
  topPx: 0,
  heightPx: HEIGHT_AT_FIRST_PX,
  origin: 0,
  isFast: false,
  isSketched: false,
};

/** Row at which the window of a scroll begins. */
function firstAt(topPx: number, isFast: boolean): number {
  const row = Math.floor(Math.max(0, topPx) / ROW_PX);
  return isFast ? row : Math.floor(Math.max(0, row - BEYOND_ROWS) / STEP_ROWS) * STEP_ROWS;
}

/**
 * The view after a scroll. After a small one rows keep their slots, and with them their elements. After a large one nearly all are other
 * rows: they take over the slots, so that texts change and no element is made or moved.
 */
export function viewAfter(old: ScrollView, topPx: number, heightPx: number): ScrollView {
  const isFast = Math.abs(topPx - old.topPx) * 3 > heightPx;
  const by = firstAt(topPx, true) - firstAt(old.topPx, old.isFast);
  return {
    topPx,
    heightPx,
    isFast,
    isSketched: isFast && old.isFast,
    origin: isFast ? old.origin + by : old.origin,
  };
}

/** The view after a rest: whole rows first, and after another rest those beyond the screen, so that neither is a long task. */
export function viewAtRest(old: ScrollView): ScrollView {
  if (old.isSketched) return { ...old, isSketched: false };
  return old.isFast ? { ...old, isFast: false } : old;
}

/** Whether both draw the same rows in the same slots. */
function isSameWindow(one: ScrollView, other: ScrollView): boolean {
  return (
    one.heightPx === other.heightPx &&
    one.isFast === other.isFast &&
    one.isSketched === other.isSketched &&
    one.origin === other.origin &&
    firstAt(one.topPx, one.isFast) === firstAt(other.topPx, other.isFast)
  );
}

/** Slot of a row: what is drawn in the same slot is drawn in the same elements. */
export function slotOf(index: number, { origin }: Pick<RowWindow, 'origin'>): number {
  return index - origin;
}

/** All rows are equally high, so what is on screen follows from the scroll alone and nothing is measured. */
export function windowAt(view: ScrollView, count: number): RowWindow {
  const onScreen = Math.ceil(view.heightPx / ROW_PX) + 1;
  const rows = view.isFast ? onScreen : onScreen + 2 * BEYOND_ROWS + STEP_ROWS;
  // A list that became shorter is drawn at its end until the scroll follows.
  const first = Math.min(firstAt(view.topPx, view.isFast), Math.max(0, count - rows));
  const last = Math.min(count, first + rows) - 1;
  return { first, last, origin: view.origin, isFast: view.isFast, isSketched: view.isSketched };
}

/** Where a row stands on screen once it is whole: the scroll that shows it, or null where it already does. */
export function scrollTo(
  index: number,
  view: { topPx: number; heightPx: number; footPx: number },
): number | null {
  const rowTop = index * ROW_PX;
  if (rowTop < view.topPx) return rowTop;
  const rowEnd = rowTop + ROW_PX + HEAD_PX + view.footPx;
  return rowEnd > view.topPx + view.heightPx ? rowEnd - view.heightPx : null;
}

/**
 * The window of `count` rows of what `scroller` shows now. It is drawn in the frame of the scroll, which shows no blank; the rest of
 * a row, and what lies beyond the screen, follow when a fast scroll rests.
 */
export function useRowWindow(
  scroller: React.RefObject<HTMLDivElement | null>,
  count: number,
  isShown: boolean,
): RowWindow {
  const [view, setView] = useState(VIEW_AT_FIRST);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || !isShown) return undefined;
    let resting: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      const { scrollTop, clientHeight } = element;
      setView((old) => {
        const view = viewAfter(old, scrollTop, clientHeight);
        return isSameWindow(old, view) ? old : view;
      });
    };
    const restLater = (again: boolean): void => {
      clearTimeout(resting);
      resting = setTimeout(() => {
        setView(viewAtRest);
        if (again) restLater(false);
      }, REST_MS);
    };
    const follow = (): void => {
      flushSync(look);
      restLater(true);
    };
    look();
    element.addEventListener('scroll', follow, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      clearTimeout(resting);
      element.removeEventListener('scroll', follow);
      observer.disconnect();
    };
  }, [scroller, isShown]);
  return windowAt(view, count);
}
