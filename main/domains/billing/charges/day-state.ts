import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import {
  allCalendars,
  calendarOfCustomer,
  companyAsked,
  openDayCount,
  readCalendar,
  todayIn,
} from '../companies/company-store.ts';
import { heldDays } from './day-held.ts';

type Operation = typeof billingContract.dayState;

/** Which days of a company are closed in its own zone, which of its days wait for hosts, and the same of every calendar. */
export async function dayState(
  parts: Pick<BillingParts, 'nowMs'>,
  db: Kysely<BillingTables>,
  companyId: string | undefined,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const asked = await companyAsked(db, companyId);
  if (!asked.ok) return asked;
  const company = asked.value;
  const nowMs = await parts.nowMs(db);
  const calendars: OutputOf<Operation>['calendars'] = [];
  for (const calendar of await allCalendars(db)) {
    const { timeZone, closedUntil, billingZone } = calendar;
    const today = dayAt(nowMs, timeZone);
    calendars.push({
      companyId: calendar.companyId,
      company: calendar.company.name,
      billingZone,
      timeZone,
      closedUntil,
      today,
      openDays: await openDayCount(db, calendar, today),
    });
  }
  const own = calendars.find((each) => each.companyId === company?.id && each.billingZone === '');
  const held = company === undefined ? [] : await heldDays(db, company.id);
  return done({
    closedUntil: own?.closedUntil ?? null,
    today: own?.today ?? (await todayIn(db, nowMs)),
    openDays: own?.openDays ?? 0,
    held: held.map(({ day, subscriptions, reason }) => ({ day, subscriptions, reason })),
    calendars,
  });
}

/** The day it is for a customer: by which its subscriptions are charged, and by which its company dates papers. */
export async function customerDays(
  parts: Pick<BillingParts, 'nowMs'>,
  db: Kysely<BillingTables>,
  customerId: string,
): Promise<
  Outcome<OutputOf<typeof billingContract.customerDays>, RefusalCodeOf<typeof billingContract.customerDays>>
> {
  const key = await calendarOfCustomer(db, customerId);
  if (key === undefined) return refuse('no-such-customer', { customerId });
  const nowMs = await parts.nowMs(db);
  const calendar = await readCalendar(db, key);
  const companyToday = await todayIn(db, nowMs, calendar?.companyId);
  return done({
    today: calendar === undefined ? companyToday : dayAt(nowMs, calendar.timeZone),
    companyToday,
  });
}
