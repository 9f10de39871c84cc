import { describe, expect, it } from 'vitest';
import { addDays, localDate } from '../../kernel/local-date.ts';
import { pricedPlan, type PricedPlan } from './price-component.ts';
import type { ChargedLine, UsageEvent } from './rating-lines.ts';
import { rate } from './rating-rules.ts';
import type { HistoryEvent, SubscriptionChange } from './segment-rules.ts';

/*
 * What of a billing period is priced as one quantity. November 2026 has 30 days: the 16th halves it. 12 seats at 5 are 60 a month.
 */

function planOf(component: object, more: object = {}): PricedPlan {
  return pricedPlan.parse({ id: 'p', version: '1', currency: 'EUR', ...more, components: [component] });
}
const usage = (more: object = {}): object => ({
  kind: 'usage',
  id: 'u',
  meter: 'm',
  every: 'month',
  pricing: { tiers: 'flat', price: '5' },
  ...more,
});
const seats = usage({ aggregate: 'peak' });
const pool = (aggregate: string, bought: string): object => ({
  kind: 'pool',
  id: 'u',
  meter: 'm',
  aggregate,
  every: 'month',
  timing: 'in-arrears',
  bought,
  price: '0',
  overage: { tiers: 'flat', price: '5' },
});
const november = localDate('2026-11-01');
/** So much on each of its days. */
const eachDay = (quantity: string): UsageEvent[] =>
  Array.from({ length: 30 }, (_, at) => {
    const day = addDays(november, at);
    return { id: `e${day}`, meter: 'm', day, quantity };
  });
type Dated = readonly [day: number, change: SubscriptionChange];
const paused = (from: number, until: number): Dated[] => [
  [from, { do: 'pause' }],
  [until, { do: 'resume' }],
];
const to = (plan: PricedPlan): Dated[] => [[16, { do: 'change', plan }]];
const quantity = (quantity: string): Dated[] => [[16, { do: 'change', quantity }]];

function historyOf(plan: PricedPlan, changes: readonly Dated[]): HistoryEvent[] {
  const start: HistoryEvent = { do: 'start', on: november, plan, anchorDay: 1 };
  return [start, ...changes.map(([day, change]) => ({ ...change, on: addDays(november, day - 1) }))];
}

function shown(lines: readonly ChargedLine[]): string[] {
  return lines.map(
    ({ reason, from, toExclusive, amountMinor }) =>
      `${reason} ${from.slice(5)}..${toExclusive.slice(5)} ${Number(amountMinor) / 100}`,
  );
}

/** As one bill on 17 December, and as each day closes, from what is in the ledger alone; both must be the same. */
function billed(history: readonly HistoryEvent[], events: readonly UsageEvent[]): string[] {
  const asked = { subscriptionId: 's', currency: 'EUR', history, usage: events } as const;
  const target = localDate('2026-12-17');
  const once = rate({ ...asked, charged: [], target }).lines;
  const charged: ChargedLine[] = [];
  for (let day = november; day < target; day = addDays(day, 1)) {
    const before = addDays(day, -1);
    const closed = { ...asked, charged, target: day, isDayOver: true, settledBefore: before };
    charged.push(...rate({ ...closed, ratedUntil: before }).lines);
  }
  expect(shown(charged)).toEqual(shown(once));
  return shown(once);
}

const bands = [
  { upTo: '100', price: '1', flat: '4' },
  { upTo: null, price: '0.5', flat: '0' },
];
const seven = { pricing: { tiers: 'flat', price: '7' } };

describe('a billing period with the same terms is one', () => {
  it.each<[string, object, Dated[], string, string[]]>([
    ['the highest day of one with a pause', seats, paused(10, 13), '12', ['60']],
    ['what is included, with a pause', usage({ included: '100' }), paused(10, 13), '10', ['850']],
    [
      'what is included of it by its days',
      usage({ included: '100', proratesIncluded: true }),
      paused(10, 13),
      '10',
      ['900'],
    ],
    ['a cap, by its days', usage({ cap: '600' }), paused(10, 13), '10', ['540']],
    ['tiers', usage({ pricing: { tiers: 'volume', bands } }), paused(10, 13), '5', ['67.5']],
    ['the highest day of a pool that grows', pool('peak', '10'), quantity('1.1'), '12', ['10']],
    ['the sum of a pool that grows', pool('sum', '300'), quantity('1.1'), '12', ['225']],
    ['another version with the same part', seats, to(planOf(seats, { version: '2' })), '12', ['60']],
  ])('%s', (_of, component, changes, each, amounts) => {
    const lines = billed(historyOf(planOf(component), changes), eachDay(each));
    expect(lines.map((line) => line.split(' ').at(-1))).toEqual(amounts);
    expect(lines[0]).toContain('11-01..12-01');
  });

  it('its minimum is there once: used for more than it by the end', () => {
    const plan = planOf(usage({ minimum: '50', pricing: { tiers: 'flat', price: '1' } }));
    const used = [{ id: 'x', meter: 'm', day: localDate('2026-11-05'), quantity: '60' }];
    expect(billed(historyOf(plan, [...paused(11, 21), [31, { do: 'cancel' }]]), used)).toEqual([
      'usage 11-01..12-01 60',
    ]);
  });

  it('paused and not resumed it is due when it is over, or ends', () => {
    const pause: Dated = [10, { do: 'pause' }];
    const used = eachDay('12').slice(0, 9);
    expect(billed(historyOf(planOf(seats), [pause]), used)).toEqual(['usage 11-01..11-10 60']);
    expect(billed(historyOf(planOf(seats), [pause, [20, { do: 'cancel' }]]), used)).toEqual([
      'usage 11-01..11-10 60',
    ]);
  });
});

describe('a billing period with other terms in it has its parts in proportion', () => {
  it.each<[string, object, object, string, string[]]>([
    ['the highest day', seats, { ...seats, ...seven }, '12', ['30', '42']],
    [
      'what is included',
      usage({ included: '100' }),
      usage({ included: '100', ...seven }),
      '10',
      ['500', '700'],
    ],
    ['a cap', usage({ cap: '400' }), usage({ cap: '400', ...seven }), '10', ['200', '200']],
    [
      'ends of bands, and what is charged once for one',
      usage({ pricing: { tiers: 'graduated', bands } }),
      usage({ ...seven }),
      '5',
      ['64.5', '525'],
    ],
    [
      'begun packages, each part its own',
      usage({ pricing: { tiers: 'package', package: '100', price: '3' } }),
      usage({ ...seven }),
      '10',
      ['6', '1050'],
    ],
    [
      'the last reading',
      usage({ aggregate: 'last' }),
      usage({ aggregate: 'last', ...seven }),
      '12',
      ['30', '42'],
    ],
  ])('%s, by another version and by another plan', (_of, before, after, each, amounts) => {
    for (const more of [{ version: '2' }, { id: 'q', cycleOnChange: 'keep' }]) {
      const lines = billed(historyOf(planOf(before), to(planOf(after, more))), eachDay(each));
      expect(lines).toEqual([`usage 11-01..11-16 ${amounts[0]}`, `usage 11-16..12-01 ${amounts[1]}`]);
    }
  });

  it('where its anchor moves: what is broken off has its part, the next is whole', () => {
    const plan = planOf(usage({ pricing: { tiers: 'volume', bands } }));
    expect(billed(historyOf(plan, [[16, { do: 'anchor', day: 16 }]]), eachDay('5'))).toEqual([
      'usage 11-01..11-16 37.5',
      'usage 11-16..12-16 79',
    ]);
  });

  it('where it begins or ends with the service it is alone, and nothing but money by the days is less', () => {
    const plan = planOf(usage({ included: '100', cap: '900' }));
    expect(billed(historyOf(plan, [[16, { do: 'cancel' }]]), eachDay('20'))).toEqual([
      'usage 11-01..11-16 450',
    ]);
  });
});

describe('what was charged by pieces before they were one period', () => {
  it('is taken off what the period comes to', () => {
    const history = historyOf(planOf(seats), paused(10, 13));
    const charged: ChargedLine = {
      key: 's p.u 2026-11-01/2026-11-10 usage 0',
      subscriptionId: 's',
      component: 'u',
      planId: 'p',
      planVersion: '1',
      reason: 'usage',
      from: november,
      toExclusive: localDate('2026-11-10'),
      amountMinor: 4000n,
    };
    const asked = { subscriptionId: 's', currency: 'EUR', history, usage: eachDay('12') } as const;
    const close = (day: string, lines: readonly ChargedLine[]): readonly ChargedLine[] => {
      const before = addDays(localDate(day), -1);
      const closed = { target: localDate(day), isDayOver: true, ratedUntil: before, settledBefore: before };
      return rate({ ...asked, ...closed, charged: lines }).lines;
    };
    expect(shown(close('2026-11-20', [charged]))).toEqual([]);
    const rest = close('2026-11-30', [charged]);
    expect(shown(rest)).toEqual(['usage 11-01..12-01 20']);
    expect(close('2026-11-30', [charged, ...rest])).toEqual([]);
  });
});
