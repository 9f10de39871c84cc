import type { Block, Choice, PdfDocument } from './pdf-document.ts';
import { moved, one, stack, tableRows, type Area, type Drawn, type Placed } from './pdf-place.ts';
import type { MeasureText } from './pdf-text.ts';

export interface PlacedPage {
  readonly body: readonly Placed[];
  /** Not read out: continuation head. */
  readonly head: readonly Placed[];
  readonly footer: readonly Placed[];
}

/** Places every block of a document; texts of the footer get their page numbers. */
export function layOut(document: PdfDocument, measure: MeasureText): PlacedPage[] {
  const { page } = document;
  const width = page.width - page.margins.left - page.margins.right;
  const footerHeight = stack(document.footer, { x: 0, y: 0, width }, measure).height;
  const bottom = page.height - page.margins.bottom - footerHeight;
  const area = { x: page.margins.left, y: page.margins.top, width };
  const set = (body: PdfDocument['body']): Omit<PlacedPage, 'footer'>[] =>
    flow({ ...document, body }, area, { bottom, measure });
  const bodies = onFewest(set, document);
  return bodies.map((body, at) => {
    const numbers = { page: String(at + 1), pages: String(bodies.length) };
    const footer = stack(
      document.footer.map((block) => numbered(block, numbers)),
      { ...area, y: bottom },
      measure,
    );
    return { ...body, footer: footer.placed };
  });
}

/** As the body is, or where that needs more than one page the first of the tighter ones that does not. */
function onFewest<T>(set: (body: PdfDocument['body']) => T[], { body, tighter = [] }: PdfDocument): T[] {
  const usual = set(body);
  if (usual.length === 1) return usual;
  for (const other of tighter) {
    const pages = set(other);
    if (pages.length === 1) return pages;
  }
  return usual;
}

interface Flowing {
  /** Where the room for the body ends. */
  readonly bottom: number;
  readonly measure: MeasureText;
}

/** Sets blocks below each other; one that does not fit begins a new page, and a table goes on there with its head again. */
function flow(document: PdfDocument, area: Area, { bottom, measure }: Flowing): Omit<PlacedPage, 'footer'>[] {
  const pages = new FlowingPages(stack(document.continuation, area, measure), area.y, bottom);
  for (const [at, block] of document.body.entries()) {
    if (block.kind === 'table') {
      const rows = tableRows(block, { ...area, y: 0 }, measure);
      const after = document.body.slice(at + 1);
      const tail = block.isBeforeTable
        ? heightUntilRow(after, area, measure)
        : heightUntilGroup(after, area, measure);
      pages.putTable(rows, tail);
      continue;
    }
    if (block.kind === 'choice') {
      pages.putOne(block.of.map((group) => one(group, { ...area, y: 0 }, measure)));
      continue;
    }
    // A gap is not carried over to the top of a page.
    if (block.kind === 'space' && pages.isAtTop && pages.count > 1) continue;
    pages.put(one(block, { ...area, y: 0 }, measure), block.kind === 'space');
  }
  return pages.pages;
}

/** Height of what follows a table up to the end of the first group: the totals that must not stand alone on a page. */
function heightUntilGroup(blocks: readonly (Block | Choice)[], area: Area, measure: MeasureText): number {
  const end = blocks.findIndex((block) => block.kind === 'group' || block.kind === 'choice');
  const smallest = blocks
    .slice(0, end + 1)
    .map((block) => (block.kind === 'choice' ? block.of.at(-1) : block));
  return stack(
    smallest.filter((block) => block !== undefined),
    area,
    measure,
  ).height;
}

/** Height of what follows a table up to the first row of the next one. */
function heightUntilRow(blocks: readonly (Block | Choice)[], area: Area, measure: MeasureText): number {
  const at = blocks.findIndex(({ kind }) => kind === 'table');
  const next = blocks[at];
  if (next?.kind !== 'table') return 0;
  const before = blocks.slice(0, at).filter((block) => block.kind !== 'choice');
  return stack([...before, { ...next, rows: next.rows.slice(0, 1) }], area, measure).height;
}

/** Rows of a table that are kept with the totals below it. */
const ROWS_WITH_TOTALS = 2;

class FlowingPages {
  readonly pages: { body: Placed[]; head: readonly Placed[] }[] = [{ body: [], head: [] }];
  private readonly continuation: Drawn;
  private readonly top: number;
  private readonly bottom: number;
  private y: number;

  constructor(continuation: Drawn, top: number, bottom: number) {
    this.continuation = continuation;
    this.top = top;
    this.bottom = bottom;
    this.y = top;
  }

  get count(): number {
    return this.pages.length;
  }

  get isAtTop(): boolean {
    return this.pages.at(-1)?.body.length === 0;
  }

  /** Puts a block (drawn at y 0) below what is there, or on a new page; a gap that does not fit is left out. */
  put(drawn: Drawn, isGap: boolean): void {
    if (!this.fits(drawn.height)) {
      this.turn();
      if (isGap) return;
    }
    this.add(drawn);
  }

  /** The first of these that fits; where none does, the first of them on a new page. */
  putOne(drawn: readonly Drawn[]): void {
    const fitting = drawn.find(({ height }) => this.fits(height)) ?? drawn[0];
    if (fitting !== undefined) this.put(fitting, false);
  }

  /** `tail` is the height of what must follow the last rows on the same page. */
  putTable(rows: { head: readonly Drawn[]; body: readonly Drawn[] }, tail: number): void {
    const headHeight = heightOf(rows.head);
    const keptFrom = Math.max(0, rows.body.length - ROWS_WITH_TOTALS);
    const kept = heightOf(rows.body.slice(keptFrom)) + tail;
    if (!this.fits(headHeight + (keptFrom === 0 ? kept : (rows.body[0]?.height ?? 0)))) this.turn();
    for (const head of rows.head) this.add(head);
    for (const [at, row] of rows.body.entries()) {
      const wanted = at === keptFrom && at > 0 ? kept : row.height;
      if (!this.fits(wanted)) {
        this.turn();
        for (const head of rows.head) this.add(asRepeated(head));
      }
      this.add(row);
    }
  }

  private fits(height: number): boolean {
    return this.isAtTop || this.y + height <= this.bottom;
  }

  private turn(): void {
    this.pages.push({ body: [], head: this.continuation.placed });
    this.y = this.top + this.continuation.height;
  }

  private add(drawn: Drawn): void {
    this.pages.at(-1)?.body.push(...moved(drawn, this.y).placed);
    this.y += drawn.height;
  }
}

function heightOf(rows: readonly Drawn[]): number {
  return rows.reduce((sum, row) => sum + row.height, 0);
}

function asRepeated(head: Drawn): Drawn {
  return {
    ...head,
    placed: head.placed.map((item) =>
      item.kind === 'row' && item.role === 'head' ? { ...item, role: 'repeated-head' } : item,
    ),
  };
}

/** The block with `{page}` and `{pages}` filled in. */
function numbered(block: Block, numbers: { page: string; pages: string }): Block {
  switch (block.kind) {
    case 'text':
      return {
        ...block,
        runs: block.runs.map((run) => ({
          ...run,
          text: run.text.replaceAll('{page}', numbers.page).replaceAll('{pages}', numbers.pages),
        })),
      };
    case 'columns':
      return {
        ...block,
        columns: block.columns.map((column) => ({
          ...column,
          blocks: column.blocks.map((inner) => numbered(inner, numbers)),
        })),
      };
    case 'box':
    case 'group':
      return { ...block, blocks: block.blocks.map((inner) => numbered(inner, numbers)) };
    case 'space':
    case 'rule':
    case 'matrix':
    case 'picture':
    case 'table':
      return block;
  }
}
