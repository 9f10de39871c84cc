import { sql, type Expression, type Kysely, type SqlBool } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import {
  USUAL_ADVANCE_FORMAT,
  type CompanyFields,
} from '../../../../shared/domains/billing/company-contract.ts';
import { spacedIban } from '../../../../shared/domains/billing/iban-rules.ts';
import {
  addDays,
  dayAt,
  daysBetween,
  localDate,
  type LocalDate,
} from '../../../../shared/kernel/local-date.ts';
import { storeKindOf } from '../../../platform/store/store-kind-of.ts';
import { customerFacts } from '../../customers/customers-public.ts';
import type { BillingTables } from '../billing-tables.ts';
import { booksShared } from './company-books.ts';
import { accountsOf } from './company-accounts.ts';
import { paperFormatsOf } from './company-paper-formats.ts';
import { takeTurn } from '../charges/calendar-turns.ts';

type Db = Kysely<BillingTables>;
export type CompanyRow = BillingTables['company'];

/** Always of this id, so that two who set up the first company at once make one, and customers made before it are its. */
export const FIRST_COMPANY = 'com_1';

/** The company that is meant where none is named; undefined before anybody sells. */
export async function theCompany(db: Db): Promise<CompanyRow | undefined> {
  return await db
    .selectFrom('company')
    .selectAll()
    .orderBy('is_default', 'desc')
    .orderBy('created_at_ms')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

/** A company by its id, or {@link theCompany} where none is named. */
export async function findCompany(db: Db, id?: string): Promise<CompanyRow | undefined> {
  if (id === undefined) return await theCompany(db);
  return await db.selectFrom('company').selectAll().where('id', '=', id).executeTakeFirst();
}

/** All that sell, the default one first. */
export async function allCompanies(db: Db): Promise<CompanyRow[]> {
  return await db
    .selectFrom('company')
    .selectAll()
    .orderBy('is_default', 'desc')
    .orderBy('name')
    .orderBy('id')
    .execute();
}

/** The company that a call names, or the default one; undefined before anybody sells. */
export async function companyAsked(
  db: Db,
  companyId: string | undefined,
): Promise<Outcome<CompanyRow | undefined, 'no-such-company'>> {
  const company = await findCompany(db, companyId);
  return company === undefined && companyId !== undefined
    ? refuse('no-such-company', { companyId })
    : done(company);
}

/** A company that is known to be there. */
export async function companyById(db: Db, id: string): Promise<CompanyRow> {
  return await db.selectFrom('company').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

/** Zone in which days are billed when nobody has said yet who sells. */
const ZONE_BEFORE_COMPANY = 'Europe/Warsaw';

/** Zone (IANA) in which days of a company begin and end; of the default one unless it is named. */
export async function billingZone(db: Db, companyId?: string): Promise<string> {
  return (await findCompany(db, companyId))?.time_zone ?? ZONE_BEFORE_COMPANY;
}

/** The day it is in the billing zone of a company. */
export async function todayIn(db: Db, nowMs: number, companyId?: string): Promise<LocalDate> {
  return dayAt(nowMs, await billingZone(db, companyId));
}

export function companyFieldsOf(row: CompanyRow): CompanyFields {
  return {
    name: row.name,
    street: row.street,
    postcode: row.postcode,
    city: row.city,
    country: row.country,
    vatId: row.vat_id,
    accounts: accountsOf(row).map((account) => ({ ...account, iban: spacedIban(account.iban) })),
    email: row.email,
    footer: row.footer,
    numberFormat: row.number_format,
    creditNumberFormat: row.credit_number_format,
    advanceNumberFormat: row.advance_number_format ?? USUAL_ADVANCE_FORMAT,
    paperNumberFormats: paperFormatsOf(row),
    vatScheme: row.vat_scheme,
    consumersAbroad: row.consumers_abroad,
    paymentDays: row.payment_days,
    timeZone: row.time_zone,
  };
}

/** Which of the calendars: days close per company and billing zone. */
export interface CalendarKey {
  readonly companyId: string;
  /** IANA; empty: the company's own zone. */
  readonly billingZone: string;
}

/** Which days are closed. */
export interface Calendar extends CalendarKey {
  readonly company: CompanyRow;
  /** Where its days begin and end (IANA). */
  readonly timeZone: string;
  /** Last closed day; null before the first. */
  readonly closedUntil: LocalDate | null;
}

function calendarOf(company: CompanyRow, billingZone: string, closedUntil: LocalDate | null): Calendar {
  return {
    companyId: company.id,
    billingZone,
    company,
    timeZone: billingZone === '' ? company.time_zone : billingZone,
    closedUntil,
  };
}

/**
 * Makes the calendar of a zone where there is none yet; in closed books it begins after them. They are shared only then, and behind the
 * turn of the calendar that is to be: who closes them holds the calendars there are and waits for the books, so whoever shares the books
 * must not wait for a calendar that somebody else has made meanwhile.
 */
export async function ensureCalendar(db: Db, key: CalendarKey): Promise<void> {
  if (await hasCalendar(db, key)) return;
  if (storeKindOf(db) === 'postgres') {
    await takeTurn(db, key);
    if (await hasCalendar(db, key)) return;
  }
  await db
    .insertInto('billing_calendar')
    .values({
      company_id: key.companyId,
      billing_zone: key.billingZone,
      closed_until: (await booksShared(db, key.companyId)).closedUntil,
    })
    .onConflict((conflict) => conflict.columns(['company_id', 'billing_zone']).doNothing())
    .execute();
}

async function hasCalendar(db: Db, key: CalendarKey): Promise<boolean> {
  const known = await db
    .selectFrom('billing_calendar')
    .select('company_id')
    .where('company_id', '=', key.companyId)
    .where('billing_zone', '=', key.billingZone)
    .executeTakeFirst();
  return known !== undefined;
}

/**
 * Reads a calendar (of the default company's own zone unless it is named) and keeps its days from closing until the transaction ends:
 * for whatever changes what a day comes to. Waits for a day that is closing now. Undefined where there is no such company or calendar.
 */
export async function lockCalendar(db: Db, key: Partial<CalendarKey> = {}): Promise<Calendar | undefined> {
  const found = await findCompany(db, key.companyId);
  if (found === undefined) return undefined;
  const zone = key.billingZone ?? '';
  if (storeKindOf(db) === 'postgres') await takeTurn(db, { companyId: found.id, billingZone: zone });
  const row = await db
    .updateTable('billing_calendar')
    .set({ turns: sql`turns + 1` })
    .where('company_id', '=', found.id)
    .where('billing_zone', '=', zone)
    .returning('closed_until')
    .executeTakeFirst();
  // Read behind the lock: who was waited for may have changed it.
  return row && calendarOf(await companyById(db, found.id), zone, row.closed_until);
}

/** The same to be read only; a zone in which nothing was ever sold has closed no day. */
export async function readCalendar(db: Db, key: Partial<CalendarKey> = {}): Promise<Calendar | undefined> {
  const company = await findCompany(db, key.companyId);
  if (company === undefined) return undefined;
  const zone = key.billingZone ?? '';
  const row = await db
    .selectFrom('billing_calendar')
    .select('closed_until')
    .where('company_id', '=', company.id)
    .where('billing_zone', '=', zone)
    .executeTakeFirst();
  return calendarOf(company, zone, row?.closed_until ?? null);
}

/** Every calendar there is, those of the default company first. */
export async function allCalendars(db: Db): Promise<Calendar[]> {
  const rows = await db.selectFrom('billing_calendar').selectAll().orderBy('billing_zone').execute();
  return (await allCompanies(db)).flatMap((company) =>
    rows
      .filter((row) => row.company_id === company.id)
      .map((row) => calendarOf(company, row.billing_zone, row.closed_until)),
  );
}

/** The last day that is closed wherever days close at all; undefined before the first. */
export async function closedEverywhere(db: Db): Promise<LocalDate | undefined> {
  const { day } = await db
    .selectFrom('billing_calendar')
    .select((of) => of.fn.min('closed_until').as('day'))
    .executeTakeFirstOrThrow();
  return day === null ? undefined : localDate(day);
}

/**
 * SQL: such a day is closed wherever days close at all, asked in the statement that acts on it: what closed nothing when
 * {@link closedEverywhere} was read may have closed its first days since, long ago ones.
 */
export function isClosedEverywhere(day: Expression<LocalDate>): Expression<SqlBool> {
  return sql`not exists (select 1 from billing_calendar where closed_until < ${day})`;
}

/** Those of a company that these customers need, by billing zone. */
export async function calendarsOf(
  db: Db,
  own: Calendar,
  customers: readonly { readonly billingZone: string }[],
): Promise<ReadonlyMap<string, Calendar>> {
  const found = new Map([['', own]]);
  for (const billingZone of new Set(customers.map((customer) => customer.billingZone))) {
    if (found.has(billingZone)) continue;
    const calendar = await readCalendar(db, { companyId: own.companyId, billingZone });
    if (calendar !== undefined) found.set(billingZone, calendar);
  }
  return found;
}

/**
 * The day that must close next: the one after the last closed, or the first day of the first subscription, or of the first line by
 * hand where that was earlier: its invoice asks for closed days as any other. Undefined where nothing was ever charged.
 */
export async function firstOpenDay(db: Db, calendar: Calendar): Promise<LocalDate | undefined> {
  if (calendar.closedUntil !== null) return addDays(calendar.closedUntil, 1);
  const { first } = await db
    .selectFrom('subscription')
    .select((of) => of.fn.min('starts_on').as('first'))
    .where('company_id', '=', calendar.companyId)
    .where('billing_zone', '=', calendar.billingZone)
    .executeTakeFirstOrThrow();
  return first === null ? undefined : localDate(String(first));
}

/** How many days are over and not closed. */
export async function openDayCount(db: Db, calendar: Calendar, today: LocalDate): Promise<number> {
  const first = await firstOpenDay(db, calendar);
  return first === undefined || first >= today ? 0 : daysBetween(first, today);
}

/** By whose days a customer's subscriptions are charged; undefined where there is no such customer. */
export async function calendarOfCustomer(db: Db, customerId: string): Promise<CalendarKey | undefined> {
  const customer = await customerFacts(db, customerId);
  return customer && { companyId: customer.companyId, billingZone: customer.billingZone };
}

/** By which days a subscription is charged, for ever; the default calendar's where there is no such subscription. */
export async function calendarOfSubscription(db: Db, subscriptionId: string): Promise<Partial<CalendarKey>> {
  const found = await db
    .selectFrom('subscription')
    .select(['company_id as companyId', 'billing_zone as billingZone'])
    .where('id', '=', subscriptionId)
    .executeTakeFirst();
  return found ?? {};
}

/** By whose days what is on a document was charged; the default calendar's where there is no such document. */
export async function calendarOfDocument(db: Db, invoiceId: string): Promise<Partial<CalendarKey>> {
  const found = await db
    .selectFrom('invoice')
    .select('customer_id')
    .where('id', '=', invoiceId)
    .executeTakeFirst();
  return (found && (await calendarOfCustomer(db, found.customer_id))) ?? {};
}
