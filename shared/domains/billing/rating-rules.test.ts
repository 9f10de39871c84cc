import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, localDate, type LocalDate } from '../../kernel/local-date.ts';
import { pricedPlan, type Discount, type PricedPlan } from './price-component.ts';
import type { ChargedLine, RatedLine, UsageEvent } from './rating-lines.ts';
import { rate, type RatingInput } from './rating-rules.ts';
import type { HistoryEvent } from './segment-rules.ts';

const start = localDate('2027-12-20');
const day = (offset: number): LocalDate => addDays(start, offset);
const DAYS = 120;
/** Enough to find what is wrong within days of commits; FC_RUNS=5000 looks harder. */
const RUNS = Number(process.env['FC_RUNS'] ?? 12);

function plan(id: string, more: object, ...components: object[]): PricedPlan {
  return pricedPlan.parse({ id, currency: 'EUR', ...more, components });
}
const recurring = (id: string, every: string, price: string, more: object = {}): object => ({
  kind: 'recurring',
  id,
  every,
  timing: 'in-advance',
  price,
  ...more,
});
const traffic = (id: string, pricing: object, more: object = {}): object => ({
  kind: 'usage',
  id,
  meter: 'gib',
  every: 'month',
  pricing,
  ...more,
});

const plans = [
  plan('a', {}, recurring('vps', 'month', '19.95')),
  plan('b', {}, recurring('vps', 'month', '10.01', { timing: 'in-arrears' }), {
    kind: 'set-up',
    id: 'set-up',
    price: '5',
  }),
  plan(
    'c',
    { proration: 'thirty-day' },
    recurring('vps', 'year', '99.99'),
    recurring('ip', 'week', '0.77', { align: 'calendar' }),
  ),
  plan(
    'd',
    {},
    recurring('vps', 'quarter', '33.33', { align: 'calendar', trialDays: 10 }),
    traffic('traffic', { tiers: 'flat', price: '0.017' }, { minimum: '3', cap: '9' }),
  ),
  plan(
    'e',
    { cycleOnChange: 'keep' },
    recurring('vps', 'day', '0.335'),
    traffic('traffic', {
      tiers: 'graduated',
      bands: [
        { upTo: '20', price: '0.1' },
        { upTo: null, price: '0.03' },
      ],
    }),
  ),
];
/** Another version of the last one. */
const version = plan(
  'e',
  { cycleOnChange: 'keep', version: '2', vat: 'included' },
  recurring('vps', 'day', '0.335'),
  traffic('traffic', {
    tiers: 'volume',
    bands: [
      { upTo: '9', price: '0.2' },
      { upTo: null, price: '0.1' },
    ],
  }),
);
const anyPlan = fc.constantFrom(...plans, version);
const anyDiscount: fc.Arbitrary<Discount> = fc.oneof(
  fc.record({
    kind: fc.constant('percent' as const),
    id: fc.constantFrom('x', 'y'),
    percent: fc.constantFrom('33', '50', '100'),
    periods: fc.constantFrom(null, 1, 2),
    metered: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('amount' as const),
    id: fc.constant('z'),
    amount: fc.constantFrom('1.005', '50'),
    periods: fc.constantFrom(null, 1),
  }),
);

/** A change, and how many days after it was decided it takes effect (before: it was noted late). */
const anyChange = fc.oneof(
  fc.record({ do: fc.constant('change' as const), plan: anyPlan }),
  fc.record({ do: fc.constant('change' as const), quantity: fc.constantFrom('0', '1', '2', '3') }),
  fc.record({
    do: fc.constantFrom(
      'pause' as const,
      'resume' as const,
      'pause' as const,
      'resume' as const,
      'cancel' as const,
    ),
  }),
  fc.record({ do: fc.constant('anchor' as const), day: fc.integer({ min: 1, max: 31 }) }),
  fc.record({ do: fc.constant('discount' as const), discount: anyDiscount }),
  fc.record({ do: fc.constant('discount-end' as const), discountId: fc.constantFrom('x', 'y', 'z') }),
);
const anyHistory: fc.Arbitrary<HistoryEvent[]> = fc
  .tuple(
    anyPlan,
    fc.constantFrom(null, 1, 15, 30, 31),
    fc.array(fc.tuple(fc.nat(DAYS - 20), fc.constantFrom(0, 0, 0, 0, 1, 12, 40, -9), anyChange), {
      maxLength: 9,
    }),
  )
  .map(([first, anchorDay, changes]) => [
    { do: 'start', on: start, plan: first, anchorDay },
    ...changes
      .toSorted(([one], [other]) => one - other)
      .map(([decided, later, change]): HistoryEvent => ({
        ...change,
        on: day(Math.max(0, decided + later)),
        known: day(decided),
      })),
  ]);
const anyUsage: fc.Arbitrary<UsageEvent[]> = fc
  .array(fc.tuple(fc.nat(DAYS - 20), fc.constantFrom(0, 0, 3, 35), fc.integer({ min: 1, max: 900 })), {
    maxLength: 12,
  })
  .map((events) =>
    events.map(([used, heard, hundredths], index) => ({
      id: `e${index}`,
      meter: 'gib',
      day: day(used),
      known: day(used + heard),
      quantity: (hundredths / 100).toFixed(2),
    })),
  );

interface Ledger {
  readonly lines: ChargedLine[];
  ratedUntil: LocalDate | undefined;
}

function input(
  history: readonly HistoryEvent[],
  usage: readonly UsageEvent[],
  ledger: Ledger,
  target: LocalDate,
): RatingInput {
  const { ratedUntil } = ledger;
  return {
    subscriptionId: 's',
    currency: 'EUR',
    history,
    usage,
    charged: ledger.lines,
    target,
    ...(ratedUntil === undefined ? {} : { ratedUntil }),
  };
}

function bill(
  history: readonly HistoryEvent[],
  usage: readonly UsageEvent[],
  ledger: Ledger,
  target: LocalDate,
): readonly RatedLine[] {
  const { lines } = rate(input(history, usage, ledger, target));
  ledger.lines.push(...lines);
  if (ledger.ratedUntil === undefined || target > ledger.ratedUntil) ledger.ratedUntil = target;
  return lines;
}

function billedOn(
  history: readonly HistoryEvent[],
  usage: readonly UsageEvent[],
  days: readonly number[],
): Ledger {
  const ledger: Ledger = { lines: [], ratedUntil: undefined };
  for (const offset of days) bill(history, usage, ledger, day(offset));
  return ledger;
}

/** What each component came to, all lines together. */
function totals(ledger: Ledger): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  for (const { planId, component, amountMinor } of ledger.lines) {
    const name = `${planId}.${component}`;
    sums[name] = (sums[name] ?? 0n) + amountMinor;
  }
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0n));
}

const everyDay = Array.from({ length: DAYS }, (_, offset) => offset);

describe('rating', () => {
  it('day by day comes to the same cents as once, and as on any days', () => {
    fc.assert(
      fc.property(
        anyHistory,
        anyUsage,
        fc.uniqueArray(fc.nat(DAYS - 1), { maxLength: 6 }),
        (history, usage, days) => {
          const daily = totals(billedOn(history, usage, everyDay));
          expect(totals(billedOn(history, usage, [DAYS - 1]))).toEqual(daily);
          const some = [...days].sort((one, other) => one - other);
          expect(totals(billedOn(history, usage, [...some, DAYS - 1]))).toEqual(daily);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('gives nothing when it is repeated, in whatever order of days', () => {
    fc.assert(
      fc.property(
        anyHistory,
        anyUsage,
        fc.array(fc.nat(DAYS - 1), { minLength: 1, maxLength: 8 }),
        (history, usage, days) => {
          const ledger = billedOn(history, usage, [DAYS - 1]);
          for (const offset of [...days, DAYS - 1])
            expect(bill(history, usage, ledger, day(offset))).toEqual([]);
          const shuffled = billedOn(history, usage, [...days, DAYS - 1]);
          expect(bill(history, usage, shuffled, day(DAYS - 1))).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('gives each line a key of its own, the same to two who rate at once', () => {
    fc.assert(
      fc.property(anyHistory, anyUsage, fc.nat(DAYS - 1), (history, usage, offset) => {
        const ledger = billedOn(history, usage, [offset]);
        const twice = [1, 2].map(() => rate(input(history, usage, ledger, day(DAYS - 1))).lines);
        expect(twice[0]).toEqual(twice[1]);
        const keys = [...ledger.lines, ...(twice[0] ?? [])].map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { numRuns: RUNS },
    );
  });

  it('never takes back more than a line was, adjustments counted', () => {
    fc.assert(
      fc.property(
        anyHistory,
        fc.array(fc.tuple(fc.nat(DAYS - 1), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 4 }),
        (history, adjustments) => {
          const ledger: Ledger = { lines: [], ratedUntil: undefined };
          for (const offset of everyDay.filter((one) => one % 3 === 0)) {
            bill(history, [], ledger, day(offset));
            for (const [on, share] of adjustments) if (Math.abs(on - offset) <= 1) adjust(ledger, share);
          }
          for (const line of ledger.lines.filter(({ of }) => of === undefined)) {
            const back = ledger.lines.filter(({ of }) => of === line.key);
            expect(back.every(({ amountMinor }) => amountMinor <= 0n)).toBe(true);
            expect(
              line.amountMinor + back.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
            ).toBeGreaterThanOrEqual(0n);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('does not care how usage is cut up', () => {
    fc.assert(
      fc.property(anyHistory, anyUsage, fc.integer({ min: 2, max: 5 }), (history, usage, parts) => {
        const cutUp = usage.flatMap((event) => {
          const hundredths = Math.round(Number(event.quantity) * 100);
          const each = Math.floor(hundredths / parts);
          return Array.from({ length: parts }, (_, part) => ({
            ...event,
            id: `${event.id}/${part}`,
            quantity: ((part === 0 ? hundredths - each * (parts - 1) : each) / 100).toFixed(2),
          }));
        });
        const whole = billedOn(history, usage, [60, DAYS - 1]);
        expect(totals(billedOn(history, cutUp, [60, DAYS - 1]))).toEqual(totals(whole));
      }),
      { numRuns: RUNS },
    );
  });

  it('charges every day of service once: days charged less days repaired are the days served', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(...everyDay.slice(0, 20)),
        (paused, days, billed) => {
          const history: HistoryEvent[] = [
            { do: 'start', on: start, plan: plans[4]!, anchorDay: null },
            { do: 'pause', on: day(paused) },
            { do: 'resume', on: day(paused + days) },
            { do: 'cancel', on: day(110) },
          ];
          const ledger = billedOn(history, [], [billed, DAYS - 1]);
          const net = ledger.lines.reduce(
            (sum, { reason, of }) => (reason === 'service' ? sum + 1 : of === undefined ? sum : sum - 1),
            0,
          );
          expect(net).toBe(110 - Math.min(days, 110 - paused));
        },
      ),
      { numRuns: RUNS },
    );
  });
});

function adjust(ledger: Ledger, share: number): void {
  const line = ledger.lines.findLast(({ of, amountMinor }) => of === undefined && amountMinor > 0n);
  if (line === undefined) return;
  const { chargedBy: _by, cut: _cut, ...adjusted } = line;
  const back = ledger.lines.filter(({ of }) => of === line.key);
  const left = back.reduce((sum, { amountMinor }) => sum + amountMinor, line.amountMinor);
  const amountMinor = -BigInt(Math.floor(Number(left) * share));
  ledger.lines.push({
    ...adjusted,
    key: `${line.key} adjustment ${back.length}`,
    reason: 'adjustment',
    amountMinor,
    of: line.key,
  });
}

describe('settled periods', () => {
  it('are not looked at again, and the rest comes to the same', () => {
    const history: HistoryEvent[] = [{ do: 'start', on: start, plan: plans[4]!, anchorDay: 1 }];
    const ledger = billedOn(history, [], [100]);
    const asked = input(history, [], ledger, day(110));
    const settled = rate({ ...asked, charged: ledger.lines.slice(-5), settledBefore: day(98) });
    expect(settled.lines.map(({ from, amountMinor }) => [from, amountMinor])).toEqual(
      rate(asked).lines.map(({ from, amountMinor }) => [from, amountMinor]),
    );
    expect(settled.lines).toHaveLength(10);
  });
});
