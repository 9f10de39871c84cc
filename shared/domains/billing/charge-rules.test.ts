import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, dayStartMs, daysInMonth, localDate, type LocalDate } from '../../kernel/local-date.ts';
import {
  COMPONENTS,
  dayAmountMinor,
  dayQuantities,
  GIB_HOUR_MIB_MS,
  NOTHING_SO_FAR,
  quantityText,
  roundedAmountMinor,
  unitPriceOf,
  type Component,
  type MonthSoFar,
  type Quantity,
} from './charge-rules.ts';

interface Posted {
  readonly amounts: bigint[];
  readonly total: bigint;
}

/** Charges days one after the other, as the day's closing does. */
function chargeInTurn(unitPrice: string, days: readonly Quantity[]): Posted {
  let soFar: MonthSoFar = NOTHING_SO_FAR;
  const amounts = days.map((today) => {
    const amountMinor = dayAmountMinor(unitPrice, today, { soFar, currency: 'EUR' });
    soFar = {
      numerator: soFar.numerator + today.numerator,
      amountMinor: soFar.amountMinor + amountMinor,
    };
    return amountMinor;
  });
  return { amounts, total: soFar.amountMinor };
}

function monthOf(day: LocalDate): LocalDate[] {
  const first = localDate(`${day.slice(0, 8)}01`);
  return Array.from({ length: daysInMonth(first) }, (_, at) => addDays(first, at));
}

const idle = { vcpuMs: 0n, mibMs: 0n };
const cents = (price: fc.Arbitrary<number>): fc.Arbitrary<string> =>
  price.map((value) => (value / 100).toFixed(2));
const priceArbitrary = fc
  .tuple(fc.nat(5000), fc.nat(9_999_999_999))
  .map(([whole, decimals]) => `${whole}.${String(decimals).padStart(10, '0')}`);
const secondsArbitrary = fc.array(fc.bigInt({ min: 0n, max: 64n * 90_000n }), {
  minLength: 1,
  maxLength: 31,
});

describe('a monthly price by days', () => {
  it.each(['2026-01-15', '2026-02-15', '2028-02-15', '2026-04-15', '2026-12-31'])(
    'the days of the month of %s sum exactly to any price in cents',
    (day) => {
      fc.assert(
        fc.property(cents(fc.nat(10_000_000)), (price) => {
          const days = monthOf(localDate(day)).map((date) => dayQuantities(date, idle).month);
          expect(chargeInTurn(price, days).total).toBe(BigInt(price.replace('.', '')));
        }),
      );
    },
  );

  it.each([
    ['10.00', '2026-02-01', [36n, 35n, 36n, 36n, 36n]],
    ['10.00', '2026-08-01', [32n, 33n, 32n, 32n, 32n]],
    ['0.01', '2026-08-01', [0n, 0n, 0n, 0n, 0n]],
    ['0.31', '2026-08-01', [1n, 1n, 1n, 1n, 1n]],
    ['640.00', '2026-08-18', [2065n, 2064n, 2065n, 2064n, 2065n]],
  ])('%s from %s posts %s', (price, from, first) => {
    const days = Array.from(
      { length: 5 },
      (_, at) => dayQuantities(addDays(localDate(from), at), idle).month,
    );
    expect(chargeInTurn(price, days).amounts).toEqual(first);
  });

  it('fourteen of thirty-one days at 640.00 are 289.03', () => {
    const days = monthOf(localDate('2026-08-01')).slice(17);
    const quantities = days.map((day) => dayQuantities(day, idle).month);
    expect(quantities).toHaveLength(14);
    expect(chargeInTurn('640.00', quantities).total).toBe(28_903n);
  });

  it('two parts of a month never come to more than a cent beside each other, and together to the price', () => {
    fc.assert(
      fc.property(
        cents(fc.integer({ min: 1, max: 1_000_000 })),
        fc.integer({ min: 1, max: 30 }),
        (price, cut) => {
          const days = monthOf(localDate('2026-08-01')).map((day) => dayQuantities(day, idle).month);
          const { amounts, total } = chargeInTurn(price, days);
          const first = amounts.slice(0, cut).reduce((sum, amount) => sum + amount, 0n);
          expect(first).toBe(roundedAmountMinor(price, { numerator: BigInt(cut), denominator: 31n }, 'EUR'));
          expect(total).toBe(BigInt(price.replace('.', '')));
        },
      ),
    );
  });
});

describe('usage by hours', () => {
  it('day by day is the same as all at once', () => {
    fc.assert(
      fc.property(priceArbitrary, secondsArbitrary, (price, seconds) => {
        const days = seconds.map((numerator): Quantity => ({ numerator, denominator: 3600n }));
        const once = { numerator: seconds.reduce((a, b) => a + b, 0n), denominator: 3600n };
        expect(chargeInTurn(price, days).total).toBe(roundedAmountMinor(price, once, 'EUR'));
      }),
    );
  });

  it('the order of the days is irrelevant', () => {
    const shuffled = secondsArbitrary.chain((seconds) =>
      fc.tuple(fc.constant(seconds), fc.shuffledSubarray(seconds, { minLength: seconds.length })),
    );
    fc.assert(
      fc.property(priceArbitrary, shuffled, (price, [seconds, again]) => {
        const totals = [seconds, again].map(
          (order) =>
            chargeInTurn(
              price,
              order.map((numerator) => ({ numerator, denominator: GIB_HOUR_MIB_MS })),
            ).total,
        );
        expect(totals[0]).toBe(totals[1]);
      }),
    );
  });

  it('a day is never negative and never more than a cent beside its own exact amount', () => {
    fc.assert(
      fc.property(priceArbitrary, secondsArbitrary, (price, seconds) => {
        const days = seconds.map((numerator): Quantity => ({ numerator, denominator: 3600n }));
        for (const [at, amount] of chargeInTurn(price, days).amounts.entries()) {
          const alone = roundedAmountMinor(price, days[at]!, 'EUR');
          expect(amount >= 0n).toBe(true);
          expect(amount - alone <= 1n && alone - amount <= 1n).toBe(true);
        }
      }),
    );
  });

  it('amounts below a cent add up instead of being lost', () => {
    const hour = { numerator: 3600n, denominator: 3600n };
    const month = chargeInTurn(
      '0.0004',
      Array.from({ length: 30 }, () => hour),
    );
    expect(month.amounts.filter((amount) => amount === 1n)).toHaveLength(1);
    expect(month.total).toBe(1n);
  });

  it.each([
    ['Europe/Warsaw', '2026-03-29', 23],
    ['Europe/Warsaw', '2026-10-25', 25],
    ['Europe/Warsaw', '2026-08-01', 24],
    ['Europe/Bucharest', '2026-03-29', 23],
  ])('a day in %s on %s has %i hours of usage and one day of the month', (zone, day, hours) => {
    const date = localDate(day);
    const ms = BigInt(dayStartMs(addDays(date, 1), zone) - dayStartMs(date, zone));
    const quantities = dayQuantities(date, { vcpuMs: 2n * ms, mibMs: 4096n * ms });
    expect(quantityText('vcpu-hours', quantities['vcpu-hours'])).toBe(String(2 * hours));
    expect(quantityText('gib-hours', quantities['gib-hours'])).toBe(String(4 * hours));
    expect(quantityText('month', quantities.month)).toBe(`1/${daysInMonth(date)}`);
  });
});

describe('rounding', () => {
  it.each([
    ['0.005', 1n, 1n, 1n],
    ['0.0049999999', 1n, 1n, 0n],
    ['0.015', 1n, 1n, 2n],
    ['10', 1n, 3n, 333n],
    ['10', 2n, 3n, 667n],
    ['0.0000000001', 49_999_999n * 3600n, 3600n, 0n],
    ['0.0000000001', 50_000_000n * 3600n, 3600n, 1n],
    ['999999999999.9999999999', 1n, 1n, 100_000_000_000_000n],
  ])('%s × %s / %s is %s', (price, numerator, denominator, minor) => {
    expect(roundedAmountMinor(price, { numerator, denominator }, 'EUR')).toBe(minor);
  });
});

describe('quantities in writing', () => {
  it.each([
    ['month', 31n, 31n, '1'],
    ['month', 14n, 31n, '14/31'],
    ['month', 15n, 30n, '15/30'],
    ['vcpu-hours', 172_800_000n, 3_600_000n, '48'],
    ['vcpu-hours', 1_800_000n, 3_600_000n, '0.5'],
    ['vcpu-hours', 1000n, 3_600_000n, '0.000278'],
    ['gib-hours', 3_686_400_000n * 744n, GIB_HOUR_MIB_MS, '744'],
    ['gib-hours', 0n, GIB_HOUR_MIB_MS, '0'],
  ] satisfies [Component, bigint, bigint, string][])(
    '%s %s/%s reads %s',
    (component, numerator, denominator, text) => {
      expect(quantityText(component, { numerator, denominator })).toBe(text);
    },
  );

  it('every component has its price', () => {
    const price = { currency: 'EUR', perMonth: '1', perVcpuHour: '2', perGibHour: '3' } as const;
    expect(COMPONENTS.map((component) => unitPriceOf(price, component))).toEqual(['1', '2', '3']);
  });
});
