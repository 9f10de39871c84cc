import {
  add,
  compareRatios,
  larger,
  multiply,
  ratioText,
  ratioFrom,
  smaller,
  subtract,
  ZERO,
  type Ratio,
} from '../../kernel/ratio.ts';
import type { DayNumber } from './day-number-rules.ts';
import { weighted, type UsagePart } from './metered-part-rules.ts';
import type { UsagePricing } from './price-component.ts';
import type { UsageEvent } from './rating-lines.ts';
import { priceQuantity, type PricedQuantity } from './tier-rules.ts';

/** What was used, exactly, on a day. */
export interface DatedUsage {
  readonly event: UsageEvent;
  readonly day: DayNumber;
  readonly quantity: Ratio;
}

/** What was used of a part, what of that costs nothing, and what is priced. */
export interface Quantities {
  readonly quantity: Ratio;
  readonly included: Ratio;
  readonly billable: Ratio;
}

/**
 * The quantity of a part of a period: the sum of its days; the day that was most beyond what is included on it; what each day was beyond,
 * added up; or what each member read last. Of a day each member counts with its highest reading, but in a sum.
 */
export function quantitiesOf(part: UsagePart, events: readonly DatedUsage[]): Quantities {
  const { aggregate } = part.run.part;
  const sum = (of: readonly Ratio[]): Ratio => of.reduce(add, ZERO);
  switch (aggregate) {
    case 'sum':
      return beyond(sum(events.map(({ quantity }) => quantity)), includedOfPart(part));
    case 'last':
      return beyond(sum(lastReadings(events)), lastUnits(part));
    case 'daily': {
      // What was bought is there anew on each day: what a day leaves of it is no other day's.
      const days = dayTotals(events).map(({ day, total }) => beyond(total, unitsOn(part, day)));
      return {
        quantity: sum(days.map(({ quantity }) => quantity)),
        included: sum(days.map(({ quantity, included }) => smaller(quantity, included))),
        billable: sum(days.map(({ billable }) => billable)),
      };
    }
    case 'peak': {
      const days = dayTotals(events).map(({ day, total }) => beyond(total, levelOn(part, day)));
      const [first = beyond(ZERO, levelOn(part, part.from)), ...others] = days;
      return others.reduce((most, day) => (isMore(day, most) ? day : most), first);
    }
  }
}

function beyond(quantity: Ratio, included: Ratio): Quantities {
  return { quantity, included, billable: larger(subtract(quantity, included), ZERO) };
}

/** Of days that are all within what is included the highest. */
function isMore(one: Quantities, other: Quantities): boolean {
  const by = compareRatios(one.billable, other.billable);
  return by > 0 || (by === 0 && compareRatios(one.quantity, other.quantity) > 0);
}

/** Of a sum: as much as there is for the days of the part, where a part has only its part; else all of it, once. */
function includedOfPart(part: UsagePart): Ratio {
  const forItsDays = weighted(part, ({ units }) => units);
  if (part.isInProportion || part.run.part.proratesIncluded) return forItsDays;
  if (compareRatios(part.share, ZERO) === 0) return lastUnits(part);
  const { numerator, denominator } = part.share;
  return multiply(forItsDays, { numerator: denominator, denominator: numerator });
}

/** Of what is a level, not a sum: its price is for the days of the part, where it is in proportion, not what is included. */
function levelOn(part: UsagePart, day: DayNumber): Ratio {
  return inPart(part, unitsOn(part, day));
}

function lastUnits(part: UsagePart): Ratio {
  return inPart(part, part.pieces.at(-1)?.units ?? ZERO);
}

function inPart(part: UsagePart, units: Ratio): Ratio {
  return part.run.part.proratesIncluded && !part.isInProportion ? multiply(units, part.share) : units;
}

function unitsOn({ pieces }: UsagePart, day: DayNumber): Ratio {
  return pieces.find(({ from, lastDay }) => from <= day && day <= lastDay)?.units ?? ZERO;
}

function lastReadings(events: readonly DatedUsage[]): Ratio[] {
  const lasts = new Map<string, DatedUsage>();
  for (const reading of events) {
    const before = lasts.get(reading.event.member ?? '');
    if (before === undefined || before.day <= reading.day) lasts.set(reading.event.member ?? '', reading);
  }
  return [...lasts.values()].map(({ quantity }) => quantity);
}

/** What each day came to: the highest reading of each member, together. */
function dayTotals(events: readonly DatedUsage[]): { readonly day: DayNumber; readonly total: Ratio }[] {
  return [...Map.groupBy(events, ({ day }) => day)].map(([day, ofDay]) => ({
    day,
    total: [...Map.groupBy(ofDay, ({ event }) => event.member ?? '').values()]
      .map((readings) => readings.reduce((most, { quantity }) => larger(most, quantity), ZERO))
      .reduce(add, ZERO),
  }));
}

/**
 * What it costs. A part that is in proportion costs its share of what a whole period like it would: of what adds up day by day the ends
 * of bands, and what is charged once for a band, are that share; a level costs that share of the price. Of packages every begun one of
 * the part counts.
 */
export function pricedPart(part: UsagePart, billable: Ratio): PricedQuantity {
  const { pricing, aggregate } = part.run.part;
  if (!part.isInProportion) return priceQuantity(pricing, billable);
  if (aggregate === 'sum' || aggregate === 'daily')
    return priceQuantity(inShare(pricing, part.share), billable);
  const { amount, steps } = priceQuantity(pricing, billable);
  return { amount: multiply(amount, part.share), steps };
}

function inShare(pricing: UsagePricing, share: Ratio): UsagePricing {
  if (!('bands' in pricing)) return pricing;
  const ofShare = (text: string): string => ratioText(multiply(ratioFrom(text), share));
  const bands = pricing.bands.map(({ upTo, price, flat }) => ({
    upTo: upTo === null ? null : ofShare(upTo),
    price,
    flat: ofShare(flat),
  }));
  return { ...pricing, bands };
}
