import type { Kysely } from 'kysely';
import { dateOf, dayOf } from '../../../shared/domains/billing/day-number-rules.ts';
import { partsOf } from '../../../shared/domains/billing/plan-part-rules.ts';
import type { PricedPlan } from '../../../shared/domains/billing/price-component.ts';
import type { HeldUsage } from '../../../shared/domains/billing/rating-lines.ts';
import {
  historyKnownOn,
  type HistoryEvent,
  type KnownHistory,
} from '../../../shared/domains/billing/segment-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { textList } from '../../platform/store/update-many.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import { daysTold, holdUsage } from '../metering/metering-public.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables } from './billing-tables.ts';
import { eventsOf, SoldPlans } from './subscription-history.ts';

/** A company's days: those until `closedUntil` are charged. */
export interface OpenDays {
  readonly zone: string;
  readonly closedUntil: LocalDate | null;
}

/** What usage of a subscription is charged by. */
export interface UsageTerms {
  readonly companyId: string;
  readonly customerId: string;
  /** Plan, and VM where it is for one. */
  readonly what: string;
  /** Why usage of a meter on a day has no place on its bill; null where it has. */
  whyHeld(meter: string, day: LocalDate): HeldUsage['reason'] | null;
  /** The day nearest to this one on which it is charged by that meter; undefined where it never is. */
  nearestDay(meter: string, day: LocalDate): LocalDate | undefined;
}

function ours(db: AnyDatabase): Kysely<BillingTables> {
  return db as Kysely<BillingTables>;
}

/**
 * The days of every company, by its id. None closes, and no subscription changes, until the caller's transaction ends; any number of
 * callers at once may hold them so.
 */
export async function daysHeldOpen(db: AnyDatabase, kind: StoreKind): Promise<ReadonlyMap<string, OpenDays>> {
  const calendars = ours(db)
    .selectFrom('billing_calendar')
    .select(['company_id', 'closed_until'])
    .orderBy('company_id');
  const rows = await (kind === 'postgres' ? calendars.forShare() : calendars).execute();
  const zones = await ours(db)
    .selectFrom('company')
    .select(['id', 'time_zone'])
    .orderBy('created_at_ms')
    .execute();
  // Of several billing zones the one that is farthest: what comes for a day that is closed in any of them is late.
  const closed = new Map<string, LocalDate | null>();
  for (const row of rows) {
    const other = closed.get(row.company_id) ?? null;
    if (other === null || (row.closed_until !== null && row.closed_until > other))
      closed.set(row.company_id, row.closed_until);
  }
  return new Map(zones.map(({ id, time_zone: zone }) => [id, { zone, closedUntil: closed.get(id) ?? null }]));
}

/** What each of these subscriptions is charged by; those that are not there are left out. Any number of them. */
export async function usageTermsOf(
  db: AnyDatabase,
  kind: StoreKind,
  subscriptionIds: readonly string[],
): Promise<ReadonlyMap<string, UsageTerms>> {
  if (subscriptionIds.length === 0) return new Map();
  const rows = await ours(db)
    .selectFrom('subscription')
    .select(['id', 'company_id', 'customer_id', 'plan_name', 'vm_name', 'starts_on', 'ends_on'])
    .where('id', 'in', textList(kind, subscriptionIds))
    .execute();
  const histories = await new SoldPlans(ours(db)).historiesOf(
    await eventsOf(ours(db), subscriptionIds, kind),
  );
  return new Map(
    rows.map((row) => {
      const what = row.vm_name === '' ? row.plan_name : `${row.plan_name} for ${row.vm_name}`;
      const of = { companyId: row.company_id, customerId: row.customer_id, what };
      const daily = { start: dayOf(row.starts_on), end: row.ends_on === null ? null : dayOf(row.ends_on) };
      return [row.id, new Terms(of, histories.get(row.id) ?? [], daily)];
    }),
  );
}

/**
 * Holds what was told of a subscription for days from `on` on that a change has left without a place on its bill. A change takes effect
 * on a day that is not closed, so nothing of it is charged yet; the caller holds the calendar's lock.
 */
export async function holdMisplaced(
  parts: Pick<BillingParts, 'kind' | 'insertMany' | 'updateMany'>,
  db: AnyDatabase,
  of: { readonly subscriptionId: string; readonly on: LocalDate; readonly nowMs: number },
): Promise<void> {
  const { subscriptionId, nowMs } = of;
  const days = await daysTold(db, { subscriptionId, from: of.on });
  if (days.length === 0) return;
  const terms = (await usageTermsOf(db, parts.kind, [subscriptionId])).get(subscriptionId);
  const held = days.flatMap(({ meter, day }) => {
    const reason = terms?.whyHeld(meter, day) ?? null;
    return reason === null ? [] : [{ subscriptionId, meter, day, reason }];
  });
  await holdUsage(parts, db, { held, nowMs });
}

const FOR_EVER = Number.POSITIVE_INFINITY;

class Terms implements UsageTerms {
  readonly companyId: string;
  readonly customerId: string;
  readonly what: string;
  private readonly known: KnownHistory;

  constructor(
    of: Pick<UsageTerms, 'companyId' | 'customerId' | 'what'>,
    history: readonly HistoryEvent[],
    daily: Pick<KnownHistory, 'start' | 'end'>,
  ) {
    this.companyId = of.companyId;
    this.customerId = of.customerId;
    this.what = of.what;
    // One that is charged day by day has no history, and no meter from outside.
    this.known =
      history.length === 0 ? { ...daily, segments: [], discounts: [] } : historyKnownOn(history, FOR_EVER);
  }

  whyHeld(meter: string, on: LocalDate): HeldUsage['reason'] | null {
    const { start, end, segments } = this.known;
    const day = dayOf(on);
    if (start === null || day < start) return 'before-start';
    if (end !== null && day >= end) return 'after-end';
    const served = segments.find(({ from, to }) => from <= day && (to === null || day < to));
    if (served !== undefined) return metersOf(served.plan).has(meter) ? null : 'not-metered';
    return segments.length === 0 ? 'not-metered' : 'paused';
  }

  nearestDay(meter: string, on: LocalDate): LocalDate | undefined {
    const day = dayOf(on);
    const days = this.known.segments
      .filter(({ plan }) => metersOf(plan).has(meter))
      .map(({ from, to }) => Math.min(Math.max(day, from), to === null ? FOR_EVER : to - 1))
      .toSorted((one, other) => Math.abs(one - day) - Math.abs(other - day));
    return days[0] === undefined ? undefined : dateOf(days[0]);
  }
}

const meters = new WeakMap<PricedPlan, ReadonlySet<string>>();

/** The meters a plan is charged by; remembered, because every event asks. */
function metersOf(plan: PricedPlan): ReadonlySet<string> {
  const before = meters.get(plan);
  if (before !== undefined) return before;
  const found = new Set(partsOf(plan).metered.map(({ meter }) => meter));
  meters.set(plan, found);
  return found;
}
