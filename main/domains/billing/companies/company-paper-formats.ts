import {
  PAPER_KINDS,
  PAPER_NUMBERS,
  type PaperKind,
} from '../../../../shared/domains/documents/paper-kinds.ts';
import type { BillingTables } from '../billing-tables.ts';

type WithFormats = Pick<BillingTables['company'], 'paper_number_formats'>;

/** Formats of the numbers of a company's papers. */
export function paperFormatsOf({ paper_number_formats: kept }: WithFormats): Record<PaperKind, string> {
  return { ...PAPER_NUMBERS, ...(kept === null ? {} : (JSON.parse(kept) as Partial<typeof PAPER_NUMBERS>)) };
}

/** As they are kept, see the table: whoever has the usual ones is the company that runs under way were previewed for. */
export function paperFormatsColumn(formats: Readonly<Record<PaperKind, string>>): string | null {
  const own = PAPER_KINDS.filter((kind) => formats[kind] !== PAPER_NUMBERS[kind]);
  return own.length === 0
    ? null
    : JSON.stringify(Object.fromEntries(own.map((kind) => [kind, formats[kind]])));
}
