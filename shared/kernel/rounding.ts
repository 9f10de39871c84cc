import { Decimal } from 'decimal.js';
import type { Ratio } from './ratio.ts';

/** Exact decimals for rates and quantities; 40 digits are far beyond any quantity times any price here. */
export const Exact = Decimal.clone({
  precision: 40,
  rounding: Decimal.ROUND_HALF_UP,
  toExpNeg: -30,
  toExpPos: 30,
});
export type Exact = Decimal;

/**
 * The one place where an exact amount becomes minor units: half away from zero, as EN 16931 (BR-CO and the
 * calculation examples of CEN/TR 16931-5) and the Polish and Czech VAT acts round.
 *
 * @param amountMajor exact amount in major units (1.005 of EUR)
 * @param digits minor digits of the currency (2 for EUR)
 * @returns integer minor units
 */
export function roundToMinor(amountMajor: Decimal, digits: number): bigint {
  const scaled = new Exact(amountMajor).mul(new Exact(10).pow(digits));
  // decimal.js' HALF_UP is "half away from zero", for negative amounts too.
  return BigInt(scaled.toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toFixed(0));
}

/**
 * The same rule for an exact fraction of major units, without a decimal in between: half away from zero, so that what repeats for
 * ever behind the point (a third of a month) is told apart from a true half.
 *
 * @param amountMajor exact amount in major units
 * @param digits decimals that stay (2 for EUR: the result is in cents)
 */
export function roundRatio(amountMajor: Ratio, digits: number): bigint {
  const { numerator, denominator } = amountMajor;
  const scaled = (numerator < 0n ? -numerator : numerator) * 10n ** BigInt(digits);
  const rounded = (2n * scaled + denominator) / (2n * denominator);
  return numerator < 0n ? -rounded : rounded;
}
