import { sql, type Kysely } from 'kysely';
import type { OutputOf } from '../../../shared/contract/operation.ts';
import type { SearchHit, systemContract } from '../../../shared/domains/system/system-contract.ts';
import { currencyOfCountry } from '../../../shared/domains/customers/country-currency.ts';
import { isEuCountry } from '../../../shared/domains/customers/vat-id-rules.ts';
import { addMonths, dayAt, firstOfMonth, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText, type Currency } from '../../../shared/kernel/money.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { BillingTables } from './billing-tables.ts';
import {
  allCompanies,
  billingZone,
  findCompany,
  FIRST_COMPANY,
  todayIn,
  type CompanyRow,
} from './companies/company-store.ts';
import { isNamed } from './invoices/invoice-store.ts';
import { finalMonths } from './charges/month-final.ts';
import { owedByMonth } from './ledger/owed-by-month.ts';
import { notEndedBy } from './subscriptions/subscription-store.ts';

export { billedVms, poolOfVm, vmIsBilled, vmIsPooled } from './subscriptions/billed-vms.ts';
export { addCompany, makeDefaultCompany } from './companies/company-add.ts';
export { accountIn, accountsOf } from './companies/company-accounts.ts';
export { booksOf, closedBooks, mayBeDated } from './companies/company-books.ts';
// What payments and papers of other domains stand on.
export { issueAdvance, type AdvanceAsked } from './advances/advance-issue.ts';
export { laterThan, settledBy } from './advances/advance-settle.ts';
export {
  advancedMinor,
  advancesOfPayment,
  openAdvancesOf,
  usesOfAdvances,
  type AdvanceUse,
} from './advances/advance-store.ts';
export { amountInWords } from './documents/amount-words.ts';
export { billingExceptions } from './charges/billing-exceptions.ts';
export { accountOf, documentsWithin, openItemsOf, subscribedTo } from './ledger/customer-account.ts';
export { keptPictures, picturesGone, type KeptPictures } from './companies/pictures-verify.ts';
export { companyImages, picturesOf, setCompanyImage, sha256Of } from './companies/company-images.ts';
export {
  ended,
  headOf,
  signedAbove,
  type DocumentPictures,
  type Issuer,
} from './documents/document-pictures.ts';
export { invoiceCreate } from './invoices/invoice-create.ts';
export {
  buyerOf,
  readDocument,
  sellerFacts,
  type DocumentLanguage,
  type IssuedDocument,
} from './invoices/invoice-document.ts';
export {
  EDGE,
  FILL,
  GREY,
  INK,
  SMALL,
  SOFT,
  columns,
  space,
  text,
  type Layout,
} from './invoices/invoice-layout-pen.ts';
export { dateRange, dateText, filled, numberText, type DateStyle } from './invoices/invoice-texts.ts';
export { vatIdName } from './invoices/vat-id-name.ts';
export { fileNameOf } from './invoices/invoice-store.ts';
export { paymentCode } from './documents/payment-code.ts';
export { documentNumbers } from './invoices/invoice-store.ts';
export { post, postMany, type Posting } from './ledger/ledger-store.ts';
export { owedByCustomers, owedMinor } from './ledger/owed-sums.ts';
export { lockOwed, openInvoicesOf, type OwedInvoice } from './invoices/open-invoices.ts';

/** The tables of billing, for what it makes public. */
export function billingTables(db: AnyDatabase): Kysely<BillingTables> {
  return ours(db);
}
// What billing runs are made of: drafts and issues of many invoices at once.
export type { BillingParts, CreditedInvoice, NumberSeries } from './billing-parts.ts';
export { unbilledIds } from './charges/charge-store.ts';
export {
  closedEverywhere,
  isClosedEverywhere,
  findCompany,
  lockCalendar,
  companyById,
  companyFieldsOf,
  firstOpenDay,
  readCalendar,
  theCompany,
  type Calendar,
  type CompanyRow,
} from './companies/company-store.ts';
export { heldDays, heldInPeriod } from './charges/day-held.ts';
export { LayoutTrial } from './documents/layout-trial.ts';
export { allotNumbers, holdSeries, mayBeIssuedOn } from './documents/document-series.ts';
export { documentHash, type DocumentLine, type InvoiceBody } from './invoices/invoice-document.ts';
export {
  draftInvoice,
  draftInvoices,
  type Drafted,
  type DraftedDocuments,
} from './invoices/invoice-draft.ts';
export type { ProductGross } from './invoices/invoice-draft-lines.ts';
export { chargesOnDocuments, draftRepairCredits } from './invoices/repair-credits.ts';
export type { RepairsAside } from './invoices/charges-parted.ts';
export type { CreditDraft, CreditRefusal } from './invoices/credit-draft.ts';
export { issueCredits, type CreditToIssue } from './invoices/credit-issue.ts';
export { repairReason } from './invoices/repair-reason.ts';
export { lineWords, previewOf } from './invoices/invoice-get.ts';
export { issueInvoices, type InvoiceToIssue } from './invoices/invoice-issue.ts';
export { invoicesWithin, linesOfInvoices, vatWords, type InvoiceBefore } from './invoices/invoices-before.ts';
export { rateLookup, type RateLookup } from './invoices/vat-national.ts';
export { lastRates, type LastRate } from './ledger/exchange-rates.ts';
// What moves of many subscriptions to another price are made of.
export { scopeOfSubscriptions, subscriptionDays } from './subscriptions/subscription-list.ts';
export {
  judgeMoves,
  type FoundMove,
  type JudgedMove,
  type MoveEffect,
  type NoMove,
} from './subscriptions/subscription-move.ts';
export { moveTarget, type MoveTarget } from './subscriptions/subscription-move-target.ts';
export { makeMoves, takeMovesBack } from './subscriptions/subscription-moves-made.ts';
export { SoldPlans } from './subscriptions/subscription-history.ts';

export {
  closedCalendars,
  customersPostedSince,
  customerStandings,
  type ClosedCalendar,
  type CustomerStanding,
} from './ledger/customer-standing.ts';

function ours(db: AnyDatabase): Kysely<BillingTables> {
  return db as Kysely<BillingTables>;
}

/** The day it is where a company bills its days; the default one unless it is named. */
export async function billingToday(db: AnyDatabase, nowMs: number, companyId?: string): Promise<LocalDate> {
  return await todayIn(ours(db), nowMs, companyId);
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

/** Invoices by number, customer or gross amount, newest first. */
export async function invoiceHits(db: AnyDatabase, text: string, limit: number): Promise<SearchHit[]> {
  const found = ours(db)
    .selectFrom('invoice_row')
    .select('id')
    .where(isNamed(text))
    .orderBy('issued_on', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit);
  const rows = await ours(db)
    .selectFrom('invoice')
    .select(['id', 'number', 'customer_name', 'issued_on', 'gross_minor', 'currency'])
    .where('id', 'in', found)
    .orderBy('issued_on', 'desc')
    .orderBy('seq', 'desc')
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
  const isFinal = await finalMonths(db, { companyId, today });
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
          final: isFinal(month),
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
