import { READ_AT_MOST, concernedBy, keepsPlaces, keysToRead, othersAmong } from './row-delta.ts';
import type { Anchor, RowList } from './row-list.ts';
import type { RowSource } from './row-source.ts';

/** The first change after a rest shows at once, but for the rest of its burst; those after it wait for each other. */
const BURST_MS = 60;
/** Of rows by their keys: they cost the store next to nothing. */
const ROWS_EVERY_MS = 250;
/** Of the pages on screen. */
const PAGES_EVERY_MS = 700;
/** Of a list with nothing in it: somebody waits for its first row, and asking again costs nothing. */
const EMPTY_EVERY_MS = 150;
/** Where no row on screen is concerned, only the total and what is off screen are old meanwhile. */
const UNSEEN_EVERY_MS = 3000;

/** What a person sees of the list, and how it is moved under them. */
export interface RowView {
  /** Rows on screen. */
  look: () => { first: number; last: number; anchor: Anchor | null };
  /** Scrolls by so many rows. */
  shift: (rows: number) => void;
}

/**
 * Keeps what is on screen true as the source says what changed: rows that changed are read by their keys and put in their places;
 * only where places may have changed, too, are the pages on screen read again.
 */
export class RowRenewal<Row> {
  private readonly source: RowSource<Row>;
  private readonly list: RowList<Row>;
  private readonly keyOf: (row: Row) => string;
  private readonly view: RowView;
  private readonly abort = new AbortController();
  /** Keys told since the last reading. */
  private changed = new Set<string>();
  private pages: 'kept' | 'unseen' | 'old' = 'kept';
  /** Something changed of which it is not known whether it is off screen. */
  private isDoubtful = false;
  private rowsReadMs = -Infinity;
  private pagesReadMs = -Infinity;
  private isReading = false;
  private timer: { id: ReturnType<typeof setTimeout>; dueMs: number } | undefined;

  constructor(
    source: RowSource<Row>,
    list: RowList<Row>,
    screen: { keyOf: (row: Row) => string; view: RowView },
  ) {
    this.source = source;
    this.list = list;
    this.keyOf = screen.keyOf;
    this.view = screen.view;
  }

  dispose(): void {
    this.abort.abort();
    clearTimeout(this.timer?.id);
  }

  /** Something changed; null: nobody knows what. */
  readonly note = (key: string | null): void => {
    if (key === null || this.source.loadRows === undefined) this.wantPages();
    else this.changed.add(key);
    this.schedule();
  };

  /** The pages on screen are to be read again, and they alone. */
  renew(): void {
    this.pages = 'old';
    this.schedule();
  }

  private wantPages(): void {
    this.pages = 'old';
    this.isDoubtful = true;
  }

  private wantUnseen(): void {
    if (this.pages === 'kept') this.pages = 'unseen';
    this.isDoubtful = true;
  }

  private pagesDueMs(): number {
    if (this.pages === 'kept') return Infinity;
    if (this.pages === 'unseen') return this.pagesReadMs + UNSEEN_EVERY_MS;
    return this.pagesReadMs + (this.list.snapshot().count === 0 ? EMPTY_EVERY_MS : PAGES_EVERY_MS);
  }

  private schedule(): void {
    if (this.isReading || this.abort.signal.aborted) return;
    const rowsDueMs = this.changed.size === 0 ? Infinity : this.rowsReadMs + ROWS_EVERY_MS;
    const nowMs = performance.now();
    const dueMs = Math.max(nowMs + BURST_MS, Math.min(rowsDueMs, this.pagesDueMs()));
    if (dueMs === Infinity || (this.timer !== undefined && this.timer.dueMs <= dueMs)) return;
    clearTimeout(this.timer?.id);
    this.timer = { dueMs, id: setTimeout(() => void this.read(), dueMs - nowMs) };
  }

  private async read(): Promise<void> {
    this.timer = undefined;
    this.isReading = true;
    // Only the pages are old where they are to be read in any case: that brings the rows, too.
    if (this.changed.size > 0 && this.pages !== 'old') await this.readRows();
    if (this.pagesDueMs() <= performance.now()) await this.readPages();
    this.isReading = false;
    this.schedule();
  }

  private async readRows(): Promise<void> {
    const { list, keyOf, changed } = this;
    const { first, last } = this.view.look();
    const isConcerned = concernedBy(changed, keyOf);
    this.changed = new Set();
    this.rowsReadMs = performance.now();
    list.doubt(first, last, isConcerned);
    const shown = list.shown(first, last);
    const others = shown ? othersAmong(changed, shown) : [];
    const asked = shown ? keysToRead(shown, isConcerned, others) : [];
    if (!shown || !this.source.loadRows || asked.length > READ_AT_MOST) {
      this.wantPages();
      return;
    }
    const own = new Set(shown.rows.map(keyOf));
    if (![...changed].every((key) => own.has(key))) this.wantUnseen();
    if (asked.length === 0) return;
    try {
      const read = await this.source.loadRows(asked, this.abort.signal);
      list.upsert(read);
      if (!keepsPlaces(shown, asked, read)) this.wantPages();
    } catch {
      // What is on screen stays; the pages say why, or the connection coming back asks again.
      this.wantPages();
    }
  }

  private async readPages(): Promise<void> {
    const { first, last, anchor } = this.view.look();
    const before = this.pages;
    this.pages = 'kept';
    this.changed = new Set();
    this.pagesReadMs = performance.now();
    if (this.isDoubtful) this.list.doubt(first, last, () => true);
    this.isDoubtful = false;
    const moved = await this.list.renew(first, last, anchor);
    if (moved === 'overtaken') this.pages = before;
    else if (moved !== 0) this.view.shift(moved);
  }
}
