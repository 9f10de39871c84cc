import { calendarDay, dayInMonth, monthOf, type DayNumber } from './day-number-rules.ts';

/** How often a price component is billed. */
export const EVERY = [
  'day',
  'week',
  'two-weeks',
  'thirty-days',
  'thirty-one-days',
  'sixty-days',
  'ninety-days',
  'month',
  'two-months',
  'quarter',
  'four-months',
  'half-year',
  'year',
  'eighteen-months',
  'two-years',
  'three-years',
] as const;
export type Every = (typeof EVERY)[number];

/** A billing period is a number of days or of months. */
export interface PeriodLength {
  readonly unit: 'days' | 'months';
  readonly count: number;
}

const LENGTHS: Readonly<Record<Every, PeriodLength>> = {
  day: { unit: 'days', count: 1 },
  week: { unit: 'days', count: 7 },
  'two-weeks': { unit: 'days', count: 14 },
  'thirty-days': { unit: 'days', count: 30 },
  'thirty-one-days': { unit: 'days', count: 31 },
  'sixty-days': { unit: 'days', count: 60 },
  'ninety-days': { unit: 'days', count: 90 },
  month: { unit: 'months', count: 1 },
  'two-months': { unit: 'months', count: 2 },
  quarter: { unit: 'months', count: 3 },
  'four-months': { unit: 'months', count: 4 },
  'half-year': { unit: 'months', count: 6 },
  year: { unit: 'months', count: 12 },
  'eighteen-months': { unit: 'months', count: 18 },
  'two-years': { unit: 'months', count: 24 },
  'three-years': { unit: 'months', count: 36 },
};

export function lengthOf(every: Every): PeriodLength {
  return LENGTHS[every];
}

/** Days from `from` to before `to`. */
export interface DaySpan {
  readonly from: DayNumber;
  readonly to: DayNumber;
}

/**
 * The billing periods of a component: boundary `k` is `k` lengths after the first billing date. What lies before that date is the
 * leading period, counted back from it by the calendar.
 */
export interface PeriodGrid {
  readonly length: PeriodLength;
  /** First billing-cycle date: on or after the day service began. */
  readonly first: DayNumber;
  /** Day of the month that month ends keep; only with months. */
  readonly anchorDay: number;
}

/**
 * The grid of periods for service that begins on `origin`.
 *
 * With months the first boundary is the anchor day in the month of `origin`, or, where that is over, one whole period later (a year
 * anchored on the 30th that begins on 31 January 2012 has its first boundary on 30 January 2013). With days it is `origin` itself: a
 * day of the month means nothing to a week. Calendar periods begin on the 1st (of January, April … for quarters) and weeks on Monday.
 */
export function periodGrid(
  every: Every,
  of: { readonly origin: DayNumber; readonly align: 'anchor' | 'calendar'; readonly anchorDay: number },
): PeriodGrid {
  const length = lengthOf(every);
  if (length.unit === 'days') {
    // Day 0 was a Thursday, so day 4 was a Monday.
    const first =
      of.align === 'calendar' ? 4 + Math.ceil((of.origin - 4) / length.count) * length.count : of.origin;
    return { length, first, anchorDay: 1 };
  }
  const anchorDay = of.align === 'calendar' ? 1 : of.anchorDay;
  const month = monthOf(of.origin);
  // Calendar quarters are counted from January, which is month 0 of its year.
  const candidate = of.align === 'calendar' ? Math.ceil(month / length.count) * length.count : month;
  const first = dayInMonth(candidate, anchorDay);
  return {
    length,
    first: first >= of.origin ? first : dayInMonth(candidate + length.count, anchorDay),
    anchorDay,
  };
}

/** Boundary `k`, from 0 on. */
export function boundary(grid: PeriodGrid, k: number): DayNumber {
  const { length, first, anchorDay } = grid;
  return length.unit === 'days'
    ? first + k * length.count
    : dayInMonth(monthOf(first) + k * length.count, anchorDay);
}

/** The period that ends on `to`, counted back by the calendar: a month before 28 February is 28 January, whatever the anchor. */
export function periodBefore(length: PeriodLength, to: DayNumber): DaySpan {
  const from =
    length.unit === 'days' ? to - length.count : dayInMonth(monthOf(to) - length.count, calendarDay(to).day);
  return { from, to };
}

/** Number of the period that `day` is in; -1 for what lies before the first boundary. */
export function periodIndex(grid: PeriodGrid, day: DayNumber): number {
  if (day < grid.first) return -1;
  if (grid.length.unit === 'days') return Math.floor((day - grid.first) / grid.length.count);
  const index = Math.floor((monthOf(day) - monthOf(grid.first)) / grid.length.count);
  return boundary(grid, index) <= day ? index : index - 1;
}

/** Period `index`; -1 is the one that leads to the first boundary. */
export function periodAt(grid: PeriodGrid, index: number): DaySpan {
  return index < 0
    ? periodBefore(grid.length, grid.first)
    : { from: boundary(grid, index), to: boundary(grid, index + 1) };
}

/** The first boundary after `day`: where the period that `day` is in ends. */
export function boundaryAfter(grid: PeriodGrid, day: DayNumber): DayNumber {
  return boundary(grid, periodIndex(grid, day) + 1);
}
