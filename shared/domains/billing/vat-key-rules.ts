import type { VatCategory } from './vat-rules.ts';

/** How a line, or a breakdown of them, is taxed. */
export interface TaxedSo {
  readonly vatCategory: VatCategory;
  /** Per cent as text. */
  readonly vatRate: string;
}

/** The same of whatever stands in one breakdown of VAT (EN 16931 BG-23). */
export function vatKey({ vatCategory, vatRate }: TaxedSo): string {
  return `${vatCategory} ${vatRate}`;
}

/** Whether one can be set off against the other: category and rate are the same. */
export function isSameVat(one: TaxedSo, other: TaxedSo): boolean {
  return vatKey(one) === vatKey(other);
}
