import { periodBefore } from '../../../shared/domains/runs/run-rules.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import {
  draftInvoices,
  draftRepairCredits,
  invoicesWithin,
  linesOfInvoices,
  readCalendar,
  type Calendar,
  type Drafted,
  type DraftedDocuments,
  type InvoiceBefore,
  type LayoutTrial,
  type RateLookup,
} from '../billing/billing-public.ts';
import { customersByQuery, vatChecksOf, type CustomerFacts } from '../customers/customers-public.ts';
import { causeOf, chargedUntilWords } from './run-causes.ts';
import { creditOf } from './run-credit.ts';
import { draftCreditRow } from './run-credit-row.ts';
import { factorsOf } from './run-rates.ts';
import { draftRow, type DraftedRow } from './run-row-draft.ts';
import { customerHash, periodOf, type RunsDb } from './run-store.ts';
import type { RunsParts } from './runs-parts.ts';
import type { RunRecord, RunsTables } from './runs-tables.ts';

/** Customers of one page: their charges, lines and texts are what it holds in memory. */
const PAGE = 400;

export interface Page {
  readonly customers: readonly CustomerFacts[];
  readonly rows: readonly DraftedRow[];
}

/** What was looked up for the pages before. */
export interface Lookups {
  readonly rateOf: RateLookup;
  readonly trial: LayoutTrial;
}

export async function calendarOf(db: RunsDb, companyId: string): Promise<Calendar> {
  const calendar = await readCalendar(db as never, { companyId });
  if (calendar !== undefined) return calendar;
  throw new OperatingFailure({
    code: 'no-company',
    sentence: 'Nobody sells yet: enter your company under Settings.',
  });
}

/** The rows of the next customers of a run, each customer's invoice before its credit notes. No customer: there is none left. */
export async function draftPage(
  { store }: RunsParts,
  run: RunRecord,
  { rateOf, trial }: Lookups,
): Promise<Page> {
  const { kind } = store;
  const db = store.tables<RunsTables>();
  const asked = { companyId: run.company_id, query: run.query, afterNumber: run.preview_after, limit: PAGE };
  const customers = await customersByQuery(db, asked);
  const mine = customers.filter(({ currency }) => run.currency === '' || run.currency === currency);
  if (mine.length === 0) return { customers, rows: [] };
  const period = periodOf(run);
  const customerIds = mine.map(({ id }) => id);
  const drafts = await draftInvoices(db as never, {
    kind,
    calendar: await calendarOf(db, run.company_id),
    period,
    customers: mine,
    rateOf,
  });
  const before = await invoicesWithin(db as never, {
    kind,
    companyId: run.company_id,
    customerIds,
    period: periodBefore(period),
  });
  const checks = await vatChecksOf(
    db,
    mine.map(({ vatId }) => vatId),
  );
  const hashes = new Map(mine.map((of) => [of.id, customerHash(of, checks.get(of.vatId))]));
  const credit = await creditOf(db, kind, mine);
  const factorOf = factorsOf(run);
  const faults = await layoutFaults(trial, mine, drafts);
  const drafted = mine.flatMap((customer) => {
    const of = drafts.get(customer.id);
    const row =
      of &&
      draftRow({
        run,
        customer,
        customerHash: hashes.get(customer.id) ?? '',
        drafted: of.drafted,
        before: before.get(customer.id) ?? [],
        credit: credit.get(customer.id) ?? null,
        layoutFault: faults.get(customer.id),
        ownFactor: factorOf(customer.currency),
      });
    return row === undefined || of === undefined ? [] : [{ row, drafted: of.drafted }];
  });
  const invoices = await withCauses({ db, kind }, drafted, before);
  const notes = await creditRows({ db, trial, run }, { customers: mine, drafts, hashes });
  return { customers, rows: inOrder(mine, invoices, notes) };
}

function inOrder(
  customers: readonly CustomerFacts[],
  invoices: readonly DraftedRow[],
  notes: readonly DraftedRow[],
): readonly DraftedRow[] {
  if (notes.length === 0) return invoices;
  const rows = Map.groupBy([...invoices, ...notes], ({ row }) => row.customer_id);
  return customers.flatMap(({ id }) => rows.get(id) ?? []);
}

async function layoutFaults(
  trial: LayoutTrial,
  customers: readonly CustomerFacts[],
  drafts: ReadonlyMap<string, DraftedDocuments>,
): Promise<ReadonlyMap<string, string>> {
  const faults = new Map<string, string>();
  for (const { id, language } of customers) {
    const drafted = drafts.get(id)?.drafted;
    const fault = drafted?.ok === true ? await trial.faultOf(drafted.value.body, language) : undefined;
    if (fault !== undefined) faults.set(id, fault);
  }
  return faults;
}

/** A row for each invoice that is credited instead of a line of the next one. */
async function creditRows(
  on: { readonly db: RunsDb; readonly trial: LayoutTrial; readonly run: RunRecord },
  of: {
    readonly customers: readonly CustomerFacts[];
    readonly drafts: ReadonlyMap<string, DraftedDocuments>;
    readonly hashes: ReadonlyMap<string, string>;
  },
): Promise<DraftedRow[]> {
  const { run, trial } = on;
  const asked = of.customers.flatMap((customer) =>
    (of.drafts.get(customer.id)?.credits ?? []).map((credit) => ({ customer, credit })),
  );
  const credits = await draftRepairCredits(
    on.db as never,
    asked.map(({ credit }) => credit),
  );
  const factorOf = factorsOf(run);
  const rows: DraftedRow[] = [];
  for (const { customer, credit } of asked) {
    const drafted = credits.get(credit.invoiceId);
    const layoutFault =
      drafted?.ok === true
        ? await trial.faultOf(drafted.value.body, drafted.value.document.language, 'credit-note')
        : undefined;
    const customerHashText = of.hashes.get(customer.id) ?? '';
    const ownFactor = factorOf(customer.currency);
    rows.push(
      draftCreditRow({
        run,
        customer,
        customerHash: customerHashText,
        credit,
        drafted,
        layoutFault,
        ownFactor,
      }),
    );
  }
  return rows;
}

interface Lines {
  readonly db: RunsDb;
  readonly kind: RunsParts['store']['kind'];
}

/** Says of those that changed which line makes most of it, and of those that are gone until when they were charged. */
async function withCauses(
  { db, kind }: Lines,
  rows: readonly { readonly row: DraftedRow; readonly drafted: Drafted }[],
  before: ReadonlyMap<string, readonly InvoiceBefore[]>,
): Promise<DraftedRow[]> {
  const invoicesOf = ({ row }: DraftedRow): readonly InvoiceBefore[] =>
    (before.get(row.customer_id) ?? []).filter(({ currency }) => currency === row.currency);
  // Most are as the last time: their lines are not read.
  const isExplained = ({ row }: DraftedRow): boolean =>
    row.before_minor !== null &&
    (row.state === 'ready' ? row.change_minor !== 0 : row.state === 'nothing' && row.gross_minor === null);
  const ids = rows.flatMap(({ row }) => (isExplained(row) ? invoicesOf(row).map(({ id }) => id) : []));
  const lines = await linesOfInvoices(db as never, kind, ids);
  return rows.map(({ row, drafted }) => {
    if (!isExplained(row)) return row;
    const then = invoicesOf(row).flatMap(({ id }) => lines.get(id) ?? []);
    const { why } = row.row;
    const words = drafted.ok
      ? [causeOf(drafted.value.body.lines, then), why].filter(Boolean).join('; ')
      : [chargedUntilWords(then), why].filter(Boolean).join('. ');
    return { ...row, row: { ...row.row, why: words } };
  });
}
