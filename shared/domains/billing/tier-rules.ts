import {
  add,
  compareRatios,
  larger,
  multiply,
  ratio,
  ratioFrom,
  ratioText,
  roundUp,
  smaller,
  subtract,
  ZERO,
  type Ratio,
} from '../../kernel/ratio.ts';
import type { PriceBand, UsagePricing } from './price-component.ts';

/** One step of how a quantity was priced: `quantity` units of what lies above `above` and up to `upTo`. */
export interface PricedStep {
  readonly above: string;
  readonly upTo: string | null;
  readonly quantity: string;
  readonly price: string;
  readonly flat: string;
  /** Exact, not yet rounded. */
  readonly amount: string;
}

export interface PricedQuantity {
  readonly amount: Ratio;
  readonly steps: readonly PricedStep[];
}

/**
 * What a quantity costs, exactly and step by step.
 *
 * - `flat`: every unit at one price.
 * - `package`: every begun package at one price; 101 of packages of 100 are two.
 * - `graduated`: each unit at the price of the band it falls into; a band's flat amount is added once it is reached.
 * - `volume`: all units at the price of the band the whole quantity falls into, with that band's flat amount.
 *
 * A band ends with its `upTo` included. Nothing used costs nothing, flat amounts included.
 */
export function priceQuantity(pricing: UsagePricing, quantity: Ratio): PricedQuantity {
  if (compareRatios(quantity, ZERO) <= 0) return { amount: ZERO, steps: [] };
  switch (pricing.tiers) {
    case 'flat':
      return summed([step({ upTo: null, price: pricing.price, flat: '0' }, ZERO, quantity)]);
    case 'package': {
      const size = ratioFrom(pricing.package);
      const begun = roundUp({
        numerator: quantity.numerator * size.denominator,
        denominator: quantity.denominator * size.numerator,
      });
      return summed([step({ upTo: null, price: pricing.price, flat: '0' }, ZERO, ratio(begun))]);
    }
    case 'graduated':
      return summed(graduatedSteps(pricing.bands, quantity));
    case 'volume': {
      const { band, above } = bandOf(pricing.bands, quantity);
      return summed([step(band, above, quantity)]);
    }
  }
}

interface Step {
  readonly shown: PricedStep;
  readonly amount: Ratio;
}

function step(band: PriceBand, above: Ratio, quantity: Ratio): Step {
  const amount = add(multiply(ratioFrom(band.price), quantity), ratioFrom(band.flat));
  const shown = {
    above: ratioText(above),
    upTo: band.upTo,
    quantity: ratioText(quantity),
    price: band.price,
    flat: band.flat,
    amount: ratioText(amount),
  };
  return { shown, amount };
}

function summed(steps: readonly Step[]): PricedQuantity {
  return {
    amount: steps.reduce((sum, { amount }) => add(sum, amount), ZERO),
    steps: steps.map(({ shown }) => shown),
  };
}

function graduatedSteps(bands: readonly PriceBand[], quantity: Ratio): Step[] {
  const steps: Step[] = [];
  let above = ZERO;
  for (const band of bands) {
    if (compareRatios(quantity, above) <= 0) break;
    const upTo = band.upTo === null ? quantity : smaller(quantity, ratioFrom(band.upTo));
    steps.push(step(band, above, larger(subtract(upTo, above), ZERO)));
    above = upTo;
  }
  return steps;
}

function bandOf(bands: readonly PriceBand[], quantity: Ratio): { band: PriceBand; above: Ratio } {
  let above = ZERO;
  for (const band of bands) {
    if (band.upTo === null || compareRatios(quantity, ratioFrom(band.upTo)) <= 0) return { band, above };
    above = ratioFrom(band.upTo);
  }
  // The schema wants the last band without an end.
  throw new RangeError('the bands of this price end before the quantity does');
}
