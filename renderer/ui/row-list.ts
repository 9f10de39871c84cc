import type { ShownRows } from './row-delta.ts';

/** One keyset page of a list, as the engine answers it. */
export interface RowPage<Row> {
  rows: readonly Row[];
  /** All rows that match, not only those of this page. */
  total: number;
  nextCursor: string | null;
}

export type LoadPage<Row> = (cursor: string | undefined, signal: AbortSignal) => Promise<RowPage<Row>>;

interface HeldPage<Row> {
  readonly cursor: string | undefined;
  readonly next: string | null;
  readonly count: number;
  /** Null once it was let go far from the viewport; it is loaded again by its cursor. */
  readonly rows: readonly Row[] | null;
  /** Something of it changed while it was off screen: it is read again when it is shown. */
  readonly stale?: boolean;
}

export interface RowListState {
  /** Rows known so far; more follow while `hasMore`. */
  count: number;
  hasMore: boolean;
  total: number;
  /** Of a list without rows: whether they are on their way. */
  loading: boolean;
  error: unknown;
  /** Rows kept in place that no longer match, and whether a new order waits for the pointer to leave. */
  gone: number;
  held: boolean;
}

/** Pages kept around the viewport; the rest are let go, so that a long scroll stays within its memory. */
const PAGES_KEPT = 12;
/** Rows in hand beyond the screen; where fewer are left, the next page is asked for. */
const AHEAD_ROWS = 150;
/** Pages that were let go are back this many rows before they are on screen. */
const BESIDE_ROWS = 40;

const EMPTY: RowListState = {
  count: 0,
  hasMore: true,
  total: 0,
  loading: false,
  error: null,
  gone: 0,
  held: false,
};

/** Where a row must stay while a list is renewed: the one under the pointer (strict) or the first on screen. */
export interface Anchor {
  key: string;
  index: number;
  /** Whether the list may move by so many rows and keep the anchor where it is on screen. */
  canShift: (rows: number) => boolean;
  strict: boolean;
}

/**
 * The rows of one query in one order, by keyset pages. Holds pages, never the whole list; renews only what is on
 * screen; never moves the row a person points at. Knows nothing of the screen beyond indexes.
 */
export class RowList<Row> {
  private pages: readonly HeldPage<Row>[] = [];
  /** Index of the first row of each page, and of the one after the last. */
  private starts: readonly number[] = [0];
  private state: RowListState = EMPTY;
  private readonly listeners = new Set<() => void>();
  private readonly abort = new AbortController();
  private readonly pending = new Set<string>();
  private isAppending = false;
  private readonly goneKeys = new Set<string>();
  private readonly loadPage: LoadPage<Row>;
  private readonly keyOf: (row: Row) => string;

  constructor(loadPage: LoadPage<Row>, keyOf: (row: Row) => string) {
    this.loadPage = loadPage;
    this.keyOf = keyOf;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): RowListState => this.state;

  dispose(): void {
    this.abort.abort();
  }

  isGone(row: Row): boolean {
    return this.goneKeys.has(this.keyOf(row));
  }

  /** The row at an index, or undefined while its page is (re)loaded. */
  rowAt(index: number): Row | undefined {
    const found = this.locate(index);
    return found ? this.pages[found.page]?.rows?.[found.offset] : undefined;
  }

  indexOf(key: string): number {
    let start = 0;
    for (const page of this.pages) {
      const offset = page.rows?.findIndex((row) => this.keyOf(row) === key) ?? -1;
      if (offset >= 0) return start + offset;
      start += page.count;
    }
    return -1;
  }

  /** The rows on screen with one more at either end, for a delta; undefined while one of them is not in hand. */
  shown(first: number, last: number): ShownRows<Row> | undefined {
    const { count, hasMore } = this.state;
    const from = Math.max(0, first - 1);
    const to = Math.min(last + 1, count - 1);
    if (count === 0 || (hasMore && last >= count - 1)) return undefined;
    const rows: Row[] = [];
    for (let index = from; index <= to; index += 1) {
      const row = this.rowAt(index);
      if (row === undefined) return undefined;
      rows.push(row);
    }
    return { rows, keyOf: this.keyOf, hasStart: from === 0, hasEnd: !hasMore && to === count - 1 };
  }

  /** Rows in hand, in order. */
  loadedRows(): Row[] {
    return this.pages.flatMap((page) => page.rows ?? []);
  }

  /** Makes sure of the rows around the viewport: loads the next page near the end and pages let go before. */
  ensure(first: number, last: number): void {
    const lastPage = this.pages.at(-1);
    if (!lastPage) this.loadNext();
    else if (last >= this.state.count - AHEAD_ROWS && lastPage.next !== null && !this.state.error)
      this.loadNext();
    const from = this.locate(Math.max(0, first - BESIDE_ROWS))?.page ?? 0;
    const to = this.locate(last + BESIDE_ROWS)?.page ?? this.pages.length - 1;
    for (let at = from; at <= to; at += 1) if (this.pages[at]?.rows === null) this.reload(at);
    this.letGo(from, to);
  }

  /** Loads pages until `index` is known or the list ends. */
  async loadUntil(index: number): Promise<void> {
    while (this.state.count <= index && this.state.hasMore && !this.state.error) {
      const before = this.state.count;
      await this.append();
      if (this.state.count === before) return;
    }
  }

  retry(): void {
    this.patch({ error: null });
    this.loadNext();
  }

  /**
   * Reads the visible pages again. Answers by how many rows the anchor moved (0 when the order was held), or that other pages came
   * meanwhile and nothing was done.
   */
  async renew(first: number, last: number, anchor: Anchor | null): Promise<number | 'overtaken'> {
    if (this.pages.length === 0) {
      this.loadNext();
      return 0;
    }
    const from = this.locate(first)?.page ?? 0;
    const fresh = await this.fetchFrom(from, last);
    if (fresh === null || fresh === 'overtaken') return fresh ?? 0;
    const candidate = this.join(from, fresh);
    const shift = anchor ? this.shiftOf(candidate, anchor) : 0;
    if (shift === null) {
      this.updateInPlace(fresh);
      return 0;
    }
    this.goneKeys.clear();
    this.commit(candidate, {
      error: null,
      total: fresh.at(-1)?.total ?? this.state.total,
      gone: 0,
      held: false,
    });
    return shift;
  }

  /** Pages off screen of which a row is concerned are read again when they are shown. */
  doubt(first: number, last: number, isConcerned: (row: Row) => boolean): void {
    const from = this.locate(first)?.page ?? 0;
    const to = this.locate(last)?.page ?? this.pages.length - 1;
    this.pages = this.pages.map((page, at) =>
      (at < from || at > to) && page.stale !== true && page.rows?.some(isConcerned) === true
        ? { ...page, stale: true }
        : page,
    );
  }

  /** Whether rows of these were doubted while they were off screen. */
  isDoubted(first: number, last: number): boolean {
    const from = this.locate(first)?.page ?? 0;
    const to = this.locate(last)?.page ?? this.pages.length - 1;
    return this.pages.slice(from, to + 1).some((page) => page.stale === true);
  }

  /** Puts rows of a delta in their places; rows that are not on hand are left to the next renewal. */
  upsert(rows: readonly Row[]): void {
    const byKey = new Map(rows.map((row) => [this.keyOf(row), row]));
    let isChanged = false;
    const put = (row: Row): Row => {
      const kept = this.reuse(row, byKey.get(this.keyOf(row)));
      if (kept !== row) isChanged = true;
      return kept;
    };
    const pages = this.pages.map((page) => ({ ...page, rows: page.rows?.map(put) ?? null }));
    if (isChanged) this.commit(pages, {});
  }

  private locate(index: number): { page: number; offset: number } | undefined {
    if (index < 0 || index >= (this.starts.at(-1) ?? 0)) return undefined;
    let page = 0;
    let end = this.pages.length - 1;
    while (page < end) {
      const middle = Math.ceil((page + end) / 2);
      if ((this.starts[middle] ?? 0) <= index) page = middle;
      else end = middle - 1;
    }
    return { page, offset: index - (this.starts[page] ?? 0) };
  }

  private loadNext(): void {
    if (!this.isAppending) void this.append();
  }

  private async append(): Promise<void> {
    const lastPage = this.pages.at(-1);
    const cursor = lastPage?.next ?? undefined;
    if (lastPage && cursor === undefined) return;
    this.isAppending = true;
    if (this.state.count === 0) this.patch({ loading: true });
    try {
      const page = await this.loadPage(cursor, this.abort.signal);
      this.isAppending = false;
      if (this.pages.at(-1) !== lastPage) {
        this.patch({ loading: false });
        return;
      }
      const held = { cursor, next: page.nextCursor, count: page.rows.length, rows: page.rows };
      this.commit([...this.pages, held], { loading: false, error: null, total: page.total });
    } catch (error) {
      this.isAppending = false;
      if (!this.abort.signal.aborted) this.patch({ loading: false, error });
    }
  }

  private reload(at: number): void {
    const page = this.pages[at];
    if (!page || this.pending.has(page.cursor ?? '')) return;
    this.pending.add(page.cursor ?? '');
    void this.loadPage(page.cursor, this.abort.signal)
      .then((fresh) => {
        const held = { ...page, rows: fresh.rows, count: fresh.rows.length, next: fresh.nextCursor };
        this.commit(
          this.pages.map((each) => (each.cursor === page.cursor ? held : each)),
          {},
        );
      })
      .catch((error: unknown) => {
        if (!this.abort.signal.aborted) this.patch({ error });
      })
      .finally(() => this.pending.delete(page.cursor ?? ''));
  }

  private letGo(from: number, to: number): void {
    if (this.pages.length <= PAGES_KEPT) return;
    const far = (at: number): boolean => at < from - PAGES_KEPT / 2 || at > to + PAGES_KEPT / 2;
    if (!this.pages.some((page, at) => page.rows !== null && far(at))) return;
    this.pages = this.pages.map((page, at) => (far(at) ? { ...page, rows: null } : page));
  }

  private async fetchFrom(
    from: number,
    last: number,
  ): Promise<(HeldPage<Row> & { total: number })[] | 'overtaken' | null> {
    const before = this.pages;
    const fresh: (HeldPage<Row> & { total: number })[] = [];
    let cursor = before[from]?.cursor;
    let count = this.starts[from] ?? 0;
    try {
      do {
        const page = await this.loadPage(cursor, this.abort.signal);
        fresh.push({
          cursor,
          next: page.nextCursor,
          count: page.rows.length,
          rows: page.rows,
          total: page.total,
        });
        count += page.rows.length;
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined && count <= last);
    } catch (error) {
      // What is on screen stays; the next change or the connection coming back asks again.
      if (!this.abort.signal.aborted && this.state.count === 0) this.patch({ error });
      return null;
    }
    return this.pages === before ? fresh : 'overtaken';
  }

  /** The pages before, the fresh ones, and those after, where the fresh ones end exactly where an old page began. */
  private join(from: number, fresh: readonly HeldPage<Row>[]): readonly HeldPage<Row>[] {
    const old = new Map(this.loadedRows().map((row) => [this.keyOf(row), row]));
    const same = fresh.map((page) => ({
      ...page,
      rows: page.rows?.map((row) => this.reuse(old.get(this.keyOf(row)), row)) ?? null,
    }));
    const end = fresh.at(-1)?.next;
    const after = end === null ? -1 : this.pages.findIndex((page, at) => at > from && page.cursor === end);
    return [...this.pages.slice(0, from), ...same, ...(after > 0 ? this.pages.slice(after) : [])];
  }

  /** Keeps the old object where nothing changed, so that its row is not drawn again. */
  private reuse(old: Row | undefined, fresh: Row | undefined): Row {
    if (fresh === undefined) return old as Row;
    return old !== undefined && JSON.stringify(old) === JSON.stringify(fresh) ? old : fresh;
  }

  /** Rows by which the anchor moves, or null when it must not and the order is held instead. */
  private shiftOf(candidate: readonly HeldPage<Row>[], anchor: Anchor): number | null {
    let start = 0;
    for (const page of candidate) {
      const offset = page.rows?.findIndex((row) => this.keyOf(row) === anchor.key) ?? -1;
      if (offset >= 0) {
        const shift = start + offset - anchor.index;
        return shift === 0 || anchor.canShift(shift) ? shift : anchor.strict ? null : 0;
      }
      start += page.count;
    }
    return anchor.strict ? null : 0;
  }

  private updateInPlace(fresh: readonly HeldPage<Row>[]): void {
    const rows = fresh.flatMap((page) => page.rows ?? []);
    const byKey = new Map(rows.map((row) => [this.keyOf(row), row]));
    const cursors = new Set(fresh.map((page) => page.cursor));
    this.goneKeys.clear();
    for (const page of this.pages) {
      if (!cursors.has(page.cursor)) continue;
      for (const row of page.rows ?? []) if (!byKey.has(this.keyOf(row))) this.goneKeys.add(this.keyOf(row));
    }
    this.upsert(rows);
    this.patch({ held: true, gone: this.goneKeys.size });
  }

  private commit(pages: readonly HeldPage<Row>[], change: Partial<RowListState>): void {
    this.pages = pages;
    const starts = [0];
    for (const page of pages) starts.push((starts.at(-1) ?? 0) + page.count);
    this.starts = starts;
    const lastPage = pages.at(-1);
    const count = starts.at(-1) ?? 0;
    this.patch({
      ...change,
      count,
      total: Math.max(count, change.total ?? this.state.total),
      hasMore: !lastPage || lastPage.next !== null,
    });
  }

  private patch(change: Partial<RowListState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}
