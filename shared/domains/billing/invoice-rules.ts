import { Exact, roundToMinor } from '../../kernel/rounding.ts';
import { vatInMinor } from './price-vat-rules.ts';
import { vatKey, type TaxedSo } from './vat-key-rules.ts';
import type { VatCategory } from './vat-rules.ts';

/** What the totals of a document are made of; all in minor units of its one currency. */
export interface LineAmounts {
  readonly netMinor: bigint;
  /** What it comes to by a price that has VAT in it: exact, and `netMinor` is its part of the net. Absent of others. */
  readonly grossMinor?: bigint | undefined;
  readonly vatCategory: VatCategory;
  readonly vatRate: string;
}

export interface VatSubtotal {
  readonly vatCategory: VatCategory;
  readonly vatRate: string;
  readonly baseMinor: bigint;
  readonly vatMinor: bigint;
}

export interface DocumentTotals {
  /** One per category and rate, in that order. */
  readonly vat: readonly VatSubtotal[];
  readonly netMinor: bigint;
  readonly vatMinor: bigint;
  readonly grossMinor: bigint;
}

/**
 * Totals by EN 16931: line nets (already rounded to the cent, BT-131) are summed (BR-CO-10), VAT is computed per category and
 * rate on the sum of its lines (BR-CO-17) and rounded once, the total of VAT is their sum (BR-CO-14), and gross is net plus VAT
 * (BR-CO-15). Never VAT per line. Of lines whose prices have VAT in them the VAT is what is in their sum (price-vat-rules.ts).
 */
export function documentTotals(lines: readonly LineAmounts[]): DocumentTotals {
  const groups = Map.groupBy(lines, vatKey);
  const vat = [...groups.values()].flatMap(subtotal).toSorted(byCategoryAndRate);
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0n);
  const vatMinor = vat.reduce((sum, group) => sum + group.vatMinor, 0n);
  return { vat, netMinor, vatMinor, grossMinor: netMinor + vatMinor };
}

function subtotal(lines: readonly LineAmounts[]): VatSubtotal[] {
  const [first] = lines;
  if (first === undefined) return [];
  const { vatCategory, vatRate } = first;
  let [addedTo, within, baseMinor] = [0n, 0n, 0n];
  for (const { netMinor, grossMinor } of lines) {
    baseMinor += netMinor;
    if (grossMinor === undefined) addedTo += netMinor;
    else within += grossMinor;
  }
  const vatMinor = vatOfMinor(addedTo, vatRate) + vatInMinor(within, vatRate);
  return [{ vatCategory, vatRate, baseMinor, vatMinor }];
}

/** `base × rate %`, rounded half away from zero to minor units. */
export function vatOfMinor(baseMinor: bigint, ratePercent: string): bigint {
  return roundToMinor(new Exact(baseMinor.toString()).mul(ratePercent).div(100), 0);
}

/** The order of breakdowns of VAT on documents: 8 % before 23 %. */
export function byCategoryAndRate(a: TaxedSo, b: TaxedSo): number {
  if (a.vatCategory !== b.vatCategory) return a.vatCategory < b.vatCategory ? -1 : 1;
  return new Exact(a.vatRate).cmp(b.vatRate);
}
