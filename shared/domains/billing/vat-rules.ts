import type { LocalDate } from '../../kernel/local-date.ts';
import { isEuCountry } from '../customers/vat-id-rules.ts';
import { standardVatRate } from './vat-rates.ts';

/** EN 16931 (UNTDID 5305): standard rate, reverse charge, outside the scope of the tax, export of goods. */
export type VatCategory = 'S' | 'AE' | 'O' | 'G';

/** Which sentence the law wants on the document; its words are in vat-notes.ts. */
export type VatNoteCode = 'reverse-charge' | 'outside-eu';

export interface VatParties {
  readonly seller: { readonly country: string; readonly vatId: string };
  readonly buyer: {
    readonly kind: 'company' | 'person';
    readonly country: string;
    readonly vatId: string;
    /** What VIES said about it; undefined: it was not asked. */
    readonly vatCheck?: 'valid' | 'invalid' | 'unknown' | undefined;
  };
  /**
   * Day of the chargeable event: for services billed by period the last day of the period (directive 2006/112/EC, Art. 64(1)).
   */
  readonly taxPoint: LocalDate;
}

export type VatTreatment =
  | {
      readonly ok: true;
      readonly category: VatCategory;
      /** Per cent as text. */
      readonly rate: string;
      readonly note: VatNoteCode | null;
    }
  | { readonly ok: false; readonly reason: string };

/**
 * VAT of an electronically supplied service, by directive 2006/112/EC: place of supply Art. 44 (to businesses, where the
 * customer is) and Art. 58 (to private persons, where they live); the customer owes the tax, Art. 196; notes Art. 226(11a).
 * What needs the one-stop shop is refused here in words.
 */
export function vatTreatment({ seller, buyer, taxPoint }: VatParties): VatTreatment {
  if (!isEuCountry(seller.country)) {
    return unclear(`the selling company is in ${seller.country}, and only VAT of EU countries is known`);
  }
  if (buyer.country === seller.country) return domestic(seller.country, taxPoint);
  if (!isEuCountry(buyer.country)) return { ok: true, category: 'O', rate: '0', note: 'outside-eu' };
  if (buyer.kind === 'person') {
    return unclear(
      `a private person in ${buyer.country} is taxed there (one-stop shop), which is not set up for ${seller.country}`,
    );
  }
  if (buyer.vatId === '') {
    return unclear(
      `a company in ${buyer.country} without a VAT id cannot be told from a private person: enter its VAT id`,
    );
  }
  if (buyer.vatCheck === 'invalid') {
    return unclear(
      `VIES says that ${buyer.vatId} is not valid, and without one its customer is taxed as a private person: correct it, or ask VIES again`,
    );
  }
  return { ok: true, category: 'AE', rate: '0', note: 'reverse-charge' };
}

function domestic(country: string, taxPoint: LocalDate): VatTreatment {
  const rate = standardVatRate(country, taxPoint);
  return rate === undefined
    ? unclear(`no VAT rate of ${country} is known for ${taxPoint}`)
    : { ok: true, category: 'S', rate, note: null };
}

function unclear(reason: string): VatTreatment {
  return { ok: false, reason };
}
