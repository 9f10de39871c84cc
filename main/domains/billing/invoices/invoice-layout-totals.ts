import { vatNotesOf } from '../../../../shared/domains/billing/vat-notes.ts';
import { money } from '../../../../shared/kernel/money.ts';
import type { Block, Run, Table, TableRow } from '../../../platform/pdf/pdf-document.ts';
import { dueOf } from '../advances/advance-settle.ts';
import { amountInWords } from '../documents/amount-words.ts';
import { columns, FILL, GREY, INK, SIZE, SMALL, SOFT, space, text, type Pen } from './invoice-layout-pen.ts';
import { nationalVat } from './invoice-layout-national.ts';
import type { DocumentLanguage } from './invoice-document.ts';
import { rateTextAmong } from './invoice-texts.ts';

/** Amount in words and notes on the left, VAT by rate and what is due on the right. */
export function totals(pen: Pen): Block {
  const { document } = pen;
  const gross = money(dueOf(document), document.currency);
  const words: Block[] = [
    pen.heading('inWords'),
    space(2),
    text([{ text: amountInWords(gross, pen.language) }]),
  ];
  if (pen.english) words.push(text([{ text: amountInWords(gross, 'en'), color: GREY, language: 'en' }]));
  if (document.form === 'credit-note-1') {
    words.push(space(9), pen.heading('reason'), space(2), text([{ text: document.reason }]));
  }
  words.push(space(pen.tight(9, 7, 6)), pen.heading('notes'), space(2), ...notes(pen));
  // Where the page is nearly full there is room beside the amounts and not under them; of what is left to tax under the advances.
  if (pen.tightness > 0 && document.settles === undefined) words.push(...nationalVat(pen));
  return columns(26, [
    { width: { share: 1 }, blocks: words },
    {
      width: { share: shareOfAmounts(pen.amount(document.grossMinor).length) },
      blocks: [
        vatTable(pen),
        ...(pen.tightness > 0 ? [] : nationalVat(pen)),
        space(9),
        ...prepaid(pen),
        amountDue(pen, pen.amountWithCurrency(dueOf(document).toString())),
      ],
    },
  ]);
}

/** Room for the amounts, where the words beside them have 1: more the longer they are. */
function shareOfAmounts(longestAmount: number): number {
  if (longestAmount <= '999 999,99'.length) return 0.93;
  return longestAmount <= '99 999 999,99'.length ? 1.35 : 1.8;
}

function notes(pen: Pen): Block[] {
  const own = [...noteTexts(pen, pen.language), pen.own.vatRule];
  const english = pen.english && [...noteTexts(pen, 'en'), pen.english.vatRule];
  return own.flatMap((note, at) => {
    const second = english?.[at];
    const blocks: Block[] = [text([{ text: note, size: SMALL }])];
    if (second !== undefined) {
      blocks.push(text([{ text: second, size: SMALL, color: GREY, language: 'en' }]), space(3));
    }
    return blocks;
  });
}

/** Sentences about the amounts of a category; where there are several of those they begin with what the table calls it. */
function noteTexts(pen: Pen, language: DocumentLanguage): string[] {
  const { document } = pen;
  // The words of the seller's law stand in the first language already.
  const sellerCountry = language === pen.language ? document.seller.country : '';
  const texts = (language === pen.language ? undefined : pen.english) ?? pen.own;
  return vatNotesOf(document, { language, sellerCountry }).map(({ category, text: note }) => {
    const [group, ...others] = document.vatLines.filter(({ vatCategory }) => vatCategory === category);
    if (document.vatLines.length === 1 || group === undefined || others.length > 0) return note;
    return `${rateTextAmong(group, { all: document.vatLines, texts, language })}: ${note}`;
  });
}

function vatTable(pen: Pen): Table {
  const { document } = pen;
  const row = (name: readonly Run[], amounts: readonly string[], rule: TableRow['rule']): TableRow => ({
    cells: [
      [text(name)],
      ...amounts.map((amount) => [text([{ text: amount, weight: name[0]?.weight ?? 'regular' }])]),
    ],
    paddingTop: 4,
    paddingBottom: 4,
    headCells: 1,
    ...(rule === undefined ? {} : { rule }),
  });
  const groups = document.vatLines.map((group) => {
    const gross = (BigInt(group.baseMinor) + BigInt(group.vatMinor)).toString();
    const amounts = [group.baseMinor, group.vatMinor, gross].map((minor) => pen.amount(minor));
    return row([{ text: pen.rate(group) }], amounts, { width: 0.6, color: SOFT });
  });
  const total = [document.netMinor, document.vatMinor, document.grossMinor];
  return {
    kind: 'table',
    gap: 12,
    columns: [
      { width: { share: 1 } },
      ...Array.from({ length: 3 }, () => ({ width: 'content' as const, align: 'right' as const })),
    ],
    head: [
      {
        cells: (['vatRate', 'net', 'vat', 'gross'] as const).map((word) => pen.twoLines(word)),
        paddingTop: 0,
        paddingBottom: 4,
        rule: { width: 0.9, color: INK },
      },
    ],
    rows: [
      ...groups,
      row(
        pen.label('total', 'semibold', SIZE),
        total.map((minor) => pen.amount(minor)),
        undefined,
      ),
    ],
  };
}

/** What advances paid of it, above what is left to pay. */
function prepaid(pen: Pen): Block[] {
  const { document } = pen;
  if (document.settles === undefined) return [];
  const paid = (BigInt(document.grossMinor) - dueOf(document)).toString();
  return [
    columns(10, [
      { width: { share: 1 }, blocks: [text(pen.label('prepaid', 'regular', SIZE))] },
      { width: 'content', blocks: [text([{ text: pen.amountWithCurrency(paid) }], 'right')] },
    ]),
    space(6),
  ];
}

function amountDue(pen: Pen, amount: string): Block {
  return {
    kind: 'box',
    fill: FILL,
    radius: 3,
    padding: { top: 8, right: 9, bottom: 8, left: 9 },
    blocks: [
      columns(10, [
        { width: { share: 1 }, align: 'middle', blocks: [text(pen.label('amountDue', 'regular', 9))] },
        {
          width: 'content',
          align: 'middle',
          blocks: [text([{ text: amount, weight: 'semibold', size: 13 }], 'right')],
        },
      ]),
    ],
  };
}
