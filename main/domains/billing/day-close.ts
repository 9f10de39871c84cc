import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import { addDays, dayAt, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { lateUsageOn } from '../metering/metering-public.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables, SubscriptionTable } from './billing-tables.ts';
import { ChargePosting } from './charge-posting.ts';
import { firstOpenDay, lockCalendar, theCompany, type Calendar, type CalendarKey } from './company-store.ts';
import { chargeDay, isMetered } from './day-charges.ts';
import { heldOn, holdBack, releaseHeld } from './day-held.ts';
import { recogniseDay } from './deferral-store.ts';
import { chargePeriods } from './period-charges.ts';
import { subscriptionsDue, subscriptionsOn, unmeteredCount } from './subscription-store.ts';
import { readUsage } from './usage-reading-store.ts';
import { usageOfDayEndsAtMs } from './usage-store.ts';

type Operation = typeof billingContract.dayClose;
type Closed = OutputOf<Operation>;
type Refusal = RefusalCodeOf<Operation>;
type Db = Kysely<BillingTables>;

/**
 * Charges one local day of a billing zone of a company (the default one's own unless it is named), for all its subscriptions, in the caller's transaction: all of it or nothing. Days
 * close in order, and the calendar's lock makes two that close at once do it one after the other, so the second finds the
 * day closed. Beneath that the database refuses a charge of the same subscription, component, day and reason.
 *
 * A host that is away holds back only the subscriptions of its VMs: the day closes for all others, and closing it again once
 * that host was heard charges those that were held.
 */
export async function closeDay(
  parts: BillingParts,
  trx: Db,
  day: LocalDate,
  key: Partial<CalendarKey> = {},
): Promise<Outcome<Closed, Refusal>> {
  const calendar = await lockCalendar(trx, key);
  if (calendar === undefined) {
    if ((await theCompany(trx)) === undefined) return refuse('no-company');
    const { companyId = '', billingZone = '' } = key;
    return refuse('no-such-calendar', { companyId, timeZone: billingZone });
  }
  const zone = calendar.timeZone;
  const nowMs = await parts.nowMs(trx);
  if (day >= dayAt(nowMs, zone)) return refuse('day-not-over', { day, timeZone: zone });
  if (calendar.closedUntil !== null && day <= calendar.closedUntil) {
    return done(await chargeHeld(parts, trx, calendar, day));
  }
  const first = await firstOpenDay(trx, calendar);
  if (first !== undefined && first < day) return refuse('day-before-open', { day: first });
  const subscriptions = await subscriptionsOn(trx, calendar, day);
  const gaps = await gapsOf(parts, trx, { subscriptions, day, zone });
  const awaited = [...gaps.values()].find((gap) => !gap.isAway);
  if (awaited !== undefined) return refuse('usage-incomplete', { day, reason: awaited.reason });
  const ready = subscriptions.filter((subscription) => !gaps.has(subscription.id));
  const late = await lateUsageOn(trx, day);
  const due = await subscriptionsDue(trx, calendar, {
    day,
    and: [...late.keys()],
    kind: parts.kind,
  });
  const posted = await charge(parts, trx, {
    calendar,
    day,
    until: day,
    ready,
    rated: due,
    late,
    nowMs,
    suffix: '',
  });
  await recogniseDay(trx, {
    companyId: calendar.companyId,
    billingZone: calendar.billingZone,
    day,
    isFirst: calendar.closedUntil === null,
    nowMs,
  });
  await holdBack(parts, trx, {
    day,
    nowMs,
    held: [...gaps].map(([subscriptionId, { reason }]) => ({ subscriptionId, reason })),
  });
  const charged = subscriptions.length + (await unmeteredCount(trx, calendar, day));
  await markClosed(trx, calendar, { day, subscriptions: charged, charges: posted, nowMs });
  return done({ day, subscriptions: charged, posted, already: 0, held: gaps.size });
}

/**
 * Posts a day of those that are counted to its end: by the day, or, of those charged by the period, what they used, and all that is due
 * by the end of `until`. Returns how many charges it made.
 */
async function charge(
  parts: BillingParts,
  trx: Db,
  on: {
    readonly calendar: Calendar;
    readonly day: LocalDate;
    readonly until: LocalDate;
    readonly ready: readonly SubscriptionTable[];
    readonly rated: readonly SubscriptionTable[];
    /** Days of usage that came after they were closed, by subscription: nothing since is settled. */
    readonly late: ReadonlyMap<string, LocalDate>;
    readonly nowMs: number;
    readonly suffix: string;
  },
): Promise<number> {
  const { day, until, ready, nowMs } = on;
  const { company, billingZone, timeZone: zone } = on.calendar;
  const posting = new ChargePosting(parts, trx, {
    company,
    billingZone,
    day,
    earnedUntil: until,
    nowMs,
  });
  const daily = ready.filter(({ charged }) => charged === 'daily');
  await chargeDay(parts, trx, { company, zone, day, subscriptions: daily, nowMs, posting });
  const metered = ready.filter(({ charged }) => charged === 'by-period');
  await readUsage(parts, trx, { subscriptions: metered, day, known: until, zone });
  const isLate = until > day;
  await chargePeriods(parts, trx, {
    subscriptions: on.rated,
    day,
    until,
    // A change that takes effect on a day ends a period with the day before; nothing earlier changes.
    settledBefore: addDays(day, -1),
    late: on.late,
    ratedUntil: isLate ? until : addDays(day, -1),
    nowMs,
    posting,
  });
  await posting.finish(`${billingZone === '' ? '' : ` in ${billingZone}`}${on.suffix}`);
  return posting.charges;
}

/** A day that is closed: what was held then and is counted by now is charged, the rest stands. */
async function chargeHeld(parts: BillingParts, trx: Db, calendar: Calendar, day: LocalDate): Promise<Closed> {
  const { companyId, billingZone } = calendar;
  const closed = await trx
    .selectFrom('billed_day')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('billing_zone', '=', billingZone)
    .where('day', '=', day)
    .executeTakeFirst();
  const { already } = await trx
    .selectFrom('charge')
    .innerJoin('subscription', 'subscription.id', 'charge.subscription_id')
    .select((of) => of.fn.countAll<number>().as('already'))
    .where('charge.company_id', '=', companyId)
    .where('billing_zone', '=', billingZone)
    .where('day', '=', day)
    .executeTakeFirstOrThrow();
  const held = await heldOn(trx, calendar, day);
  const gaps = await gapsOf(parts, trx, { subscriptions: held, day, zone: calendar.timeZone });
  const ready = held.filter((subscription) => !gaps.has(subscription.id));
  // No subscription is charged twice for a day, so the first of those charged late names them all.
  const [first] = ready;
  const posted =
    first === undefined
      ? 0
      : await charge(parts, trx, {
          calendar,
          day,
          until: calendar.closedUntil ?? day,
          ready,
          rated: ready.filter(({ charged }) => charged === 'by-period'),
          late: new Map(),
          nowMs: await parts.nowMs(trx),
          suffix: ` from ${first.id}`,
        });
  await releaseHeld(
    trx,
    day,
    ready.map((subscription) => subscription.id),
  );
  return {
    day,
    subscriptions: closed?.subscriptions ?? 0,
    posted,
    already: Number(already),
    held: gaps.size,
  };
}

/** Subscriptions, by id, whose VM is not counted to the end of the day, and why. */
async function gapsOf(
  parts: BillingParts,
  trx: Db,
  on: {
    readonly subscriptions: readonly SubscriptionTable[];
    readonly day: LocalDate;
    readonly zone: string;
  },
): Promise<ReadonlyMap<string, { readonly isAway: boolean; readonly reason: string }>> {
  const metered = on.subscriptions.filter(isMetered);
  const gaps = await parts.usage.usageGaps(
    trx,
    metered.map((subscription) => subscription.vm_id),
    usageOfDayEndsAtMs(on.day, on.zone),
  );
  const byVm = new Map(gaps.map((gap) => [gap.vmId, gap]));
  return new Map(
    metered.flatMap(({ id, vm_id: vmId }) => {
      const gap = byVm.get(vmId);
      return gap === undefined ? [] : [[id, gap] as const];
    }),
  );
}

async function markClosed(
  trx: Db,
  calendar: Calendar,
  closing: { day: LocalDate; subscriptions: number; charges: number; nowMs: number },
): Promise<void> {
  const { day, subscriptions, charges, nowMs } = closing;
  const { companyId, billingZone } = calendar;
  await trx
    .insertInto('billed_day')
    .values({
      company_id: companyId,
      billing_zone: billingZone,
      day,
      subscriptions,
      charges,
      closed_at_ms: nowMs,
    })
    .execute();
  await trx
    .updateTable('billing_calendar')
    .set({ closed_until: day })
    .where('company_id', '=', companyId)
    .where('billing_zone', '=', billingZone)
    .execute();
}
