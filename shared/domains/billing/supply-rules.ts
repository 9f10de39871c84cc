/**
 * What is supplied, as directive 2006/112/EC taxes it:
 *
 * - `electronic-service`: Art. 58(1)(c), Annex II, implementing regulation 282/2011 Art. 7 and Annex I (hosting, software, remote upkeep)
 * - `consultancy-service`: what Art. 59(a) and (c) name (licences, consultants, engineers, data processing): outside the EU also for consumers there
 * - `general-service`: all other services (Art. 44 and 45); rack space without a place of one's own is one (CJEU C-215/19, A Oy)
 * - `property-service`: connected with immovable property (Art. 47, Art. 13b, 31a and 31b of the regulation; CJEU C-155/12, RR Donnelley):
 *   a cage or room whose use is the customer's alone, in the seller's country
 * - `goods`: Art. 31 to 36, 138, 146
 * - `exempt`: Art. 132 and 135
 */
export const SUPPLY_KINDS = [
  'electronic-service',
  'consultancy-service',
  'general-service',
  'property-service',
  'goods',
  'exempt',
] as const;
export type SupplyKind = (typeof SUPPLY_KINDS)[number];

/** Which of the rates of the seller's country; what a country has of them tells vat-rates.ts. */
export const RATE_CLASSES = ['standard', 'reduced', 'second-reduced', 'zero'] as const;
export type RateClass = (typeof RATE_CLASSES)[number];

/** Why no VAT is charged, as documents say it (EN 16931 BT-120), and its code of the VATEX list (BT-121), or ''. */
export interface ExemptReason {
  readonly reason: string;
  readonly code: string;
}

export interface SupplyTerms {
  readonly kind: SupplyKind;
  readonly rateClass: RateClass;
  /** Of an exempt supply; '' and '' of others. */
  readonly exempt: ExemptReason;
  /** Its product, as sentences name it; '' where it is of none. */
  readonly product: string;
}

/** What is taxed where nothing else is said. */
export const USUAL_SUPPLY: SupplyTerms = {
  kind: 'electronic-service',
  rateClass: 'standard',
  exempt: { reason: '', code: '' },
  product: '',
};
