import { describe, expect, it } from 'vitest';
import { localDate } from '../../kernel/local-date.ts';
import { pricedPlan } from './price-component.ts';
import type { ChargedLine, RatedLine, UsageEvent } from './rating-lines.ts';
import { periodEndOf, rate } from './rating-rules.ts';
import type { HistoryEvent } from './segment-rules.ts';

const fee = pricedPlan.parse({
  id: 'a',
  currency: 'EUR',
  components: [{ kind: 'recurring', id: 'vps', every: 'month', timing: 'in-advance', price: '19.95' }],
});
const daily = pricedPlan.parse({
  id: 'e',
  currency: 'EUR',
  components: [
    {
      kind: 'usage',
      id: 'traffic',
      meter: 'gib',
      every: 'month',
      pricing: {
        tiers: 'graduated',
        bands: [
          { upTo: '20', price: '0.1' },
          { upTo: null, price: '0.03' },
        ],
      },
    },
  ],
});

function rated(
  history: readonly HistoryEvent[],
  charged: readonly ChargedLine[],
  target: string,
): readonly RatedLine[] {
  const last = charged.length === 0 ? {} : { ratedUntil: localDate('2027-06-01') };
  const input = { subscriptionId: 's', currency: 'EUR', history, charged, ...last } as const;
  return rate({ ...input, target: localDate(target) }).lines;
}

describe('explanations', () => {
  const history: HistoryEvent[] = [
    { do: 'start', on: localDate('2027-06-01'), plan: fee, quantity: '2', anchorDay: 1 },
    {
      do: 'discount',
      on: localDate('2027-06-01'),
      discount: { kind: 'percent', id: 'half', percent: '50', periods: 1 },
    },
    { do: 'cancel', on: localDate('2027-06-11') },
  ];

  it('go down to price, units, discounts, days and period', () => {
    const charged = rated(history.slice(0, 2), [], '2027-06-01');
    expect(charged).toMatchObject([
      {
        key: 's a.vps 2027-06-01/2027-07-01 service 0',
        amountMinor: 1995n,
        explanation: {
          kind: 'service',
          price: '19.95',
          units: '2',
          discounts: [{ id: 'half', kind: 'percent', leaves: '399/20' }],
          perPeriod: '399/20',
          days: 30,
          ofDays: 30,
          period: ['2027-06-01', '2027-07-01'],
          leftOutMinor: 0n,
        },
      },
    ]);
    expect(rated(history, charged, '2027-06-11')).toMatchObject([
      {
        key: 's a.vps 2027-06-11/2027-07-01 repair 0',
        of: 's a.vps 2027-06-01/2027-07-01 service 0',
        amountMinor: -1330n,
        explanation: {
          kind: 'repair',
          perPeriod: '399/20',
          days: 20,
          ofDays: 30,
          invoicedMinor: 1995n,
          repairedBeforeMinor: 0n,
          isCapped: false,
        },
      },
    ]);
  });

  it('of usage name the events and each tier', () => {
    const usage: UsageEvent[] = [
      { id: 'u1', meter: 'gib', day: localDate('2027-06-05'), quantity: '15' },
      { id: 'u2', meter: 'gib', day: localDate('2027-06-30'), quantity: '10.5' },
      { id: 'u3', meter: 'gib', day: localDate('2027-05-30'), quantity: '1' },
      { id: 'u4', meter: 'other', day: localDate('2027-06-30'), quantity: '1' },
    ];
    const { lines, held } = rate({
      subscriptionId: 's',
      currency: 'EUR',
      history: [{ do: 'start', on: localDate('2027-06-01'), plan: daily, anchorDay: 1, quantity: '0' }],
      usage,
      charged: [],
      target: localDate('2027-07-01'),
    });
    expect(lines).toMatchObject([
      {
        reason: 'usage',
        amountMinor: 217n,
        explanation: {
          events: ['u1', 'u2'],
          quantity: '51/2',
          steps: [
            { quantity: '20', price: '0.1', amount: '2' },
            { quantity: '11/2', price: '0.03', amount: '33/200' },
          ],
        },
      },
    ]);
    expect(held).toEqual([
      { eventId: 'u3', meter: 'gib', day: '2027-05-30', reason: 'before-start' },
      { eventId: 'u4', meter: 'other', day: '2027-06-30', reason: 'not-metered' },
    ]);
  });
});

describe('the end of a period', () => {
  it.each([
    ['2027-06-01', '2027-07-01'],
    ['2027-06-15', '2027-07-01'],
    ['2027-06-30', '2027-07-01'],
  ])('asked on %s is %s', (at, end) => {
    const history: HistoryEvent[] = [{ do: 'start', on: localDate('2027-06-01'), plan: fee, anchorDay: 1 }];
    expect(periodEndOf({ history, at: localDate(at), charged: [], currency: 'EUR' })).toBe(end);
  });
});
