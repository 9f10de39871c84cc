import PdfKit from 'pdfkit';

/** A glyph as pdfkit embeds it. */
interface Glyph {
  readonly id: number;
  readonly advanceWidth: number;
  readonly codePoints: readonly number[];
}

interface GlyphRun {
  readonly glyphs: readonly Glyph[];
  readonly positions: readonly object[];
  readonly advanceWidth: number;
}

/** What is used of a font that fontkit has opened. */
interface OpenedFont {
  _glyphs: Record<number, Glyph>;
  glyphForCodePoint(codePoint: number): Glyph;
  getGlyph(id: number, codePoints?: readonly number[]): Glyph & { _decode(): unknown };
}

/** What is used of pdfkit's font of one document. */
interface DocumentFont {
  readonly font: OpenedFont;
  layoutRun(text: string): GlyphRun;
  layoutCached(text: string): GlyphRun;
}

/** A word as it was shaped once: for whichever document, glyphs and places are the same. */
interface ShapedWord {
  readonly run: GlyphRun;
  /** Its glyphs before and after shaping, in the order in which fontkit meets them, each with the characters it stands for. */
  readonly met: readonly Glyph[];
}

/** More words than a language's documents repeat; names of customers come and go. */
const WORDS_MAX = 20_000;

/**
 * A font that is opened once for all documents of a thread: its tables are parsed and its words shaped once.
 *
 * A glyph that stands for several characters (a blank, and one that does not break) is written into a document as the first of them which
 * that document used. fontkit keeps that in the opened font, so one shared by documents would make the bytes of a document depend on
 * those before it; here each document keeps its own, and its bytes are those it would have with a font opened for itself.
 */
export class PdfTypeface {
  /** For subsets, which read glyphs and care for no character. */
  private readonly shared: OpenedFont;
  /** For shaping: forgets its glyphs at each word. */
  private readonly shaper: DocumentFont;
  private words = new Map<string, ShapedWord>();

  constructor(file: Uint8Array) {
    this.shared = decodingOnce(openedIn(file).font);
    this.shaper = openedIn(file);
  }

  /** Makes it a document's font under this name. */
  registerIn(kit: PDFKit.PDFDocument, name: string): void {
    kit.registerFont(name, this.shared as never);
  }

  /** Has the document's current font, which is this one, take words as they were shaped once. */
  shapeIn(kit: PDFKit.PDFDocument): void {
    const font = fontOf(kit);
    if (Object.hasOwn(font, 'layoutCached')) return;
    const asMet = new Map<number, Glyph>();
    const runs = new Map<string, GlyphRun>();
    font.layoutCached = (text) => {
      const known = runs.get(text);
      if (known !== undefined) return known;
      const run = this.runIn(asMet, text);
      runs.set(text, run);
      return run;
    };
  }

  private runIn(asMet: Map<number, Glyph>, text: string): GlyphRun {
    const { run, met } = this.shaped(text);
    for (const glyph of met) if (!asMet.has(glyph.id)) asMet.set(glyph.id, glyph);
    return { ...run, glyphs: run.glyphs.map((glyph) => asMet.get(glyph.id) ?? glyph) };
  }

  private shaped(text: string): ShapedWord {
    const known = this.words.get(text);
    if (known !== undefined) return known;
    const { shaper } = this;
    shaper.font._glyphs = {};
    const before = Array.from(text, (character) =>
      shaper.font.glyphForCodePoint(character.codePointAt(0) ?? 0),
    );
    const run = shaper.layoutRun(text);
    const word = { run: frozen(run), met: [...before, ...run.glyphs].map(plain) };
    if (this.words.size >= WORDS_MAX) this.words = new Map();
    this.words.set(text, word);
    return word;
  }
}

/** A subset takes apart each of its glyphs; the same ones in nearly every document. */
function decodingOnce(font: OpenedFont): OpenedFont {
  const getGlyph = font.getGlyph.bind(font);
  font.getGlyph = (id, codePoints) => {
    const glyph = getGlyph(id, codePoints);
    if (Object.hasOwn(glyph, '_decode')) return glyph;
    const decoded = glyph._decode();
    glyph._decode = () => decoded;
    return glyph;
  };
  return font;
}

function frozen({ glyphs, positions, advanceWidth }: GlyphRun): GlyphRun {
  return { glyphs: glyphs.map(plain), positions, advanceWidth };
}

function plain({ id, advanceWidth, codePoints }: Glyph): Glyph {
  return { id, advanceWidth, codePoints };
}

function openedIn(file: Uint8Array): DocumentFont {
  const kit = new PdfKit({ autoFirstPage: false, font: null as never });
  return fontOf(kit.font(Buffer.from(file) as never));
}

function fontOf(kit: PDFKit.PDFDocument): DocumentFont {
  return (kit as unknown as { readonly _font: DocumentFont })._font;
}
