import type { Block, Run, Table, TableRow } from '../../../platform/pdf/pdf-document.ts';
import { vatLinesLeft } from '../advances/advance-settle.ts';
import { GREY, INK, SMALL, SOFT, space, text, type Pen } from './invoice-layout-pen.ts';
import { nationalVat, nationalWords } from './invoice-layout-national.ts';
import { numberText, rateText, type Word } from './invoice-texts.ts';

const rowOf = (pen: Pen): Omit<TableRow, 'cells'> => {
  const padding = pen.tight(4, 3, 2);
  return { paddingTop: padding, paddingBottom: padding, headCells: 1 };
};
const RULE = { width: 0.6, color: SOFT } as const;

function head(pen: Pen, words: readonly Word[]): TableRow {
  return {
    cells: words.map((word) => pen.twoLines(word)),
    paddingTop: 0,
    paddingBottom: 4,
    rule: { width: 0.9, color: INK },
  };
}

/** Columns of words at their left, then of amounts. */
function columnsOf(words: number, amounts: number): Table['columns'] {
  return [
    ...Array.from({ length: words }, (_, at) => ({
      width: at === 0 ? ({ share: 1 } as const) : ('content' as const),
    })),
    ...Array.from({ length: amounts }, () => ({ width: 'content' as const, align: 'right' as const })),
  ];
}

/** Of an invoice that settles advances: each with what it taxed already, and what is left to tax at each rate. */
export function settledTable(pen: Pen): Block[] {
  const { document } = pen;
  if (document.settles === undefined) return [];
  const amounts = (minors: readonly string[], weight: Run['weight'] = 'regular'): TableRow['cells'] =>
    minors.map((minor) => [text([{ text: pen.amount(minor), weight }])]);
  const advances = document.settles.map((part): TableRow => ({
    ...rowOf(pen),
    cells: [
      [text([{ text: part.number }])],
      [text([{ text: pen.day(part.issuedOn) }])],
      [text([{ text: rateText(part, pen.own, pen.language) }])],
      ...amounts([part.netMinor, part.vatMinor, part.grossMinor]),
    ],
    rule: RULE,
  }));
  const left = vatLinesLeft(document).map((group): TableRow => {
    const gross = (BigInt(group.baseMinor) + BigInt(group.vatMinor)).toString();
    return {
      ...rowOf(pen),
      cells: [
        [text(pen.label('leftToTax', 'semibold', SMALL))],
        [text([{ text: '' }])],
        [text([{ text: pen.rate(group), weight: 'semibold' }])],
        ...amounts([group.baseMinor, group.vatMinor, gross], 'semibold'),
      ],
    };
  });
  return [
    space(pen.tight(18, 12, 10)),
    {
      kind: 'table',
      gap: 12,
      columns: columnsOf(3, 3),
      head: [head(pen, ['settled', 'settledOn', 'rate', 'net', 'vat', 'gross'])],
      rows: [...advances, ...left],
    },
    ...document.settles.flatMap(({ number, vatNational }) =>
      vatNational === undefined
        ? []
        : [
            space(pen.tight(3, 2, 1)),
            ...nationalWords(pen, vatNational, { words: 'vatNational', document: number }),
          ],
    ),
    ...(pen.tightness > 0 ? nationalVat(pen) : []),
  ];
}

/** Of an advance invoice: what was ordered, as the pro forma that was paid says it. */
export function orderTable(pen: Pen): Block[] {
  const { document } = pen;
  if (document.form !== 'advance-invoice-1' || document.order === undefined) return [];
  const { number, lines, grossMinor, issuedOn } = document.order;
  const rows = lines.map((line): TableRow => {
    const quantity = [
      line.quantity.includes('/') ? line.quantity.replace('-', '−') : numberText(line.quantity, pen.language),
      line.unit,
    ];
    const facts = [
      quantity.join(' '),
      numberText(line.unitPrice, pen.language, 2),
      rateText(line, pen.own, pen.language),
      pen.amount(line.netMinor),
    ];
    return {
      ...rowOf(pen),
      cells: [
        [text([{ text: line.description }]), text([{ text: line.detail, size: SMALL, color: GREY }])],
        ...facts.map((fact) => [text([{ text: fact }])]),
      ],
      rule: RULE,
    };
  });
  return [
    space(pen.tight(18, 12, 10)),
    pen.heading('order'),
    text([{ text: `${number}, ${pen.day(issuedOn)}` }]),
    space(6),
    {
      kind: 'table',
      gap: 12,
      columns: columnsOf(1, 4),
      head: [head(pen, ['description', 'quantity', 'netPrice', 'rate', 'net'])],
      rows: [
        ...rows,
        {
          ...rowOf(pen),
          cells: [
            [text(pen.label('orderTotal', 'semibold', SMALL))],
            ...['', '', ''].map((nothing) => [text([{ text: nothing }])]),
            [text([{ text: pen.amount(grossMinor), weight: 'semibold' }])],
          ],
        },
      ],
    },
  ];
}
