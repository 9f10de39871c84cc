/**
 * An exact fraction. Prices end somewhere behind the point and days are counted, so a third of a month's price is kept as a
 * third until `roundRatio` makes minor units of it, once. The denominator is positive; it is not always the smallest one.
 */
export interface Ratio {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const ZERO: Ratio = { numerator: 0n, denominator: 1n };
export const ONE: Ratio = { numerator: 1n, denominator: 1n };

/** Beyond this many bits a fraction is reduced, so that sums of many do not grow without end. */
const REDUCE_ABOVE = 1n << 128n;

function greatestCommonDivisor(first: bigint, second: bigint): bigint {
  let [larger, smaller] = [first < 0n ? -first : first, second];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

function reduced(numerator: bigint, denominator: bigint): Ratio {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return divisor <= 1n
    ? { numerator, denominator }
    : { numerator: numerator / divisor, denominator: denominator / divisor };
}

/** A fraction of whole numbers; throws a RangeError for a denominator of 0. */
export function ratio(numerator: bigint | number, denominator: bigint | number = 1): Ratio {
  const [above, below] = [BigInt(numerator), BigInt(denominator)];
  if (below === 0n) throw new RangeError('a fraction of nothing');
  const sign = below < 0n ? -1n : 1n;
  return { numerator: sign * above, denominator: sign * below };
}

/** Decimal text (`19.95`, `-0.0125`) or a fraction (`599/31`) as it is, exactly; throws a RangeError for anything else. */
export function ratioFrom(text: string): Ratio {
  const fraction = /^(-?\d+)\/(\d+)$/.exec(text);
  if (fraction !== null) return ratio(BigInt(fraction[1] ?? ''), BigInt(fraction[2] ?? ''));
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (found === null) throw new RangeError(`not a decimal number: ${text}`);
  const [, sign = '', whole = '', decimals = ''] = found;
  return {
    numerator: BigInt(`${sign}${whole}${decimals}`),
    denominator: 10n ** BigInt(decimals.length),
  };
}

/** The fraction in lowest terms as `ratioFrom` reads it: `3/31`, or `12` where it is whole. */
export function ratioText(value: Ratio): string {
  const { numerator, denominator } = reduced(value.numerator, value.denominator);
  return denominator === 1n ? numerator.toString() : `${numerator}/${denominator}`;
}

export function multiply(first: Ratio, second: Ratio): Ratio {
  const numerator = first.numerator * second.numerator;
  const denominator = first.denominator * second.denominator;
  return denominator > REDUCE_ABOVE ? reduced(numerator, denominator) : { numerator, denominator };
}

export function add(first: Ratio, second: Ratio): Ratio {
  if (first.denominator === second.denominator)
    return { numerator: first.numerator + second.numerator, denominator: first.denominator };
  const numerator = first.numerator * second.denominator + second.numerator * first.denominator;
  const denominator = first.denominator * second.denominator;
  return denominator > REDUCE_ABOVE ? reduced(numerator, denominator) : { numerator, denominator };
}

export function subtract(first: Ratio, second: Ratio): Ratio {
  return add(first, { numerator: -second.numerator, denominator: second.denominator });
}

/** Negative, zero or positive, as `first` is less, equal or more. */
export function compareRatios(first: Ratio, second: Ratio): number {
  const difference = first.numerator * second.denominator - second.numerator * first.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function smaller(first: Ratio, second: Ratio): Ratio {
  return compareRatios(first, second) <= 0 ? first : second;
}

export function larger(first: Ratio, second: Ratio): Ratio {
  return compareRatios(first, second) >= 0 ? first : second;
}

/** Whole number not below the fraction. */
export function roundUp(value: Ratio): bigint {
  const whole = value.numerator / value.denominator;
  return value.numerator > whole * value.denominator ? whole + 1n : whole;
}
