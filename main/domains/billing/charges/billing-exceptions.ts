import { sql, type Kysely } from 'kysely';
import { BUILT_IN } from '../../../../shared/domains/queries/query-rules.ts';
import type { OverviewException } from '../../../../shared/domains/system/system-contract.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { BillingTables } from '../billing-tables.ts';
import { allCalendars, openDayCount, todayIn } from '../companies/company-store.ts';
import { heldDays } from './day-held.ts';
import { openMinor } from '../invoices/invoice-store.ts';

/** Overdue invoices and days that should be closed: what the overview puts first. */
export async function billingExceptions(db: AnyDatabase, nowMs: number): Promise<OverviewException[]> {
  const ours = db as Kysely<BillingTables>;
  return [await overdueException(ours, nowMs), await openDaysException(ours, nowMs)];
}

async function overdueException(db: Kysely<BillingTables>, nowMs: number): Promise<OverviewException> {
  const today = await todayIn(db, nowMs);
  const { count, oldest } = await db
    .selectFrom('invoice')
    .select((of) => [of.fn.countAll<number>().as('count'), of.fn.min('due_on').as('oldest')])
    .where('due_on', '<', today)
    .where(sql<boolean>`${openMinor} > 0`)
    .executeTakeFirstOrThrow();
  return {
    key: 'invoices-overdue',
    severity: 'warning',
    count: Number(count),
    detail: Number(count) === 0 ? '' : `the oldest was due on ${String(oldest)}`,
    list: 'invoices',
    query: BUILT_IN['invoices-overdue'].query,
  };
}

async function openDaysException(db: Kysely<BillingTables>, nowMs: number): Promise<OverviewException> {
  const late: { readonly words: string; readonly count: number }[] = [];
  const calendars = await allCalendars(db);
  for (const calendar of calendars) {
    const count = await openDayCount(db, calendar, dayAt(nowMs, calendar.timeZone));
    const whose = calendars.length === 1 ? '' : `${calendar.company.name}: `;
    // Yesterday is closed when its usage is complete, a while after midnight: one open day is how it should be.
    if (count > 1)
      late.push({ words: `${whose}charged until ${calendar.closedUntil ?? 'no day yet'}`, count });
  }
  const held = await heldDays(db);
  const details = [
    ...late.slice(0, 3).map(({ words }) => words),
    ...held
      .slice(0, 1)
      .map(({ day, subscriptions, reason }) => `${day} waits for ${subscriptions}: ${reason}`),
  ];
  return {
    key: 'days-not-closed',
    severity: 'warning',
    count: late.reduce((sum, { count }) => sum + count, held.length),
    detail: details.join('; '),
    list: 'ledger',
    query: '',
  };
}
