import type { Currency } from '../../kernel/money.ts';
import type { LocalDate } from '../../kernel/local-date.ts';

/** Decimals of a price; see `priceText` in the contract. */
export const PRICE_DECIMALS = 10;

/** A price as a whole number of 10⁻¹⁰ major units: arithmetic with it is exact. `0.0125` is 125000000. */
export function priceUnits(price: string): bigint {
  const [whole = '', decimals = ''] = price.split('.');
  return BigInt(whole + decimals.padEnd(PRICE_DECIMALS, '0'));
}

/** The same price always in the same text: `012.500` is `12.5`, `12` stays `12`. */
export function plainPrice(price: string): string {
  const units = priceUnits(price)
    .toString()
    .padStart(PRICE_DECIMALS + 1, '0');
  const whole = units.slice(0, -PRICE_DECIMALS);
  const decimals = units.slice(-PRICE_DECIMALS).replace(/0+$/, '');
  return decimals === '' ? whole : `${whole}.${decimals}`;
}

interface PriceVersion {
  readonly currency: Currency;
  readonly validFrom: string;
  /** Later versions of the same day replace earlier ones. */
  readonly setAtMs: number;
}

/** The version in force on a day: the latest that has begun. Undefined before the first, and in a currency never priced. */
export function priceInForce<V extends PriceVersion>(
  versions: readonly V[],
  currency: Currency,
  day: LocalDate,
): V | undefined {
  return versions
    .filter((version) => version.currency === currency && version.validFrom <= day)
    .toSorted((a, b) => compareText(a.validFrom, b.validFrom) || a.setAtMs - b.setAtMs)
    .at(-1);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
