import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, localDate } from '../../kernel/local-date.ts';
import { Deferrals, deferredOf, recognisedMinor, recognisedOn, shareOf } from './deferral-rules.ts';

const september = { start: localDate('2026-09-01'), endExclusive: localDate('2026-10-01') };

const period = fc
  .record({ from: fc.integer({ min: 0, max: 800 }), days: fc.integer({ min: 0, max: 400 }) })
  .map(({ from, days }) => {
    const start = addDays(localDate('2026-01-01'), from);
    return { start, endExclusive: addDays(start, days) };
  });
const amount = fc.bigInt({ min: -10_000_000n, max: 10_000_000n });

describe('what is charged in advance', () => {
  it.each([
    ['2026-08-31', 0n, { ...september, amountMinor: 31_00n }],
    ['2026-09-01', 103n, { ...september, start: '2026-09-02', amountMinor: 2997n }],
    ['2026-09-15', 1550n, { ...september, start: '2026-09-16', amountMinor: 1550n }],
    ['2026-09-30', 3100n, null],
    ['2026-12-31', 3100n, null],
  ])('for September is earned by the end of %s to %s', (until, earnedMinor, deferred) => {
    expect(deferredOf(3100n, shareOf(september, localDate(until)))).toEqual({ earnedMinor, deferred });
  });

  it('for no days at all, as a set-up fee, is earned at once', () => {
    const none = { start: september.start, endExclusive: september.start };
    expect(deferredOf(5000n, shareOf(none, september.start))).toEqual({ earnedMinor: 5000n, deferred: null });
  });

  it('comes to its amount exactly, day by day, of whatever sign and whenever it was charged', () => {
    fc.assert(
      fc.property(amount, period, fc.integer({ min: -5, max: 450 }), (amountMinor, served, at) => {
        const until = addDays(served.start, at);
        const { earnedMinor, deferred } = deferredOf(amountMinor, shareOf(served, until));
        let sum = earnedMinor;
        if (deferred !== null) {
          expect(deferred.start > until).toBe(true);
          for (let day = addDays(until, 1); day < deferred.endExclusive; day = addDays(day, 1)) {
            const part = recognisedOn(deferred, day);
            // Never against its sign: revenue of a day is not taken back the next day by rounding.
            expect(amountMinor < 0n ? part <= 0n : part >= 0n).toBe(true);
            sum += part;
            expect(sum - earnedMinor).toBe(recognisedMinor(deferred, day));
          }
        }
        expect(sum).toBe(amountMinor);
      }),
    );
  });

  it('is off its straight line by less than a cent on any day', () => {
    fc.assert(
      fc.property(amount, period, fc.integer({ min: 0, max: 400 }), (amountMinor, served, at) => {
        const days = Math.round((Date.parse(served.endExclusive) - Date.parse(served.start)) / 86_400_000);
        if (at >= days) return;
        const exact = (Number(amountMinor) * (at + 1)) / days;
        const recognised = recognisedMinor({ ...served, amountMinor }, addDays(served.start, at));
        expect(Math.abs(Number(recognised) - exact)).toBeLessThan(0.51);
      }),
    );
  });

  it('is one sum where it is for the same days, and none where what is taken back is all', () => {
    const sums = new Deferrals();
    sums.add({ ...september, amountMinor: 700n });
    sums.add({ ...september, amountMinor: 33n });
    sums.add(null);
    const october = { start: september.endExclusive, endExclusive: localDate('2026-11-01') };
    sums.add({ ...october, amountMinor: 5n });
    sums.add({ ...october, amountMinor: -5n });
    expect(sums.all()).toEqual([{ ...september, amountMinor: 733n }]);
    expect(sums.minor).toBe(733n);
  });
});
