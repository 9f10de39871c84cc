import { expect, test } from 'vitest';
import { localDate } from '../../../shared/kernel/local-date.ts';
import type { DocumentLine } from '../billing/billing-public.ts';
import { causeOf, chargedUntilWords, creditsOverHalf, newWords } from './run-causes.ts';

const line = (
  of: Partial<DocumentLine> & { readonly net: number; readonly month?: string },
): DocumentLine => {
  const { net, month = '2026-11', ...more } = of;
  return {
    lineNo: 1,
    subscriptionId: 'sub_1',
    component: 'month',
    plan: 'VPS',
    vm: 'acct-1',
    service: { start: localDate(`${month}-01`), endExclusive: localDate(`${month}-29`) },
    numerator: '1',
    denominator: '1',
    unitPrice: '100.00',
    netMinor: String(net),
    vatCategory: 'S',
    vatRate: '23',
    ...more,
  };
};
const before = (of: Parameters<typeof line>[0]): DocumentLine => line({ month: '2026-10', ...of });
const second = { subscriptionId: 'sub_2', vm: 'acct-4785' };
const traffic = { component: 'metered', part: 'Traffic' } as unknown as Partial<DocumentLine>;

test.each([
  ['nothing', [line({ net: 10_000 })], [before({ net: 10_000 })], ''],
  [
    'a subscription that came',
    [line({ net: 10_000 }), line({ net: 34_000, ...second })],
    [before({ net: 10_000 })],
    'new: acct-4785 from 2026-11-01',
  ],
  [
    'one that went',
    [line({ net: 10_000 })],
    [before({ net: 10_000 }), before({ net: 34_000, ...second })],
    'no more: acct-4785, charged until 2026-10-28',
  ],
  [
    'another price',
    [line({ net: 10_500, unitPrice: '105.00' })],
    [before({ net: 10_000 })],
    'price +5.0 %: month of acct-1',
  ],
  [
    'more of it',
    [line({ net: 10_000 }), line({ net: 620, numerator: '3100', unitPrice: '0.20', ...traffic })],
    [before({ net: 10_000 }), before({ net: 240, numerator: '1200', unitPrice: '0.20', ...traffic })],
    'quantity +158.3 %: Traffic of acct-1',
  ],
  [
    'a part that was not there before',
    [line({ net: 10_000 }), line({ net: 320, ...traffic })],
    [before({ net: 10_000 })],
    'Traffic of acct-1 +3.20',
  ],
  [
    'the same twice',
    [line({ net: 10_000, part: 'fee' }), line({ net: 10_000, part: 'fee' })],
    [before({ net: 10_000, part: 'fee' })],
    'charged twice: fee of acct-1',
  ],
  [
    'the same twice, of which one is taken back',
    [
      line({ net: 10_000, part: 'fee' }),
      line({ net: 15_000, part: 'fee' }),
      line({ net: -10_000, part: 'fee', component: 'credit' }),
    ],
    [before({ net: 10_000, part: 'fee' })],
    'fee of acct-1 +150.00',
  ],
  [
    'the same of two months',
    [line({ net: 10_000, part: 'fee' }), line({ net: 10_000, part: 'fee', month: '2026-12' })],
    [before({ net: 10_000, part: 'fee' })],
    'fee of acct-1 +100.00',
  ],
  [
    'both another price and more of it',
    [line({ net: 8000, unitPrice: '40.00', numerator: '2' })],
    [before({ net: 10_000 })],
    'month of acct-1 −20.00',
  ],
] as const)('of %s says so', (_what, now, then, words) => {
  expect(causeOf(now, then)).toBe(words);
});

test('of several subscriptions says how many, and since or until when', () => {
  const lines = [line({ net: 1 }), line({ net: 1, month: '2026-10', ...second })];
  expect(newWords(lines)).toBe('new: 2 subscriptions from 2026-10-01');
  expect(chargedUntilWords(lines)).toBe('no more: 2 subscriptions, charged until 2026-11-28');
  expect(newWords([])).toBe('');
});

test.each([
  [[1000, -500], false],
  [[1000, -501], true],
  [[-501], false],
  [[], false],
])('credits in %j are over half of what is charged: %s', (nets, isOver) => {
  expect(creditsOverHalf(nets.map((net) => line({ net })))).toBe(isOver);
});
