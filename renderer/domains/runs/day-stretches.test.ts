import { expect, it } from 'vitest';
import type { ChargeRow } from '../../../shared/domains/billing/billing-contract.ts';
import { addDays, localDate } from '../../../shared/kernel/local-date.ts';
import { dayStretches, stretchDays, stretchSumMinor, stretchWords } from './day-stretches.ts';

const charge = (at: number, minor: number, more: Partial<ChargeRow> = {}): ChargeRow => {
  const day = addDays(localDate('2026-05-01'), at);
  return {
    id: `chg_${at}`,
    day,
    serviceStart: day,
    serviceEndExclusive: addDays(day, 1),
    component: 'month',
    quantity: '1/31',
    unitPrice: '15.50',
    amount: { amountMinor: String(minor), currency: 'PLN' },
    gross: null,
    reason: 'service',
    explanation: null,
    invoiceId: null,
    ...more,
  };
};
const days = (from: number, count: number, minors: readonly number[], more: Partial<ChargeRow> = {}) =>
  Array.from({ length: count }, (_, at) => charge(from + at, minors[at % minors.length] ?? 0, more));
const dearer = { unitPrice: '31.00' };

it.each<[string, readonly ChargeRow[], readonly string[]]>([
  ['a month of equal days', days(0, 31, [50]), ['1–31 May 2026 · 31 days × 0.50 = 1550']],
  [
    'cents carried from day to day',
    days(0, 30, [33, 33, 34]),
    ['1–30 May 2026 · 30 days, 0.33 to 0.34 each = 1000'],
  ],
  [
    'another price',
    [...days(0, 10, [50]), ...days(10, 21, [100], dearer)],
    ['1–10 May 2026 · 10 days × 0.50 = 500', '11–31 May 2026 · 21 days × 1.00 = 2100'],
  ],
  [
    'a pause between',
    [...days(0, 10, [50]), ...days(15, 16, [50])],
    ['1–10 May 2026 · 10 days × 0.50 = 500', '16–31 May 2026 · 16 days × 0.50 = 800'],
  ],
  ['hours that differ', [charge(0, 50), charge(1, 50, { quantity: '23' }), charge(2, 50)], ['1', '1', '1']],
  [
    'lines by the period',
    [charge(0, 50, { explanation: {} }), charge(1, 50, { explanation: {} })],
    ['1', '1'],
  ],
])('%s', (_what, charges, expected) => {
  expect(
    dayStretches(charges).map((stretch) =>
      stretch.length === 1
        ? '1'
        : `${stretchDays(stretch)} · ${stretchWords(stretch)} = ${stretchSumMinor(stretch)}`,
    ),
  ).toEqual(expected);
});
