import type { RateClass, SupplyKind } from '../../../shared/domains/billing/supply-rules.ts';
import type { ProductKind } from '../../../shared/domains/catalog/product-rules.ts';
import type { ProductVat } from '../../../shared/domains/catalog/product-vat.ts';

export const KIND_WORDS: Readonly<Record<ProductKind, string>> = {
  vps: 'VPS',
  'virtual-data-centre': 'Virtual data centre',
  'dedicated-server': 'Dedicated server',
  colocation: 'Colocation',
  'shared-hosting': 'Shared hosting',
  licence: 'Licence',
  digital: 'Digital',
  labour: 'Labour',
};

export const SUPPLY_WORDS: Readonly<Record<SupplyKind, string>> = {
  'electronic-service': 'Electronic service',
  'consultancy-service': 'Consultancy, licence, data processing',
  'general-service': 'Other service',
  'property-service': 'Service of immovable property',
  goods: 'Goods',
  exempt: 'Exempt',
};

/** Where each is taxed, for whoever chooses. */
export const SUPPLY_HINTS: Readonly<Record<SupplyKind, string>> = {
  'electronic-service':
    'Hosting, software, downloads: private persons in the EU are taxed where they live (Art. 58), those outside it not.',
  'consultancy-service':
    'Private persons in the EU are taxed where the seller is (Art. 45), those outside it not (Art. 59).',
  'general-service': 'Rack space, labour: private persons are taxed where the seller is (Art. 45).',
  'property-service':
    'A cage or room that is the customer’s alone, in the seller’s country: everybody is taxed there (Art. 47).',
  goods:
    'Taxed by where they go: 0 % for export (Art. 146) and for businesses elsewhere in the EU (Art. 138).',
  exempt: 'No VAT, for a reason that documents give (Art. 132, 135).',
};

export const RATE_WORDS: Readonly<Record<RateClass, string>> = {
  standard: 'Standard rate',
  reduced: 'Reduced rate',
  'second-reduced': 'Second reduced rate',
  zero: 'Zero rate',
};

/** `Other service, reduced rate` */
export function vatWords({ supply, rateClass, exemptReason }: ProductVat): string {
  if (supply === 'exempt') return `Exempt: ${exemptReason}`;
  const rate = rateClass === 'standard' ? '' : `, ${RATE_WORDS[rateClass].toLowerCase()}`;
  return `${SUPPLY_WORDS[supply]}${rate}`;
}
