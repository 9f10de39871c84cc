import { ratio, type Ratio } from '../../kernel/ratio.ts';
import { calendarDay, monthOf, type DayNumber } from './day-number-rules.ts';
import {
  periodAt,
  periodGrid,
  periodIndex,
  type DaySpan,
  type Every,
  type PeriodGrid,
  type PeriodLength,
} from './period-rules.ts';

/** How a part of a period is measured: by the days it really has, or as if every month had 30. */
export const PRORATIONS = ['actual-days', 'thirty-day'] as const;
export type Proration = (typeof PRORATIONS)[number];

const THIRTY = 30;

/** A period as the denominator of what is measured in it. */
export interface MeasuredPeriod extends DaySpan {
  readonly length: PeriodLength;
  readonly proration: Proration;
}

/**
 * Where a day stands in a period whose months count `monthDays` days each: 23 May to 15 June is 22 of 30. The period's own end
 * counts as all of it, whatever the month ends in between, so that the parts of a period always make the whole.
 */
export function fixedPosition(
  day: DayNumber,
  period: DaySpan,
  of: { months: number; monthDays: number },
): number {
  const all = of.months * of.monthDays;
  if (day >= period.to) return all;
  const linear = (at: DayNumber): number => monthOf(at) * of.monthDays + calendarDay(at).day;
  return Math.min(all, Math.max(0, linear(day) - linear(period.from)));
}

/** Days of `span` and days of the whole period, by the period's way of counting. */
export function daysWithin(span: DaySpan, period: MeasuredPeriod): { days: number; of: number } {
  return counted(span, period, {
    length: period.length,
    monthDays: period.proration === 'thirty-day' ? THIRTY : null,
  });
}

function counted(
  span: DaySpan,
  period: DaySpan,
  of: { readonly length: PeriodLength; readonly monthDays: number | null },
): { days: number; of: number } {
  const { length, monthDays } = of;
  if (monthDays === null || length.unit === 'days')
    return { days: span.to - span.from, of: period.to - period.from };
  const fixed = { months: length.count, monthDays };
  return {
    days: fixedPosition(span.to, period, fixed) - fixedPosition(span.from, period, fixed),
    of: length.count * monthDays,
  };
}

/** The part of a period that `span` is, where months count `monthDays` days each; null: as many as they have. */
export function partOfPeriod(
  span: DaySpan,
  period: DaySpan,
  of: { readonly length: PeriodLength; readonly monthDays: number | null },
): Ratio {
  const { days, of: ofDays } = counted(span, period, of);
  return ratio(days, ofDays);
}

/** The part of the period that `span` is, exactly. */
export function fractionOf(span: DaySpan, period: MeasuredPeriod): Ratio {
  const { days, of } = daysWithin(span, period);
  return ratio(days, of);
}

/** A stretch of service: from a day on, to before another or without an end yet. */
export interface ServiceSpan {
  readonly from: DayNumber;
  readonly to: DayNumber | null;
}

/** A part of a billing period in which service ran, and the whole of that period. */
export interface Piece extends DaySpan {
  readonly period: DaySpan;
}

/**
 * The pieces of `service` that have a day before `until`, in order: whole periods, and partial ones where it begins and ends.
 *
 * @param leadsTo true where service ends because the anchor day moves: what then lies before any boundary of its own leads to the new
 * anchor, and is measured against the period that ends there
 */
export function* piecesOf(
  grid: PeriodGrid,
  service: ServiceSpan,
  until: { readonly before: DayNumber; readonly from?: DayNumber; readonly leadsTo?: boolean },
): Generator<Piece> {
  const end = service.to ?? Number.POSITIVE_INFINITY;
  const start = Math.max(service.from, until.from ?? service.from);
  for (let index = periodIndex(grid, start); ; index += 1) {
    const period = periodAt(grid, index);
    const from = Math.max(period.from, service.from);
    if (from >= end || from >= until.before) return;
    const to = Math.min(period.to, end);
    const leads = until.leadsTo === true && index < 0 && to === end;
    yield { from, to, period: leads ? leadingTo(grid, to) : period };
  }
}

function leadingTo(grid: PeriodGrid, to: DayNumber): DaySpan {
  return periodAt({ ...grid, first: to }, -1);
}

/**
 * How much of a period is due by `target`, piece by piece: in advance a piece is due on its first day, in arrears on the day after
 * its last.
 */
export function dueFractions(of: {
  readonly every: Every;
  readonly timing: 'in-advance' | 'in-arrears';
  readonly service: ServiceSpan;
  readonly anchorDay: number;
  readonly target: DayNumber;
}): Ratio[] {
  const { every, timing, service, anchorDay, target } = of;
  const grid = periodGrid(every, { origin: service.from, align: 'anchor', anchorDay });
  const measured = { length: grid.length, proration: 'actual-days' } as const;
  const fractions: Ratio[] = [];
  for (const piece of piecesOf(grid, service, { before: target + 1 })) {
    if (timing === 'in-advance' || piece.to <= target)
      fractions.push(fractionOf(piece, { ...piece.period, ...measured }));
  }
  return fractions;
}
