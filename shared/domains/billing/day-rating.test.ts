import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, localDate, type LocalDate } from '../../kernel/local-date.ts';
import { linesNeededFrom, openUntil, usageNeededFrom, type OpenLine } from './day-rating-rules.ts';
import { nextDueAfter } from './next-due-rules.ts';
import { pricedPlan, type PricedPlan } from './price-component.ts';
import type { RatedLine, UsageEvent } from './rating-lines.ts';
import { rate, usageRated } from './rating-rules.ts';
import type { HistoryEvent } from './segment-rules.ts';

const start = localDate('2027-12-20');
const day = (offset: number): LocalDate => addDays(start, offset);
const DAYS = 110;
/** Enough to find what is wrong within days of commits; FC_RUNS=5000 looks harder. */
const RUNS = Number(process.env['FC_RUNS'] ?? 15);

const recurring = (every: string, more: object = {}): object => ({
  kind: 'recurring',
  id: 'fee',
  every,
  timing: 'in-advance',
  price: '19.95',
  ...more,
});
const usage = (every: string, more: object = {}): object => ({
  kind: 'usage',
  id: 'traffic',
  meter: 'gib',
  every,
  pricing: { tiers: 'package', package: '7', price: '0.35' },
  ...more,
});
const plan = (id: string, more: object, ...components: object[]): PricedPlan =>
  pricedPlan.parse({ id, currency: 'EUR', ...more, components });
const plans = [
  plan('a', {}, recurring('month'), { kind: 'set-up', id: 'set-up', price: '5' }),
  plan('b', {}, recurring('month', { timing: 'in-arrears', align: 'calendar' }), usage('week')),
  plan('c', { proration: 'thirty-day' }, recurring('quarter', { trialDays: 12 }), usage('month')),
  // Charged as its days close: nothing of it is rated.
  plan('day', { isDaily: true }, recurring('month', { timing: 'in-arrears' }), usage('month')),
  plan('d', { cycleOnChange: 'keep' }, recurring('day', { timing: 'in-arrears' }), usage('two-months')),
  plan(
    'e',
    { cycleOnChange: 'restart' },
    recurring('year', { timing: 'in-arrears' }),
    usage('month', { minimum: '3', cap: '4' }),
  ),
  // Another version of it: of the fee with VAT in it alone, of usage with other terms.
  plan(
    'e',
    { cycleOnChange: 'restart', version: '2', vat: 'included', trialDays: 3 },
    recurring('year', { timing: 'in-arrears', align: 'calendar' }),
    usage('month', { minimum: '2', included: '4', aggregate: 'peak', forEachUnit: true }),
  ),
  plan(
    'g',
    {},
    recurring('month', {
      kind: 'pool',
      id: 'pool',
      meter: 'gib',
      aggregate: 'daily',
      bought: '2.5',
      price: '1.37',
      overage: { tiers: 'flat', price: '0.37' },
    }),
  ),
  plan(
    'f',
    {},
    recurring('month', { kind: 'allocation', id: 'cpu', resource: 'vcpu', price: '6.55' }),
    recurring('quarter', { kind: 'option', id: 'backup', name: 'Backup', price: '10' }),
  ),
];
const anyPlan = fc.constantFrom(...plans);
const anyChange = fc.oneof(
  fc.record({ do: fc.constant('change' as const), plan: anyPlan }),
  fc.record({ do: fc.constant('change' as const), quantity: fc.constantFrom('1', '2', '3') }),
  fc.record({
    do: fc.constant('change' as const),
    units: fc.constantFrom({ vcpu: '2' }, { backup: '1' }, { vcpu: '0', backup: '3' }),
  }),
  // As they were kept once: the whole set.
  fc.record({ do: fc.constant('change' as const), allocations: fc.constantFrom({ vcpu: '1' }, {}) }),
  fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const, 'cancel' as const) }),
  fc.record({ do: fc.constant('anchor' as const), day: fc.integer({ min: 1, max: 31 }) }),
  fc.record({ do: fc.constant('discount-end' as const), discountId: fc.constantFrom('x', 'y') }),
  fc.record({
    do: fc.constant('discount' as const),
    discount: fc.record({
      kind: fc.constant('percent' as const),
      id: fc.constantFrom('x', 'y'),
      percent: fc.constantFrom('33', '100'),
      periods: fc.constantFrom(null, 1, 2),
      metered: fc.boolean(),
    }),
  }),
);
/** Changes as people decide them: for the day itself or one to come. */
const anyHistory: fc.Arbitrary<HistoryEvent[]> = fc
  .tuple(
    anyPlan,
    fc.constantFrom(null, 1, 15, 31),
    fc.array(fc.tuple(fc.nat(DAYS - 10), fc.constantFrom(0, 0, 1, 12, 40), anyChange), { maxLength: 8 }),
  )
  .map(([first, anchorDay, changes]) => [
    { do: 'start', on: start, known: start, plan: first, anchorDay },
    ...changes
      .toSorted(([one], [other]) => one - other)
      .map(([decided, later, change]): HistoryEvent => ({
        ...change,
        on: day(decided + later),
        known: day(decided),
      })),
  ]);
/** Readings, some of them heard of days after they were closed without. */
const anyUsage: fc.Arbitrary<UsageEvent[]> = fc
  .uniqueArray(fc.tuple(fc.nat(DAYS - 30), fc.constantFrom(0, 0, 2, 20), fc.integer({ min: 1, max: 90 })), {
    maxLength: 14,
    selector: ([used]) => used,
  })
  .map((readings) =>
    readings.map(([used, late, tenths]) => ({
      id: `${day(used)} gib`,
      meter: 'gib',
      day: day(used),
      known: day(used + late),
      quantity: (tenths / 10).toFixed(1),
    })),
  );

interface Books {
  readonly lines: RatedLine[];
  readonly open: OpenLine[];
}

/** One rating as the close of a day does it: with the lines that are open and the usage that is needed, nothing else; of what is told, and of what hosts count. */
function rated(
  books: Books,
  of: { history: readonly HistoryEvent[]; usage: readonly UsageEvent[]; until: LocalDate; from: LocalDate },
): void {
  const { history, until, from } = of;
  const isLate = until > from;
  const settledBefore = addDays(from, -1);
  const openFrom = linesNeededFrom(history, settledBefore);
  const input = {
    subscriptionId: 's',
    currency: 'EUR',
    history,
    charged: books.open.filter((each) => each.openUntil > openFrom).map(({ line }) => line),
    ratedUntil: isLate ? until : addDays(until, -1),
    target: until,
    isDayOver: true,
    settledBefore,
  } as const;
  const told = of.usage.filter((event) => event.day >= usageNeededFrom(history, settledBefore));
  const needed = usageRated(input);
  const counted = of.usage.filter(
    ({ day: used, meter }) => needed !== null && used >= needed.from && needed.meters.includes(meter),
  );
  const { lines } = rate({ ...input, usage: told });
  expect(rate({ ...input, usage: counted }).lines).toEqual(lines);
  books.lines.push(...lines);
  for (const line of lines) books.open.push({ line, openUntil: openUntil(line, books.open) });
}

/** Every day closed in its time; on days on which nothing can be due nothing is rated, unless it is said. */
function closedDayByDay(
  history: readonly HistoryEvent[],
  usageEvents: readonly UsageEvent[],
  isAlways = false,
): Books {
  const books: Books = { lines: [], open: [] };
  let due: LocalDate | null = start;
  for (let offset = 0; offset < DAYS; offset += 1) {
    const today = day(offset);
    const known = history.filter((event) => (event.known ?? event.on) <= today);
    if (known.some((event) => event.known === today) && (due === null || due > today)) due = today;
    const heard = usageEvents.filter((event) => (event.known ?? event.day) <= today);
    if (isAlways || (due !== null && due <= today)) {
      rated(books, { history: known, usage: heard, until: today, from: today });
      due = nextDueAfter(known, today);
    }
    for (const late of heard.filter((event) => event.known === today && event.day < today))
      rated(books, { history: known, usage: heard, until: today, from: late.day });
  }
  return books;
}

function totals(lines: readonly RatedLine[]): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  for (const { planId, component, amountMinor } of lines) {
    const name = `${planId}.${component}`;
    sums[name] = (sums[name] ?? 0n) + amountMinor;
  }
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0n));
}

const keys = (lines: readonly RatedLine[]): string[] =>
  lines.map(({ key, amountMinor }) => `${key} ${amountMinor}`);

describe('days that close, each with what is open alone', () => {
  it('come to the same cents as all of it rated once', () => {
    fc.assert(
      fc.property(anyHistory, anyUsage, (history, readings) => {
        const once = rate({
          subscriptionId: 's',
          currency: 'EUR',
          history,
          usage: readings,
          charged: [],
          target: day(DAYS - 1),
          isDayOver: true,
        });
        expect(totals(closedDayByDay(history, readings).lines)).toEqual(totals(once.lines));
      }),
      { numRuns: RUNS },
    );
  });

  it('have the same lines whether a day on which nothing can be due is rated or not', () => {
    fc.assert(
      fc.property(anyHistory, anyUsage, (history, readings) => {
        const { lines } = closedDayByDay(history, readings, true);
        // Two that are heard late on one day may be posted in either order.
        const closed = keys(closedDayByDay(history, readings).lines);
        expect(closed.toSorted()).toEqual(keys(lines).toSorted());
        expect(new Set(lines.map(({ key }) => key)).size).toBe(lines.length);
      }),
      { numRuns: RUNS },
    );
  });

  it('give nothing when they are closed again, in whatever order', () => {
    fc.assert(
      fc.property(
        anyHistory,
        anyUsage,
        fc.array(fc.nat(DAYS - 1), { minLength: 1, maxLength: 8 }),
        (history, readings, again) => {
          const books = closedDayByDay(history, readings);
          const before = books.lines.length;
          for (const offset of again)
            rated(books, { history, usage: readings, until: day(DAYS - 1), from: day(offset) });
          expect(keys(books.lines.slice(before))).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
