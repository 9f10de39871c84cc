import {
  compareRatios,
  larger,
  multiply,
  ONE,
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
  /** Taken or left by each subscription: what period a plan has is not said by it. */
  readonly isOption: boolean;
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
  /** How many times there are the minimum and the cap. */
  readonly timesIn: (segment: Segment) => Ratio;
  readonly trialDays: number;
  readonly proratesIncluded: boolean;
  readonly minimum: string | null;
  readonly cap: string | null;
  /** All of it but the units included, as one text: the same text, the same price. */
  readonly priced: string;
}

export interface PlanParts {
  readonly recurring: readonly RecurringPart[];
  readonly metered: readonly MeteredPart[];
  readonly setUps: readonly Extract<PriceComponent, { kind: 'set-up' }>[];
}

const known = new WeakMap<PricedPlan, PlanParts>();

const NONE: PlanParts = { recurring: [], metered: [], setUps: [] };

/** The parts of a plan that are charged by the period: of one that is charged day by day none. */
export function partsOf(plan: PricedPlan): PlanParts {
  return plan.isDaily === true ? NONE : soldParts(plan);
}

/** The parts of a plan, however they are charged; remembered, because every subscription of a plan asks. */
export function soldParts(plan: PricedPlan): PlanParts {
  const before = known.get(plan);
  if (before !== undefined) return before;
  const parts = {
    recurring: plan.components.flatMap((component) => recurringPart(component, plan)),
    metered: plan.components.flatMap((component) => meteredPart(component, plan)),
    setUps: plan.components.filter((component) => component.kind === 'set-up'),
  };
  known.set(plan, parts);
  return parts;
}

/** Days of the plan's trial that a component has: it may say that it is charged in it. */
function trialOf(component: PriceComponent, { trialDays = 0 }: PricedPlan): number {
  return 'chargedInTrial' in component && component.chargedInTrial === true ? 0 : trialDays;
}

function recurringPart(component: PriceComponent, plan: PricedPlan): RecurringPart[] {
  if (component.kind === 'set-up' || component.kind === 'usage') return [];
  const { id, every, timing, align, price } = component;
  const isOption = component.kind === 'option';
  const own = component.kind === 'option' ? 0 : component.trialDays;
  const trialDays = Math.max(own, trialOf(component, plan));
  const part = { component: id, every, timing, align, price, trialDays, isOption };
  return [{ ...part, unitsIn: unitsOf(component) }];
}

function unitsOf(
  component: Extract<PriceComponent, { kind: 'recurring' | 'allocation' | 'option' | 'pool' }>,
): (segment: Segment) => Ratio {
  switch (component.kind) {
    case 'recurring':
      return ({ quantity }) => ratioFrom(quantity);
    case 'allocation': {
      const included = ratioFrom(component.included);
      return ({ allocations, quantity }) => {
        const free = component.forEachUnit === true ? multiply(included, ratioFrom(quantity)) : included;
        return larger(subtract(ratioFrom(allocations[component.resource] ?? '0'), free), ZERO);
      };
    }
    case 'option':
      return ({ allocations }) => ratioFrom(allocations[component.id] ?? '0');
    case 'pool':
      return ({ quantity }) => multiply(ratioFrom(component.bought), ratioFrom(quantity));
  }
}

function meteredPart(component: PriceComponent, plan: PricedPlan): MeteredPart[] {
  if (component.kind !== 'usage' && component.kind !== 'pool') return [];
  const { id, every, align, meter, aggregate } = component;
  const counted = { component: id, every, align, meter, aggregate };
  const trialDays = trialOf(component, plan);
  if (component.kind === 'usage') {
    const { pricing, proratesIncluded, minimum = null, cap = null } = component;
    const included = ratioFrom(component.included);
    const priced = { reason: 'usage' as const, ...counted, pricing, proratesIncluded, minimum, cap };
    const timesIn = ({ quantity }: Segment): Ratio =>
      component.forEachUnit === true ? ratioFrom(quantity) : ONE;
    const includedIn = (segment: Segment): Ratio => multiply(included, timesIn(segment));
    return [{ ...priced, includedIn, timesIn, trialDays, priced: JSON.stringify(priced) }];
  }
  const priced = {
    reason: 'overage' as const,
    ...counted,
    pricing: component.overage,
    // A peak of 10 GiB is 10 GiB however short the period; a sum grows with the days.
    proratesIncluded: component.aggregate === 'sum',
    minimum: null,
    cap: null,
  };
  const includedIn = unitsOf(component);
  return [{ ...priced, includedIn, timesIn: () => ONE, trialDays, priced: JSON.stringify(priced) }];
}

/** Days of service of one part under the same terms and the same periods. */
export interface Run<Part> {
  readonly part: Part;
  readonly plan: PricedPlan;
  readonly segment: Segment;
  readonly from: DayNumber;
  readonly to: DayNumber | null;
  readonly since: DayNumber;
  /** Kept with what is charged: what it is, its price and its units. */
  readonly terms: string;
  /** What else a version says of how it is charged: a run ends with it. */
  readonly manner: string;
  readonly units: Ratio;
  readonly grid: PeriodGrid;
  readonly leadsTo: boolean;
}

/** Runs of what is charged by the period, by their terms; a trial is counted from the day the subscription began. */
export function recurringRuns(history: KnownHistory): Run<RecurringPart>[] {
  return runsOf(history, (plan) => partsOf(plan).recurring, {
    units: (part, segment) => part.unitsIn(segment),
    terms: (part) => `${part.price} ${part.every} ${part.timing}`,
    manner: ({ align }, { vat, proration }) => `${align} ${vat} ${proration}`,
    trialDays: (part) => part.trialDays,
    restarts: ({ cycleOnChange }, { timing }) =>
      cycleOnChange === 'by-timing' ? timing === 'in-advance' : cycleOnChange === 'restart',
  });
}

/** Of one that ended on the day it began, a run of no day for each meter. */
export function meteredRuns(history: KnownHistory): Run<MeteredPart>[] {
  const segments = history.atOnce === undefined ? history.segments : [history.atOnce];
  return runsOf({ ...history, segments }, (plan) => partsOf(plan).metered, {
    units: (part, segment) => part.includedIn(segment),
    terms: (part, segment) => `${part.meter} ${part.every} ${ratioText(part.timesIn(segment))}`,
    manner: ({ priced }, { vat, proration }) => `${priced} ${vat} ${proration}`,
    trialDays: (part) => part.trialDays,
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
    readonly terms: (part: Part, segment: Segment) => string;
    readonly manner: (part: Part, plan: PricedPlan) => string;
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
      const isAtOnce = segment === history.atOnce && from === segment.from;
      if (segment.to !== null && from >= segment.to && !isAtOnce) continue;
      const units = of.units(part, segment);
      const terms = `${segment.plan.id} ${part.component} ${ratioText(units)} ${of.terms(part, segment)}`;
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
        manner: of.manner(part, segment.plan),
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
    earlier.manner === run.manner &&
    earlier.since === run.since &&
    (run.part.align === 'calendar' ||
      (earlier.grid.first === run.grid.first && earlier.grid.anchorDay === run.grid.anchorDay))
  );
}

/** Whether anything is sold of it: nothing is charged for no units. */
export function sellsSomething(run: Run<RecurringPart>): boolean {
  return compareRatios(run.units, ZERO) > 0;
}
