import PdfKit from 'pdfkit';
import { zlibSync } from 'fflate';
import type { PdfDocument, Weight } from './pdf-document.ts';
import { drawPages } from './pdf-draw.ts';
import { layOut } from './pdf-layout.ts';
import { printable } from './pdf-text.ts';
import { PdfTypeface } from './pdf-typeface.ts';

/** The two weights documents are set in: TrueType files, embedded as subsets. */
export type PdfFonts = Readonly<Record<Weight, Uint8Array>>;

/** What pdfkit's references are made of, as far as what they hold goes. */
interface Reference {
  compress: boolean;
  buffer: Uint8Array[];
  write(chunk: unknown): void;
  finalize(): void;
}

/** The part of pdfkit that writes the XMP metadata from `info`. */
interface MetadataWriter {
  info: PDFKit.DocumentInfo;
  _addInfo(): void;
}

const addInfo = (PdfKit.prototype as unknown as MetadataWriter)._addInfo;

/** Characters as bytes, as pdfkit makes them one by one; of some thousand pieces of a document. */
function bytesOf(data: unknown): Uint8Array {
  return data instanceof Uint8Array ? data : Buffer.from(`${String(data)}\n`, 'latin1');
}

/** pdfkit's own, of which {@link ReproducibleKit} makes its references. */
function plainOf(reference: Reference): Reference {
  return Object.getPrototypeOf(reference) as Reference;
}

/** In place of methods of a reference, with it as `this`: a document has hundreds, and a closure each would be more than they do. */
const reproducible = {
  write(this: Reference, chunk: unknown): void {
    plainOf(this).write.call(this, bytesOf(chunk));
  },
  finalize(this: Reference): void {
    if (this.compress && this.buffer.length > 0) {
      this.buffer = [zlibSync(Buffer.concat(this.buffer), { level: 6 })];
      this.compress = false;
    }
    plainOf(this).finalize.call(this);
  },
};

/**
 * Compresses with a deflate written in JavaScript. Node's own is free to give other bytes on another processor (it picks
 * instructions at run time), and the same document must be the same file on every machine.
 */
class ReproducibleKit extends PdfKit {
  /** What was written, in order; pdfkit would send each piece through a stream. Begun by the constructor of pdfkit, so not initialised here. */
  declare private written: Uint8Array[] | undefined;
  declare private _offset: number;

  /** The whole file. */
  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.written ?? []));
  }

  protected _write(data: unknown): void {
    const bytes = bytesOf(data);
    this.written ??= [];
    this.written.push(bytes);
    this._offset += bytes.length;
  }

  /** pdfkit puts names into its XML as they are; a company called `A & B` would make it malformed. */
  protected _addInfo(): void {
    const { info } = this;
    const texts = Object.entries(info).map(([name, value]) => [
      name,
      typeof value === 'string' ? escapeXml(value) : (value as unknown),
    ]);
    this.info = Object.fromEntries(texts) as PDFKit.DocumentInfo;
    addInfo.call(this as unknown as MetadataWriter);
    this.info = info;
  }

  override ref(data: object): PDFKit.PDFKitReference {
    return Object.assign(super.ref(data), reproducible);
  }
}

/**
 * The bytes of a document: the same for the same document and fonts, whenever and wherever. Tagged, with embedded subsets of
 * its fonts. Runs for some ten milliseconds without a pause; see pdf-press.ts for where that does not hurt.
 */
export function renderPdf(document: PdfDocument, fonts: PdfFonts): Uint8Array {
  const { info } = document;
  const kit = new ReproducibleKit({
    autoFirstPage: false,
    pdfVersion: '1.7',
    tagged: true,
    subset: 'PDF/UA' as never,
    displayTitle: true,
    lang: info.language,
    // No standard font: it would be a font that is not embedded.
    font: null as never,
    info: {
      Title: printable(info.title),
      Author: printable(info.author),
      Subject: printable(info.subject),
      Creator: 'Innkeeper',
      Producer: 'Innkeeper',
      CreationDate: new Date(info.createdAt),
      ModDate: new Date(info.createdAt),
    },
  });
  const typefaces = { regular: typefaceOf(fonts.regular), semibold: typefaceOf(fonts.semibold) };
  for (const weight of WEIGHTS) typefaces[weight].registerIn(kit, weight);
  const setIn = (weight: Weight): PDFKit.PDFDocument => {
    kit.font(weight);
    typefaces[weight].shapeIn(kit);
    return kit;
  };
  drawPages(kit, document, layOut(document, measureWith(setIn)));
  kit.end();
  return kit.bytes();
}

const WEIGHTS = ['regular', 'semibold'] as const;

/** Opened once for as long as somebody has the file. */
const opened = new WeakMap<Uint8Array, PdfTypeface>();

function typefaceOf(file: Uint8Array): PdfTypeface {
  const known = opened.get(file) ?? new PdfTypeface(file);
  opened.set(file, known);
  return known;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function measureWith(
  setIn: (weight: Weight) => PDFKit.PDFDocument,
): (text: string, weight: Weight, size: number) => number {
  const known = new Map<string, number>();
  return (text, weight, size) => {
    const key = `${weight}${text}`;
    let perPoint = known.get(key);
    if (perPoint === undefined) {
      perPoint = setIn(weight).fontSize(100).widthOfString(text) / 100;
      known.set(key, perPoint);
    }
    return perPoint * size;
  };
}
