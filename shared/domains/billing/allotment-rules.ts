import type { PricedPlan } from './price-component.ts';

/** Units by the name of a resource as ordered, or by the id of an option. */
export type Units = Readonly<Record<string, string>>;

/** What a change says of them: all there are from then on, as changes were kept once, or those that become others. */
export interface ChangedUnits {
  readonly allocations?: Units | undefined;
  readonly units?: Units | undefined;
}

/** What a subscription of a plan says units of: resources that are allotted, and options by their ids. */
export function askedResources(plan: PricedPlan): string[] {
  return plan.components.flatMap((component) => {
    if (component.kind === 'allocation') return [component.resource];
    return component.kind === 'option' ? [component.id] : [];
  });
}

/** What is named becomes so, all else that the plan has a price for stays. */
export function mergedUnits(plan: PricedPlan, before: Units, named: Units): Units {
  const priced = askedResources(plan);
  const kept = Object.entries(before).filter(([name]) => priced.includes(name));
  return { ...Object.fromEntries(kept), ...named };
}

/** Units from a change on, by those that hold when it takes effect: what was ordered after it was decided stays. */
export function unitsAfter(plan: PricedPlan, before: Units, change: ChangedUnits): Units {
  const base = change.allocations ?? before;
  return change.units === undefined ? base : mergedUnits(plan, base, change.units);
}

/**
 * What a plan that is changed to must have a price for: all that is ordered by then and either plan has a price for, and what is named.
 * Nothing of something needs none, nor does what is left over from an earlier plan. The one rule of single changes and of moves of many.
 */
export function unitsToPrice(of: {
  readonly before: PricedPlan;
  readonly after: PricedPlan;
  readonly ordered: Units;
  readonly named?: Units | undefined;
}): Units {
  const { named = {} } = of;
  const asked = new Set([...askedResources(of.before), ...askedResources(of.after), ...Object.keys(named)]);
  const all = Object.entries({ ...of.ordered, ...named });
  return Object.fromEntries(all.filter(([name, units]) => asked.has(name) && /[1-9]/.test(units)));
}
