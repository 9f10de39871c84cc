import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, addMonths, daysBetween, localDate } from '../../kernel/local-date.ts';
import { ratioText, add, ZERO } from '../../kernel/ratio.ts';
import { dateOf, dayInMonth, dayOf, monthOf } from './day-number-rules.ts';
import { joined, without } from './day-span-rules.ts';
import { boundary, EVERY, lengthOf, periodAt, periodGrid, periodIndex, type Every } from './period-rules.ts';
import { dueFractions, fractionOf, piecesOf, PRORATIONS } from './proration-rules.ts';

const anyDay = fc.integer({ min: dayOf(localDate('1990-01-01')), max: dayOf(localDate('2110-12-31')) });
const anyEvery = fc.constantFrom(...EVERY);
const anyAnchor = fc.integer({ min: 1, max: 31 });
const anyAlign = fc.constantFrom('anchor', 'calendar');

describe('days as numbers', () => {
  it('are the calendar’s', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 0, max: 5000 }), (day, more) => {
        const date = dateOf(day);
        expect(dayOf(date)).toBe(day);
        expect(dateOf(day + more)).toBe(addDays(date, more));
        expect(dayOf(addDays(date, more)) - day).toBe(daysBetween(date, addDays(date, more)));
      }),
    );
  });

  it('and so are months', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: -60, max: 60 }), (day, months) => {
        const date = dateOf(day);
        const later = dayInMonth(monthOf(day) + months, Number(date.slice(8)));
        expect(dateOf(later)).toBe(addMonths(date, months));
      }),
    );
  });
});

describe('billing periods', () => {
  it.each([
    ['month', '2028-01-31', 31, ['2028-01-31', '2028-02-29', '2028-03-31', '2028-04-30']],
    ['month', '2027-01-30', 30, ['2027-01-30', '2027-02-28', '2027-03-30', '2027-04-30']],
    ['month', '2027-01-20', 10, ['2027-02-10', '2027-03-10', '2027-04-10', '2027-05-10']],
    ['quarter', '2027-02-14', 31, ['2027-02-28', '2027-05-31', '2027-08-31', '2027-11-30']],
    ['year', '2012-01-31', 30, ['2013-01-30', '2014-01-30', '2015-01-30', '2016-01-30']],
    ['year', '2028-02-29', 29, ['2028-02-29', '2029-02-28', '2030-02-28', '2031-02-28']],
    ['week', '2027-01-29', 1, ['2027-01-29', '2027-02-05', '2027-02-12', '2027-02-19']],
  ] as const)('%s from %s on day %i', (every, origin, anchorDay, dates) => {
    const grid = periodGrid(every, { origin: dayOf(localDate(origin)), align: 'anchor', anchorDay });
    expect(dates.map((_, k) => dateOf(boundary(grid, k)))).toEqual(dates);
  });

  it.each([
    ['month', '2027-01-20', '2027-02-01'],
    ['quarter', '2027-01-20', '2027-04-01'],
    ['quarter', '2027-04-01', '2027-04-01'],
    ['half-year', '2027-01-20', '2027-07-01'],
    ['year', '2027-01-20', '2028-01-01'],
    ['week', '2027-01-20', '2027-01-25'],
    ['week', '2027-01-25', '2027-01-25'],
  ] as const)('%s by the calendar from %s begins on %s', (every, origin, first) => {
    const grid = periodGrid(every, { origin: dayOf(localDate(origin)), align: 'calendar', anchorDay: 17 });
    expect(dateOf(grid.first)).toBe(first);
  });

  it('follow each other without a gap, and each day is in the one that says so', () => {
    fc.assert(
      fc.property(
        anyEvery,
        anyDay,
        anyAnchor,
        anyAlign,
        fc.nat(4000),
        (every, origin, anchorDay, align, later) => {
          const grid = periodGrid(every, { origin, align, anchorDay });
          expect(grid.first).toBeGreaterThanOrEqual(origin);
          expect(periodAt(grid, -1).from).toBeLessThanOrEqual(origin);
          expect(periodAt(grid, -1).to).toBe(periodAt(grid, 0).from);
          const index = periodIndex(grid, origin + later);
          const period = periodAt(grid, index);
          expect(period.from).toBeLessThanOrEqual(origin + later);
          expect(period.to).toBeGreaterThan(origin + later);
          expect(periodAt(grid, index + 1).from).toBe(period.to);
        },
      ),
    );
  });

  it('never drift from their anchor: as many months later it is the same day, or the month’s last', () => {
    fc.assert(
      fc.property(anyDay, anyAnchor, fc.nat(200), (origin, anchorDay, k) => {
        const grid = periodGrid('month', { origin, align: 'anchor', anchorDay });
        const day = boundary(grid, k);
        expect(day).toBe(dayInMonth(monthOf(grid.first) + k, anchorDay));
      }),
    );
  });
});

describe('parts of periods', () => {
  it('make the whole, by either way of counting', () => {
    fc.assert(
      fc.property(
        anyEvery,
        anyDay,
        anyAnchor,
        fc.constantFrom(...PRORATIONS),
        fc.array(fc.nat(400), { maxLength: 5 }),
        (every: Every, origin, anchorDay, proration, cuts) => {
          const grid = periodGrid(every, { origin, align: 'anchor', anchorDay });
          const period = periodAt(grid, 0);
          const days = period.to - period.from;
          const at = [0, ...cuts.map((cut) => cut % days), days].toSorted((one, other) => one - other);
          const parts = at.slice(1).map((to, index) => ({
            from: period.from + (at[index] ?? 0),
            to: period.from + to,
          }));
          const measured = { ...period, length: lengthOf(every), proration };
          const fractions = parts.map((part) => fractionOf(part, measured));
          expect(ratioText(fractions.reduce(add, ZERO))).toBe('1');
          expect(fractions.every(({ numerator }) => numerator >= 0n)).toBe(true);
        },
      ),
    );
  });

  it('cover the days of service, each once', () => {
    fc.assert(
      fc.property(anyEvery, anyDay, anyAnchor, fc.nat(900), (every, from, anchorDay, days) => {
        const grid = periodGrid(every, { origin: from, align: 'anchor', anchorDay });
        const service = { from, to: from + days };
        const pieces = [...piecesOf(grid, service, { before: from + 2000 })];
        expect(joined(pieces)).toEqual(days === 0 ? [] : [service]);
        expect(pieces.reduce((sum, piece) => sum + piece.to - piece.from, 0)).toBe(days);
      }),
    );
  });

  it.each([
    ['in-advance', '2011-02-01', null, '2011-02-01', 13, ['12/31']],
    ['in-advance', '2010-06-17', '2010-07-25', '2010-07-17', 17, ['1', '8/31']],
    ['in-arrears', '2012-01-16', null, '2012-02-12', 13, []],
    ['in-arrears', '2012-01-16', null, '2012-02-13', 13, ['28/31']],
    ['in-arrears', '2012-01-16', '2012-01-20', '2012-01-25', 18, ['2/31', '2/31']],
    ['in-arrears', '2012-01-16', '2012-01-28', '2012-01-25', 18, ['2/31']],
  ] as const)('%s %s to %s by %s on day %i', (timing, from, to, target, anchorDay, parts) => {
    const fractions = dueFractions({
      every: 'month',
      timing,
      service: { from: dayOf(localDate(from)), to: to === null ? null : dayOf(localDate(to)) },
      anchorDay,
      target: dayOf(localDate(target)),
    });
    expect(fractions.map(ratioText)).toEqual(parts);
  });
});

describe('spans of days', () => {
  it('what is left and what was taken make the whole', () => {
    const spans = fc.array(
      fc.tuple(fc.nat(100), fc.nat(30)).map(([from, days]) => ({ from, to: from + days })),
    );
    fc.assert(
      fc.property(spans, (taken) => {
        const whole = { from: 20, to: 90 };
        const left = without(whole, taken);
        const daysLeft = new Set(left.flatMap(({ from, to }) => range(from, to)));
        const daysTaken = new Set(taken.flatMap(({ from, to }) => range(from, to)));
        for (const day of range(whole.from, whole.to)) expect(daysLeft.has(day)).toBe(!daysTaken.has(day));
        expect(joined(left)).toEqual(left);
      }),
    );
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
