import { CURRENCIES, money, moneyToDecimalText, type Currency } from '../../kernel/money.ts';
import { multiply, ratio, ratioFrom, type Ratio } from '../../kernel/ratio.ts';
import { roundRatio } from '../../kernel/rounding.ts';
import type { Quantity } from './charge-rules.ts';
import type { RatedLine } from './rating-lines.ts';

export interface LineQuantity extends Quantity {
  readonly unitPrice: string;
}

/**
 * What a rated line says on a document: a quantity and a net price whose product, rounded, is its amount. As many units as were sold for
 * the part of the period, or as were used; one unit at the whole amount where tiers, discounts or what was charged before are in it;
 * less than nothing for what is taken back.
 */
export function lineQuantity(line: RatedLine, currency: Currency): LineQuantity {
  const priced = pricedAs(line);
  if (priced !== undefined) {
    const amount = roundRatio(multiply(priced.quantity, ratioFrom(priced.unitPrice)), CURRENCIES[currency]);
    const { numerator, denominator } = lowestTerms(priced.quantity);
    if (amount === line.amountMinor && fits(numerator) && fits(denominator))
      return { numerator, denominator, unitPrice: priced.unitPrice };
  }
  const isCredit = line.amountMinor < 0n;
  const amountMinor = isCredit ? -line.amountMinor : line.amountMinor;
  return {
    numerator: isCredit ? -1n : 1n,
    denominator: 1n,
    unitPrice: moneyToDecimalText(money(amountMinor, currency)),
  };
}

function pricedAs({ explanation }: RatedLine): { quantity: Ratio; unitPrice: string } | undefined {
  switch (explanation.kind) {
    case 'service': {
      const { units, days, ofDays, price } = explanation;
      return { quantity: multiply(ratioFrom(units), ratio(days, ofDays)), unitPrice: price };
    }
    case 'set-up':
      return { quantity: ratioFrom(explanation.units), unitPrice: explanation.price };
    case 'usage': {
      const [step] = explanation.steps;
      if (step === undefined || explanation.steps.length > 1) return undefined;
      return { quantity: ratioFrom(step.quantity), unitPrice: step.price };
    }
    default:
      return undefined;
  }
}

function fits(value: bigint): boolean {
  return value <= BigInt(Number.MAX_SAFE_INTEGER);
}

function lowestTerms({ numerator, denominator }: Ratio): Ratio {
  let [larger, smaller] = [numerator < 0n ? -numerator : numerator, denominator];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger <= 1n
    ? { numerator, denominator }
    : { numerator: numerator / larger, denominator: denominator / larger };
}
