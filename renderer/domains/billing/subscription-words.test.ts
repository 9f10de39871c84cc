import { expect, test } from 'vitest';
import { eventWords } from './subscription-words.ts';

const event = {
  seq: 1,
  on: '2026-10-01',
  known: '2026-10-01',
  madeAt: '2026-10-01T08:00:00.000Z',
  plan: null,
  quantity: null,
  allocations: null,
  anchorDay: null,
  discount: null,
} as const;
const tenOff = { kind: 'percent', id: 'spring', percent: '10', periods: 3 } as const;

test.each([
  [
    { what: 'start', plan: 'B-8', quantity: '2', anchorDay: 31 },
    'Started: plan B-8, quantity 2, periods begin on day 31',
  ],
  [{ what: 'change', allocations: { vcpu: '4', address: '2' } }, 'Changed: 4 vcpu, 2 address'],
  [{ what: 'pause' }, 'Paused'],
  [{ what: 'cancel' }, 'Ended'],
  [{ what: 'discount', discount: tenOff }, 'Discount: 10 % off for 3 periods'],
] as const)('%j is said as %j', (of, words) => {
  expect(eventWords({ ...event, ...of })).toBe(words);
});
