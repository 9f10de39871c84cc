import { vatNote } from '../../../shared/domains/billing/vat-notes.ts';
import { money } from '../../../shared/kernel/money.ts';
import type { Block, Run, Table, TableRow } from '../../platform/pdf/pdf-document.ts';
import { amountInWords } from './amount-words.ts';
import { columns, FILL, GREY, INK, SIZE, SMALL, SOFT, space, text, type Pen } from './invoice-layout-pen.ts';
import type { DocumentLanguage } from './invoice-document.ts';
import { dateText, decimalOf, filled, numberText, quoteText, rateText } from './invoice-texts.ts';

/** Amount in words and notes on the left, VAT by rate and what is due on the right. */
export function totals(pen: Pen): Block {
  const { document } = pen;
  const gross = money(BigInt(document.grossMinor), document.currency);
  const words: Block[] = [
    pen.heading('inWords'),
    space(2),
    text([{ text: amountInWords(gross, pen.language) }]),
  ];
  if (pen.english) words.push(text([{ text: amountInWords(gross, 'en'), color: GREY, language: 'en' }]));
  if (document.form === 'credit-note-1') {
    words.push(space(9), pen.heading('reason'), space(2), text([{ text: document.reason }]));
  }
  words.push(space(9), pen.heading('notes'), space(2), ...notes(pen));
  return columns(26, [
    { width: { share: 1 }, blocks: words },
    {
      width: { share: shareOfAmounts(pen.amount(document.grossMinor).length) },
      blocks: [
        vatTable(pen),
        ...nationalVat(pen),
        space(9),
        amountDue(pen, pen.amountWithCurrency(document.grossMinor)),
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
  const { notes, seller } = pen.document;
  const own = [...notes.map((code) => vatNote(code, pen.language, seller.country)), pen.own.vatRule];
  const english = pen.english && [
    // The words of the seller's law stand in the first language already.
    ...notes.map((code) => vatNote(code, 'en', '')),
    pen.english.vatRule,
  ];
  return own.flatMap((note, at) => {
    const second = english?.[at];
    const blocks: Block[] = [text([{ text: note, size: SMALL }])];
    if (second !== undefined) {
      blocks.push(text([{ text: second, size: SMALL, color: GREY, language: 'en' }]), space(3));
    }
    return blocks;
  });
}

/** Under the table of rates: the same VAT in the currency of the seller's state. */
function nationalVat(pen: Pen): Block[] {
  const { vatNational } = pen.document;
  if (vatNational === undefined) return [];
  const words = (template: string, language: DocumentLanguage): string =>
    filled(template, {
      currency: vatNational.currency,
      amount: numberText(decimalOf(vatNational.vatMinor), language, 2),
      quotes: vatNational.quotes
        .map((quote) => quoteText({ ...quote, rate: numberText(quote.rate, language) }))
        .join(', '),
      source: vatNational.source,
      day: dateText(vatNational.day, language),
    });
  const blocks: Block[] = [space(5), text([{ text: words(pen.own.vatNational, pen.language), size: SMALL }])];
  if (pen.english) {
    const english = words(pen.english.vatNational, 'en');
    blocks.push(text([{ text: english, size: SMALL, color: GREY, language: 'en' }]));
  }
  return blocks;
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
    return row([{ text: rateText(group, pen.own, pen.language) }], amounts, { width: 0.6, color: SOFT });
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
