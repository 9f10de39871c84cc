import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { addDays, dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { lateUsageOn } from '../../metering/metering-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { ChargePosting } from './charge-posting.ts';
import { closedBooks, type ToBook } from '../companies/company-books.ts';
import {
  firstOpenDay,
  lockCalendar,
  theCompany,
  type Calendar,
  type CalendarKey,
} from '../companies/company-store.ts';
import { chargeDay, isMetered } from './day-charges.ts';
import { heldOn, holdBack, releaseHeld } from './day-held.ts';
import { recogniseDay } from '../ledger/deferral-store.ts';
import { chargePeriods } from './period-charges.ts';
import { subscriptionsDue, subscriptionsOn, unmeteredCount } from '../subscriptions/subscription-store.ts';
import { readUsage } from '../usage/usage-reading-store.ts';
import { staysIn, type StaysBySubscription } from '../pools/pool-member-store.ts';
import { staysOf } from '../pools/pool-reading-store.ts';
import { rangeOfDay, usageOfDayEndsAtMs } from '../usage/usage-store.ts';

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
    return await chargeHeld(parts, trx, calendar, day);
  }
  const closed = await closedBooks(trx, [bookingOf(calendar, day)]);
  if (closed !== undefined) return refuse('books-closed', closed);
  const first = await firstOpenDay(trx, calendar);
  if (first !== undefined && first < day) return refuse('day-before-open', { day: first });
  const subscriptions = await subscriptionsOn(trx, calendar, day);
  const stays = await staysIn(trx, calendar, rangeOfDay(day, zone));
  const gaps = await gapsOf(parts, trx, { subscriptions, stays, day, zone });
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
    stays,
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
    /** Members of their pools on the day. */
    readonly stays: StaysBySubscription;
    /** Ids of those of which something may be due by the period. */
    readonly rated: readonly string[];
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
  const isLate = until > day;
  // What was one once may have closed its last such day since.
  const daily = ready.filter((of) => isLate || of.is_daily === 1);
  const byDay = await chargeDay(parts, trx, {
    company,
    zone,
    day,
    subscriptions: daily,
    isLate,
    nowMs,
    posting,
  });
  const metered = ready.filter(
    (of) => of.is_metered === 1 && !byDay.has(of.id) && (isLate || !isOnlyDaily(of)),
  );
  await readUsage(parts, trx, { subscriptions: metered, stays: on.stays, day, known: until, zone });
  await chargePeriods(parts, trx, {
    subscriptionIds: on.rated,
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

/** Whether nothing of it is charged by the period, now or by what is decided. */
function isOnlyDaily({ charged, next_due: due }: SubscriptionTable): boolean {
  return charged === 'daily' && due === null;
}

/** A day that is closed: what was held then and is counted by now is charged, the rest stands. */
async function chargeHeld(
  parts: BillingParts,
  trx: Db,
  calendar: Calendar,
  day: LocalDate,
): Promise<Outcome<Closed, Refusal>> {
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
  const stays =
    held.length === 0 ? new Map() : await staysIn(trx, calendar, rangeOfDay(day, calendar.timeZone));
  const gaps = await gapsOf(parts, trx, { subscriptions: held, stays, day, zone: calendar.timeZone });
  const ready = held.filter((subscription) => !gaps.has(subscription.id));
  // No subscription is charged twice for a day, so the first of those charged late names them all.
  const [first] = ready;
  const booksClosed = first && (await closedBooks(trx, [bookingOf(calendar, day)]));
  if (booksClosed !== undefined) return refuse('books-closed', booksClosed);
  const posted =
    first === undefined
      ? 0
      : await charge(parts, trx, {
          calendar,
          day,
          until: calendar.closedUntil ?? day,
          ready,
          stays,
          rated: ready.map(({ id }) => id),
          late: new Map(),
          nowMs: await parts.nowMs(trx),
          suffix: ` from ${first.id}`,
        });
  await releaseHeld(
    trx,
    day,
    ready.map((subscription) => subscription.id),
  );
  return done({
    day,
    subscriptions: closed?.subscriptions ?? 0,
    posted,
    already: Number(already),
    held: gaps.size,
  });
}

function bookingOf({ companyId, timeZone }: Calendar, day: LocalDate): ToBook {
  return { companyId, bookedOn: day, memo: `charges of that day in ${timeZone}` };
}

/** Subscriptions, by id, whose VM, or one of whose members, is not counted as far as it counts on the day, and why; of several an awaited one. */
async function gapsOf(
  parts: BillingParts,
  trx: Db,
  on: {
    readonly subscriptions: readonly SubscriptionTable[];
    readonly stays: StaysBySubscription;
    readonly day: LocalDate;
    readonly zone: string;
  },
): Promise<ReadonlyMap<string, { readonly isAway: boolean; readonly reason: string }>> {
  const endMs = usageOfDayEndsAtMs(on.day, on.zone);
  const metered = on.subscriptions
    .filter(isMetered)
    .map((subscription) => [subscription.id, staysOf(subscription, on.stays)] as const);
  const vmIds = metered.flatMap(([, stays]) => stays.map(({ vmId }) => vmId));
  const gaps = await parts.usage.usageGaps(trx, vmIds, endMs);
  const byVm = new Map(gaps.map((gap) => [gap.vmId, gap]));
  return new Map(
    metered.flatMap(([id, stays]) => {
      const missing = stays.flatMap(({ vmId, toMs }) => {
        const gap = byVm.get(vmId);
        return gap !== undefined && gap.countedToMs < Math.min(toMs ?? endMs, endMs) ? [gap] : [];
      });
      const gap = missing.find(({ isAway }) => !isAway) ?? missing[0];
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
