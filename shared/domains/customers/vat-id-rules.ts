import { VAT_ID_CHECKSUMS } from './vat-id-checksum.ts';

interface VatIdForm {
  /** What stands before the number; the ISO code of the country but for Greece. */
  readonly prefix: string;
  readonly pattern: RegExp;
  /** The form in words, after "it has". */
  readonly words: string;
}

/**
 * Forms of VAT ids in the member states. Source: European Commission, VIES, "What is the format of a VAT number?".
 * Bulgaria and Lithuania have two lengths, for companies and for people.
 */
const VAT_ID_FORMS: Readonly<Record<string, VatIdForm>> = {
  AT: { prefix: 'AT', pattern: /^U\d{8}$/, words: 'ATU and 8 digits' },
  BE: { prefix: 'BE', pattern: /^[01]\d{9}$/, words: 'BE and 10 digits, the first 0 or 1' },
  BG: { prefix: 'BG', pattern: /^\d{9,10}$/, words: 'BG and 9 or 10 digits' },
  CY: { prefix: 'CY', pattern: /^\d{8}[A-Z]$/, words: 'CY, 8 digits and a letter' },
  CZ: { prefix: 'CZ', pattern: /^\d{8,10}$/, words: 'CZ and 8 to 10 digits' },
  DE: { prefix: 'DE', pattern: /^[1-9]\d{8}$/, words: 'DE and 9 digits' },
  DK: { prefix: 'DK', pattern: /^\d{8}$/, words: 'DK and 8 digits' },
  EE: { prefix: 'EE', pattern: /^\d{9}$/, words: 'EE and 9 digits' },
  ES: { prefix: 'ES', pattern: /^(?:[A-Z]\d{8}|\d{8}[A-Z]|[A-Z]\d{7}[A-Z])$/, words: 'ES and 9 characters' },
  FI: { prefix: 'FI', pattern: /^\d{8}$/, words: 'FI and 8 digits' },
  FR: { prefix: 'FR', pattern: /^[A-HJ-NP-Z0-9]{2}\d{9}$/, words: 'FR, 2 characters and 9 digits' },
  GR: { prefix: 'EL', pattern: /^\d{9}$/, words: 'EL and 9 digits' },
  HR: { prefix: 'HR', pattern: /^\d{11}$/, words: 'HR and 11 digits' },
  HU: { prefix: 'HU', pattern: /^\d{8}$/, words: 'HU and 8 digits' },
  IE: { prefix: 'IE', pattern: /^\d[A-Z0-9+*]\d{5}[A-Z]{1,2}$/, words: 'IE and 8 or 9 characters' },
  IT: { prefix: 'IT', pattern: /^\d{11}$/, words: 'IT and 11 digits' },
  LT: { prefix: 'LT', pattern: /^(?:\d{9}|\d{12})$/, words: 'LT and 9 or 12 digits' },
  LU: { prefix: 'LU', pattern: /^\d{8}$/, words: 'LU and 8 digits' },
  LV: { prefix: 'LV', pattern: /^\d{11}$/, words: 'LV and 11 digits' },
  MT: { prefix: 'MT', pattern: /^\d{8}$/, words: 'MT and 8 digits' },
  NL: { prefix: 'NL', pattern: /^[A-Z0-9+*]{10}\d{2}$/, words: 'NL and 12 characters' },
  PL: { prefix: 'PL', pattern: /^\d{10}$/, words: 'PL and 10 digits' },
  PT: { prefix: 'PT', pattern: /^\d{9}$/, words: 'PT and 9 digits' },
  RO: { prefix: 'RO', pattern: /^[1-9]\d{1,9}$/, words: 'RO and 2 to 10 digits' },
  SE: { prefix: 'SE', pattern: /^\d{10}01$/, words: 'SE and 12 digits, the last two 01' },
  SI: { prefix: 'SI', pattern: /^[1-9]\d{7}$/, words: 'SI and 8 digits' },
  SK: { prefix: 'SK', pattern: /^[1-9]\d[2-47-9]\d{7}$/, words: 'SK and 10 digits' },
};

/** Member states of the European Union, ISO 3166-1 (Greece is GR here and EL in VAT ids). */
export const EU_COUNTRIES: readonly string[] = Object.keys(VAT_ID_FORMS);

export function isEuCountry(country: string): boolean {
  return Object.hasOwn(VAT_ID_FORMS, country);
}

export type VatIdVerdict =
  /** Capital letters without blanks, with its prefix; empty for "has none". */
  { readonly ok: true; readonly vatId: string } | { readonly ok: false; readonly detail: string };

/**
 * Reads a VAT id as people write it (`525-234-40-78`, `pl 525 234 40 78`) against the form and the check digits of its
 * country. Outside the EU any 4 to 20 letters and digits will do. Whether the tax office knows it is another question.
 */
export function readVatId(country: string, text: string): VatIdVerdict {
  const plain = text.toUpperCase().replace(/[\s./-]/g, '');
  if (plain === '') return { ok: true, vatId: '' };
  const form = VAT_ID_FORMS[country];
  if (form === undefined) {
    return /^[A-Z0-9]{4,20}$/.test(plain)
      ? { ok: true, vatId: plain }
      : { ok: false, detail: 'it has 4 to 20 letters and digits' };
  }
  const rest = plain.startsWith(form.prefix) ? plain.slice(form.prefix.length) : plain;
  if (!form.pattern.test(rest)) return { ok: false, detail: `it has ${form.words}` };
  if (VAT_ID_CHECKSUMS[country]?.(rest) === false) {
    return { ok: false, detail: 'its check digit does not fit, so a character is wrong' };
  }
  return { ok: true, vatId: form.prefix + rest };
}
