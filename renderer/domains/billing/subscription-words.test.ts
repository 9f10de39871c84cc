import { expect, test } from 'vitest';
import type { SubscriptionEventRow } from '../../../shared/domains/billing/subscription-contract.ts';
import { eventWords, plannedWords } from './subscription-words.ts';

const event: SubscriptionEventRow = {
  seq: 1,
  what: 'start',
  on: '2026-10-01',
  known: '2026-10-01',
  madeAt: '2026-10-01T08:00:00.000Z',
  plan: null,
  quantity: null,
  allocations: null,
  isOfAllUnits: false,
  anchorDay: null,
  discount: null,
  move: null,
  takesBack: null,
  isTakenBack: false,
};
const tenOff: SubscriptionEventRow['discount'] = {
  kind: 'percent',
  id: 'spring',
  percent: '10',
  periods: 3,
  metered: true,
};
const fifteen: SubscriptionEventRow['discount'] = { kind: 'amount', id: 'late', amount: '15', periods: null };

test.each<[Partial<SubscriptionEventRow>, string]>([
  [
    { what: 'start', plan: 'B-8', quantity: '2', anchorDay: 31 },
    'Started: plan B-8, quantity 2, periods begin on day 31',
  ],
  [{ what: 'change', allocations: { vcpu: '4', address: '2' } }, 'Changed: 4 vcpu, 2 address'],
  [{ what: 'pause' }, 'Paused'],
  [{ what: 'cancel' }, 'Ended'],
  [{ what: 'discount', discount: tenOff }, 'Discount: 10 % off for 3 periods'],
  [
    { what: 'discount', discount: { ...tenOff, metered: undefined } },
    'Discount: 10 % off for 3 periods, not off usage',
  ],
  [{ what: 'discount', discount: fifteen }, 'Discount: 15 off each component'],
  [{ what: 'discount', discount: { ...fifteen, components: ['fee'] } }, 'Discount: 15 off fee'],
])('%j is said as %j', (of, words) => {
  expect(eventWords({ ...event, ...of })).toBe(words);
});

test('what was taken back is told by its own words, and what is to come as what is to come', () => {
  const pause = { ...event, what: 'pause', isTakenBack: true } as const;
  const back = { ...event, seq: 2, what: 'take-back', takesBack: 1 } as const;
  expect(eventWords(back, [pause, back])).toBe('Taken back: Paused');
  expect(eventWords(back)).toBe('Taken back');
  expect(plannedWords({ ...event, what: 'change', quantity: '2' })).toBe('Changes: quantity 2');
  expect(plannedWords({ ...event, what: 'cancel' })).toBe('Ends');
});
