import type { Block, Paragraph } from '../../../platform/pdf/pdf-document.ts';
import type { InvoiceBody, NationalPart } from './invoice-document.ts';
import { GREY, SMALL, space, text, type Pen } from './invoice-layout-pen.ts';
import { dateText, decimalOf, filled, numberText, quoteText } from './invoice-texts.ts';

type Words = 'vatNational' | 'vatNationalLeft' | 'vatNationalOf';

/** VAT in the currency of the seller's state, with the rate it follows from: a line in each language of the pages. What another document
 * says is led by its number. */
export function nationalWords(
  pen: Pen,
  of: Omit<NonNullable<InvoiceBody['vatNational']>, 'parts'> & Partial<Pick<NationalPart, 'ofMinor'>>,
  { words, document }: { readonly words: Words; readonly document?: string },
): Paragraph[] {
  const line = (isOwn: boolean): string => {
    const language = isOwn ? pen.language : 'en';
    const amount = (minor: string): string => numberText(decimalOf(minor), language, 2);
    const lead = document === undefined ? '' : `${document}: `;
    const said = filled((isOwn ? pen.own : (pen.english ?? pen.own))[words], {
      currency: of.currency,
      amount: amount(of.vatMinor),
      part: `${amount(of.ofMinor ?? '0')} ${pen.document.currency}`,
      quotes: of.quotes
        .map((quote) => quoteText({ ...quote, rate: numberText(quote.rate, language) }))
        .join(', '),
      source: of.source,
      day: dateText(of.day, { ...pen.style, language }),
    });
    // An amount is not parted from its currency by the end of a line, nor one side of a rate from the other.
    const whole =
      pen.document.edition === undefined
        ? said
        : said.replaceAll(/(?<=\d) (?=[A-Z]{3}\b)| (?==)|(?<==) /g, '\u00a0');
    return lead + whole;
  };
  const lines = [text([{ text: line(true), size: SMALL }])];
  // Of another document there is a line in the language of the pages: both of each would need a page of their own.
  if (pen.english && document === undefined)
    lines.push(text([{ text: line(false), size: SMALL, color: GREY, language: 'en' }]));
  return lines;
}

/** Under the table of rates: the same VAT in the currency of the seller's state, or what of it advances had not taxed. */
export function nationalVat(pen: Pen): Block[] {
  const { vatNational, settles } = pen.document;
  if (vatNational === undefined) return [];
  const { parts, ...whole } = vatNational;
  if (parts !== undefined) {
    return parts.flatMap((part) => [
      space(5),
      ...nationalWords(pen, { ...whole, ...part }, { words: 'vatNationalOf' }),
    ]);
  }
  return [
    space(5),
    ...nationalWords(pen, whole, { words: settles === undefined ? 'vatNational' : 'vatNationalLeft' }),
  ];
}
