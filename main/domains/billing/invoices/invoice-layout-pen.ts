import type { TaxedSo } from '../../../../shared/domains/billing/vat-key-rules.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText } from '../../../../shared/kernel/money.ts';
import type { Block, Columns, Paragraph, Run, Table } from '../../../platform/pdf/pdf-document.ts';
import type { DocumentLanguage, IssuedDocument } from './invoice-document.ts';
import type { DocumentPictures, Issuer } from '../documents/document-pictures.ts';
import {
  advanceTexts,
  dateText,
  filled,
  numberText,
  rateTextAmong,
  TEXTS_OF_FORM,
  type DateStyle,
  type InvoiceTexts,
  type Word,
} from './invoice-texts.ts';

export const INK = '#15191d';
export const GREY = '#5d6873';
export const SOFT = '#e2e6ea';
export const FILL = '#eef1f4';
export const EDGE = '#c5ccd3';

export const SIZE = 8.25;
export const SMALL = 7.5;

/** What pages are made with beside the document itself. */
export interface Layout {
  /** `resources/layouts` */
  readonly folder: string;
  /** Those the document was issued with; default none. */
  readonly pictures?: DocumentPictures;
}

export type Tightness = 0 | 1 | 2;

/** What the parts of an invoice's pages are written with: its document, its words, and how labels and amounts look. */
export class Pen {
  readonly document: IssuedDocument;
  readonly language: DocumentLanguage;
  /** Words in the document's language. */
  readonly own: InvoiceTexts;
  /** English words that stand beside them; undefined where they are English already. */
  readonly english: InvoiceTexts | undefined;
  /** How tightly it is set: 0 as it looks best, 2 to save a page. */
  readonly tightness: Tightness;
  /** How its dates are written. */
  readonly style: DateStyle;
  private readonly pictures: DocumentPictures;

  constructor(
    document: IssuedDocument,
    layout: Layout,
    { language, tightness = 0 }: { readonly language: DocumentLanguage; readonly tightness?: Tightness },
  ) {
    this.document = document;
    this.language = language;
    this.tightness = tightness;
    this.style = { language, edition: document.edition };
    this.pictures = layout.pictures ?? {};
    const texts = textsOf(document);
    this.own = texts(layout.folder, language);
    this.english = language === 'en' ? undefined : texts(layout.folder, 'en');
  }

  /** Who issues the document, with its pictures. */
  issuer(): Issuer {
    const { name } = this.document.seller;
    return {
      pictures: this.pictures,
      name,
      alt: (kind) => filled(this.own[`${kind}Of`], { name }),
      issuedBy: () => text(this.label('issuedBy')),
    };
  }

  /** A day in the language of the pages. */
  day(day: LocalDate): string {
    return dateText(day, this.style);
  }

  /** What of these is for how tightly the pages are set. */
  tight<T>(...of: readonly [T, T, T]): T {
    return of[this.tightness];
  }

  heading(word: Word): Paragraph {
    return { kind: 'text', runs: this.label(word, 'semibold'), role: 'H2' };
  }

  /** A word of the layout, and its English beside it in grey. */
  label(word: Word, weight: Run['weight'] = 'regular', size = SMALL): Run[] {
    const own: Run = { text: this.own[word], weight, size };
    if (this.english === undefined || this.english[word] === this.own[word]) return [own];
    return [own, { text: ` ${this.english[word]}`, size, color: GREY, language: 'en' }];
  }

  /** The same below each other, for heads of columns. */
  twoLines(word: Word): Paragraph[] {
    const own = text([{ text: this.own[word], weight: 'semibold', size: SMALL }]);
    if (this.english === undefined) return [own];
    return [own, text([{ text: this.english[word], size: SMALL, color: GREY, language: 'en' }])];
  }

  /** Names and values beside each other; a name that is no word of the layout stands as it is. */
  facts(
    facts: readonly (readonly [name: string, value: string])[],
    weight: Run['weight'] = 'regular',
  ): Table {
    return {
      kind: 'table',
      gap: 9,
      columns: [{ width: 'content' }, { width: { share: 1 } }],
      head: [],
      rows: facts.map(([name, value]) => ({
        cells: [
          [text(isWord(name, this.own) ? this.label(name, 'regular', SIZE) : [{ text: name }])],
          [text([{ text: value, weight }])],
        ],
        paddingTop: 0,
        paddingBottom: 0.6,
        headCells: 1,
      })),
    };
  }

  /** A rate as lines and the breakdown of VAT show it. */
  rate(of: TaxedSo): string {
    return rateTextAmong(of, { all: this.document.vatLines, texts: this.own, language: this.language });
  }

  amount(minor: string): string {
    const decimal = moneyToDecimalText(money(BigInt(minor), this.document.currency));
    return numberText(decimal, this.language, 2);
  }

  amountWithCurrency(minor: string): string {
    return `${this.amount(minor)}\u00a0${this.document.currency}`;
  }
}

/** The words of a document's form; what takes an advance back is worked out and dated as the advance was. */
function textsOf(document: IssuedDocument): (folder: string, language: DocumentLanguage) => InvoiceTexts {
  const texts = TEXTS_OF_FORM[document.form];
  if (document.form !== 'credit-note-1' || document.corrects.isAdvance !== true) return texts;
  return (folder, language) => {
    const { vatRule, supplied } = advanceTexts(folder, language);
    return { ...texts(folder, language), vatRule, supplied };
  };
}

function isWord(name: string, texts: InvoiceTexts): name is Word {
  return Object.hasOwn(texts, name);
}

export function text(runs: readonly Run[], align?: 'left' | 'right'): Paragraph {
  return { kind: 'text', runs, ...(align === undefined ? {} : { align }) };
}

export function space(height: number): Block {
  return { kind: 'space', height };
}

export function columns(gap: number, of: Columns['columns']): Columns {
  return { kind: 'columns', gap, columns: of };
}
