import type { Align, PdfDocument } from './pdf-document.ts';
import type { PlacedPage } from './pdf-layout.ts';
import type { Placed } from './pdf-place.ts';
import { DEFAULT_SIZE } from './pdf-text.ts';

type Kit = PDFKit.PDFDocument;
type Structure = ReturnType<Kit['struct']>;

const INK = '#15191d';
/** Widths and words, which only lines under a text would need, are not counted again. */
const AT_BASELINE = {
  lineBreak: false,
  baseline: 'alphabetic',
  textWidth: 0,
  wordCount: 0,
} as PDFKit.Mixins.TextOptions;

/**
 * Draws placed pages into a tagged PDF (ISO 32000-1, 14.8): everything that says something is in the structure tree, in reading
 * order, and what only decorates or repeats (rules, frames, heads and feet of pages) is an artifact.
 */
export function drawPages(kit: Kit, document: PdfDocument, pages: readonly PlacedPage[]): void {
  const drawing = new Drawing(kit, document);
  for (const page of pages) drawing.page(page);
  drawing.end();
}

interface OpenTable {
  readonly of: unknown;
  readonly element: Structure;
  part: Structure | undefined;
  isHead: boolean;
}

class Drawing {
  private readonly kit: Kit;
  private readonly pdf: PdfDocument;
  private readonly root: Structure;
  /** The table whose rows come now, and its open structure elements. */
  private table: OpenTable | undefined;

  constructor(kit: Kit, pdf: PdfDocument) {
    this.kit = kit;
    this.pdf = pdf;
    this.root = kit.struct('Document');
    kit.addStructure(this.root);
  }

  page(page: PlacedPage): void {
    const { width, height } = this.pdf.page;
    this.kit.addPage({ size: [width, height], margin: 0 });
    this.artifact('Pagination', () => this.plain(page.head));
    for (const item of page.body) this.item(item, this.root);
    this.artifact('Pagination', () => this.plain(page.footer));
  }

  end(): void {
    this.closeTable();
    this.root.end();
  }

  private item(item: Placed, parent: Structure): void {
    if (item.kind === 'row') return this.row(item);
    // Lines and frames stand between the rows of a table without ending it.
    if (item.kind === 'text' || item.kind === 'matrix' || item.kind === 'picture') this.closeTable();
    this.content(item, parent);
  }

  private content(item: Placed, parent: Structure): void {
    switch (item.kind) {
      case 'text':
        return this.paragraph(item, parent, item.paragraph.role ?? 'P');
      case 'line':
        return this.artifact('Layout', () => this.line(item));
      case 'frame':
        return this.artifact('Layout', () => this.frame(item));
      case 'matrix': {
        const { alt, size } = item.matrix;
        return this.figure(item, parent, { alt, width: size, height: size, draw: () => this.squares(item) });
      }
      case 'picture':
        return this.figure(item, parent, { ...item.picture, draw: () => this.picture(item) });
      case 'row':
        return this.artifact('Pagination', () => this.plain([item]));
    }
  }

  /** Everything without structure: for artifacts. */
  private plain(items: readonly Placed[]): void {
    for (const item of items) {
      if (item.kind === 'text') this.lines(item);
      else if (item.kind === 'line') this.line(item);
      else if (item.kind === 'frame') this.frame(item);
      else if (item.kind === 'matrix') this.squares(item);
      else if (item.kind === 'picture') this.picture(item);
      else for (const cell of item.cells) this.plain(cell);
    }
  }

  private row(row: Extract<Placed, { kind: 'row' }>): void {
    if (row.role === 'repeated-head') return this.artifact('Pagination', () => this.plain([row]));
    const isHead = row.role === 'head';
    const part = this.partOf(row.table, isHead);
    const element = this.kit.struct('TR');
    part.add(element);
    for (const [at, cell] of row.cells.entries()) {
      const isHeader = isHead || at < row.headCells;
      const scope = isHead ? 'Column' : 'Row';
      // The types of pdfkit do not know `scope` yet.
      const place = this.kit.struct(isHeader ? 'TH' : 'TD', (isHeader ? { scope } : {}) as object);
      element.add(place);
      for (const item of cell) this.content(item, place);
      place.end();
    }
    element.end();
  }

  private partOf(table: unknown, isHead: boolean): Structure {
    const known = this.table;
    const open = known !== undefined && known.of === table ? known : this.openTable(table, isHead);
    if (open.part === undefined || open.isHead !== isHead) {
      open.part?.end();
      open.part = this.kit.struct(isHead ? 'THead' : 'TBody');
      open.isHead = isHead;
      open.element.add(open.part);
    }
    return open.part;
  }

  private openTable(table: unknown, isHead: boolean): OpenTable {
    this.closeTable();
    const element = this.kit.struct('Table');
    this.root.add(element);
    const open: OpenTable = { of: table, element, part: undefined, isHead };
    this.table = open;
    return open;
  }

  private closeTable(): void {
    this.table?.part?.end();
    this.table?.element.end();
    this.table = undefined;
  }

  private paragraph(text: Extract<Placed, { kind: 'text' }>, parent: Structure, role: string): void {
    const element = this.kit.struct(role as 'P');
    parent.add(element);
    for (const part of byLanguage(text, this.pdf.info.language)) {
      if (part.language === undefined) {
        element.add(() => this.lines(part.text));
        continue;
      }
      const span = this.kit.struct('Span', { lang: part.language });
      element.add(span);
      span.add(() => this.lines(part.text));
      span.end();
    }
    element.end();
  }

  private figure(
    { x, y }: { readonly x: number; readonly y: number },
    parent: Structure,
    of: { readonly alt: string; readonly width: number; readonly height: number; draw(): void },
  ): void {
    const bbox: [number, number, number, number] = [x, y, x + of.width, y + of.height];
    const element = this.kit.struct('Figure', { alt: of.alt, bbox, placement: 'Block' } as object);
    parent.add(element);
    element.add(() => of.draw());
    element.end();
  }

  private artifact(type: 'Layout' | 'Pagination', draw: () => void): void {
    this.kit.markContent('Artifact', { type });
    draw();
    this.kit.endMarkedContent();
  }

  private lines(text: Extract<Placed, { kind: 'text' }>): void {
    for (const [at, line] of text.lines.entries()) {
      const indent = indentOf(text.paragraph.align, text.width, line.width);
      for (const segment of line.segments) {
        const { run } = segment;
        const size = run.size ?? DEFAULT_SIZE;
        // The base line lies so that capitals stand in the middle of their line.
        const baseline = text.y + at * text.lineHeight + text.lineHeight / 2 + size * 0.36;
        this.kit
          .font(run.weight ?? 'regular')
          .fontSize(size)
          .fillColor(run.color ?? INK)
          .text(segment.text, text.x + indent + segment.x, baseline, AT_BASELINE);
      }
    }
  }

  private line({ x, y, length, rule }: Extract<Placed, { kind: 'line' }>): void {
    const middle = y + rule.width / 2;
    this.kit
      .moveTo(x, middle)
      .lineTo(x + length, middle)
      .lineWidth(rule.width)
      .stroke(rule.color);
  }

  private frame(frame: Extract<Placed, { kind: 'frame' }>): void {
    const { x, y, width, height, radius, fill, stroke } = frame;
    if (fill !== undefined) this.kit.roundedRect(x, y, width, height, radius).fill(fill);
    if (stroke !== undefined)
      this.kit.roundedRect(x, y, width, height, radius).lineWidth(0.75).stroke(stroke);
  }

  private picture({ picture, x, y }: Extract<Placed, { kind: 'picture' }>): void {
    const { png, width, height } = picture;
    this.kit.image(Buffer.from(png.buffer, png.byteOffset, png.byteLength), x, y, { width, height });
  }

  /** Dark squares of a row that touch are one rectangle: no hairlines between them, and a third of the bytes. */
  private squares({ matrix, x, y }: Extract<Placed, { kind: 'matrix' }>): void {
    const side = matrix.size / matrix.rows.length;
    for (const [at, row] of matrix.rows.entries()) {
      for (let from = 0; from < row.length; from++) {
        if (row[from] !== true) continue;
        let to = from;
        while (row[to] === true) to++;
        this.kit.rect(x + from * side, y + at * side, (to - from) * side, side);
        from = to;
      }
    }
    this.kit.fill('#000000');
  }
}

function indentOf(align: Align | undefined, room: number, width: number): number {
  return align === 'right' ? room - width : 0;
}

type PlacedText = Extract<Placed, { kind: 'text' }>;

/** The paragraph cut where its language changes, keeping every segment in its place. */
function byLanguage(text: PlacedText, own: string): { language: string | undefined; text: PlacedText }[] {
  const languages = [
    ...new Set(
      text.lines.flatMap((line) =>
        line.segments.map(({ run }) => (run.language === own ? undefined : run.language)),
      ),
    ),
  ];
  return languages.map((language) => ({
    language,
    text: {
      ...text,
      lines: text.lines.map((line) => ({
        ...line,
        segments: line.segments.filter(
          ({ run }) => (run.language === own ? undefined : run.language) === language,
        ),
      })),
    },
  }));
}
