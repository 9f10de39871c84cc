import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  balanceMinor,
  burnedMinor,
  eventOf,
  NOTHING_PAID,
  stateOf,
  type BalanceEventKind,
  type BalanceState,
  type DayEnd,
} from './balance-rules.ts';

const minor = fc.bigInt({ min: -100_000n, max: 100_000n });

describe('a balance', () => {
  it.each([
    [10_001n, 'ok'],
    [10_000n, 'low'],
    [1n, 'low'],
    [0n, 'exhausted'],
    [-5n, 'exhausted'],
  ] as const)('paid ahead, of %s cents with a threshold of 10000, is %s', (balance, state) => {
    expect(stateOf(balance, { mode: 'prepaid', lowMinor: 10_000n, creditLimitMinor: 1n })).toBe(state);
  });

  it.each([
    [-50_000n, 50_000n, 'ok'],
    [-50_001n, 50_000n, 'over-limit'],
    [-1n, 0n, 'over-limit'],
    [-9_999_999n, null, 'ok'],
  ] as const)('paid after, of %s cents with a limit of %s, is %s', (balance, limit, state) => {
    expect(stateOf(balance, { mode: 'postpaid', lowMinor: 5n, creditLimitMinor: limit })).toBe(state);
  });

  it('is told of once per change, and whoever hears all of it knows the state', () => {
    fc.assert(
      fc.property(fc.array(minor), fc.bigInt({ min: 0n, max: 50_000n }), (balances, lowMinor) => {
        const terms = { mode: 'prepaid', lowMinor, creditLimitMinor: null } as const;
        let state: BalanceState = 'ok';
        let heard: BalanceEventKind = 'recovered';
        for (const balance of balances) {
          const now = stateOf(balance, terms);
          const event = eventOf(state, now);
          if (event !== null) {
            expect(event).not.toBe(heard);
            heard = event;
          }
          expect(eventOf(now, stateOf(balance, terms))).toBeNull();
          state = now;
          expect(heard === 'recovered' ? 'ok' : heard).toBe(state);
        }
      }),
    );
  });

  it('is what was paid less what every day burned', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ paid: minor, advances: minor, owed: minor, unbilled: minor })),
        (days) => {
          let before: DayEnd = NOTHING_PAID;
          let paidMinor = 0n;
          let burned = 0n;
          for (const day of days) {
            paidMinor += day.paid;
            const after = {
              paidMinor,
              balanceMinor: balanceMinor({
                advancesMinor: day.advances,
                receivablesMinor: day.owed,
                unbilledGrossMinor: day.unbilled,
              }),
            };
            burned += burnedMinor(before, after);
            before = after;
          }
          expect(before.balanceMinor).toBe(paidMinor - burned);
        },
      ),
    );
  });
});
