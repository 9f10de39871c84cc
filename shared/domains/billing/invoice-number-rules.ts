import type { LocalDate } from '../../kernel/local-date.ts';

/**
 * A document's number: `INV {year}/{month}/{seq:4}` gives `INV 2026/08/0042`. Numbers count up per company and year, so a
 * format must name the year, or two years would share their numbers.
 */
export function invoiceNumber(format: string, issuedOn: LocalDate, seq: number): string {
  return format
    .replaceAll('{year}', issuedOn.slice(0, 4))
    .replaceAll('{month}', issuedOn.slice(5, 7))
    .replace(/\{seq(?::(\d+))?\}/g, (_, width: string | undefined) =>
      String(seq).padStart(Math.min(Number(width ?? 1), 12), '0'),
    );
}

/** What is wrong with a number format, in words; undefined when nothing is. */
export function invoiceNumberFault(format: string): string | undefined {
  const places = [...format.matchAll(/\{[^}]*\}/g)].map(([place]) => place);
  const unknown = places.find((place) => !/^\{(?:year|month|seq(?::\d{1,2})?)\}$/.test(place));
  if (unknown !== undefined) return `it has ${unknown}, and only {year}, {month} and {seq:4} are known`;
  if (!places.some((place) => place.startsWith('{seq'))) return 'it lacks {seq}';
  if (!places.includes('{year}')) return 'it lacks {year}: numbers begin anew each year';
  return undefined;
}

/** Most digits that banks of Czechia and Slovakia take. */
const SYMBOL_DIGITS = 10;

/**
 * The variable symbol of a document, by which banks of Czechia and Slovakia match a payment: the digits of its number in their order,
 * zeros at the front left out, which banks do not keep. Undefined where that is nothing, or more than ten digits: cut to ten it could be
 * that of another document.
 */
export function variableSymbol(number: string): string | undefined {
  const digits = number.replace(/\D/g, '').replace(/^0+/, '');
  return digits.length > 0 && digits.length <= SYMBOL_DIGITS ? digits : undefined;
}

/** Whether two series can never give one number: places are filled with digits, so formats of other letters do. */
export function areFormatsApart(one: string, other: string): boolean {
  return lettersOf(one) !== lettersOf(other);
}

function lettersOf(format: string): string {
  return format.replace(/\{[^}]*\}/g, '').replace(/[^\p{L}]/gu, '');
}
