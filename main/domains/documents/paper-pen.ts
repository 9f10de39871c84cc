import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import type { Block, Paragraph, Run, Table, TableRow } from '../../platform/pdf/pdf-document.ts';
import {
  dateText,
  filled,
  GREY,
  INK,
  numberText,
  SMALL,
  SOFT,
  text,
  type DateStyle,
  type DocumentLanguage,
  type Issuer,
  type Layout,
} from '../billing/billing-public.ts';
import type { Paper } from './paper-forms.ts';

/** Also the name of the folder with the words of all papers; the second edition has some of its own (`paper-2`). */
export const PAPER_LAYOUT = 'paper-1';
const SECOND_EDITION = 'paper-2';

type Edition = 1 | 2;
type Words = Readonly<Record<string, string>>;
/** What a sentence says; dates in it as the language of the sentence has them. */
type Facts = (style: DateStyle) => Words;
const read = new Map<string, Words>();

/** The words of a language, from `<layoutFolder>/paper-1/<language>.json`, read once; of the second edition with those it has instead. */
export function paperWords(layoutFolder: string, language: DocumentLanguage, edition: Edition = 1): Words {
  const first = wordsIn(join(layoutFolder, PAPER_LAYOUT, `${language}.json`));
  if (edition === 1) return first;
  return { ...first, ...wordsIn(join(layoutFolder, SECOND_EDITION, `${language}.json`)) };
}

function wordsIn(file: string): Words {
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
  readonly edition: Edition;
  private readonly own: Words;
  private readonly english: Words | undefined;

  /** Who issues the paper, with its pictures. */
  readonly issuer: Issuer;

  constructor(paper: Paper, { folder, pictures = {} }: Layout) {
    const { name } = paper.seller;
    this.paper = paper;
    this.language = paper.language;
    this.edition = paper.edition ?? 1;
    this.own = paperWords(folder, paper.language, this.edition);
    this.english = paper.language === 'en' ? undefined : paperWords(folder, 'en', this.edition);
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

  /** How its dates are written. */
  get style(): DateStyle {
    return { language: this.language, edition: this.edition };
  }

  day(date: LocalDate): string {
    return dateText(date, this.style);
  }

  /** A word and the English one, one under the other where that keeps both whole. */
  stacked(key: string, size: number): Paragraph[] {
    if (this.edition === 1) return [text(this.label(key, 'regular', size))];
    return this.label(key, 'regular', size).map((run) => text([{ ...run, text: run.text.trim() }]));
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
  sentence(key: string, facts: Facts = () => ({})): Paragraph[] {
    const own = text([{ text: filled(this.word(key), facts(this.style)) }]);
    const english = this.english?.[key];
    if (english === undefined) return [own];
    // The first edition has its own dates in English sentences, too.
    const said = facts(this.edition === 1 ? this.style : { language: 'en', edition: this.edition });
    return [own, text([{ text: filled(english, said), size: SMALL, color: GREY, language: 'en' }])];
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
