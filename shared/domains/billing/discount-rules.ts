import { larger, multiply, ratioFrom, ratioText, subtract, ZERO, type Ratio } from '../../kernel/ratio.ts';
import type { DayNumber } from './day-number-rules.ts';
import type { DaySpan } from './period-rules.ts';
import type { Discount } from './price-component.ts';
import type { DiscountTaken } from './rating-lines.ts';
import type { GivenDiscount } from './segment-rules.ts';
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
    /** The last day on which a discount may have been given for it. */
    readonly givenBy: DayNumber;
    readonly given: readonly GivenDiscount[];
    readonly charges: readonly ServiceCharge[];
  },
): Discounted {
  const taken: DiscountTaken[] = [];
  let perPeriod = multiply(price, of.units);
  for (const { discount, from } of of.given) {
    if (from > of.givenBy || discount.kind === 'free-set-up') continue;
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

function after(discount: Exclude<Discount, { kind: 'free-set-up' }>, amount: Ratio, units: Ratio): Ratio {
  switch (discount.kind) {
    case 'percent':
      return multiply(amount, multiply(subtract(HUNDRED, ratioFrom(discount.percent)), HUNDREDTH));
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
    ({ discount, from }) =>
      discount.kind === 'free-set-up' &&
      from <= on &&
      (discount.components === undefined || discount.components.includes(component)),
  )?.discount;
}
