import type { Kysely } from 'kysely';
import type { Refused } from '../../../../shared/contract/outcome.ts';
import { unitsToPrice, type Units } from '../../../../shared/domains/billing/allotment-rules.ts';
import { dailyTerms, hasDailyPlan } from '../../../../shared/domains/billing/daily-terms-rules.ts';
import { readsHosts } from '../../../../shared/domains/billing/meter-rules.ts';
import { pausesOf, pauseToldOn } from '../../../../shared/domains/billing/pause-rules.ts';
import { conditionsOn } from '../../../../shared/domains/billing/period-price-rules.ts';
import type { PricedPlan } from '../../../../shared/domains/billing/price-component.ts';
import type { HistoryEvent } from '../../../../shared/domains/billing/segment-rules.ts';
import { addDays, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { planNames } from '../../catalog/catalog-public.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { termsFault } from './subscription-terms.ts';

/*
 * How a subscription goes on by all that is decided: what its row says of a day, and whether the terms of later days still fit. A change
 * for an earlier day, and one that is taken back, leave what was decided for later days in its place.
 */

type Sold = Pick<
  SubscriptionTable,
  'charged' | 'per_month' | 'per_vcpu_hour' | 'per_gib_hour' | 'daily_quantity'
>;
type Standing = Sold &
  Pick<
    SubscriptionTable,
    | 'plan_id'
    | 'plan_name'
    | 'price_id'
    | 'is_metered'
    | 'is_daily'
    | 'paused_from'
    | 'paused_until'
    | 'ends_on'
  >;

/** What the row of a subscription says of how it is charged while this plan holds. */
export function soldBy(plan: PricedPlan, quantity: string): Sold {
  const terms = dailyTerms(plan, quantity);
  return {
    charged: terms === undefined ? 'by-period' : 'daily',
    per_month: terms?.price.perMonth ?? '0',
    per_vcpu_hour: terms?.price.perVcpuHour ?? '0',
    per_gib_hour: terms?.price.perGibHour ?? '0',
    daily_quantity: terms?.quantity ?? 1,
  };
}

/** The same, where nothing is said of the plan. */
export function soldBefore(row: SubscriptionTable): Sold {
  const { charged, per_month, per_vcpu_hour, per_gib_hour, daily_quantity } = row;
  return { charged, per_month, per_vcpu_hour, per_gib_hour, daily_quantity };
}

/** What the row of a subscription says of its history on a day: its plan by then, its pause, its end. */
export async function standingOn(
  db: Kysely<BillingTables>,
  of: {
    readonly found: SubscriptionTable;
    readonly history: readonly HistoryEvent[];
    readonly day: LocalDate;
  },
): Promise<Standing> {
  const { found, history } = of;
  const day = of.day < found.starts_on ? found.starts_on : of.day;
  const conditions = conditionsOn(history, day);
  const plan = conditions?.plan;
  const pause = pauseToldOn(pausesOf(history), day);
  const isOther = plan !== undefined && plan.version !== found.price_id;
  const isMetered = history.some(
    (event) => 'plan' in event && event.plan !== undefined && readsHosts(event.plan, found.vm_id),
  );
  return {
    plan_id: plan?.id ?? found.plan_id,
    plan_name: (isOther ? (await planNames(db)).get(plan.id) : undefined) ?? found.plan_name,
    price_id: plan?.version ?? found.price_id,
    is_metered: isMetered ? 1 : 0,
    // Until the next day that closes looks closer: days before this one may be open.
    is_daily: hasDailyPlan(history) ? 1 : 0,
    ...(conditions === undefined ? soldBefore(found) : soldBy(conditions.plan, conditions.quantity)),
    paused_from: pause?.from ?? null,
    paused_until: pause?.until ?? null,
    ends_on: endOf(history),
  };
}

function endOf(history: readonly HistoryEvent[]): LocalDate | null {
  const [first] = history.flatMap((event) => (event.do === 'cancel' ? [event.on] : [])).toSorted();
  return first ?? null;
}

/** The plan that holds on a day, and what it must have a price for then. */
export function termsOn(
  history: readonly HistoryEvent[],
  day: LocalDate,
): { readonly plan: PricedPlan; readonly allocations: Units; readonly quantity: string } | undefined {
  const then = conditionsOn(history, day);
  if (then === undefined) return undefined;
  // On its first day what was sold comes before.
  const sold = history.find((event) => event.do === 'start');
  const before = conditionsOn(history, addDays(day, -1)) ?? {
    plan: sold?.plan ?? then.plan,
    allocations: sold?.allocations ?? {},
  };
  let { allocations: ordered } = before;
  let named: Units = {};
  for (const event of history) {
    if (event.do !== 'change' || event.on !== day) continue;
    if (event.allocations !== undefined) [ordered, named] = [event.allocations, {}];
    named = { ...named, ...event.units };
  }
  return {
    plan: then.plan,
    quantity: then.quantity,
    allocations: unitsToPrice({ before: before.plan, after: then.plan, ordered, named }),
  };
}

export interface TermsMisfit {
  readonly on: LocalDate;
  readonly fault: Refused<'option-units' | 'no-such-resource' | 'daily-quantity'>;
}

/** The first day after one for which something is decided that would not be sold so: more of an option than the plan of that day allows. */
export function misfitAfter(
  history: readonly HistoryEvent[],
  of: { readonly day: LocalDate; readonly vmId: string; readonly names: ReadonlyMap<string, string> },
): TermsMisfit | undefined {
  const end = endOf(history);
  const days = history.flatMap((event) => (event.do === 'change' && event.on > of.day ? [event.on] : []));
  for (const on of [...new Set(days)].toSorted()) {
    if (end !== null && on >= end) return undefined;
    const terms = termsOn(history, on);
    if (terms === undefined) continue;
    const { plan: priced, allocations, quantity } = terms;
    const fault = termsFault(
      { name: of.names.get(priced.id) ?? priced.id, priced },
      { allocations, quantity, vmId: of.vmId },
      [],
    );
    if (
      fault?.code === 'option-units' ||
      fault?.code === 'no-such-resource' ||
      fault?.code === 'daily-quantity'
    )
      return { on, fault: { ok: false, code: fault.code, facts: fault.facts } };
  }
  return undefined;
}
