import { larger, multiply, ratioFrom, ratioText, subtract, ZERO, type Ratio } from '../../kernel/ratio.ts';
import type { DayNumber } from './day-number-rules.ts';
import type { DaySpan } from './period-rules.ts';
import type { Discount } from './price-component.ts';
import type { DiscountTaken } from './rating-lines.ts';
import { isGivenOn, type GivenDiscount } from './segment-rules.ts';
import type { Piece } from './proration-rules.ts';
import { liveSpans, type ServiceCharge } from './period-charge-rules.ts';

const HUNDRED = ratioFrom('100');
const HUNDREDTH = ratioFrom('1/100');

export interface Discounted {
  /** Exact amount of a whole period after all discounts. */
  readonly perPeriod: Ratio;
  readonly taken: readonly DiscountTaken[];
}

/** The periods a discount has counted for a component: those of charges by it that still have a day. */
function countedPeriods(
  discount: Discount,
  component: string,
  charges: readonly ServiceCharge[],
): Map<DayNumber, DaySpan> {
  const counted = new Map<DayNumber, DaySpan>();
  for (const charge of charges) {
    if (charge.component === component && charge.discounts.includes(discount.id))
      if (liveSpans(charge).length > 0) counted.set(charge.period.from, charge.period);
  }
  return counted;
}

/**
 * The price of a period after the discounts that apply to it, in the order they were given. A discount for n periods has its ledger
 * in the charges it was taken off: what is charged anew within a period that it counted already (a change in mid-month) has it too, and
 * counts nothing.
 */
export function discounted(
  price: Ratio,
  of: {
    readonly units: Ratio;
    readonly component: string;
    /** First day of what is charged. */
    readonly from: DayNumber;
    /** The day on which a discount must be given for it: the first in advance, the last in arrears. */
    readonly givenBy: DayNumber;
    readonly given: readonly GivenDiscount[];
    readonly charges: readonly ServiceCharge[];
  },
): Discounted {
  const taken: DiscountTaken[] = [];
  let perPeriod = multiply(price, of.units);
  for (const given of of.given) {
    const { discount } = given;
    if (!isGivenOn(given, of.givenBy) || discount.kind === 'free-set-up') continue;
    if (discount.components !== undefined && !discount.components.includes(of.component)) continue;
    if (discount.periods !== null) {
      const counted = countedPeriods(discount, of.component, of.charges);
      const isWithin = [...counted.values()].some((span) => span.from <= of.from && of.from < span.to);
      if (!isWithin && counted.size >= discount.periods) continue;
    }
    perPeriod = after(discount, perPeriod, of.units);
    taken.push({ id: discount.id, kind: discount.kind, leaves: ratioText(perPeriod) });
  }
  return { perPeriod, taken };
}

/** What discounts leave of an exact amount of a period's usage, overage or minimum. */
export type MeteredOff = (exact: Ratio) => {
  readonly exact: Ratio;
  readonly taken: readonly DiscountTaken[];
};

/**
 * The discounts on a component that is metered, for a piece of a period; they come off last, after tiers, cap and minimum. Late usage is
 * charged with the discounts of its own period, so a discount for n periods counts those of service from the day it was given on, used
 * or not: not what was charged, which would depend on when usage was told. A period has what is in force on its last day of service.
 *
 * @param pieces the component's pieces that have a day after one, in order, with the one that is asked about
 */
export function meteredOff(
  component: string,
  piece: Piece,
  of: {
    readonly given: readonly GivenDiscount[];
    readonly pieces: (from: DayNumber) => Iterable<Piece>;
  },
): MeteredOff {
  const on = of.given.flatMap((one) => {
    const { discount } = one;
    if (discount.kind !== 'percent' || discount.metered !== true) return [];
    if (discount.components !== undefined && !discount.components.includes(component)) return [];
    if (!isGivenFor(one, piece)) return [];
    const { periods } = discount;
    return periods === null || countsPiece(one, piece, periods, of.pieces) ? [discount] : [];
  });
  return (exact) => {
    const taken: DiscountTaken[] = [];
    let left = exact;
    for (const { id, kind, percent } of on) {
      left = lessPercent(left, percent);
      taken.push({ id, kind, leaves: ratioText(left) });
    }
    return { exact: left, taken };
  };
}

function isGivenFor(one: GivenDiscount, piece: DaySpan): boolean {
  return isGivenOn(one, Math.max(piece.from, piece.to - 1));
}

/** Whether a piece that a discount is given for is of the first n periods that it is given for. */
function countsPiece(
  one: GivenDiscount,
  piece: Piece,
  periods: number,
  pieces: (from: DayNumber) => Iterable<Piece>,
): boolean {
  const counted: DaySpan[] = [];
  for (const each of pieces(one.from)) {
    if (!isGivenFor(one, each)) continue;
    const isWithin = counted.some((span) => span.from <= each.from && each.from < span.to);
    if (!isWithin && counted.length === periods) return false;
    if (!isWithin) counted.push(each.period);
    if (each.from >= piece.from) return true;
  }
  return false;
}

function lessPercent(amount: Ratio, percent: string): Ratio {
  return multiply(amount, multiply(subtract(HUNDRED, ratioFrom(percent)), HUNDREDTH));
}

function after(discount: Exclude<Discount, { kind: 'free-set-up' }>, amount: Ratio, units: Ratio): Ratio {
  switch (discount.kind) {
    case 'percent':
      return lessPercent(amount, discount.percent);
    case 'amount':
      return larger(subtract(amount, ratioFrom(discount.amount)), ZERO);
    case 'price':
      return multiply(ratioFrom(discount.price), units);
  }
}

/** The discount that makes a set-up free on a day, if one does. */
export function freeSetUp(
  component: string,
  on: DayNumber,
  given: readonly GivenDiscount[],
): Discount | undefined {
  return given.find(
    (one) =>
      one.discount.kind === 'free-set-up' &&
      isGivenOn(one, on) &&
      (one.discount.components === undefined || one.discount.components.includes(component)),
  )?.discount;
}
