import type { Kysely } from 'kysely';
import { dateOf, dayOf, type DayNumber } from '../../../../shared/domains/billing/day-number-rules.ts';
import { partsOf } from '../../../../shared/domains/billing/plan-part-rules.ts';
import type { PricedPlan } from '../../../../shared/domains/billing/price-component.ts';
import type { HeldUsage } from '../../../../shared/domains/billing/rating-lines.ts';
import {
  historyKnownOn,
  type HistoryEvent,
  type KnownHistory,
} from '../../../../shared/domains/billing/segment-rules.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import { textList } from '../../../platform/store/update-many.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { daysTold, heldOf, holdUsage, releaseUsage } from '../../metering/metering-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { calendarName, shareCalendars } from '../charges/calendar-turns.ts';
import { eventsOf, SoldPlans, type SoldPlansKept } from '../subscriptions/subscription-history.ts';

export type { SoldPlansKept } from '../subscriptions/subscription-history.ts';

/** The days of a calendar, those of a company in a billing zone: until `closedUntil` they are charged. */
export interface OpenDays {
  readonly zone: string;
  readonly closedUntil: LocalDate | null;
  /** Another number once somebody had the calendar's lock, and may have changed subscriptions. */
  readonly turns: number;
}

/** What usage of a subscription is charged by. */
export interface UsageTerms {
  /** By whose days it is charged: a key of {@link daysHeldOpen}. */
  readonly calendar: string;
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
 * The days of every calendar, that of the first company's own zone first. None closes, and no subscription changes, until the caller's
 * transaction ends; any number of callers at once may hold them so.
 */
export async function daysHeldOpen(db: AnyDatabase, kind: StoreKind): Promise<ReadonlyMap<string, OpenDays>> {
  if (kind === 'postgres') await shareCalendars(ours(db));
  const calendars = ours(db)
    .selectFrom('billing_calendar')
    .selectAll()
    .orderBy('company_id')
    .orderBy('billing_zone');
  const rows = await (kind === 'postgres' ? calendars.forShare() : calendars).execute();
  const companies = await ours(db)
    .selectFrom('company')
    .select(['id', 'time_zone'])
    .orderBy('created_at_ms')
    .orderBy('id')
    .execute();
  return new Map(
    companies.flatMap(({ id, time_zone: own }) =>
      rows
        .filter((row) => row.company_id === id)
        .map(({ billing_zone: zone, closed_until: closedUntil, turns }): [string, OpenDays] => [
          calendarName({ companyId: id, billingZone: zone }),
          { zone: zone === '' ? own : zone, closedUntil, turns },
        ]),
    ),
  );
}

/** What each of these subscriptions is charged by; those that are not there are left out. Any number of them; `plans` are those known before. */
export async function usageTermsOf(
  db: AnyDatabase,
  kind: StoreKind,
  subscriptionIds: readonly string[],
  plans?: SoldPlansKept,
): Promise<ReadonlyMap<string, UsageTerms>> {
  if (subscriptionIds.length === 0) return new Map();
  const rows = await ours(db)
    .selectFrom('subscription')
    .select([
      'id',
      'company_id',
      'billing_zone',
      'customer_id',
      'plan_name',
      'vm_name',
      'starts_on',
      'ends_on',
    ])
    .where('id', 'in', textList(kind, subscriptionIds))
    .execute();
  const histories = await new SoldPlans(ours(db), plans).historiesOf(
    await eventsOf(ours(db), subscriptionIds, kind),
  );
  return new Map(
    rows.map((row) => {
      const what = row.vm_name === '' ? row.plan_name : `${row.plan_name} for ${row.vm_name}`;
      const calendar = calendarName({ companyId: row.company_id, billingZone: row.billing_zone });
      const of = { calendar, customerId: row.customer_id, what };
      return [row.id, new Terms(of, histories.get(row.id) ?? [])];
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
  await holdMisplacedOfMany(parts, db, { changed: [of], nowMs: of.nowMs });
}

/** The same for many that change at once, in a few statements. */
export async function holdMisplacedOfMany(
  parts: Pick<BillingParts, 'kind' | 'insertMany' | 'updateMany'>,
  db: AnyDatabase,
  of: {
    readonly changed: readonly { readonly subscriptionId: string; readonly on: LocalDate }[];
    readonly nowMs: number;
  },
): Promise<void> {
  const from = new Map(of.changed.map(({ subscriptionId, on }) => [subscriptionId, on]));
  const [first] = [...from.values()].toSorted();
  if (first === undefined) return;
  const subscriptionIds = [...from.keys()];
  const told = await daysTold(db, parts.kind, { subscriptionIds, from: first });
  const days = told.filter(({ subscriptionId, day }) => day >= (from.get(subscriptionId) ?? day));
  if (days.length === 0) return;
  const terms = await usageTermsOf(db, parts.kind, [...new Set(days.map((each) => each.subscriptionId))]);
  const held = days.flatMap(({ subscriptionId, meter, day }) => {
    const reason = terms.get(subscriptionId)?.whyHeld(meter, day) ?? null;
    return reason === null ? [] : [{ subscriptionId, meter, day, reason }];
  });
  await holdUsage(parts, db, { held, nowMs: of.nowMs });
}

/**
 * Gives usage its place again that waits for a person because of what was taken back: it had none by the terms of before, and has one
 * now. Days of what is taken back are not closed, so it is charged with its own day. Returns how many events.
 */
export async function releaseFitting(
  parts: Pick<BillingParts, 'kind' | 'updateMany'>,
  db: AnyDatabase,
  of: {
    readonly changed: readonly { readonly subscriptionId: string; readonly on: LocalDate }[];
    readonly before: ReadonlyMap<string, UsageTerms>;
    /** Who took it back. */
    readonly by: string;
    readonly nowMs: number;
  },
): Promise<number> {
  const from = new Map(of.changed.map(({ subscriptionId, on }) => [subscriptionId, on]));
  const held = await heldOf(db, parts.kind, of.changed);
  const days = held.filter(({ subscriptionId, day }) => day >= (from.get(subscriptionId) ?? day));
  if (days.length === 0) return 0;
  const now = await usageTermsOf(db, parts.kind, [...new Set(days.map((each) => each.subscriptionId))]);
  const fitting = days.filter(
    ({ subscriptionId, meter, day }) =>
      of.before.get(subscriptionId)?.whyHeld(meter, day) !== null &&
      now.get(subscriptionId)?.whyHeld(meter, day) === null,
  );
  await releaseUsage(parts, db, { released: fitting, by: of.by, nowMs: of.nowMs });
  return fitting.length;
}

const FOR_EVER = Number.POSITIVE_INFINITY;

class Terms implements UsageTerms {
  readonly calendar: string;
  readonly customerId: string;
  readonly what: string;
  private readonly known: KnownHistory;

  constructor(of: Pick<UsageTerms, 'calendar' | 'customerId' | 'what'>, history: readonly HistoryEvent[]) {
    this.calendar = of.calendar;
    this.customerId = of.customerId;
    this.what = of.what;
    this.known = historyKnownOn(history, FOR_EVER);
  }

  whyHeld(meter: string, on: LocalDate): HeldUsage['reason'] | null {
    const { start, end, segments } = this.known;
    const day = dayOf(on);
    if (start === null || day < start) return 'before-start';
    if (end !== null && day > end) return 'after-end';
    const served = this.metered().find(({ from, to }) => from <= day && day <= to);
    if (served !== undefined) return metersOf(served.plan).has(meter) ? null : 'not-metered';
    return segments.length === 0 ? 'not-metered' : 'paused';
  }

  nearestDay(meter: string, on: LocalDate): LocalDate | undefined {
    const day = dayOf(on);
    const days = this.metered()
      .filter(({ plan }) => metersOf(plan).has(meter))
      .map(({ from, to }) => Math.min(Math.max(day, from), to))
      .toSorted((one, other) => Math.abs(one - day) - Math.abs(other - day));
    return days[0] === undefined ? undefined : dateOf(days[0]);
  }

  /** What was sold, with its first day and the last one whose usage is of it: the day the subscription ends on, too. */
  private metered(): { readonly plan: PricedPlan; readonly from: DayNumber; readonly to: DayNumber }[] {
    const { segments, end, atOnce } = this.known;
    const sold = atOnce === undefined ? segments : [atOnce];
    return sold.map(({ plan, from, to }) => ({
      plan,
      from,
      to: to === null ? FOR_EVER : to === end ? to : to - 1,
    }));
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
