import { describe, expect, it } from 'vitest';
import { addDays, localDate } from '../../kernel/local-date.ts';
import { pricedPlan, type PricedPlan } from './price-component.ts';
import type { UsageEvent } from './rating-lines.ts';
import { rate } from './rating-rules.ts';
import type { HistoryEvent } from './segment-rules.ts';

/* From 1 November 2026 on; the month has 30 days, and 10 are used on each of them. */

const start = localDate('2026-11-01');
const used: UsageEvent[] = Array.from({ length: 30 }, (_, at) => {
  const day = addDays(start, at);
  return { id: day, meter: 'm', day, quantity: '10' };
});
const fee = { kind: 'recurring', id: 'fee', every: 'month', timing: 'in-advance', price: '30' };
const option = {
  kind: 'option',
  id: 'extra',
  name: 'Extra',
  every: 'month',
  timing: 'in-advance',
  price: '9',
};
const usage = {
  kind: 'usage',
  id: 'use',
  meter: 'm',
  every: 'month',
  pricing: { tiers: 'flat', price: '1' },
};
const planOf = (components: readonly object[], more: object = {}): PricedPlan =>
  pricedPlan.parse({ id: 'p', currency: 'EUR', ...more, components });

function billed(
  plan: PricedPlan,
  of: { readonly quantity?: string; readonly allocations?: Record<string, string> } = {},
  ...changes: readonly HistoryEvent[]
): { readonly lines: string[]; readonly held: readonly string[] } {
  const { lines, held } = rate({
    subscriptionId: 's',
    currency: 'EUR',
    history: [{ do: 'start', on: start, plan, anchorDay: 1, ...of }, ...changes],
    usage: used,
    charged: [],
    target: localDate('2026-12-01'),
  });
  return {
    lines: lines
      .filter(({ from }) => from < '2026-12-01')
      .map(
        ({ component, reason, from, toExclusive, amountMinor }) =>
          `${component} ${reason} ${from.slice(5)}..${toExclusive.slice(5)} ${Number(amountMinor) / 100}`,
      )
      .toSorted(),
    held: held.map(({ day, reason }) => `${day.slice(5)} ${reason}`),
  };
}

describe('the trial of a plan', () => {
  const all = [fee, option, usage];
  const allocations = { extra: '1' };

  it('is of all that is charged by it, and what is used in it is free, not held', () => {
    expect(billed(planOf(all, { trialDays: 15 }), { allocations })).toEqual({
      lines: ['extra service 11-16..12-01 4.5', 'fee service 11-16..12-01 15', 'use usage 11-16..12-01 150'],
      held: [],
    });
  });

  it('is not of a component that says so', () => {
    const plan = planOf([fee, { ...option, chargedInTrial: true }, { ...usage, chargedInTrial: true }], {
      trialDays: 15,
    });
    expect(billed(plan, { allocations }).lines).toEqual([
      'extra service 11-01..12-01 9',
      'fee service 11-16..12-01 15',
      'use usage 11-01..12-01 300',
    ]);
  });

  it('of a component alone is of nothing else, as in every version from before', () => {
    expect(billed(planOf([{ ...fee, trialDays: 15 }, option, usage]), { allocations }).lines).toEqual([
      'extra service 11-01..12-01 9',
      'fee service 11-16..12-01 15',
      'use usage 11-01..12-01 300',
    ]);
  });

  it('ends with the subscription: nothing of it is charged', () => {
    const cancel: HistoryEvent = { do: 'cancel', on: localDate('2026-11-10') };
    const { lines, held } = billed(planOf(all, { trialDays: 15 }), { allocations }, cancel);
    expect(lines).toEqual([]);
    expect(held[0]).toBe('11-11 after-end');
  });
});

describe('what is included, the least and the most', () => {
  const limits = { included: '50', minimum: '300', cap: '310' };
  it.each([
    ['of the subscription', { included: '50' }, ['use usage 11-01..12-01 250']],
    ['of each unit', { included: '50', forEachUnit: true }, ['use usage 11-01..12-01 150']],
    ['of the subscription', limits, ['use true-up 11-01..12-01 50', 'use usage 11-01..12-01 250']],
    [
      'of each unit',
      { ...limits, forEachUnit: true },
      ['use true-up 11-01..12-01 750', 'use usage 11-01..12-01 150'],
    ],
    ['of each unit', { cap: '90', forEachUnit: true }, ['use usage 11-01..12-01 270']],
  ])('are %s: %o', (_of, more, lines) => {
    expect(billed(planOf([{ ...usage, ...more }]), { quantity: '3' }).lines).toEqual(lines);
  });

  it('are by the days where the quantity changes', () => {
    const more = { included: '50', cap: '180', forEachUnit: true };
    const change: HistoryEvent = { do: 'change', on: localDate('2026-11-16'), quantity: '3' };
    expect(billed(planOf([{ ...usage, included: '50', forEachUnit: true }]), {}, change).lines).toEqual([
      'use usage 11-01..12-01 200',
    ]);
    expect(billed(planOf([{ ...usage, ...more, included: '0' }]), {}, change).lines).toEqual([
      'use usage 11-01..12-01 300',
    ]);
  });

  it('of an allotment are of the subscription or of each unit', () => {
    const vcpu = { ...fee, kind: 'allocation', id: 'vcpu', resource: 'vcpu', price: '3', included: '1' };
    const sold = { quantity: '3', allocations: { vcpu: '6' } };
    expect(billed(planOf([vcpu]), sold).lines).toEqual(['vcpu service 11-01..12-01 15']);
    expect(billed(planOf([{ ...vcpu, forEachUnit: true }]), sold).lines).toEqual([
      'vcpu service 11-01..12-01 9',
    ]);
  });
});
