import { pricedPlan, type PricedPlan } from '../../../shared/domains/billing/price-component.ts';
import type { ChargedLine, UsageEvent } from '../../../shared/domains/billing/rating-lines.ts';
import { rate, type RatingInput } from '../../../shared/domains/billing/rating-rules.ts';
import { addDays, localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { atMost, machineLine, type BenchResult } from './bench-result.ts';

const SUBSCRIPTIONS = 56_000;
/** Rated one after the other in the same memory, so that the bench measures rating and not the heap of 56,000 ledgers. */
const KINDS = 120;

const fee = { kind: 'recurring', id: 'fee', every: 'month', timing: 'in-advance', price: '19.95' };
const bands = [
  { upTo: '10', price: '1' },
  { upTo: '100', price: '0.5' },
  { upTo: null, price: '0.1' },
];
const traffic = {
  kind: 'usage',
  id: 'traffic',
  meter: 'gib',
  every: 'month',
  pricing: { tiers: 'graduated', bands },
};
const components: readonly (readonly object[])[] = [
  [fee],
  [{ ...fee, timing: 'in-arrears' }],
  [
    { ...fee, align: 'calendar' },
    { kind: 'set-up', id: 'set-up', price: '9' },
  ],
  [{ ...fee, every: 'day', price: '0.65' }],
  [{ ...fee, every: 'week', price: '4.60' }],
  [{ ...fee, every: 'quarter' }],
  [{ ...fee, every: 'year' }],
  [
    fee,
    { kind: 'allocation', id: 'vcpu', resource: 'vcpu', every: 'month', timing: 'in-advance', price: '3' },
  ],
  [traffic],
  [{ ...traffic, pricing: { tiers: 'package', package: '10', price: '1' }, minimum: '5', cap: '50' }],
  [
    {
      kind: 'pool',
      id: 'pool',
      meter: 'gib',
      every: 'month',
      timing: 'in-advance',
      bought: '20',
      price: '0.5',
      overage: { tiers: 'flat', price: '1' },
    },
  ],
  [fee, traffic, { ...fee, id: 'ip', price: '2' }],
];
const plans: readonly PricedPlan[] = components.map((of, index) =>
  pricedPlan.parse({ id: `plan-${index}`, currency: 'EUR', components: of }),
);

type Rating = Omit<RatingInput, 'target'>;

/** A subscription that was billed for a year and is rated from the beginning of its last month on. */
function billedForAYear(index: number): Rating {
  const plan = plans[index % plans.length];
  if (plan === undefined) throw new Error('there is no plan');
  const start = addDays(localDate('2026-01-01'), index % 28);
  const history: RatingInput['history'] = [
    { do: 'start', on: start, plan, anchorDay: 1, allocations: { vcpu: '4' } },
    { do: 'change', on: localDate('2026-06-11'), quantity: '2' },
  ];
  const usage = Array.from({ length: 30 }, (_, day): UsageEvent => {
    const used = addDays(localDate('2026-12-01'), day);
    return { id: `${index} ${day}`, meter: 'gib', day: used, quantity: '1.5' };
  });
  const until = localDate('2026-12-01');
  const base = { subscriptionId: `sub-${index}`, currency: 'EUR', history, usage } as const;
  const charged: readonly ChargedLine[] = rate({ ...base, charged: [], target: until }).lines;
  return { ...base, charged, ratedUntil: until, settledBefore: until };
}

function measured(
  ratings: readonly Rating[],
  target: LocalDate,
): { readonly ms: number; readonly lines: number } {
  const beganMs = performance.now();
  let lines = 0;
  for (let index = 0; index < SUBSCRIPTIONS; index += 1) {
    const rating = ratings[index % ratings.length];
    if (rating !== undefined) lines += rate({ ...rating, target }).lines.length;
  }
  return { ms: performance.now() - beganMs, lines };
}

/** Rating alone, without a store: a day and a month of 56,000 subscriptions over twelve plans of all kinds, on one core. */
export function run(): Promise<BenchResult> {
  const ratings = Array.from({ length: KINDS }, (_, index) => billedForAYear(index));
  measured(ratings.slice(0, 12), localDate('2026-12-02'));
  const day = measured(ratings, localDate('2026-12-02'));
  const month = measured(ratings, localDate('2027-01-01'));
  return Promise.resolve({
    name: 'rating',
    machine: machineLine(),
    metrics: [
      { metric: 'a day of 56,000 subscriptions', value: day.ms, unit: 'ms', note: `${day.lines} lines` },
      {
        metric: 'a month of them, 30 usage events each',
        value: month.ms,
        unit: 'ms',
        note: `${month.lines} lines`,
      },
    ],
    baseline: 'the limits of the billing benches, of which rating may take a part',
    limits: [atMost('a day', day.ms, 'ms', 10_000), atMost('a month', month.ms, 'ms', 20_000)],
  });
}
