import type { Block, Columns, Matrix, Paragraph, Picture, Rule, Table, TableRow } from './pdf-document.ts';
import { breakLines, lineHeightOf, naturalWidth, type MeasureText, type TextLine } from './pdf-text.ts';

/** Something with its place on a page; `x` and `y` are of its upper left corner, from the page's. */
export type Placed =
  | {
      readonly kind: 'text';
      readonly paragraph: Paragraph;
      readonly lines: readonly TextLine[];
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly lineHeight: number;
    }
  | {
      readonly kind: 'line';
      readonly x: number;
      readonly y: number;
      readonly length: number;
      readonly rule: Pick<Rule, 'width' | 'color'>;
    }
  | {
      readonly kind: 'frame';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly radius: number;
      readonly stroke: string | undefined;
      readonly fill: string | undefined;
    }
  | { readonly kind: 'matrix'; readonly matrix: Matrix; readonly x: number; readonly y: number }
  | { readonly kind: 'picture'; readonly picture: Picture; readonly x: number; readonly y: number }
  | {
      readonly kind: 'row';
      readonly table: Table;
      /** A head that is repeated is not read out again. */
      readonly role: 'head' | 'repeated-head' | 'body';
      readonly headCells: number;
      readonly cells: readonly (readonly Placed[])[];
    };

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** What a block became: its parts, and how much room they take. */
export interface Drawn {
  readonly placed: readonly Placed[];
  readonly height: number;
}

/** Blocks below each other, from the top of `area` on. */
export function stack(blocks: readonly Block[], area: Area, measure: MeasureText): Drawn {
  const placed: Placed[] = [];
  let height = 0;
  for (const block of blocks) {
    const drawn = one(block, { ...area, y: area.y + height }, measure);
    placed.push(...drawn.placed);
    height += drawn.height;
  }
  return { placed, height };
}

/** A block with its upper left corner in that of `area`. */
export function one(block: Block, area: Area, measure: MeasureText): Drawn {
  switch (block.kind) {
    case 'text':
      return text(block, area, measure);
    case 'space':
      return { placed: [], height: block.height };
    case 'rule':
      return {
        placed: [{ kind: 'line', x: area.x, y: area.y, length: area.width, rule: block }],
        height: block.width,
      };
    case 'columns':
      return columns(block, area, measure);
    case 'box': {
      const { padding } = block;
      const inner = {
        x: area.x + padding.left,
        y: area.y + padding.top,
        width: area.width - padding.left - padding.right,
      };
      const content = stack(block.blocks, inner, measure);
      const height = content.height + padding.top + padding.bottom;
      const { radius, stroke, fill } = block;
      return {
        placed: [{ kind: 'frame', ...area, height, radius, stroke, fill }, ...content.placed],
        height,
      };
    }
    case 'group':
      return stack(block.blocks, area, measure);
    case 'matrix':
      return { placed: [{ kind: 'matrix', matrix: block, x: area.x, y: area.y }], height: block.size };
    case 'picture':
      return { placed: [{ kind: 'picture', picture: block, x: area.x, y: area.y }], height: block.height };
    case 'table': {
      const rows = tableRows(block, { ...area, y: 0 }, measure);
      const all = [...rows.head, ...rows.body];
      let y = area.y;
      const placed = all.flatMap((row) => {
        const here = moved(row, y);
        y += row.height;
        return here.placed;
      });
      return { placed, height: y - area.y };
    }
  }
}

function text(paragraph: Paragraph, area: Area, measure: MeasureText): Drawn {
  const lines = breakLines(paragraph, area.width, measure);
  const lineHeight = lineHeightOf(paragraph);
  return {
    placed: [{ kind: 'text', paragraph, lines, ...area, lineHeight }],
    height: lines.length * lineHeight,
  };
}

type Width = Columns['columns'][number]['width'];

/** Fixed widths as they are, contents as wide as they need, and the rest divided by shares. */
function widthsOf(
  widths: readonly Width[],
  contentWidth: (at: number) => number,
  room: number,
): readonly number[] {
  const known = widths.map((width, at) =>
    typeof width === 'number' ? width : width === 'content' ? contentWidth(at) : 0,
  );
  const shares = widths.map((width) => (typeof width === 'object' ? width.share : 0));
  const left = Math.max(0, room - known.reduce((sum, width) => sum + width, 0));
  const shared = shares.reduce((sum, share) => sum + share, 0);
  return known.map((width, at) => width + (shared === 0 ? 0 : (left * (shares[at] ?? 0)) / shared));
}

/** Width of the widest line that blocks would have if nothing broke them. */
function contentWidthOf(blocks: readonly Block[], measure: MeasureText): number {
  const widths = blocks.map((block) => {
    switch (block.kind) {
      case 'text':
        return naturalWidth(block, measure);
      case 'matrix':
        return block.size;
      case 'picture':
        return block.width;
      case 'box':
        return block.padding.left + block.padding.right + contentWidthOf(block.blocks, measure);
      case 'group':
        return contentWidthOf(block.blocks, measure);
      case 'table':
        return tableContentWidth(block, measure);
      case 'columns':
      case 'rule':
      case 'space':
        return 0;
    }
  });
  // A hair more, or rounding breaks what just fits.
  return Math.max(0, ...widths) + 0.05;
}

function tableContentWidth(table: Table, measure: MeasureText): number {
  const widths = table.columns.map((column, at) =>
    typeof column.width === 'number' ? column.width : cellWidth(table, at, measure),
  );
  return widths.reduce((sum, width) => sum + width, 0) + table.gap * (table.columns.length - 1);
}

function cellWidth(table: Table, at: number, measure: MeasureText): number {
  const cells = [...table.head, ...table.rows].flatMap((row) => row.cells[at] ?? []);
  return contentWidthOf(cells, measure);
}

function columns(block: Columns, area: Area, measure: MeasureText): Drawn {
  const room = area.width - block.gap * (block.columns.length - 1);
  const widths = widthsOf(
    block.columns.map((column) => column.width),
    (at) => contentWidthOf(block.columns[at]?.blocks ?? [], measure),
    room,
  );
  let x = area.x;
  const drawn = block.columns.map((column, at) => {
    const width = widths[at] ?? 0;
    const content = stack(column.blocks, { x, y: area.y, width }, measure);
    x += width + block.gap;
    return { column, content };
  });
  const height = Math.max(0, ...drawn.map(({ content }) => content.height));
  const placed = drawn.flatMap(({ column, content }) =>
    column.align === 'middle' ? moved(content, (height - content.height) / 2).placed : content.placed,
  );
  return { placed, height };
}

/** Rows at y 0, to be moved to where they go. */
export function tableRows(table: Table, area: Area, measure: MeasureText): { head: Drawn[]; body: Drawn[] } {
  const room = area.width - table.gap * (table.columns.length - 1);
  const widths = widthsOf(
    table.columns.map((column) => column.width),
    (at) => cellWidth(table, at, measure),
    room,
  );
  const drawRow = (row: TableRow, role: 'head' | 'body'): Drawn => {
    let x = area.x;
    const cells = table.columns.map((column, at) => {
      const width = widths[at] ?? 0;
      const blocks = (row.cells[at] ?? []).map((paragraph) => ({
        ...paragraph,
        align: paragraph.align ?? column.align ?? 'left',
      }));
      const content = stack(blocks, { x, y: area.y + row.paddingTop, width }, measure);
      x += width + table.gap;
      return content;
    });
    const height = Math.max(...cells.map((cell) => cell.height)) + row.paddingTop + row.paddingBottom;
    const placed: Placed[] = [
      { kind: 'row', table, role, headCells: row.headCells ?? 0, cells: cells.map((cell) => cell.placed) },
    ];
    if (row.rule !== undefined)
      placed.push({ kind: 'line', x: area.x, y: area.y + height, length: area.width, rule: row.rule });
    return { placed, height: height + (row.rule?.width ?? 0) };
  };
  return {
    head: table.head.map((row) => drawRow(row, 'head')),
    body: table.rows.map((row) => drawRow(row, 'body')),
  };
}

/** The same, further down by so many points. */
export function moved(drawn: Drawn, by: number): Drawn {
  return { ...drawn, placed: drawn.placed.map((item) => movedItem(item, by)) };
}

function movedItem(item: Placed, by: number): Placed {
  if (item.kind === 'row') {
    return { ...item, cells: item.cells.map((cell) => cell.map((inner) => movedItem(inner, by))) };
  }
  return { ...item, y: item.y + by };
}
