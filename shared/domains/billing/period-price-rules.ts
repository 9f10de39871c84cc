import type { LocalDate } from '../../kernel/local-date.ts';
import type { Currency } from '../../kernel/money.ts';
import { multiply, ratio, ratioFrom, type Ratio } from '../../kernel/ratio.ts';
import { unitsAfter } from './allotment-rules.ts';
import { dayOf } from './day-number-rules.ts';
import { discounted, freeSetUp } from './discount-rules.ts';
import { roundedMinor } from './period-charge-rules.ts';
import { lengthOf, type Every } from './period-rules.ts';
import { partsOf, soldParts, type RecurringPart } from './plan-part-rules.ts';
import type { PriceComponent, PricedPlan } from './price-component.ts';
import {
  discountsGiven,
  effectiveOn,
  inEffectOrder,
  isGivenOn,
  type GivenDiscount,
  type HistoryEvent,
} from './segment-rules.ts';

/*
 * What a subscription pays for a whole period: the standing part of its bill, to compare one price with another. Usage is no part of it,
 * nor is a discount that ends after so many periods: both sides are what goes on for ever.
 */

/** What holds of a subscription on a day, paused or not. */
export interface Conditions {
  readonly plan: PricedPlan;
  readonly quantity: string;
  readonly allocations: Readonly<Record<string, string>>;
  /** Given then. */
  readonly discounts: readonly GivenDiscount[];
}

/** What all that is decided says of a day; undefined before the start. */
export function conditionsOn(history: readonly HistoryEvent[], on: LocalDate): Conditions | undefined {
  const day = dayOf(on);
  const begun = inEffectOrder(history).filter((each) => each.on <= day);
  let now: Conditions | undefined;
  const discounts = discountsGiven(begun).filter((one) => isGivenOn(one, day));
  for (const { event } of begun) {
    if (event.do === 'start') {
      const { plan, quantity = '1', allocations = {} } = event;
      now ??= { plan, quantity, allocations, discounts };
    } else if (event.do === 'change' && now !== undefined) {
      const { plan = now.plan, quantity = now.quantity } = event;
      now = { plan, quantity, allocations: unitsAfter(plan, now.allocations, event), discounts };
    }
  }
  return now;
}

/** Months of a year, and days of an average month, by which periods of other lengths are compared. */
const MONTH_DAYS = ratio(365, 12);

/** The period two plans are compared by: the one all their components have, else a month. */
export function comparedBy(plans: readonly PricedPlan[]): Every {
  const all = new Set(plans.flatMap((plan) => soldParts(plan).recurring.map(({ every }) => every)));
  const [only, ...others] = all;
  return only !== undefined && others.length === 0 ? only : 'month';
}

/** What a whole period comes to, each component rounded as its line is. In minor units; with VAT where the plan's prices have it in them. */
export function perPeriodMinor(of: Conditions, on: LocalDate, every: Every, currency: Currency): bigint {
  const day = dayOf(on);
  // A price that is charged day by day is charged whole.
  const given =
    of.plan.isDaily === true ? [] : of.discounts.filter(({ discount }) => discount.periods === null);
  return soldParts(of.plan).recurring.reduce((sum, part) => {
    const units = unitsOf(part, of);
    const { perPeriod } = discounted(ratioFrom(part.price), {
      units,
      component: part.component,
      from: day,
      givenBy: day,
      given,
      charges: [],
    });
    return sum + roundedMinor(multiply(perPeriod, periodsIn(every, part.every)), currency);
  }, 0n);
}

function unitsOf(part: RecurringPart, { plan, quantity, allocations }: Conditions): Ratio {
  const none = { months: 0, days: 0 };
  return part.unitsIn({
    from: 0,
    to: null,
    plan,
    quantity,
    allocations,
    anchorDay: 1,
    since: 0,
    anew: none,
    kept: none,
    leadsToAnchor: false,
  });
}

/** How many periods of a component are in one of another length. */
function periodsIn(whole: Every, part: Every): Ratio {
  if (whole === part) return ratio(1, 1);
  const [one, other] = [lengthOf(whole), lengthOf(part)];
  if (one.unit === other.unit) return ratio(one.count, other.count);
  const daysOf = ({ unit, count }: typeof one): Ratio =>
    unit === 'days' ? ratio(count, 1) : multiply(MONTH_DAYS, ratio(count, 1));
  const { numerator, denominator } = daysOf(other);
  return multiply(daysOf(one), ratio(denominator, numerator));
}

/** Set-ups that a change to a plan would charge: those the subscription never took with that plan. */
export function setUpsMinor(
  to: Conditions,
  of: { readonly history: readonly HistoryEvent[]; readonly on: LocalDate; readonly currency: Currency },
): bigint {
  const day = dayOf(of.on);
  const before = of.history.flatMap((event) =>
    'plan' in event && event.plan !== undefined && event.plan.id === to.plan.id && effectiveOn(event) <= day
      ? [event.plan]
      : [],
  );
  const taken = new Set(
    before.flatMap((plan) =>
      partsOf(plan)
        .setUps.filter(({ price }) => /[1-9]/.test(price))
        .map(({ id }) => id),
    ),
  );
  return partsOf(to.plan)
    .setUps.filter(({ id }) => !taken.has(id) && freeSetUp(id, day, to.discounts) === undefined)
    .reduce(
      (sum, { price }) => sum + roundedMinor(multiply(ratioFrom(price), ratioFrom(to.quantity)), of.currency),
      0n,
    );
}

const metered = new WeakMap<PricedPlan, string>();

/** How what is metered is priced, as one text: the same text, the same price. Empty where nothing is. */
export function meteredTerms(plan: PricedPlan): string {
  const before = metered.get(plan);
  if (before !== undefined) return before;
  const of = plan.components.filter((component) => 'meter' in component).map(withoutStanding);
  const text = of.length === 0 ? '' : JSON.stringify(of);
  metered.set(plan, text);
  return text;
}

/** A pool's own price is compared as a standing one. */
function withoutStanding(component: PriceComponent): object {
  return component.kind === 'pool' ? { ...component, price: '' } : component;
}
