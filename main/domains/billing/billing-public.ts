import { sql, type Expression, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { OutputOf } from '../../../shared/contract/operation.ts';
import { BUILT_IN } from '../../../shared/domains/queries/query-rules.ts';
import type {
  OverviewException,
  SearchHit,
  systemContract,
} from '../../../shared/domains/system/system-contract.ts';
import type { PlanPrice } from '../../../shared/domains/catalog/catalog-contract.ts';
import { currencyOfCountry } from '../../../shared/domains/customers/country-currency.ts';
import { isEuCountry } from '../../../shared/domains/customers/vat-id-rules.ts';
import { addDays, addMonths, firstOfMonth, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText, type Currency } from '../../../shared/kernel/money.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { BillingTables } from './billing-tables.ts';
import { openDayCount, readCalendar, theCompany, todayIn } from './company-store.ts';
import { heldDays } from './day-held.ts';
import { isNamed, openMinor } from './invoice-store.ts';
import { owedByMonth } from './owed-by-month.ts';
import { notEndedBy, priceAsSold } from './subscription-store.ts';

// What payments and papers of other domains stand on.
export { amountInWords } from './amount-words.ts';
export { accountOf, documentsWithin, openItemsOf, subscribedTo } from './customer-account.ts';
export { invoiceCreate } from './invoice-create.ts';
export {
  countryNames,
  readDocument,
  type DocumentLanguage,
  type IssuedDocument,
} from './invoice-document.ts';
export { EDGE, FILL, GREY, INK, SMALL, SOFT, columns, space, text } from './invoice-layout-pen.ts';
export { dateRange, dateText, filled, numberText } from './invoice-texts.ts';
export { fileNameOf } from './invoice-store.ts';
export { paymentCode } from './payment-code.ts';
export { documentNumbers } from './invoice-store.ts';
export { post } from './ledger-store.ts';
export { lockOwed, openInvoicesOf, type OwedInvoice } from './open-invoices.ts';

/** The tables of billing, for what it makes public. */
export function billingTables(db: AnyDatabase): Kysely<BillingTables> {
  return ours(db);
}
// What billing runs are made of: drafts and issues of many invoices at once.
export type { BillingParts } from './billing-parts.ts';
export { unbilledIds } from './charge-store.ts';
export {
  companyById,
  firstOpenDay,
  readCalendar,
  theCompany,
  type Calendar,
  type CompanyRow,
} from './company-store.ts';
export { heldDays, heldInPeriod } from './day-held.ts';
export { allotNumbers } from './document-series.ts';
export { documentHash, type DocumentLine, type InvoiceBody } from './invoice-document.ts';
export { draftInvoice, draftInvoices, type Drafted } from './invoice-draft.ts';
export { previewOf } from './invoice-get.ts';
export { issueInvoices, type InvoiceToIssue } from './invoice-issue.ts';
export { invoicesWithin, linesOfInvoices, vatWords, type InvoiceBefore } from './invoices-before.ts';
export { rateLookup, type RateLookup } from './vat-national.ts';

export {
  companiesOfCustomers,
  customerStandings,
  daysClosedBy,
  type CustomerStanding,
} from './customer-standing.ts';

function ours(db: AnyDatabase): Kysely<BillingTables> {
  return db as Kysely<BillingTables>;
}

/** The day it is where days are billed. */
export async function billingToday(db: AnyDatabase, nowMs: number): Promise<LocalDate> {
  return await todayIn(ours(db), nowMs);
}

/** VAT id of the company that sells, where VIES knows it: who asks VIES. Empty else. */
export async function companyVatId(db: AnyDatabase): Promise<string> {
  const company = await theCompany(ours(db));
  return company !== undefined && isEuCountry(company.country) ? company.vat_id : '';
}

/** SQL: what a customer owes by the ledger, in minor units of its one currency. */
export function receivablesMinor(customerId: Expression<unknown>): RawBuilder<number> {
  return sql<number>`coalesce((
    select cast(sum(case when debit = 'receivables' then amount_minor else -amount_minor end) as bigint)
    from ledger_line where ledger_line.customer_id = ${customerId}
    and (debit = 'receivables' or credit = 'receivables')), 0)`;
}

/** Whether anything was ever sold to a customer: its currency is fixed then. */
export async function isBilled(db: AnyDatabase, customerId: string): Promise<boolean> {
  const row = await ours(db)
    .selectFrom('subscription')
    .select('id')
    .where('customer_id', '=', customerId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Subscriptions that run or will, counted by customer. */
export async function runningSubscriptionsOf(
  db: AnyDatabase,
  customerIds: readonly string[],
  nowMs: number,
): Promise<Map<string, number>> {
  return await runningBy(ours(db), 'customer_id', { ids: customerIds, nowMs });
}

/** Subscriptions that run or will, counted by plan. */
export async function runningSubscriptionsOfPlans(
  db: AnyDatabase,
  planIds: readonly string[],
  nowMs: number,
): Promise<Map<string, number>> {
  return await runningBy(ours(db), 'plan_id', { ids: planIds, nowMs });
}

async function runningBy(
  db: Kysely<BillingTables>,
  column: 'customer_id' | 'plan_id',
  asked: { ids: readonly string[]; nowMs: number },
): Promise<Map<string, number>> {
  if (asked.ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('subscription')
    .select([`${column} as id`])
    .select((of) => of.fn.countAll<number>().as('count'))
    .where(column, 'in', asked.ids)
    .where(notEndedBy(await todayIn(db, asked.nowMs)))
    .groupBy(column)
    .execute();
  return new Map(rows.map((row) => [row.id, Number(row.count)]));
}

/** The subscription that bills each of these VMs now or later: such a VM is not deleted or given away. */
export async function billedVms(
  db: AnyDatabase,
  vmIds: readonly string[],
  nowMs: number,
): Promise<
  Map<
    string,
    {
      readonly subscriptionId: string;
      readonly customerId: string;
      readonly plan: string;
      /** Null where it is charged by the period. */
      readonly price: PlanPrice | null;
    }
  >
> {
  if (vmIds.length === 0) return new Map();
  const rows = await ours(db)
    .selectFrom('subscription')
    .selectAll()
    .where('vm_id', 'in', vmIds)
    .where(notEndedBy(await todayIn(ours(db), nowMs)))
    .orderBy('starts_on')
    .execute();
  return new Map(
    rows.map((row) => [
      row.vm_id,
      {
        subscriptionId: row.id,
        customerId: row.customer_id,
        plan: row.plan_name,
        price: row.charged === 'daily' ? priceAsSold(row) : null,
      },
    ]),
  );
}

/** Condition "is billed now or later" on the VM of a query of `vm`, for whole sets at once. */
export async function vmIsBilled(db: AnyDatabase, nowMs: number): Promise<RawBuilder<SqlBool>> {
  const day = await todayIn(ours(db), nowMs);
  return sql<SqlBool>`exists (select 1 from subscription where subscription.vm_id = vm.id and ${notEndedBy(day)})`;
}

/** Invoices by number, customer or gross amount, newest first. */
export async function invoiceHits(db: AnyDatabase, text: string, limit: number): Promise<SearchHit[]> {
  const rows = await ours(db)
    .selectFrom('invoice')
    .select(['id', 'number', 'customer_name', 'issued_on', 'gross_minor', 'currency'])
    .where(isNamed(text))
    .orderBy('issued_on', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: 'invoice',
    id: row.id,
    title: row.number,
    subtitle: [
      row.customer_name,
      row.issued_on,
      `${moneyToDecimalText(money(BigInt(row.gross_minor), row.currency))} ${row.currency}`,
    ].join(' · '),
  }));
}

type MoneyOverview = OutputOf<typeof systemContract.overview>['money'];

const OVERVIEW_MONTHS = 12;

/**
 * Receivables, what of them is overdue, and by month (of supply, 12 at most) net revenue and both at its end, per currency with
 * postings: the company's own first.
 */
export async function moneyOverview(db: AnyDatabase, nowMs: number): Promise<MoneyOverview> {
  const today = await todayIn(ours(db), nowMs);
  const owed = await owedByMonth(ours(db), { today, months: OVERVIEW_MONTHS });
  const revenue = await revenueByMonth(ours(db), addMonths(firstOfMonth(today), 1 - OVERVIEW_MONTHS));
  const calendar = await readCalendar(ours(db));
  const closedUntil = calendar?.closedUntil ?? null;
  const held = new Set((await heldDays(ours(db))).map(({ day }) => day.slice(0, 7)));
  // Amounts in different currencies cannot be compared, so the largest cannot come first.
  const own = calendar && currencyOfCountry(calendar.company.country);
  const currencies = [...new Set([...owed.keys(), ...revenue.keys()])].toSorted(
    (a, b) => Number(b === own) - Number(a === own) || a.localeCompare(b, 'en'),
  );
  return currencies.map((currency) => {
    const wire = (amountMinor: number): { amountMinor: string; currency: Currency } => ({
      amountMinor: String(amountMinor),
      currency,
    });
    const now = owed.get(currency)?.at(-1);
    return {
      currency,
      receivables: wire(now?.receivables ?? 0),
      overdue: wire(now?.overdue ?? 0),
      months: everyMonth(revenue.get(currency) ?? []).map(({ month, minor }) => {
        const then = owed.get(currency)?.find((each) => each.month === month);
        return {
          month,
          revenueNet: wire(minor),
          receivables: wire(then?.receivables ?? 0),
          overdue: wire(then?.overdue ?? 0),
          final: closedUntil !== null && closedUntil >= lastDayOf(month) && !held.has(month),
        };
      }),
    };
  });
}

type MonthRevenue = { readonly month: string; readonly minor: number };

/** With the months between that had none, so that a chart of them is one of time. */
function everyMonth(known: readonly MonthRevenue[]): MonthRevenue[] {
  return known.flatMap((row, at) => {
    const months: MonthRevenue[] = [];
    let month = at === 0 ? row.month : nextMonth(known[at - 1]?.month ?? row.month);
    for (; month < row.month; month = nextMonth(month)) months.push({ month, minor: 0 });
    return [...months, row];
  });
}

function nextMonth(month: string): string {
  return addMonths(`${month}-01` as LocalDate, 1).slice(0, 7);
}

function lastDayOf(month: string): LocalDate {
  return addDays(addMonths(`${month}-01` as LocalDate, 1), -1);
}

async function revenueByMonth(
  db: Kysely<BillingTables>,
  from: LocalDate,
): Promise<Map<Currency, MonthRevenue[]>> {
  const month = sql<string>`substr(booked_on, 1, 7)`;
  const rows = await db
    .selectFrom('ledger_line')
    .innerJoin('ledger_entry', 'ledger_entry.id', 'ledger_line.entry_id')
    .select('ledger_entry.currency')
    .select(month.as('month'))
    .select(
      sql<number>`cast(sum(case when credit = 'revenue' then amount_minor else -amount_minor end) as bigint)`.as(
        'minor',
      ),
    )
    .where(sql<boolean>`(debit = 'revenue' or credit = 'revenue')`)
    .where('booked_on', '>=', from)
    .groupBy(['ledger_entry.currency', month])
    .orderBy(month)
    .execute();
  return Map.groupBy(rows, (row) => row.currency);
}

/** Overdue invoices and days that should be closed: what the overview puts first. */
export async function billingExceptions(db: AnyDatabase, nowMs: number): Promise<OverviewException[]> {
  return [await overdueException(ours(db), nowMs), await openDaysException(ours(db), nowMs)];
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
  const calendar = await readCalendar(db);
  const today = await todayIn(db, nowMs);
  const count = calendar === undefined ? 0 : await openDayCount(db, calendar, today);
  // Yesterday is closed when its usage is complete, a while after midnight: one open day is how it should be.
  const isLate = count > 1;
  const held = await heldDays(db);
  const details = [
    ...(isLate ? [`charged until ${calendar?.closedUntil ?? 'no day yet'}`] : []),
    ...held
      .slice(0, 1)
      .map(({ day, subscriptions, reason }) => `${day} waits for ${subscriptions}: ${reason}`),
  ];
  return {
    key: 'days-not-closed',
    severity: 'warning',
    count: (isLate ? count : 0) + held.length,
    detail: details.join('; '),
    list: 'ledger',
    query: '',
  };
}
