import { money, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import type { Block, Columns, Paragraph, Run, Table } from '../../platform/pdf/pdf-document.ts';
import type { DocumentLanguage, IssuedDocument } from './invoice-document.ts';
import { creditNoteTexts, invoiceTexts, numberText, type InvoiceTexts, type Word } from './invoice-texts.ts';

export const INK = '#15191d';
export const GREY = '#5d6873';
export const SOFT = '#e2e6ea';
export const FILL = '#eef1f4';
export const EDGE = '#c5ccd3';

export const SIZE = 8.25;
export const SMALL = 7.5;

/** What the parts of an invoice's pages are written with: its document, its words, and how labels and amounts look. */
export class Pen {
  readonly document: IssuedDocument;
  readonly language: DocumentLanguage;
  /** Words in the document's language. */
  readonly own: InvoiceTexts;
  /** English words that stand beside them; undefined where they are English already. */
  readonly english: InvoiceTexts | undefined;

  constructor(document: IssuedDocument, layoutFolder: string, language: DocumentLanguage) {
    this.document = document;
    this.language = language;
    const texts = document.form === 'credit-note-1' ? creditNoteTexts : invoiceTexts;
    this.own = texts(layoutFolder, language);
    this.english = language === 'en' ? undefined : texts(layoutFolder, 'en');
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

  amount(minor: string): string {
    const decimal = moneyToDecimalText(money(BigInt(minor), this.document.currency));
    return numberText(decimal, this.language, 2);
  }

  amountWithCurrency(minor: string): string {
    return `${this.amount(minor)}\u00a0${this.document.currency}`;
  }
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
