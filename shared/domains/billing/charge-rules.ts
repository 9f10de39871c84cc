import { daysInMonth, type LocalDate } from '../../kernel/local-date.ts';
import { CURRENCIES, type Currency } from '../../kernel/money.ts';
import { Exact, roundToMinor } from '../../kernel/rounding.ts';
import type { PlanPrice } from '../catalog/catalog-contract.ts';

/**
 * How a day of a subscription becomes money.
 *
 * A day's quantity is a fraction kept exactly: one day of the month's days, milliseconds of an hour, MiB-milliseconds of a GiB-hour.
 * A day's amount is often a fraction of a cent, so a day is not rounded by itself. Instead, of each
 *
 *     subscription × component × price × calendar month (in the billing zone)
 *
 * the ledger always holds the rounded exact amount of everything charged so far, and a day posts the difference:
 *
 *     amount of the day = round(unit price × quantity of the month so far, this day included) − posted in the month so far
 *
 * Hence the days of a month sum exactly to the rounded exact amount of the month; a full month at 10.00 is 10.00 whether it
 * has 28 or 31 days; a price that changes within a month is charged for its own days, as if it had been the only one; nothing is lost below a cent and nothing is counted twice; a month charged day by day, in any order or
 * all at once comes to the same amount. Days with 23 or 25 hours need no rule: usage is counted in milliseconds, and the monthly
 * price in days.
 */
export const COMPONENTS = ['month', 'vcpu-hours', 'gib-hours'] as const;
export type Component = (typeof COMPONENTS)[number];

/** What a line of a document is of: a component that is charged day by day, or why a line of one by the period is there. */
export const LINE_KINDS = [
  ...COMPONENTS,
  'set-up',
  'service',
  'metered',
  'true-up',
  'credit',
  'by-hand',
] as const;
export type LineKind = (typeof LINE_KINDS)[number];

/** An exact quantity: `numerator / denominator` months or hours. */
export interface Quantity {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** What a VM used in a day, as its host counted it: milliseconds powered, times vCPUs and times MiB of memory. */
export interface DayUsage {
  readonly vcpuMs: bigint;
  readonly mibMs: bigint;
}

export const HOUR_MS = 3_600_000n;
export const GIB_HOUR_MIB_MS = 1024n * HOUR_MS;

/** Quantity of each component on a day, of so many units of the month. The denominator is the same on every day of a month. */
export function dayQuantities(
  day: LocalDate,
  usage: DayUsage,
  units = 1,
): Readonly<Record<Component, Quantity>> {
  return {
    month: { numerator: BigInt(units), denominator: BigInt(daysInMonth(day)) },
    'vcpu-hours': { numerator: usage.vcpuMs, denominator: HOUR_MS },
    'gib-hours': { numerator: usage.mibMs, denominator: GIB_HOUR_MIB_MS },
  };
}

export function unitPriceOf(price: PlanPrice, component: Component): string {
  switch (component) {
    case 'month':
      return price.perMonth;
    case 'vcpu-hours':
      return price.perVcpuHour;
    case 'gib-hours':
      return price.perGibHour;
  }
}

/**
 * `unit price × quantity` in minor units, rounded once, half away from zero. The quotient is never exactly representable when
 * it repeats, but prices end at 10⁻¹⁰ and denominators below 2³², so no quotient comes nearer to a half cent than 10⁻²⁰
 * without being one, and the 40 digits of Exact tell the two apart.
 */
export function roundedAmountMinor(unitPrice: string, quantity: Quantity, currency: Currency): bigint {
  const exactMajor = new Exact(unitPrice)
    .mul(quantity.numerator.toString())
    .div(quantity.denominator.toString());
  return roundToMinor(exactMajor, CURRENCIES[currency]);
}

/** What a subscription's component has come to by one price in a month before today. */
export interface MonthSoFar {
  readonly numerator: bigint;
  readonly amountMinor: bigint;
}

export const NOTHING_SO_FAR: MonthSoFar = { numerator: 0n, amountMinor: 0n };

/** Minor units a day posts, by the rule above. */
export function dayAmountMinor(
  unitPrice: string,
  today: Quantity,
  month: { readonly soFar: MonthSoFar; readonly currency: Currency },
): bigint {
  const numerator = month.soFar.numerator + today.numerator;
  const target = roundedAmountMinor(unitPrice, { numerator, denominator: today.denominator }, month.currency);
  return target - month.soFar.amountMinor;
}

/** Decimals of an hour count in writing: a third of a millisecond. */
const HOUR_DECIMALS = 6;

/** A quantity for people: months as `1` or `14/31`, hours as decimals (`743.516667`), rounded for display only. */
export function quantityText(kind: LineKind, quantity: Quantity): string {
  const { numerator, denominator } = quantity;
  if (numerator % denominator === 0n) return (numerator / denominator).toString();
  if (kind === 'month' || kind === 'service') return `${numerator}/${denominator}`;
  return new Exact(numerator.toString())
    .div(denominator.toString())
    .toDecimalPlaces(HOUR_DECIMALS)
    .toString();
}
