import type { Kysely } from 'kysely';
import { addDays, addMonths, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { BillingTables } from '../billing-tables.ts';
import { allCalendars, firstOpenDay } from '../companies/company-store.ts';
import { heldDays } from './day-held.ts';

/**
 * Which months (`2026-09`) of a company nothing is charged in any more: over, closed by the last of its billing zones, and waiting for no
 * host. A calendar that has nothing to close until then holds up none: that of a zone in which nothing was ever sold, or not yet.
 */
export async function finalMonths(
  db: Kysely<BillingTables>,
  of: { readonly companyId: string; readonly today: LocalDate },
): Promise<(month: string) => boolean> {
  const open: LocalDate[] = [of.today];
  for (const calendar of await allCalendars(db)) {
    if (calendar.companyId !== of.companyId) continue;
    const first = await firstOpenDay(db, calendar);
    if (first !== undefined) open.push(first);
  }
  const held = new Set((await heldDays(db, of.companyId)).map(({ day }) => day.slice(0, 7)));
  return (month) => {
    const last = addDays(addMonths(`${month}-01` as LocalDate, 1), -1);
    return open.every((day) => day > last) && !held.has(month);
  };
}
