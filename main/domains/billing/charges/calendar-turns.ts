import { sql, type Kysely } from 'kysely';
import type { BillingTables } from '../billing-tables.ts';
import type { CalendarKey } from '../companies/company-store.ts';

type Db = Kysely<BillingTables>;

/** Of our advisory locks: the first of their two numbers. */
const CALENDARS = 0x1c_a1;

/** A calendar as one word. */
export function calendarName({ companyId, billingZone }: CalendarKey): string {
  return `${companyId} ${billingZone}`;
}

/**
 * On PostgreSQL, the turn of whoever locks a calendar. Locks of rows have no queue for those who share one: usage that never stops
 * coming would keep a day from closing for ever. Advisory locks have one: who comes after somebody that waits stands behind.
 * https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
export async function takeTurn(db: Db, key: CalendarKey): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(CALENDARS)}, hashtext(${calendarName(key)}))`.execute(db);
}

/** The same for those who keep every calendar as it is, any number of them at once. A statement of its own: the next one sees what they waited for. */
export async function shareCalendars(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${sql.lit(CALENDARS)}, hashtext(company_id || ' ' || billing_zone))
    from (select company_id, billing_zone from billing_calendar order by company_id, billing_zone) as calendar`.execute(
    db,
  );
}
