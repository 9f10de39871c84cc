import { expect, test } from 'vitest';
import type { SubscriptionEventRow } from '../../../shared/domains/billing/subscription-contract.ts';
import { discountsStanding } from './standing-discounts.ts';

const half: SubscriptionEventRow['discount'] = { kind: 'percent', id: 'half', percent: '50', periods: null };
const event = (what: SubscriptionEventRow['what'], on: string, more: object = {}): SubscriptionEventRow => ({
  seq: 1,
  on,
  known: on,
  madeAt: '2026-10-01T08:00:00.000Z',
  what,
  plan: null,
  quantity: null,
  allocations: null,
  isOfAllUnits: false,
  anchorDay: null,
  discount: half,
  move: null,
  takesBack: null,
  isTakenBack: false,
  ...more,
});
const given = event('discount', '2026-10-01');
const end = event('discount-end', '2026-11-01');

test.each<[string, SubscriptionEventRow[], string, (string | null)[]]>([
  ['goes on', [given], '2026-10-05', [null]],
  ['will end', [given, end], '2026-10-31', ['2026-11-01']],
  ['is over', [given, end], '2026-11-01', []],
  ['goes on where its end was taken back', [given, { ...end, isTakenBack: true }], '2026-11-01', [null]],
  ['was taken back', [{ ...given, isTakenBack: true }], '2026-10-05', []],
])('a discount that %s', (_what, events, today, ends) => {
  expect(discountsStanding(events, today).map(({ to }) => to)).toEqual(ends);
});
