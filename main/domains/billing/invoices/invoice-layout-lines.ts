import { quantityText } from '../../../../shared/domains/billing/charge-rules.ts';
import type { Run, Table, TableRow } from '../../../platform/pdf/pdf-document.ts';
import { GREY, INK, SIZE, SMALL, SOFT, text, type Pen } from './invoice-layout-pen.ts';
import { linesWithVat, type LineWithVat } from './invoice-line-vat.ts';
import { lineTexts, numberText, type Word } from './invoice-texts.ts';

/** Longest amount for which a line shows its VAT and gross too, and the longest that is set in the usual size. */
const ALL_COLUMNS_MAX_LENGTH = '99 999 999,99'.length;
const USUAL_SIZE_MAX_LENGTH = '9 999 999,99'.length;

/** How a table is set whose amounts are long: VAT and gross of a line can be left out, the name of a service cannot. */
interface Setting {
  readonly size: number;
  readonly gap: number;
  readonly hasVatAndGross: boolean;
}

/** What was supplied: a row per line, its head on every page. */
export function linesTable(pen: Pen): Table {
  const lines = linesWithVat(pen.document);
  const setting = settingFor(Math.max(0, ...lines.map((line) => pen.amount(line.grossMinor).length)));
  const heads: readonly Word[] = ['no', 'description', 'quantity', 'unit', 'netPrice', 'rate', 'net'];
  const shown: readonly Word[] = setting.hasVatAndGross ? [...heads, 'vat', 'gross'] : heads;
  const head: TableRow = {
    cells: shown.map((word) => pen.twoLines(word)),
    paddingTop: 0,
    paddingBottom: 5,
    rule: { width: 0.9, color: INK },
  };
  return {
    kind: 'table',
    gap: setting.gap,
    columns: [
      { width: 'content' },
      { width: { share: 1 } },
      { width: 'content', align: 'right' },
      { width: 'content' },
      ...shown.slice(4).map(() => ({ width: 'content' as const, align: 'right' as const })),
    ],
    head: [head],
    ...(pen.document.edition !== undefined && { isBeforeTable: pen.document.settles !== undefined }),
    rows: lines.map((line) => lineRow(pen, line, setting)),
  };
}

function settingFor(longestAmount: number): Setting {
  if (longestAmount <= USUAL_SIZE_MAX_LENGTH) return { size: SIZE, gap: 11, hasVatAndGross: true };
  return { size: SMALL, gap: 7, hasVatAndGross: longestAmount <= ALL_COLUMNS_MAX_LENGTH };
}

function lineRow(pen: Pen, line: LineWithVat, setting: Setting): TableRow {
  const names = lineTexts(line, pen.own, pen.style);
  const english = pen.english?.brief[line.component];
  const quantity = quantityText(line.component, {
    numerator: BigInt(line.numerator),
    denominator: BigInt(line.denominator),
  });
  const units = line.isPart ? [] : [pen.own.units[line.component], pen.english?.units[line.component]];
  const detail: Run[] = [{ text: names.detail, size: SMALL, color: GREY }];
  if (english !== undefined) {
    detail.push({ text: ` · ${english}`, size: SMALL, color: GREY, language: 'en' });
  }
  const vatAndGross = setting.hasVatAndGross ? [pen.amount(line.vatMinor), pen.amount(line.grossMinor)] : [];
  const facts = [
    quantity.includes('/') ? quantity.replace('-', '−') : numberText(quantity, pen.language),
    [...new Set(units.filter((word) => word !== undefined))].join(' / '),
    numberText(line.unitPrice, pen.language, 2),
    pen.rate(line),
    pen.amount(line.netMinor),
    ...vatAndGross,
  ];
  return {
    cells: [
      [text([{ text: String(line.lineNo), size: setting.size }])],
      [text([{ text: names.description }]), text(detail)],
      ...facts.map((fact) => [text([{ text: fact, size: setting.size }])]),
    ],
    paddingTop: pen.tight(5, 4, 3),
    paddingBottom: pen.tight(5, 4, 3),
    rule: { width: 0.6, color: SOFT },
    headCells: 1,
  };
}
