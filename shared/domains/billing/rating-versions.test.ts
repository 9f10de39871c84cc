import { describe, expect, it } from 'vitest';
import { addDays, localDate } from '../../kernel/local-date.ts';
import { pricedPlan, type PricedPlan } from './price-component.ts';
import type { ChargedLine, UsageEvent } from './rating-lines.ts';
import { rate, type RatingInput } from './rating-rules.ts';
import type { HistoryEvent } from './segment-rules.ts';

/** A version of one and the same plan. */
function version(name: string, components: readonly object[], more: object = {}): PricedPlan {
  return pricedPlan.parse({ id: 'p', version: name, currency: 'PLN', ...more, components });
}
const traffic = (more: object = {}): object => ({
  kind: 'usage',
  id: 'traffic',
  meter: 'gib',
  every: 'month',
  align: 'calendar',
  pricing: { tiers: 'flat', price: '5' },
  ...more,
});
const pool = (more: object = {}): object => ({
  kind: 'pool',
  id: 'pool',
  meter: 'gib',
  every: 'month',
  timing: 'in-arrears',
  align: 'calendar',
  bought: '10',
  price: '0',
  overage: { tiers: 'flat', price: '5' },
  ...more,
});
const fee = (more: object = {}): object => ({
  kind: 'recurring',
  id: 'fee',
  every: 'month',
  timing: 'in-advance',
  price: '310',
  ...more,
});

/** From November on, another version from `on` on. */
function changed(before: PricedPlan, after: PricedPlan, on = '2026-12-01'): HistoryEvent[] {
  return [
    { do: 'start', on: localDate('2026-11-01'), plan: before },
    { do: 'change', on: localDate(on), plan: after },
  ];
}
/** In each of these months. */
const used = (quantity: string, ...days: readonly string[]): UsageEvent[] =>
  days.map((day) => ({ id: day, meter: 'gib', day: localDate(day), quantity }));

function linesOf(
  history: readonly HistoryEvent[],
  target: string,
  more: Partial<RatingInput> = {},
): readonly ChargedLine[] {
  const asked = { subscriptionId: 's', currency: 'PLN', history, charged: [], target: localDate(target) };
  return rate({ ...asked, ...more } as RatingInput).lines;
}
const shown = (lines: readonly ChargedLine[]): string[] =>
  lines.map(
    ({ reason, planVersion, from, toExclusive, amountMinor }) =>
      `${reason} v${planVersion} ${from}..${toExclusive} ${Number(amountMinor) / 100}`,
  );

describe('another version of the same plan', () => {
  it.each([
    ['a price', { pricing: { tiers: 'flat', price: '7' } }, '70'],
    ['tiers', { pricing: { tiers: 'package', package: '4', price: '9' } }, '27'],
    ['what is included', { included: '4' }, '30'],
    ['a cap', { cap: '20' }, '20'],
    ['how the period is made of days', { aggregate: 'last' }, '30'],
  ])('charges usage by %s of its own', (_of, more, second) => {
    const usage = used('6', '2026-11-05', '2026-11-20', '2026-12-20').concat(used('4', '2026-12-05'));
    const history = changed(version('1', [traffic()]), version('2', [traffic(more)]));
    expect(shown(linesOf(history, '2027-01-01', { usage }))).toEqual([
      'usage v1 2026-11-01..2026-12-01 60',
      `usage v2 2026-12-01..2027-01-01 ${second}`,
    ]);
  });

  it('charges a minimum of its own, and the overage of a pool', () => {
    const least = changed(version('1', [traffic()]), version('2', [traffic({ minimum: '50' })]));
    const usage = used('6', '2026-11-05', '2026-12-05');
    expect(shown(linesOf(least, '2027-01-01', { usage }))).toEqual([
      'usage v1 2026-11-01..2026-12-01 30',
      'usage v2 2026-12-01..2027-01-01 30',
      'true-up v2 2026-12-01..2027-01-01 20',
    ]);
    const overage = { tiers: 'flat', price: '9' };
    const pools = changed(version('1', [pool()]), version('2', [pool({ overage })]));
    const shared = used('12', '2026-11-05', '2026-12-05');
    expect(shown(linesOf(pools, '2027-01-01', { usage: shared }))).toEqual([
      'overage v1 2026-11-01..2026-12-01 10',
      'overage v2 2026-12-01..2027-01-01 18',
    ]);
  });

  it('goes on as one where nothing of the part is other', () => {
    const history = changed(
      version('1', [fee({ timing: 'in-arrears' }), traffic()]),
      version('2', [fee({ timing: 'in-arrears' }), traffic({ pricing: { tiers: 'flat', price: '7' } })]),
      '2026-12-11',
    );
    expect(shown(linesOf(history, '2027-01-01'))).toEqual([
      'service v1 2026-11-01..2026-12-01 310',
      'service v1 2026-12-01..2027-01-01 310',
    ]);
  });

  it('has VAT in its price: the rest of what was paid is taken back and charged anew', () => {
    const gross = version('2', [fee()], { vat: 'included' });
    const history = changed(version('1', [fee()]), gross, '2026-12-16');
    expect(shown(linesOf(history, '2027-01-01'))).toEqual([
      'service v1 2026-11-01..2026-12-01 310',
      'service v1 2026-12-01..2026-12-16 150',
      'service v2 2026-12-16..2027-01-01 160',
      'service v2 2027-01-01..2027-02-01 310',
    ]);
    const paid = rate({
      subscriptionId: 's',
      currency: 'PLN',
      history: history.slice(0, 1),
      charged: [],
      target: localDate('2026-12-02'),
    }).lines;
    const ratedUntil = localDate('2026-12-02');
    const next = linesOf(history, '2026-12-16', { charged: paid, ratedUntil });
    expect(shown(next)).toEqual([
      'repair v1 2026-12-16..2027-01-01 -160',
      'service v2 2026-12-16..2027-01-01 160',
    ]);
    expect(
      linesOf(history, '2026-12-31', { charged: [...paid, ...next], ratedUntil: localDate('2026-12-16') }),
    ).toEqual([]);
  });

  it('is aligned otherwise: what was paid stands, and its periods begin where that ends', () => {
    const history: HistoryEvent[] = [
      { do: 'start', on: localDate('2026-11-05'), plan: version('1', [fee()]) },
      { do: 'change', on: localDate('2026-11-16'), plan: version('2', [fee({ align: 'calendar' })]) },
    ];
    expect(shown(linesOf(history, '2027-01-01'))).toEqual([
      'service v1 2026-11-05..2026-12-05 310',
      'service v2 2026-12-05..2027-01-01 270',
      'service v2 2027-01-01..2027-02-01 310',
    ]);
  });

  it('measures the parts of a period its own way', () => {
    const after = version('2', [fee()], { proration: 'thirty-day' });
    const history: HistoryEvent[] = [
      ...changed(version('1', [fee()]), after),
      { do: 'cancel', on: localDate('2027-01-16'), known: localDate('2026-12-02') },
    ];
    expect(shown(linesOf(history, '2027-01-16')).at(-1)).toBe('service v2 2027-01-01..2027-01-16 155');
  });
});

describe('what was posted while versions of one price were taken for one', () => {
  /** Posted by the terms of the first version for days of the second: `p fee 1 310 month in-advance`. */
  const posted = (from: string, to: string): ChargedLine => ({
    key: `s p.fee ${from}/${to} service 0`,
    subscriptionId: 's',
    component: 'fee',
    planId: 'p',
    planVersion: '1',
    reason: 'service',
    from: localDate(from),
    toExclusive: localDate(to),
    amountMinor: 31_000n,
    chargedBy: {
      terms: 'p fee 1 310 month in-advance',
      since: localDate('2026-11-05'),
      planned: [localDate(from), localDate(to)],
      period: [localDate(from), localDate(to)],
      every: 'month',
      proration: 'actual-days',
      perPeriod: '310',
      discounts: [],
    },
  });
  const start = (plan: PricedPlan): HistoryEvent => ({ do: 'start', on: localDate('2026-11-05'), plan });
  const after = version('2', [fee({ align: 'calendar' })], { vat: 'included' });
  const history: HistoryEvent[] = [
    start(version('1', [fee()])),
    { do: 'change', on: localDate('2026-11-16'), plan: after },
  ];
  const charged = [posted('2026-11-05', '2026-12-05'), posted('2026-12-05', '2027-01-05')];
  const close = (day: string, lines: readonly ChargedLine[], more: readonly HistoryEvent[] = []) =>
    linesOf([...history, ...more], day, {
      charged: lines,
      ratedUntil: addDays(localDate(day), -1),
      settledBefore: addDays(localDate(day), -1),
      isDayOver: true,
    });

  it('stands, is charged once and not repaired; the next period is by the version that holds', () => {
    expect(close('2026-12-20', charged)).toEqual([]);
    const next = close('2027-01-05', charged);
    expect(shown(next)).toEqual(['service v2 2027-01-05..2027-02-01 270']);
    expect(next[0]?.chargedBy?.terms).toBe('p fee 1 310 month in-advance');
  });

  it('stands where something else is decided that is no change of it, and is repaired where it ends', () => {
    const discount = { kind: 'percent', id: 'd', percent: '10', periods: null } as const;
    const on = localDate('2026-12-20');
    expect(close('2026-12-20', charged, [{ do: 'discount', on, discount }])).toEqual([]);
    expect(shown(close('2026-12-20', charged, [{ do: 'cancel', on }]))).toEqual([
      'repair v1 2026-12-20..2027-01-05 -160',
    ]);
  });

  it('in arrears nothing of the period is lost that was under way', () => {
    const arrears = { timing: 'in-arrears', align: 'calendar' };
    const old: HistoryEvent[] = [
      { do: 'start', on: localDate('2026-11-01'), plan: version('1', [fee(arrears)]) },
      {
        do: 'change',
        on: localDate('2026-11-16'),
        plan: version('2', [fee(arrears)], { vat: 'included' }),
      },
    ];
    const more = {
      ratedUntil: localDate('2026-11-29'),
      settledBefore: localDate('2026-11-29'),
      isDayOver: true,
    };
    const lines = linesOf(old, '2026-11-30', more);
    expect(shown(lines)).toEqual([
      'service v1 2026-11-01..2026-11-16 155',
      'service v2 2026-11-16..2026-12-01 155',
    ]);
    expect(linesOf(old, '2026-11-30', { ...more, charged: lines })).toEqual([]);
  });
});
