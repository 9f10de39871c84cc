import { vatOfMinor } from '../../../../shared/domains/billing/invoice-rules.ts';
import { vatKey } from '../../../../shared/domains/billing/vat-key-rules.ts';
import type { DocumentLine, InvoiceDocument } from './invoice-document.ts';

export interface LineWithVat extends Omit<DocumentLine, 'grossMinor'> {
  /** Whether its unit price has VAT in it. */
  readonly hasVatInPrice: boolean;
  readonly vatMinor: string;
  readonly grossMinor: string;
}

/**
 * Each line with its part of the VAT. VAT is computed on the sum of a rate's lines, not on a line, so a line shows the
 * difference that it makes to its rate's VAT so far, rounded: the column adds up to the cent, and no line is off by more than one. A line
 * whose price has VAT in it shows what it comes to by that.
 */
export function linesWithVat(document: Pick<InvoiceDocument, 'lines'>): LineWithVat[] {
  const soFar = new Map<string, bigint>();
  return document.lines.map((line) => {
    const key = vatKey(line);
    if (line.grossMinor !== undefined) {
      const within = BigInt(line.grossMinor) - BigInt(line.netMinor);
      return { ...line, hasVatInPrice: true, vatMinor: within.toString(), grossMinor: line.grossMinor };
    }
    const before = soFar.get(key) ?? 0n;
    const after = before + BigInt(line.netMinor);
    soFar.set(key, after);
    const vatMinor = vatOfMinor(after, line.vatRate) - vatOfMinor(before, line.vatRate);
    return {
      ...line,
      hasVatInPrice: false,
      vatMinor: vatMinor.toString(),
      grossMinor: (BigInt(line.netMinor) + vatMinor).toString(),
    };
  });
}
