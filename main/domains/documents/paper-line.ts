import type { previewOf } from '../billing/billing-public.ts';
import type { PaperLine } from './paper-forms.ts';

/** A line of an invoice or of its draft, as a paper says it. */
export function paperLine(line: ReturnType<typeof previewOf>['lines'][number]): PaperLine {
  const { description, detail, quantity, unit, unitPrice, vatCategory, vatRate } = line;
  return {
    description,
    detail,
    quantity,
    unit,
    unitPrice,
    netMinor: line.net.amountMinor,
    vatCategory,
    vatRate,
  };
}
