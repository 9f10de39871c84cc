import type { LocalDate } from '../../kernel/local-date.ts';
import { isEuCountry } from '../customers/vat-id-rules.ts';
import { USUAL_SUPPLY, type ExemptReason, type SupplyTerms } from './supply-rules.ts';
import { vatRate } from './vat-rates.ts';

/**
 * EN 16931 (UNTDID 5305): a rate, a rate of zero, reverse charge, exempt, outside the scope of the tax, export of goods, goods to a
 * business elsewhere in the EU.
 */
export const VAT_CATEGORIES = ['S', 'Z', 'AE', 'E', 'O', 'G', 'K'] as const;
export type VatCategory = (typeof VAT_CATEGORIES)[number];

/** Which sentence the law wants on the document; its words are in vat-notes.ts. */
export type VatNoteCode =
  | 'reverse-charge'
  | 'outside-eu'
  | 'consumer-outside-eu'
  | 'small-enterprise'
  | 'exempt'
  | 'one-stop-shop'
  | 'distance-sale'
  | 'export'
  | 'intra-community';

/** The category whose amounts a sentence is about. */
export const CATEGORY_OF_NOTE: Readonly<Record<VatNoteCode, VatCategory>> = {
  'reverse-charge': 'AE',
  'outside-eu': 'O',
  'consumer-outside-eu': 'O',
  'small-enterprise': 'E',
  exempt: 'E',
  'one-stop-shop': 'S',
  'distance-sale': 'S',
  export: 'G',
  'intra-community': 'K',
};

/** Whether VAT that is noted so is owed to the customer's country. */
export function isOwedAbroad(note: VatNoteCode | null): boolean {
  return note === 'one-stop-shop' || note === 'distance-sale';
}

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
    /** Where a private person is taxed, a company established. */
    readonly country: string;
    readonly vatId: string;
    /** What VIES said about it; undefined: it was not asked. */
    readonly vatCheck?: 'valid' | 'invalid' | 'unknown' | undefined;
    /** Country of its address, where goods go; default `country`. */
    readonly addressCountry?: string;
  };
  /**
   * Day of the chargeable event: for services billed by period the last day of the period (directive 2006/112/EC, Art. 64(1)).
   */
  readonly taxPoint: LocalDate;
  /** Default {@link USUAL_SUPPLY}. */
  readonly supply?: SupplyTerms;
}

export type VatTreatment =
  | {
      readonly ok: true;
      readonly category: VatCategory;
      /** Per cent as text. */
      readonly rate: string;
      readonly note: VatNoteCode | null;
      /** The state it is owed to, where that is another one than the seller's (one-stop shop). */
      readonly owedIn?: string;
      /** Of the note `exempt`. */
      readonly exempt?: ExemptReason;
    }
  | { readonly ok: false; readonly reason: string };

interface Asked extends VatParties {
  readonly supply: SupplyTerms;
}

/**
 * VAT of a supply by directive 2006/112/EC; the kinds and their articles are told in supply-rules.ts. Services to businesses are taxed
 * where the customer is (Art. 44), who owes the tax (Art. 196); notes are those of Art. 226(11) and (11a). What cannot be told is refused
 * in words.
 */
export function vatTreatment({ supply = USUAL_SUPPLY, ...parties }: VatParties): VatTreatment {
  const { seller } = parties;
  if (!isEuCountry(seller.country)) {
    return unclear(`the selling company is in ${seller.country}, and only VAT of EU countries is known`);
  }
  const asked = { ...parties, supply };
  switch (supply.kind) {
    case 'property-service':
      return domestic(asked);
    case 'goods':
      return ofGoods(asked);
    case 'exempt':
      return ofExempt(asked);
    default:
      return ofService(asked);
  }
}

function ofService(asked: Asked): VatTreatment {
  const { seller, buyer, supply } = asked;
  if (buyer.country === seller.country) return domestic(asked);
  const isElectronic = supply.kind === 'electronic-service';
  if (!isEuCountry(buyer.country)) {
    if (buyer.kind === 'company' || isElectronic) return untaxed('O', 'outside-eu');
    // Art. 59, which names them; all others are taxed where the seller is, Art. 45.
    return supply.kind === 'consultancy-service' ? untaxed('O', 'consumer-outside-eu') : domestic(asked);
  }
  if (buyer.kind === 'person') {
    return isElectronic ? consumerAbroad(asked, buyer.country, 'one-stop-shop') : domestic(asked);
  }
  return unidentified(asked, buyer.country) ?? untaxed('AE', 'reverse-charge');
}

/**
 * Goods that go from the seller to the customer's address: Art. 138(1) within the EU (which includes Northern Ireland for goods, whose VAT
 * ids begin with XI), Art. 146(1) out of it. A small enterprise has neither (Art. 139(1), 283): it is exempt all the same.
 */
function ofGoods(asked: Asked): VatTreatment {
  const { seller, buyer } = asked;
  const to = buyer.addressCountry ?? buyer.country;
  if (to === seller.country) return domestic(asked);
  const isInEu = isEuCountry(to) || (to === 'GB' && buyer.vatId.startsWith('XI'));
  if (isInEu && buyer.kind === 'person') return consumerAbroad(asked, to, 'distance-sale');
  if (seller.scheme === 'exempt') return domestic(asked);
  if (!isInEu) return untaxed('G', 'export');
  return unidentified(asked, to) ?? untaxed('K', 'intra-community');
}

function ofExempt({ buyer, supply }: Asked): VatTreatment {
  if (buyer.kind === 'company' && !isEuCountry(buyer.country)) return untaxed('O', 'outside-eu');
  if (supply.exempt.reason === '') {
    return unclear(`why ${nameOf(supply)} is exempt is not said: enter it in Plans, Products`);
  }
  return { ...untaxed('E', 'exempt'), exempt: supply.exempt };
}

/** Why a company elsewhere in the EU cannot be taken for one. */
function unidentified({ buyer }: Asked, country: string): VatTreatment | undefined {
  if (buyer.vatId === '') {
    return unclear(
      `a company in ${country} without a VAT id cannot be told from a private person: enter its VAT id`,
    );
  }
  if (buyer.vatCheck !== 'invalid') return undefined;
  return unclear(
    `VIES says that ${buyer.vatId} is not valid, and without one its customer is taxed as a private person: correct it, or ask VIES again`,
  );
}

/**
 * Art. 58 and 33(a): taxed where they live, and declared at home through the one-stop shop (Art. 369a to 369k); below 10,000 EUR a year of
 * such supplies to all other member states at home (Art. 59c), which the company says of itself.
 */
function consumerAbroad(
  asked: Asked,
  country: string,
  note: 'one-stop-shop' | 'distance-sale',
): VatTreatment {
  const { seller, taxPoint, supply } = asked;
  if (seller.consumersAbroad === 'home') return domestic(asked);
  if (seller.consumersAbroad !== 'oss') {
    return unclear(
      `a private person in ${country} is taxed there (one-stop shop), which is not set up for ${seller.country}`,
    );
  }
  if (supply.rateClass !== 'standard') {
    return unclear(
      `${nameOf(supply)} has a rate of its own in ${seller.country}, and which one it has in ${country} is not known`,
    );
  }
  const rate = vatRate(country, 'standard', taxPoint);
  if (rate === undefined) return unclear(hole(country, asked));
  return { ok: true, category: 'S', rate, note, owedIn: country };
}

function domestic(asked: Asked): VatTreatment {
  const { seller, taxPoint, supply } = asked;
  if (seller.scheme === 'exempt') return untaxed('E', 'small-enterprise');
  const rate = vatRate(seller.country, supply.rateClass, taxPoint);
  if (rate === undefined) return unclear(hole(seller.country, asked));
  return { ok: true, category: supply.rateClass === 'zero' ? 'Z' : 'S', rate, note: null };
}

function hole(country: string, { taxPoint, supply }: Asked): string {
  const { rateClass, product } = supply;
  const what = rateClass === 'standard' ? 'VAT rate' : `${rateClass} VAT rate`;
  return `no ${what} of ${country} is known for ${taxPoint}${product === '' ? '' : ` (${product})`}`;
}

function nameOf({ product }: SupplyTerms): string {
  return product === '' ? 'what is supplied' : product;
}

function untaxed<Note extends VatNoteCode>(
  category: VatCategory,
  note: Note,
): { ok: true; category: VatCategory; rate: '0'; note: Note } {
  return { ok: true, category, rate: '0', note };
}

function unclear(reason: string): { ok: false; reason: string } {
  return { ok: false, reason };
}
