import { addDays, daysInMonth, firstOfMonth, type LocalDate, type Period } from '../../kernel/local-date.ts';
import type { Currency } from '../../kernel/money.ts';
import type { PlanPrice } from '../catalog/catalog-contract.ts';
import { dailyPrice, DAILY_COMPONENTS } from '../catalog/daily-price-rules.ts';
import { roundedAmountMinor } from './charge-rules.ts';
import { dayOf } from './day-number-rules.ts';
import { conditionsOn } from './period-price-rules.ts';
import type { PricedPlan } from './price-component.ts';
import { historyKnownOn, type HistoryEvent } from './segment-rules.ts';

/*
 * What a day is charged by, where the plan that holds on it is charged day by day. A subscription has one history whatever its plans
 * are: on days of such a plan each day is charged as it closes (charge-rules.ts), on all others by the period (rating-rules.ts).
 */

/** By what a day is charged. */
export interface DailyTerms {
  readonly planId: string;
  readonly version: string;
  readonly price: PlanPrice;
  /** Units of the price of a month; what the VM used is charged once. */
  readonly quantity: number;
}

/** Most units of one subscription: a month of them is far below 2^53 in minor units. */
const QUANTITY_MAX = 1_000_000;

/** Whether so many can be sold day by day: a day is counted in whole units, else a month of days would not come to its price. */
export function isWholeQuantity(quantity: string): boolean {
  return /^\d+(\.0+)?$/.test(quantity) && Number(quantity) >= 1 && Number(quantity) <= QUANTITY_MAX;
}

/** Whether a history has days that are charged by the day. */
export function hasDailyPlan(history: readonly HistoryEvent[]): boolean {
  return history.some((event) => 'plan' in event && event.plan?.isDaily === true);
}

/** Whether any day after one is charged by the day, by all that is decided; a day that is paused may be, once it is resumed. */
export function isDailyAfter(history: readonly HistoryEvent[], day: LocalDate): boolean {
  const now = conditionsOn(history, day)?.plan.isDaily === true;
  return now || history.some((event) => event.on > day && 'plan' in event && event.plan?.isDaily === true);
}

/** What a plan and a quantity say of a day; undefined of plans that are charged by the period. */
export function dailyTerms(plan: PricedPlan, quantity: string): DailyTerms | undefined {
  if (plan.isDaily !== true) return undefined;
  const price = { currency: plan.currency, ...dailyPrice(plan.components) };
  return { planId: plan.id, version: plan.version, price, quantity: Number(quantity) };
}

/** What each day of a period is charged by; undefined where it is paused, not served, or charged by the period. */
function termsWithin(
  history: readonly HistoryEvent[],
  period: Period,
): (day: LocalDate) => DailyTerms | undefined {
  const { segments } = historyKnownOn(history, dayOf(period.endExclusive) - 1);
  const sold = segments
    .filter(({ plan }) => plan.isDaily === true)
    .map(({ from, to, plan, quantity }) => ({ from, to, terms: dailyTerms(plan, quantity) }));
  return (day) => {
    const at = dayOf(day);
    return sold.find(({ from, to }) => from <= at && (to === null || at < to))?.terms;
  };
}

/** What one day is charged by, by all that is decided until then. */
export function dailyTermsOn(history: readonly HistoryEvent[], day: LocalDate): DailyTerms | undefined {
  return termsWithin(history, { start: day, endExclusive: addDays(day, 1) })(day);
}

/** Days in a row, of one calendar month, that the price of a month is charged for under the same terms. */
export interface DailyFee {
  readonly terms: DailyTerms;
  readonly days: Period;
  readonly component: string;
  readonly amountMinor: bigint;
}

/** What the price of a month comes to in a period, each stretch of days rounded once; usage is not looked at. */
export function dailyFees(
  history: readonly HistoryEvent[],
  of: { readonly period: Period; readonly currency: Currency },
): DailyFee[] {
  const { start, endExclusive } = of.period;
  if (start >= endExclusive || !hasDailyPlan(history)) return [];
  const termsOn = termsWithin(history, of.period);
  const found: { terms: DailyTerms; days: Period }[] = [];
  for (let day = start; day < endExclusive; day = addDays(day, 1)) {
    const terms = termsOn(day);
    if (terms === undefined) continue;
    const last = found.at(-1);
    const goesOn = last?.terms === terms && last.days.endExclusive === day && day !== firstOfMonth(day);
    if (goesOn) last.days = { ...last.days, endExclusive: addDays(day, 1) };
    else found.push({ terms, days: { start: day, endExclusive: addDays(day, 1) } });
  }
  return found.flatMap(({ terms, days }) => {
    const numerator = BigInt((dayOf(days.endExclusive) - dayOf(days.start)) * terms.quantity);
    const quantity = { numerator, denominator: BigInt(daysInMonth(days.start)) };
    const amountMinor = roundedAmountMinor(terms.price.perMonth, quantity, of.currency);
    return amountMinor === 0n ? [] : [{ terms, days, component: DAILY_COMPONENTS.perMonth, amountMinor }];
  });
}
