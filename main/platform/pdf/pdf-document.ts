/**
 * A document as data: what its pages say and how, without any of its lines placed. Lengths are points (1/72 inch), colours
 * `#rrggbb`. It crosses a thread boundary, so it holds plain values only.
 */
export interface PdfDocument {
  readonly info: PdfInfo;
  readonly page: { readonly width: number; readonly height: number; readonly margins: Margins };
  readonly body: readonly (Block | Choice)[];
  /** The same set more and more tightly: the first of these that is one page is drawn, where the body is more. */
  readonly tighter?: readonly (readonly (Block | Choice)[])[];
  /** Printed above the body on every page but the first. */
  readonly continuation: readonly Block[];
  /** Printed at the foot of every page. `{page}` and `{pages}` in its texts are replaced. */
  readonly footer: readonly Block[];
}

export interface PdfInfo {
  readonly title: string;
  readonly author: string;
  readonly subject: string;
  /** BCP 47; a run in another language says so itself. */
  readonly language: string;
  /** Written into the file and its identifier: the same document gives the same bytes. ISO instant. */
  readonly createdAt: string;
}

export interface Margins {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export type Weight = 'regular' | 'semibold';

export interface Run {
  readonly text: string;
  readonly weight?: Weight;
  /** Default 8.25. */
  readonly size?: number;
  readonly color?: string;
  /** Where it differs from the document's. */
  readonly language?: string;
}

export type Align = 'left' | 'right';

/** Structure types of ISO 32000 that a paragraph may be read out as. */
export type ParagraphRole = 'P' | 'H1' | 'H2';

export interface Paragraph {
  readonly kind: 'text';
  readonly runs: readonly Run[];
  readonly align?: Align;
  /** Default 'P'. */
  readonly role?: ParagraphRole;
  /** Distance of base lines; default 1.45 times the largest size. */
  readonly lineHeight?: number;
}

export interface Space {
  readonly kind: 'space';
  readonly height: number;
}

export interface Rule {
  readonly kind: 'rule';
  readonly width: number;
  readonly color: string;
}

export interface Columns {
  readonly kind: 'columns';
  readonly gap: number;
  readonly columns: readonly {
    /** Points, or what the content needs in one line, or a share of the rest. */
    readonly width: number | 'content' | { readonly share: number };
    readonly align?: 'top' | 'middle';
    readonly blocks: readonly Block[];
  }[];
}

export interface Box {
  readonly kind: 'box';
  readonly padding: Margins;
  readonly stroke?: string;
  readonly fill?: string;
  readonly radius: number;
  readonly blocks: readonly Block[];
}

/** Blocks that are not torn apart by the end of a page. */
export interface Group {
  readonly kind: 'group';
  readonly blocks: readonly Block[];
}

/** Black and white squares, such as a QR code, with the words that stand for it when it is read out. */
export interface Matrix {
  readonly kind: 'matrix';
  readonly size: number;
  readonly rows: readonly (readonly boolean[])[];
  readonly alt: string;
}

/** A picture, with the words that stand for it when it is read out. */
export interface Picture {
  readonly kind: 'picture';
  /** Red, green and blue with 8 bits each, not interlaced: its compressed pixels go into the file as they are. */
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly alt: string;
}

/** The first of these that the rest of a page has room for; where none has, the first on a new page. Only in the body itself. */
export interface Choice {
  readonly kind: 'choice';
  /** The largest first. */
  readonly of: readonly [Group, ...Group[]];
}

export interface TableColumn {
  readonly width: number | 'content' | { readonly share: number };
  readonly align?: Align;
}

export interface TableRow {
  /** Paragraphs of each cell. */
  readonly cells: readonly (readonly Paragraph[])[];
  /** Line below the row. */
  readonly rule?: { readonly width: number; readonly color: string };
  readonly paddingTop: number;
  readonly paddingBottom: number;
  /** First cells that say what the row is, when it is read out. Default 0. */
  readonly headCells?: number;
}

export interface Table {
  readonly kind: 'table';
  readonly columns: readonly TableColumn[];
  readonly gap: number;
  /** Repeated on every page the table goes on to. */
  readonly head: readonly TableRow[];
  readonly rows: readonly TableRow[];
  /** Another table follows before the totals do: its last rows are kept with the beginning of that one, not with all until the totals. */
  readonly isBeforeTable?: boolean;
}

export type Block = Paragraph | Space | Rule | Columns | Box | Group | Matrix | Picture | Table;
