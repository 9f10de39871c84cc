import { sql, type Kysely } from 'kysely';
import type { CompanyFields } from '../../../shared/domains/billing/company-contract.ts';
import { spacedIban } from '../../../shared/domains/billing/iban-rules.ts';
import { addDays, dayAt, daysBetween, localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { BillingTables } from './billing-tables.ts';

type Db = Kysely<BillingTables>;
export type CompanyRow = BillingTables['company'];

/** The company that sells. One for now; everything that belongs to a company carries its id. */
export async function theCompany(db: Db): Promise<CompanyRow | undefined> {
  return await db.selectFrom('company').selectAll().orderBy('created_at_ms').limit(1).executeTakeFirst();
}

/** A company that is known to be there. */
export async function companyById(db: Db, id: string): Promise<CompanyRow> {
  return await db.selectFrom('company').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

/** Zone in which days are billed when nobody has said yet who sells. */
const ZONE_BEFORE_COMPANY = 'Europe/Warsaw';

/** Zone (IANA) in which days begin and end. */
export async function billingZone(db: Db): Promise<string> {
  return (await theCompany(db))?.time_zone ?? ZONE_BEFORE_COMPANY;
}

/** The day it is in the billing zone. */
export async function todayIn(db: Db, nowMs: number): Promise<LocalDate> {
  return dayAt(nowMs, await billingZone(db));
}

export function companyFieldsOf(row: CompanyRow): CompanyFields {
  return {
    name: row.name,
    street: row.street,
    postcode: row.postcode,
    city: row.city,
    country: row.country,
    vatId: row.vat_id,
    iban: spacedIban(row.iban),
    bic: row.bic,
    email: row.email,
    footer: row.footer,
    numberFormat: row.number_format,
    creditNumberFormat: row.credit_number_format,
    vatScheme: row.vat_scheme,
    consumersAbroad: row.consumers_abroad,
    paymentDays: row.payment_days,
    timeZone: row.time_zone,
  };
}

/** Which days are closed. */
export interface Calendar {
  readonly company: CompanyRow;
  /** Last closed day; null before the first. */
  readonly closedUntil: LocalDate | null;
}

/**
 * Reads the calendar and keeps days from closing until the transaction ends: for whatever changes what a day comes to. Waits
 * for a day that is closing now. Undefined when nobody sells yet.
 */
export async function lockCalendar(db: Db): Promise<Calendar | undefined> {
  const found = await theCompany(db);
  if (found === undefined) return undefined;
  const row = await db
    .updateTable('billing_calendar')
    .set({ closed_until: sql`closed_until` })
    .where('company_id', '=', found.id)
    .returning('closed_until')
    .executeTakeFirstOrThrow();
  // Read behind the lock: who was waited for may have changed it.
  const company = await db
    .selectFrom('company')
    .selectAll()
    .where('id', '=', found.id)
    .executeTakeFirstOrThrow();
  return { company, closedUntil: row.closed_until };
}

export async function readCalendar(db: Db): Promise<Calendar | undefined> {
  const company = await theCompany(db);
  if (company === undefined) return undefined;
  const row = await db
    .selectFrom('billing_calendar')
    .select('closed_until')
    .where('company_id', '=', company.id)
    .executeTakeFirstOrThrow();
  return { company, closedUntil: row.closed_until };
}

/**
 * The day that must close next: the one after the last closed, or the first day of the first subscription. Undefined where
 * nothing was ever sold.
 */
export async function firstOpenDay(db: Db, calendar: Calendar): Promise<LocalDate | undefined> {
  if (calendar.closedUntil !== null) return addDays(calendar.closedUntil, 1);
  const { first } = await db
    .selectFrom('subscription')
    .select((of) => of.fn.min('starts_on').as('first'))
    .where('company_id', '=', calendar.company.id)
    .where('charged', '<>', 'by-hand')
    .executeTakeFirstOrThrow();
  return first === null ? undefined : localDate(String(first));
}

/** How many days are over and not closed. */
export async function openDayCount(db: Db, calendar: Calendar, today: LocalDate): Promise<number> {
  const first = await firstOpenDay(db, calendar);
  return first === undefined || first >= today ? 0 : daysBetween(first, today);
}
