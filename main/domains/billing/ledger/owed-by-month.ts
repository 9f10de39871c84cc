import { sql, type Kysely } from 'kysely';
import { addDays, addMonths, firstOfMonth, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { BillingTables } from '../billing-tables.ts';

/** What was owed when a month ended (the month under way: today), in minor units of one currency. */
export interface OwedAtMonthEnd {
  /** `2026-08` */
  readonly month: string;
  readonly receivables: number;
  readonly overdue: number;
}

interface MonthEnd {
  readonly month: string;
  readonly endOn: LocalDate;
}

const signedMinor = sql<number>`(case when debit = 'receivables' then amount_minor else -amount_minor end)`;
const onReceivables = sql<boolean>`(debit = 'receivables' or credit = 'receivables')`;

/** Receivables and what of them was overdue at the last `months` month ends, oldest first, per currency that ever had any. */
export async function owedByMonth(
  db: Kysely<BillingTables>,
  asked: { readonly companyId: string; readonly today: LocalDate; readonly months: number },
): Promise<Map<Currency, OwedAtMonthEnd[]>> {
  const ends = monthEnds(asked.today, asked.months);
  const from = ends[0]?.month ?? '';
  const moved = await receivablesMoved(db, asked.companyId, from);
  const overdue = await overdueAt(db, asked.companyId, ends);
  const late = new Map(overdue.map(({ currency, month, minor }) => [`${currency} ${month}`, minor]));
  const standing = (currency: Currency, rows: typeof moved): OwedAtMonthEnd[] => {
    let receivables = rows.find(({ month }) => month < from)?.minor ?? 0;
    return ends.map(({ month }) => {
      receivables += rows.find((row) => row.month === month)?.minor ?? 0;
      return { month, receivables, overdue: late.get(`${currency} ${month}`) ?? 0 };
    });
  };
  return new Map(
    [...Map.groupBy(moved, ({ currency }) => currency)].map(([currency, rows]) => [
      currency,
      standing(currency, rows),
    ]),
  );
}

function monthEnds(today: LocalDate, months: number): MonthEnd[] {
  return Array.from({ length: months }, (_, at) => {
    const next = addMonths(firstOfMonth(today), at - months + 2);
    const last = addDays(next, -1);
    return { month: last.slice(0, 7), endOn: last < today ? last : today };
  });
}

/** Month of booking; all that was before the first one asked for comes together, as the empty month before it. */
const bookedMonth = (from: string) =>
  sql<string>`case when booked_on < ${from} then '' else substr(booked_on, 1, 7) end`;

async function receivablesMoved(
  db: Kysely<BillingTables>,
  companyId: string,
  from: string,
): Promise<{ currency: Currency; month: string; minor: number }[]> {
  const { rows } = await sql<{ currency: Currency; month: string; minor: number }>`
    with line as (
      select currency, ${bookedMonth(from)} as month, ${signedMinor} as minor
      from ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
      where ledger_entry.company_id = ${companyId} and ${onReceivables})
    select currency, month, cast(sum(minor) as bigint) as minor from line group by currency, month`.execute(
    db,
  );
  return rows;
}

/**
 * What was open then of invoices that were late then; what one was overpaid does not make another one less overdue. An invoice
 * stands at a balance from one month that moved it until the next one: only while that is above nothing is it met with the
 * month ends, so that one paid in time costs one look and not twelve.
 */
async function overdueAt(
  db: Kysely<BillingTables>,
  companyId: string,
  ends: readonly MonthEnd[],
): Promise<{ currency: Currency; month: string; minor: number }[]> {
  const { rows } = await sql<{ currency: Currency; month: string; minor: number }>`
    with month_end (month, end_on) as (
      values ${sql.join(ends.map(({ month, endOn }) => sql`(cast(${month} as text), cast(${endOn} as text))`))}),
    line as (
      select document_id, ${bookedMonth(ends[0]?.month ?? '')} as month, ${signedMinor} as minor
      from ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
      where ledger_entry.company_id = ${companyId} and ${onReceivables} and document_id is not null),
    moved as (select document_id, month, sum(minor) as minor from line group by document_id, month),
    standing as (
      select document_id, month as since_month,
        lead(month) over (partition by document_id order by month) as until_month,
        sum(minor) over (partition by document_id order by month) as minor
      from moved)
    select invoice.currency, month_end.month, cast(sum(standing.minor) as bigint) as minor
    from standing
    join invoice on invoice.id = standing.document_id
    join month_end on month_end.month >= standing.since_month
      and (standing.until_month is null or month_end.month < standing.until_month)
      and invoice.due_on < month_end.end_on
    where standing.minor > 0
    group by invoice.currency, month_end.month`.execute(db);
  return rows;
}
