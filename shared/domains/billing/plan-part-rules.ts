import {
  compareRatios,
  larger,
  multiply,
  ratioFrom,
  ratioText,
  subtract,
  ZERO,
  type Ratio,
} from '../../kernel/ratio.ts';
import type { DayNumber } from './day-number-rules.ts';
import { lengthOf, periodGrid, type Every, type PeriodGrid } from './period-rules.ts';
import type { Aggregate, PriceComponent, PricedPlan, UsagePricing } from './price-component.ts';
import type { KnownHistory, Segment } from './segment-rules.ts';

/** A part of a plan that is charged by the period. A pool has one of these and one that is metered. */
export interface RecurringPart {
  readonly component: string;
  readonly every: Every;
  readonly timing: 'in-advance' | 'in-arrears';
  readonly align: 'anchor' | 'calendar';
  readonly price: string;
  readonly trialDays: number;
  readonly unitsIn: (segment: Segment) => Ratio;
}

/** A part of a plan that is metered, always charged in arrears. */
export interface MeteredPart {
  readonly component: string;
  readonly reason: 'usage' | 'overage';
  readonly every: Every;
  readonly align: 'anchor' | 'calendar';
  readonly meter: string;
  readonly aggregate: Aggregate;
  readonly pricing: UsagePricing;
  readonly includedIn: (segment: Segment) => Ratio;
  readonly proratesIncluded: boolean;
  readonly minimum: string | null;
  readonly cap: string | null;
}

export interface PlanParts {
  readonly recurring: readonly RecurringPart[];
  readonly metered: readonly MeteredPart[];
  readonly setUps: readonly Extract<PriceComponent, { kind: 'set-up' }>[];
}

const known = new WeakMap<PricedPlan, PlanParts>();

/** The parts of a plan; remembered, because every subscription of a plan asks. */
export function partsOf(plan: PricedPlan): PlanParts {
  const before = known.get(plan);
  if (before !== undefined) return before;
  const parts = {
    recurring: plan.components.flatMap(recurringPart),
    metered: plan.components.flatMap(meteredPart),
    setUps: plan.components.filter((component) => component.kind === 'set-up'),
  };
  known.set(plan, parts);
  return parts;
}

function recurringPart(component: PriceComponent): RecurringPart[] {
  if (component.kind === 'set-up' || component.kind === 'usage') return [];
  const { id, every, timing, align, price, trialDays } = component;
  return [{ component: id, every, timing, align, price, trialDays, unitsIn: unitsOf(component) }];
}

function unitsOf(
  component: Extract<PriceComponent, { kind: 'recurring' | 'allocation' | 'pool' }>,
): (segment: Segment) => Ratio {
  switch (component.kind) {
    case 'recurring':
      return ({ quantity }) => ratioFrom(quantity);
    case 'allocation': {
      const included = ratioFrom(component.included);
      return ({ allocations }) =>
        larger(subtract(ratioFrom(allocations[component.resource] ?? '0'), included), ZERO);
    }
    case 'pool':
      return ({ quantity }) => multiply(ratioFrom(component.bought), ratioFrom(quantity));
  }
}

function meteredPart(component: PriceComponent): MeteredPart[] {
  if (component.kind === 'usage') {
    const included = ratioFrom(component.included);
    return [
      {
        component: component.id,
        reason: 'usage',
        every: component.every,
        align: component.align,
        meter: component.meter,
        aggregate: component.aggregate,
        pricing: component.pricing,
        includedIn: () => included,
        proratesIncluded: component.proratesIncluded,
        minimum: component.minimum ?? null,
        cap: component.cap ?? null,
      },
    ];
  }
  if (component.kind !== 'pool') return [];
  return [
    {
      component: component.id,
      reason: 'overage',
      every: component.every,
      align: component.align,
      meter: component.meter,
      aggregate: component.aggregate,
      pricing: component.overage,
      includedIn: unitsOf(component),
      // A peak of 10 GiB is 10 GiB however short the period; a sum grows with the days.
      proratesIncluded: component.aggregate === 'sum',
      minimum: null,
      cap: null,
    },
  ];
}

/** Days of service of one part under the same terms and the same periods. */
export interface Run<Part> {
  readonly part: Part;
  readonly plan: PricedPlan;
  readonly segment: Segment;
  readonly from: DayNumber;
  readonly to: DayNumber | null;
  readonly since: DayNumber;
  readonly terms: string;
  readonly units: Ratio;
  readonly grid: PeriodGrid;
  readonly leadsTo: boolean;
}

/** Runs of what is charged by the period, by their terms; a trial is counted from the day the subscription began. */
export function recurringRuns(history: KnownHistory): Run<RecurringPart>[] {
  return runsOf(history, (plan) => partsOf(plan).recurring, {
    units: (part, segment) => part.unitsIn(segment),
    terms: (part) => `${part.price} ${part.every} ${part.timing}`,
    trialDays: (part) => part.trialDays,
    restarts: ({ cycleOnChange }, { timing }) =>
      cycleOnChange === 'by-timing' ? timing === 'in-advance' : cycleOnChange === 'restart',
  });
}

export function meteredRuns(history: KnownHistory): Run<MeteredPart>[] {
  return runsOf(history, (plan) => partsOf(plan).metered, {
    units: (part, segment) => part.includedIn(segment),
    terms: (part) => `${part.meter} ${part.every}`,
    trialDays: () => 0,
    restarts: ({ cycleOnChange }) => cycleOnChange === 'restart',
  });
}

function runsOf<
  Part extends { readonly component: string; readonly every: Every; readonly align: 'anchor' | 'calendar' },
>(
  history: KnownHistory,
  partsIn: (plan: PricedPlan) => readonly Part[],
  of: {
    readonly units: (part: Part, segment: Segment) => Ratio;
    readonly terms: (part: Part) => string;
    readonly trialDays: (part: Part) => number;
    /** Whether a change to this plan begins the periods anew. */
    readonly restarts: (plan: PricedPlan, part: Part) => boolean;
  },
): Run<Part>[] {
  const runs: Run<Part>[] = [];
  for (const segment of history.segments) {
    for (const part of partsIn(segment.plan)) {
      const trialEnds = (history.start ?? 0) + of.trialDays(part);
      const from = Math.max(segment.from, trialEnds);
      if (segment.to !== null && from >= segment.to) continue;
      const units = of.units(part, segment);
      const terms = `${segment.plan.id} ${part.component} ${ratioText(units)} ${of.terms(part)}`;
      const inMonths = lengthOf(part.every).unit === 'months';
      const counted = of.restarts(segment.plan, part) ? segment.anew : segment.kept;
      const origin = Math.max(inMonths ? counted.months : counted.days, trialEnds);
      const { align } = part;
      const run = {
        part,
        plan: segment.plan,
        segment,
        from,
        to: segment.to,
        since: segment.since,
        terms,
        units,
        grid: periodGrid(part.every, { origin, align, anchorDay: segment.anchorDay }),
        leadsTo: segment.leadsToAnchor && inMonths && align === 'anchor',
      };
      const before = runs.findIndex((one) => continues(one, run));
      const earlier = runs[before];
      if (earlier === undefined) runs.push(run);
      else runs[before] = { ...earlier, to: run.to, leadsTo: run.leadsTo };
    }
  }
  return runs;
}

/** Whether a run goes on with the same terms and periods: nothing changed for this part. */
function continues<Part extends { readonly align: string }>(earlier: Run<Part>, run: Run<Part>): boolean {
  return (
    earlier.to === run.from &&
    earlier.terms === run.terms &&
    earlier.since === run.since &&
    (run.part.align === 'calendar' ||
      (earlier.grid.first === run.grid.first && earlier.grid.anchorDay === run.grid.anchorDay))
  );
}

/** Whether anything is sold of it: nothing is charged for no units. */
export function sellsSomething(run: Run<RecurringPart>): boolean {
  return compareRatios(run.units, ZERO) > 0;
}
