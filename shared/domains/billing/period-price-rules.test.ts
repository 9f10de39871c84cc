import { describe, expect, test } from 'vitest';
import { localDate } from '../../kernel/local-date.ts';
import type { ChangedUnits } from './allotment-rules.ts';
import { dayOf } from './day-number-rules.ts';
import { comparedBy, conditionsOn, meteredTerms, perPeriodMinor, setUpsMinor } from './period-price-rules.ts';
import { pricedPlan, type Discount, type PricedPlan } from './price-component.ts';
import { historyKnownOn, type HistoryEvent } from './segment-rules.ts';

const day = localDate('2026-10-10');
const fee = { kind: 'recurring', id: 'fee', every: 'month', timing: 'in-advance', price: '19.95' };
const vcpu = { ...fee, kind: 'allocation', id: 'cpu', resource: 'vcpu', price: '3', included: '2' };
const hours = {
  kind: 'usage',
  id: 'hours',
  meter: 'vcpu-hours',
  every: 'month',
  pricing: { tiers: 'flat', price: '0.01' },
};

function planOf(components: readonly object[], id = 'basic'): PricedPlan {
  return pricedPlan.parse({ id, currency: 'EUR', components });
}

function perPeriod(
  components: readonly object[],
  of: { quantity?: string; allocations?: Record<string, string>; discounts?: Discount[] } = {},
): string {
  const plan = planOf(components);
  const { discounts = [], ...terms } = of;
  const history: HistoryEvent[] = [
    { do: 'start', on: localDate('2026-10-01'), plan, ...terms },
    ...discounts.map((discount) => ({ do: 'discount', on: localDate('2026-10-01'), discount }) as const),
  ];
  const now = conditionsOn(history, day);
  if (now === undefined) return 'not begun';
  const every = comparedBy([plan]);
  return `${(Number(perPeriodMinor(now, day, every, 'EUR')) / 100).toFixed(2)} ${every}`;
}

const discount = (of: object): Discount[] => [{ id: 'd', periods: null, ...of } as Discount];

describe('what a subscription pays for a whole period', () => {
  test.each([
    ['a fee', [fee], {}, '19.95 month'],
    ['a fee of a year', [{ ...fee, every: 'year' }], {}, '19.95 year'],
    ['two and a half of it', [fee], { quantity: '2.5' }, '49.88 month'],
    ['units beyond those included', [fee, vcpu], { allocations: { vcpu: '4' } }, '25.95 month'],
    [
      'a year beside a month is a twelfth of it',
      [fee, { ...fee, id: 'y', every: 'year', price: '12' }],
      {},
      '20.95 month',
    ],
    [
      'days beside months are those of an average one',
      [fee, { ...fee, id: 'd', every: 'day', price: '1' }],
      {},
      '50.37 month',
    ],
    [
      'a discount without an end',
      [fee],
      { discounts: discount({ kind: 'percent', percent: '10' }) },
      '17.96 month',
    ],
    [
      'a discount for some periods is left out',
      [fee],
      { discounts: discount({ kind: 'percent', percent: '10', periods: 3 }) },
      '19.95 month',
    ],
    ['a price of its own', [fee], { discounts: discount({ kind: 'price', price: '5' }) }, '5.00 month'],
    ['usage alone is nothing that stands', [hours], {}, '0.00 month'],
  ] as const)('%s', (_words, components, of, expected) => {
    expect(perPeriod(components, of as Parameters<typeof perPeriod>[1])).toBe(expected);
  });

  test('conditions of a day are those decided for it last, paused or not', () => {
    const [one, other] = [planOf([fee]), planOf([fee], 'other')];
    const history: HistoryEvent[] = [
      { do: 'start', on: localDate('2026-10-01'), plan: one, allocations: { vcpu: '2' } },
      { do: 'change', on: localDate('2026-10-20'), plan: other },
      { do: 'change', on: localDate('2026-10-10'), quantity: '3' },
      { do: 'pause', on: localDate('2026-10-09') },
      { do: 'change', on: localDate('2026-10-20'), plan: one },
    ];
    expect(conditionsOn(history, localDate('2026-09-30'))).toBeUndefined();
    expect(conditionsOn(history, day)).toMatchObject({
      plan: one,
      quantity: '3',
      allocations: { vcpu: '2' },
    });
    expect(conditionsOn(history, localDate('2026-10-20'))?.plan).toBe(one);
  });

  test('units that a change names become so when it takes effect, those not named stay; changes kept as whole sets replace', () => {
    const asked = planOf([vcpu, { ...fee, kind: 'option', id: 'backup', name: 'Backup' }]);
    const history = (later: ChangedUnits): HistoryEvent[] => [
      { do: 'start', on: localDate('2026-10-01'), plan: asked, allocations: { vcpu: '2', left: '1' } },
      { do: 'change', on: localDate('2026-11-01'), known: localDate('2026-10-10'), ...later },
      { do: 'change', on: localDate('2026-10-20'), units: { vcpu: '8' } },
    ];
    const units = (later: ChangedUnits): unknown[] => {
      const on = localDate('2026-11-01');
      const known = historyKnownOn(history(later), dayOf(on));
      return [conditionsOn(history(later), on)?.allocations, known.segments.at(-1)?.allocations];
    };
    const both = { vcpu: '8', backup: '1' };
    expect(units({ units: { backup: '1' } })).toEqual([both, both]);
    const whole = { vcpu: '2', backup: '1' };
    expect(units({ allocations: whole })).toEqual([whole, whole]);
  });

  test('a set-up is charged where its plan was never taken, and usage is the same where its terms are', () => {
    const before = planOf([fee]);
    const after = planOf([fee, { kind: 'set-up', id: 'set-up', price: '9' }, hours]);
    const history: HistoryEvent[] = [
      { do: 'start', on: localDate('2026-10-01'), plan: before, quantity: '2' },
    ];
    const now = conditionsOn(history, day);
    const then = now && { ...now, plan: after };
    expect(then && setUpsMinor(then, { history, on: day, currency: 'EUR' })).toBe(1_800n);
    const taken: HistoryEvent[] = [...history, { do: 'change', on: day, plan: after }];
    expect(then && setUpsMinor(then, { history: taken, on: day, currency: 'EUR' })).toBe(0n);
    expect(meteredTerms(before)).toBe('');
    expect(meteredTerms(after)).toBe(meteredTerms(planOf([hours], 'other')));
    expect(meteredTerms(after)).not.toBe(meteredTerms(planOf([{ ...hours, included: '5' }])));
  });
});
