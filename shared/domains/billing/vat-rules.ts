import type { LocalDate } from '../../kernel/local-date.ts';
import { isEuCountry } from '../customers/vat-id-rules.ts';
import { standardVatRate } from './vat-rates.ts';

/** EN 16931 (UNTDID 5305): a rate, reverse charge, exempt, outside the scope of the tax, export of goods. */
export type VatCategory = 'S' | 'AE' | 'E' | 'O' | 'G';

/** Which sentence the law wants on the document; its words are in vat-notes.ts. */
export type VatNoteCode = 'reverse-charge' | 'outside-eu' | 'small-enterprise' | 'one-stop-shop';

export interface VatParties {
  readonly seller: {
    readonly country: string;
    readonly vatId: string;
    /** `exempt`: a small enterprise, which charges no VAT at home. */
    readonly scheme?: 'standard' | 'exempt';
    /** How private persons elsewhere in the EU are taxed; `held` unless it is said. */
    readonly consumersAbroad?: 'held' | 'oss' | 'home';
  };
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
 * What cannot be told is refused in words.
 */
export function vatTreatment({ seller, buyer, taxPoint }: VatParties): VatTreatment {
  if (!isEuCountry(seller.country)) {
    return unclear(`the selling company is in ${seller.country}, and only VAT of EU countries is known`);
  }
  if (buyer.country === seller.country) return domestic(seller, taxPoint);
  if (!isEuCountry(buyer.country)) return { ok: true, category: 'O', rate: '0', note: 'outside-eu' };
  if (buyer.kind === 'person') return consumerAbroad(seller, buyer.country, taxPoint);
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

/**
 * Art. 58: taxed where they live, and declared at home through the one-stop shop (Art. 369a to 369k); below 10,000 EUR a year of such
 * supplies to all other member states at home (Art. 59c), which the company says of itself.
 */
function consumerAbroad(seller: VatParties['seller'], country: string, taxPoint: LocalDate): VatTreatment {
  if (seller.consumersAbroad === 'home') return domestic(seller, taxPoint);
  if (seller.consumersAbroad !== 'oss') {
    return unclear(
      `a private person in ${country} is taxed there (one-stop shop), which is not set up for ${seller.country}`,
    );
  }
  const rate = standardVatRate(country, taxPoint);
  return rate === undefined
    ? unclear(`no VAT rate of ${country} is known for ${taxPoint}`)
    : { ok: true, category: 'S', rate, note: 'one-stop-shop' };
}

function domestic(seller: VatParties['seller'], taxPoint: LocalDate): VatTreatment {
  const { country } = seller;
  if (seller.scheme === 'exempt') return { ok: true, category: 'E', rate: '0', note: 'small-enterprise' };
  const rate = standardVatRate(country, taxPoint);
  return rate === undefined
    ? unclear(`no VAT rate of ${country} is known for ${taxPoint}`)
    : { ok: true, category: 'S', rate, note: null };
}

function unclear(reason: string): VatTreatment {
  return { ok: false, reason };
}
