import type { InvoiceDetail } from '../../../../shared/domains/billing/invoice-contract.ts';
import type { InvoiceBody, NationalPart } from './invoice-document.ts';
import { decimalOf, quoteText } from './invoice-texts.ts';

type Words = NonNullable<InvoiceDetail['vatNational']>;

/** VAT in the currency of the seller's state for consoles; null where the document states none. */
export function nationalVatWords({
  vatNational,
  currency: ofCurrency,
}: Pick<InvoiceBody, 'vatNational' | 'currency'>): Words | null {
  if (vatNational === undefined) return null;
  const { currency, parts = [] } = vatNational;
  const rated = ({
    vatMinor,
    source,
    day,
    quotes,
  }: Omit<NationalPart, 'ofMinor'>): Omit<Words, 'currency' | 'parts'> => ({
    amount: decimalOf(vatMinor),
    source,
    day,
    quotes: quotes.map(quoteText),
  });
  return {
    currency,
    ...rated(vatNational),
    parts: parts.map((part) => ({
      ...rated(part),
      of: { amountMinor: part.ofMinor, currency: ofCurrency },
    })),
  };
}
