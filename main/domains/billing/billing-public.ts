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
import {
  addDays,
  addMonths,
  dayAt,
  firstOfMonth,
  type LocalDate,
} from '../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText, type Currency } from '../../../shared/kernel/money.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { BillingTables } from './billing-tables.ts';
import {
  allCalendars,
  allCompanies,
  billingZone,
  findCompany,
  FIRST_COMPANY,
  openDayCount,
  todayIn,
  type CompanyRow,
} from './company-store.ts';
import { heldDays } from './day-held.ts';
import { isNamed, openMinor } from './invoice-store.ts';
import { movesOwed, netOwed } from './owed-sums.ts';
import { owedByMonth } from './owed-by-month.ts';
import { notEndedBy, priceAsSold } from './subscription-store.ts';

export { addCompany, makeDefaultCompany } from './company-add.ts';
// What payments and papers of other domains stand on.
export { amountInWords } from './amount-words.ts';
export { accountOf, documentsWithin, openItemsOf, subscribedTo } from './customer-account.ts';
export { invoiceCreate } from './invoice-create.ts';
export {
  buyerOf,
  readDocument,
  sellerFacts,
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
  findCompany,
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

/** VAT id of a company that sells, where VIES knows it: who asks VIES. Empty else. */
export async function companyVatId(db: AnyDatabase, companyId: string): Promise<string> {
  const company = await findCompany(ours(db), companyId);
  return company !== undefined && isEuCountry(company.country) ? company.vat_id : '';
}

/** All that sell, the default one first. */
export async function sellingCompanies(db: AnyDatabase): Promise<readonly CompanyRow[]> {
  return await allCompanies(ours(db));
}

/** SQL: what a customer owes by the ledger less what it has paid in advance, in minor units of its one currency. */
export function owedMinor(customerId: Expression<unknown>): RawBuilder<number> {
  return sql<number>`coalesce((
    select cast(${netOwed} as bigint) from ledger_line
    where ledger_line.customer_id = ${customerId} and ${movesOwed}), 0)`;
}

/** Whether anything was ever sold to a customer or booked of it: its currency, company and billing zone are fixed then. */
export async function isBilled(db: AnyDatabase, customerId: string): Promise<boolean> {
  for (const table of ['subscription', 'charge', 'ledger_line'] as const) {
    const row = await ours(db)
      .selectFrom(table)
      .select('customer_id')
      .where('customer_id', '=', customerId)
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) return true;
  }
  return false;
}

/** Who sells to a customer of that company (the default one where none is named); undefined where there is no such company. */
export async function sellingCompany(
  db: AnyDatabase,
  companyId?: string,
): Promise<{ readonly id: string; readonly name: string; readonly timeZone: string } | undefined> {
  const company = await findCompany(ours(db), companyId);
  if (company !== undefined) return { id: company.id, name: company.name, timeZone: company.time_zone };
  // Before anybody sells: the one that will be the first.
  return companyId === undefined || companyId === FIRST_COMPANY
    ? { id: FIRST_COMPANY, name: '', timeZone: await billingZone(ours(db)) }
    : undefined;
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
 * Receivables, what of them is overdue, and by month (of supply, 12 at most) net revenue and both at its end, per company and currency
 * with postings: the default company and a company's own currency first.
 */
export async function moneyOverview(db: AnyDatabase, nowMs: number): Promise<MoneyOverview> {
  const companies = await allCompanies(ours(db));
  const shown: MoneyOverview = [];
  for (const company of companies) {
    const name = companies.length === 1 ? '' : company.name;
    shown.push(...(await moneyOfCompany(ours(db), company, nowMs)).map((of) => ({ ...of, company: name })));
  }
  return shown;
}

async function moneyOfCompany(
  db: Kysely<BillingTables>,
  { id: companyId, country, time_zone: zone }: CompanyRow,
  nowMs: number,
): Promise<Omit<MoneyOverview[number], 'company'>[]> {
  const today = dayAt(nowMs, zone);
  const owed = await owedByMonth(db, { companyId, today, months: OVERVIEW_MONTHS });
  const from = addMonths(firstOfMonth(today), 1 - OVERVIEW_MONTHS);
  const revenue = await revenueByMonth(db, companyId, from);
  // A month is final when the last of its billing zones has closed it.
  const ends = (await allCalendars(db)).filter((each) => each.companyId === companyId);
  const isClosed = (month: string): boolean =>
    ends.every(({ closedUntil }) => closedUntil !== null && closedUntil >= lastDayOf(month));
  const held = new Set((await heldDays(db, companyId)).map(({ day }) => day.slice(0, 7)));
  // Amounts in different currencies cannot be compared, so the largest cannot come first.
  const own = currencyOfCountry(country);
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
          final: isClosed(month) && !held.has(month),
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
  companyId: string,
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
    .where('company_id', '=', companyId)
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
