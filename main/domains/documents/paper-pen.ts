import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { money, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import type { Block, Paragraph, Run, Table, TableRow } from '../../platform/pdf/pdf-document.ts';
import {
  filled,
  GREY,
  INK,
  numberText,
  SMALL,
  SOFT,
  text,
  type DocumentLanguage,
  type Issuer,
  type Layout,
} from '../billing/billing-public.ts';
import type { Paper } from './paper-forms.ts';

/** Also the name of the folder with the words of all papers. */
export const PAPER_LAYOUT = 'paper-1';

type Words = Readonly<Record<string, string>>;
const read = new Map<string, Words>();

/** The words of a language, from `<layoutFolder>/paper-1/<language>.json`, read once. */
export function paperWords(layoutFolder: string, language: DocumentLanguage): Words {
  const file = join(layoutFolder, PAPER_LAYOUT, `${language}.json`);
  const known =
    read.get(file) ?? z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, 'utf8')));
  read.set(file, known);
  return known;
}

export interface ColumnOf {
  /** A word of the layout. */
  readonly head: string;
  readonly align?: 'right';
  /** It takes what the others leave. */
  readonly isWide?: true;
}

export type Cell = string | readonly Paragraph[];

/** What papers are written with: words in the paper's language, and in grey the English beside them where that is another. */
export class PaperPen {
  readonly paper: Paper;
  readonly language: DocumentLanguage;
  private readonly own: Words;
  private readonly english: Words | undefined;

  /** Who issues the paper, with its pictures. */
  readonly issuer: Issuer;

  constructor(paper: Paper, { folder, pictures = {} }: Layout) {
    const { name } = paper.seller;
    this.paper = paper;
    this.language = paper.language;
    this.own = paperWords(folder, paper.language);
    this.english = paper.language === 'en' ? undefined : paperWords(folder, 'en');
    this.issuer = {
      pictures,
      name,
      alt: (kind) => filled(this.word(`${kind}Of`), { name }),
      issuedBy: () => text(this.label('issuedBy')),
    };
  }

  word(key: string): string {
    const found = this.own[key];
    if (found === undefined) throw new Error(`the layout ${PAPER_LAYOUT} has no word ${key}`);
    return found;
  }

  label(key: string, weight: Run['weight'] = 'regular', size = SMALL): Run[] {
    const own: Run = { text: this.word(key), weight, size };
    const english = this.english?.[key];
    if (english === undefined || english === own.text) return [own];
    return [own, { text: ` ${english}`, size, color: GREY, language: 'en' }];
  }

  heading(key: string): Paragraph {
    return { kind: 'text', runs: this.label(key, 'semibold'), role: 'H2' };
  }

  /** A sentence, and below it the English one. */
  sentence(key: string, facts: Readonly<Record<string, string>> = {}): Paragraph[] {
    const own = text([{ text: filled(this.word(key), facts) }]);
    const english = this.english?.[key];
    if (english === undefined) return [own];
    return [own, text([{ text: filled(english, facts), size: SMALL, color: GREY, language: 'en' }])];
  }

  amount(minor: string): string {
    return numberText(moneyToDecimalText(money(BigInt(minor), this.paper.currency)), this.language, 2);
  }

  amountWithCurrency(minor: string): string {
    return `${this.amount(minor)}\u00a0${this.paper.currency}`;
  }

  /** A table whose head is on every page that it goes on to; the last rows may be totals. */
  table(
    columns: readonly ColumnOf[],
    rows: readonly (readonly Cell[])[],
    totals: readonly (readonly Cell[])[] = [],
  ): Table {
    const row = (cells: readonly Cell[], isTotal: boolean): TableRow => ({
      cells: cells.map((cell) =>
        typeof cell === 'string' ? [text([{ text: cell, weight: isTotal ? 'semibold' : 'regular' }])] : cell,
      ),
      paddingTop: 4.5,
      paddingBottom: 4.5,
      headCells: 1,
      rule: { width: 0.6, color: SOFT },
    });
    return {
      kind: 'table',
      gap: 11,
      columns: columns.map(({ align, isWide }) => ({
        width: isWide ? { share: 1 } : 'content',
        ...(align === undefined ? {} : { align }),
      })),
      head: [
        {
          cells: columns.map(({ head }) => this.twoLines(head)),
          paddingTop: 0,
          paddingBottom: 5,
          rule: { width: 0.9, color: INK },
        },
      ],
      rows: [...rows.map((cells) => row(cells, false)), ...totals.map((cells) => row(cells, true))],
    };
  }

  /** Names and values beside each other. */
  facts(facts: readonly (readonly [word: string, value: string])[]): Table {
    return {
      kind: 'table',
      gap: 9,
      columns: [{ width: 'content' }, { width: { share: 1 } }],
      head: [],
      rows: facts.map(([word, value]) => ({
        cells: [[text(this.label(word, 'regular', 8.25))], [text([{ text: value, weight: 'semibold' }])]],
        paddingTop: 0,
        paddingBottom: 0.6,
        headCells: 1,
      })),
    };
  }

  private twoLines(key: string): Paragraph[] {
    const own = text([{ text: this.word(key), weight: 'semibold', size: SMALL }]);
    const english = this.english?.[key];
    if (english === undefined || english === this.word(key)) return [own];
    return [own, text([{ text: english, size: SMALL, color: GREY, language: 'en' }])];
  }
}

export type Blocks = readonly Block[];
