import { Exact, roundToMinor } from '../../kernel/rounding.ts';
import type { VatCategory } from './vat-rules.ts';

/** What the totals of a document are made of; all in minor units of its one currency. */
export interface LineAmounts {
  readonly netMinor: bigint;
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
 * (BR-CO-15). Never VAT per line.
 */
export function documentTotals(lines: readonly LineAmounts[]): DocumentTotals {
  const groups = new Map<string, VatSubtotal>();
  for (const line of lines) {
    const key = `${line.vatCategory} ${line.vatRate}`;
    const baseMinor = (groups.get(key)?.baseMinor ?? 0n) + line.netMinor;
    groups.set(key, {
      vatCategory: line.vatCategory,
      vatRate: line.vatRate,
      baseMinor,
      vatMinor: vatOfMinor(baseMinor, line.vatRate),
    });
  }
  const vat = [...groups.values()].toSorted(byCategoryAndRate);
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0n);
  const vatMinor = vat.reduce((sum, group) => sum + group.vatMinor, 0n);
  return { vat, netMinor, vatMinor, grossMinor: netMinor + vatMinor };
}

/** `base × rate %`, rounded half away from zero to minor units. */
export function vatOfMinor(baseMinor: bigint, ratePercent: string): bigint {
  return roundToMinor(new Exact(baseMinor.toString()).mul(ratePercent).div(100), 0);
}

function byCategoryAndRate(a: VatSubtotal, b: VatSubtotal): number {
  if (a.vatCategory !== b.vatCategory) return a.vatCategory < b.vatCategory ? -1 : 1;
  return new Exact(a.vatRate).cmp(b.vatRate);
}
