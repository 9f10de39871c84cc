import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { addDays, dayStartMs, daysInMonth, localDate, type LocalDate } from '../../kernel/local-date.ts';
import type { Currency } from '../../kernel/money.ts';
import {
  dayAmountMinor,
  dayQuantities,
  GIB_HOUR_MIB_MS,
  HOUR_MS,
  NOTHING_SO_FAR,
  roundedAmountMinor,
  unitPriceOf,
  type Component,
  type DayUsage,
  type MonthSoFar,
} from './charge-rules.ts';
import { documentTotals, vatOfMinor } from './invoice-rules.ts';
import { ACCOUNTS, chargesPosting, invoicePosting, type LedgerLine } from './ledger-rules.ts';

const OFF: DayUsage = { vcpuMs: 0n, mibMs: 0n };

/** Charges these days in this order and gives what each posted. */
function charged(
  component: Component,
  unitPrice: string,
  of: {
    readonly days: readonly string[];
    readonly usage?: (day: LocalDate) => DayUsage;
    readonly currency?: Currency;
  },
): bigint[] {
  const months = new Map<string, MonthSoFar>();
  return of.days.map((text) => {
    const day = localDate(text);
    const soFar = months.get(day.slice(0, 7)) ?? NOTHING_SO_FAR;
    const quantity = dayQuantities(day, of.usage?.(day) ?? OFF)[component];
    const amount = dayAmountMinor(unitPrice, quantity, { soFar, currency: of.currency ?? 'EUR' });
    months.set(day.slice(0, 7), {
      numerator: soFar.numerator + quantity.numerator,
      amountMinor: soFar.amountMinor + amount,
    });
    return amount;
  });
}

function daysFrom(start: string, count: number): LocalDate[] {
  return Array.from({ length: count }, (_, n) => addDays(localDate(start), n));
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/** A VM that is on all day: the hours of that day in a zone, times its size. */
function onAllDay(zone: string, vcpus: bigint, mib: bigint): (day: LocalDate) => DayUsage {
  return (day) => {
    const ms = BigInt(dayStartMs(addDays(day, 1), zone) - dayStartMs(day, zone));
    return { vcpuMs: ms * vcpus, mibMs: ms * mib };
  };
}

describe('the days of a month', () => {
  test.each([
    // price, first day, days, what they come to
    ['10.00', '2026-02-01', 28, 1000n],
    ['10.00', '2028-02-01', 29, 1000n],
    ['10.00', '2026-04-01', 30, 1000n],
    ['10.00', '2026-01-01', 31, 1000n],
    ['0.01', '2026-01-01', 31, 1n],
    ['0.01', '2026-01-01', 15, 0n],
    ['0.01', '2026-01-01', 16, 1n],
    ['0.004', '2026-01-01', 31, 0n],
    ['0.005', '2026-01-01', 31, 1n],
    ['99.99', '2026-01-31', 1, 323n],
    ['99.99', '2026-02-28', 1, 357n],
    ['99.99', '2026-01-31', 1 + 28, 323n + 9999n],
    ['99.99', '2026-01-30', 2 + 28 + 31, 645n + 9999n + 9999n],
    ['31.00', '2026-12-17', 15 + 31, 1500n + 3100n],
    ['1000000.00', '2026-01-01', 31, 100_000_000n],
  ] as const)('%s a month from %s for %i days is %s', (price, start, days, expected) => {
    expect(sum(charged('month', price, { days: daysFrom(start, days) }))).toBe(expected);
  });

  test.each([
    ['0.10', ['2026-09-01', '2026-09-02', '2026-09-03', '2026-09-04', '2026-09-05'], [0n, 1n, 0n, 0n, 1n]],
    ['0.31', ['2026-01-01', '2026-01-02', '2026-01-03'], [1n, 1n, 1n]],
    ['1.00', ['2026-01-31', '2026-02-01', '2026-02-28'], [3n, 4n, 3n]],
    ['-0.10', ['2026-09-01', '2026-09-02', '2026-09-03', '2026-09-04', '2026-09-05'], [0n, -1n, 0n, 0n, -1n]],
  ] as const)('%s a month on %o posts %o', (price, days, expected) => {
    expect(charged('month', price, { days })).toEqual(expected);
  });

  it.each(['EUR', 'PLN', 'CZK'] as const)('come to whole cents of %s whatever the order', (currency) => {
    const price = fc.integer({ min: 0, max: 9_999_999 }).map((n) => (n / 100).toFixed(2));
    const month = fc.constantFrom('2026-02-01', '2028-02-01', '2026-03-01', '2026-04-01', '2026-10-01');
    fc.assert(
      fc.property(price, month, fc.infiniteStream(fc.nat()), (unitPrice, start, order) => {
        const days = daysFrom(start, daysInMonth(localDate(start)));
        const shuffled = days
          .map((day) => ({ day, at: order.next().value as number }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ day }) => day);
        const whole = roundedAmountMinor(unitPrice, { numerator: 1n, denominator: 1n }, currency);
        expect(sum(charged('month', unitPrice, { days: shuffled, currency }))).toBe(whole);
        // No day is off by more than a cent from its share.
        const share = Number(whole) / days.length;
        for (const amount of charged('month', unitPrice, { days, currency }))
          expect(Math.abs(Number(amount) - share)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });
});

describe('hours', () => {
  test.each([
    // zone, day, hours of that day
    ['Europe/Warsaw', '2026-03-29', 23],
    ['Europe/Warsaw', '2026-10-25', 25],
    ['Europe/Warsaw', '2026-06-15', 24],
    ['Atlantic/Azores', '2026-03-29', 23],
    ['America/New_York', '2026-03-08', 23],
    ['America/New_York', '2026-11-01', 25],
    ['Africa/Cairo', '2026-04-24', 23],
    ['Africa/Cairo', '2026-10-29', 25],
    ['Asia/Beirut', '2026-03-29', 23],
    ['America/Santiago', '2026-09-06', 23],
    ['Australia/Lord_Howe', '2026-10-04', 23.5],
    ['Australia/Lord_Howe', '2026-04-05', 24.5],
    ['Asia/Kolkata', '2026-03-29', 24],
    ['Pacific/Chatham', '2026-04-05', 25],
  ] as const)('of a VM that is on all day in %s on %s are %s', (zone, day, hours) => {
    const quantities = dayQuantities(localDate(day), onAllDay(zone, 2n, 1536n)(localDate(day)));
    expect(Number(quantities['vcpu-hours'].numerator) / Number(HOUR_MS)).toBe(2 * hours);
    expect(Number(quantities['gib-hours'].numerator) / Number(GIB_HOUR_MIB_MS)).toBe(1.5 * hours);
    expect(quantities.month.numerator).toBe(1n);
  });

  test.each([
    ['Europe/Warsaw', '2026-03-01', 743],
    ['Europe/Warsaw', '2026-10-01', 745],
    ['America/New_York', '2026-11-01', 721],
    ['Australia/Lord_Howe', '2026-10-01', 743.5],
    ['UTC', '2026-02-01', 672],
  ] as const)('of a whole month in %s from %s are %s, at one a piece', (zone, start, hours) => {
    const days = daysFrom(start, daysInMonth(localDate(start)));
    const usage = onAllDay(zone, 1n, 1024n);
    for (const component of ['vcpu-hours', 'gib-hours'] as const)
      expect(sum(charged(component, '1', { days, usage }))).toBe(BigInt(hours * 100));
  });

  test.each([
    // price per hour, milliseconds of each day, what each day posts
    ['0.0001', [3_600_000n, 3_600_000n], [0n, 0n]],
    ['0.0025', [3_600_000n, 3_600_000n, 3_600_000n], [0n, 1n, 0n]],
    ['36', [1n, 499n, 500n], [0n, 1n, 0n]],
    ['0.3333333333', [10_800_000n], [100n]],
    ['0', [86_400_000n], [0n]],
  ] as const)('at %s for %o ms post %o', (price, used, expected) => {
    const days = daysFrom('2026-09-01', used.length);
    const usage = (day: LocalDate): DayUsage => ({ vcpuMs: used[days.indexOf(day)] ?? 0n, mibMs: 0n });
    expect(charged('vcpu-hours', price, { days, usage })).toEqual(expected);
  });

  it('have the price that was sold, each component its own', () => {
    const price = { currency: 'EUR', perMonth: '1', perVcpuHour: '2', perGibHour: '3' } as const;
    expect((['month', 'vcpu-hours', 'gib-hours'] as const).map((of) => unitPriceOf(price, of))).toEqual([
      '1',
      '2',
      '3',
    ]);
  });
});

describe('VAT', () => {
  test.each([
    ['0', '23', '0'],
    ['1', '23', '0'],
    ['2', '23', '0'],
    ['3', '23', '1'],
    ['50', '21', '11'],
    ['150', '21', '32'],
    ['-150', '21', '-32'],
    ['10', '25.5', '3'],
    ['33952', '23', '7809'],
    ['99999999999', '27', '27000000000'],
  ] as const)('of %s at %s %% is %s', (base, rate, expected) => {
    expect(vatOfMinor(BigInt(base), rate)).toBe(BigInt(expected));
  });

  it('is computed once on the sum, and net, VAT and gross always fit each other', () => {
    const line = fc.record({
      netMinor: fc.bigInt({ min: -1_000_000_000n, max: 1_000_000_000n }),
      vatCategory: fc.constantFrom('S' as const, 'AE' as const, 'O' as const),
      vatRate: fc.constantFrom('0', '21', '23', '25.5'),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const totals = documentTotals(lines);
        expect(totals.netMinor).toBe(sum(lines.map(({ netMinor }) => netMinor)));
        expect(totals.netMinor).toBe(sum(totals.vat.map(({ baseMinor }) => baseMinor)));
        expect(totals.vatMinor).toBe(sum(totals.vat.map(({ vatMinor }) => vatMinor)));
        expect(totals.grossMinor).toBe(totals.netMinor + totals.vatMinor);
        for (const { baseMinor, vatRate, vatMinor } of totals.vat) {
          // Within half a minor unit of the exact amount, in thousandths of it.
          const exact = baseMinor * BigInt(Number(vatRate) * 10);
          const off = vatMinor * 1000n - exact;
          expect(off <= 500n && off >= -500n).toBe(true);
        }
        expect(documentTotals(lines.toReversed())).toEqual(totals);
      }),
    );
  });
});

describe('the ledger', () => {
  const balanceOf = (lines: readonly LedgerLine[], account: keyof typeof ACCOUNTS): bigint =>
    sum(
      lines.map(({ debit, credit, amountMinor }) =>
        debit === account ? amountMinor : credit === account ? -amountMinor : 0n,
      ),
    );

  test.each([
    [
      'a day',
      chargesPosting({ earnedMinor: 1131n, deferredMinor: 0n }),
      { unbilled: 1131n, revenue: -1131n },
    ],
    [
      'a day that takes back',
      chargesPosting({ earnedMinor: -5n, deferredMinor: 0n }),
      { unbilled: -5n, revenue: 5n },
    ],
    ['a day of nothing', chargesPosting({ earnedMinor: 0n, deferredMinor: 0n }), {}],
    [
      'an invoice',
      invoicePosting(33_952n, 7809n),
      { receivables: 41_761n, unbilled: -33_952n, 'vat-payable': -7809n },
    ],
    ['an invoice without VAT', invoicePosting(100n, 0n), { receivables: 100n, unbilled: -100n }],
    [
      'an invoice that gives back',
      invoicePosting(-100n, -23n),
      { receivables: -123n, unbilled: 100n, 'vat-payable': 23n },
    ],
  ] as const)('%s moves what it says, and all accounts together nothing', (_what, lines, moved) => {
    const accounts = Object.keys(ACCOUNTS) as (keyof typeof ACCOUNTS)[];
    const balances = accounts.map((account) => [account, balanceOf(lines, account)] as const);
    expect(Object.fromEntries(balances.filter(([, amount]) => amount !== 0n))).toEqual(moved);
    expect(sum(balances.map(([, amount]) => amount))).toBe(0n);
    expect(lines.every(({ amountMinor }) => amountMinor > 0n)).toBe(true);
  });
});
