import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { ensureBooks } from '../companies/company-books.ts';
import {
  companyAsked,
  firstOpenDay,
  lockCalendar,
  type Calendar,
  type CompanyRow,
} from '../companies/company-store.ts';
import { heldDays } from '../charges/day-held.ts';

type Operation = typeof billingContract.booksClose;
type Db = Kysely<BillingTables>;

/**
 * Closes the books of a company until the end of a day, or opens them again. What is still to be booked by itself comes first: every day
 * until then is charged, in every zone, and waits for nobody. A zone in which nothing was ever charged begins after it, and with books
 * that are opened again earlier.
 */
export async function booksClose(
  parts: Pick<BillingParts, 'nowMs'>,
  { companyId, until }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const asked = await companyAsked(db, companyId);
  if (!asked.ok) return asked;
  const company = asked.value;
  if (company === undefined) return refuse('no-company');
  context.subject(`${company.name}: ${until === null ? 'open' : `closed until ${until}`}`);
  if (until !== null) {
    const today = dayAt(await parts.nowMs(db), company.time_zone);
    if (until > today) return refuse('date-in-future', { company: company.name, until, today });
  }
  const calendars = await heldCalendars(db, company.id);
  if (until !== null) {
    const charged = await chargedUntil(db, { company, calendars, until });
    if (!charged.ok) return charged;
  }
  for (const calendar of calendars) await beginAfter(db, calendar, until);
  await ensureBooks(db, company.id);
  await db
    .updateTable('company_books')
    .set({ closed_until: until })
    .where('company_id', '=', company.id)
    .execute();
  // Who makes a calendar shares the books: what was made before they were closed is seen by now, and what is made later begins after them.
  const added = (await zonesOf(db, company.id)).find((zone) =>
    calendars.every((of) => of.billingZone !== zone),
  );
  if (added !== undefined) return refuse('zone-added', { company: company.name, timeZone: added });
  await context.note('company', company.id);
  return done({});
}

async function zonesOf(db: Db, companyId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('billing_calendar')
    .select('billing_zone')
    .where('company_id', '=', companyId)
    .orderBy('billing_zone')
    .execute();
  return rows.map(({ billing_zone: zone }) => zone);
}

/** Those of a company, in the order in which all lock them. */
async function heldCalendars(db: Db, companyId: string): Promise<Calendar[]> {
  const calendars: Calendar[] = [];
  for (const billingZone of await zonesOf(db, companyId)) {
    const calendar = await lockCalendar(db, { companyId, billingZone });
    if (calendar !== undefined) calendars.push(calendar);
  }
  return calendars;
}

/** Whether the days until then are closed, or never had anything to charge. */
async function chargedUntil(
  db: Db,
  of: { readonly company: CompanyRow; readonly calendars: readonly Calendar[]; readonly until: LocalDate },
): Promise<Outcome<true, 'day-open' | 'day-held'>> {
  const { company, calendars, until } = of;
  for (const calendar of calendars) {
    const day = await firstOpenDay(db, calendar);
    if (day !== undefined && day <= until) {
      return refuse('day-open', { company: company.name, until, day });
    }
  }
  const [held] = (await heldDays(db, company.id)).filter(({ day }) => day <= until);
  if (held === undefined) return done(true);
  const { day, subscriptions, reason } = held;
  return refuse('day-held', { company: company.name, until, day, subscriptions, reason });
}

/** A calendar in which no day was ever charged begins after the books, and before that again once they are opened. */
async function beginAfter(db: Db, calendar: Calendar, until: LocalDate | null): Promise<void> {
  const { companyId, billingZone } = calendar;
  await db
    .updateTable('billing_calendar')
    .set({ closed_until: until })
    .where('company_id', '=', companyId)
    .where('billing_zone', '=', billingZone)
    .where((of) =>
      of.not(
        of.exists(
          of
            .selectFrom('billed_day')
            .select('day')
            .whereRef('billed_day.company_id', '=', 'billing_calendar.company_id')
            .whereRef('billed_day.billing_zone', '=', 'billing_calendar.billing_zone'),
        ),
      ),
    )
    .execute();
}
