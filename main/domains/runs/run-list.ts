import { sql } from 'kysely';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import {
  periodBefore,
  periodWords,
  RUN_STATES,
  type RunDocumentType,
} from '../../../shared/domains/runs/run-rules.ts';
import type {
  BillingRun,
  BillingRunDetail,
  runsContract,
} from '../../../shared/domains/runs/runs-contract.ts';
import type { MoneyWire } from '../../../shared/kernel/money.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { companyById } from '../billing/billing-public.ts';
import { datingOf } from './run-dating.ts';
import { comparedOf } from './run-rates.ts';
import { remarksOf, undecidedOf } from './run-remarks.ts';
import { sumsOf, type RunSum } from './run-sums.ts';
import { findRun, periodOf, runTitle, type RunsDb } from './run-store.ts';
import type { RunsParts } from './runs-parts.ts';
import type { RowRecord, RunRecord, RunsTables } from './runs-tables.ts';

type Handlers = DomainHandlers<typeof runsContract, CallContext>;

const runFields: ListFields = {
  fields: {
    state: { kind: 'word', column: sql.ref<string>('state'), values: RUN_STATES },
    by: { kind: 'word', column: sql.ref<string>('prepared_by') },
    period: { kind: 'text', column: sql.ref<string>('period_start') },
    company: {
      kind: 'text',
      column: sql<string>`(select name from company where company.id = billing_run.company_id)`,
    },
    companyid: { kind: 'word', column: sql.ref<string>('company_id') },
  },
  bare: [sql.ref<string>('period_start'), sql.ref<string>('query')],
};

export const runList: Handlers['runList'] = async (input, context) => {
  const db = context.tables<RunsTables>();
  let query = db.selectFrom('billing_run').selectAll();
  const filter = listQueryFilter(input.query, runFields);
  if (filter !== undefined) query = query.where(filter);
  const page = await keysetPage({
    query,
    sortKey: sql.ref('prepared_at_ms'),
    id: sql.ref<string>('billing_run.id'),
    page: input,
  });
  const totals = await groupsOf(
    db,
    page.rows.map(({ id }) => id),
  );
  const companies = await companyNames(db, page.rows);
  const rows = page.rows.map((run) =>
    runWire(run, totals.get(run.id) ?? [], companies.get(run.company_id) ?? ''),
  );
  return done({ ...page, rows });
};

export function runGet(parts: RunsParts): Handlers['runGet'] {
  return async ({ runId }, context) => {
    const db = context.tables<RunsTables>();
    const run = await findRun(db, runId);
    if (run === undefined) return refuse('no-such-run', { runId });
    const groups = (await groupsOf(db, [runId])).get(runId) ?? [];
    const companies = await companyNames(db, [run]);
    const wire = runWire(run, groups, companies.get(run.company_id) ?? '');
    const nowMs = await parts.store.nowMs(db);
    return done({
      ...wire,
      changePercent: run.change_percent,
      limitMinor: run.limit_minor === null ? null : String(run.limit_minor),
      issuedOn: run.issued_on,
      approvalNote: run.approval_note,
      digest: run.digest,
      ...(await remarksOf(db, run)),
      undecided: (await undecidedOf(db, run)).count,
      dating: await datingOf(db, run, await parts.billing.nowMs(db)),
      inputs: inputsOf(run),
      compared: comparedOf(run, groups),
      comparedRun: await comparedRunOf(db, run),
      secondsToPost: await secondsToPost(db, run, wire.counts.ready),
      progress: progressOf(run, wire, nowMs),
      report: await reportOf(db, run),
    });
  };
}

async function groupsOf(db: RunsDb, runIds: readonly string[]): Promise<ReadonlyMap<string, RunSum[]>> {
  return Map.groupBy(await sumsOf(db, runIds), (row) => row.run_id);
}

/** Names of the companies of runs, by id. */
async function companyNames(db: RunsDb, runs: readonly RunRecord[]): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const id of new Set(runs.map((run) => run.company_id)))
    names.set(id, (await companyById(db as never, id)).name);
  return names;
}

function runWire(run: RunRecord, groups: readonly RunSum[], company: string): BillingRun {
  const countOf = (state: RowRecord['state']): number =>
    groups.filter((group) => group.state === state).reduce((sum, { row_count: count }) => sum + count, 0);
  return {
    id: run.id,
    title: runTitle(run),
    state: run.state,
    stateReason: run.state_reason,
    company,
    periodStart: run.period_start,
    periodEndExclusive: run.period_end_exclusive,
    currency: run.currency === '' ? null : run.currency,
    query: run.query,
    twoPeople: run.two_people === 1,
    counts: {
      total: groups.reduce((sum, { row_count: count }) => sum + count, 0),
      ready: countOf('ready'),
      held: countOf('held'),
      nothing: countOf('nothing'),
      leftOut: countOf('left-out'),
      posted: countOf('posted'),
      credits: groups.reduce((sum, of) => sum + (isPosted(of, 'credit-note') ? of.row_count : 0), 0),
    },
    totals: totalsOf(groups),
    preparedBy: run.prepared_by,
    preparedAt: new Date(run.prepared_at_ms).toISOString(),
    approvedBy: run.approved_by,
    approvedAt: instantOf(run.approved_at_ms),
    endedAt: instantOf(run.ended_at_ms),
    taskId: run.task_id,
  };
}

/** Of one kind, whether it would be posted or was. */
function isPosted({ state, document_type: type }: RunSum, kind: RunDocumentType): boolean {
  return type === kind && (state === 'ready' || state === 'posted');
}

function totalsOf(groups: readonly RunSum[]): BillingRun['totals'] {
  return [...Map.groupBy(groups, ({ currency }) => currency)].map(([currency, ofCurrency]) => {
    const invoices = ofCurrency.filter((group) => isPosted(group, 'invoice'));
    const credits = ofCurrency.filter((group) => isPosted(group, 'credit-note'));
    const both = [...invoices, ...credits];
    const sum = (of: readonly RunSum[], what: 'net' | 'vat' | 'gross' | 'before'): MoneyWire => ({
      amountMinor: String(of.reduce((total, group) => total + group[`${what}_minor`], 0)),
      currency,
    });
    const count = (of: readonly RunSum[]): number => of.reduce((total, group) => total + group.row_count, 0);
    return {
      currency,
      invoices: count(invoices),
      invoiced: sum(invoices, 'gross'),
      credits: count(credits),
      credited: sum(credits, 'gross'),
      net: sum(both, 'net'),
      vat: sum(both, 'vat'),
      gross: sum(both, 'gross'),
      before: sum(ofCurrency, 'before'),
    };
  });
}

function instantOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function inputsOf(run: RunRecord): BillingRunDetail['inputs'] {
  if (run.frozen_at_ms === null) return null;
  return {
    closedUntil: run.closed_until,
    vatTable: run.vat_table,
    waitingDays: run.waiting_days,
    comparedWith: `invoices of ${periodWords(periodBefore(periodOf(run)))}`,
    frozenAt: new Date(run.frozen_at_ms).toISOString(),
  };
}

/** The last posted run of the company for the period before: what most of its rows are compared with. */
async function comparedRunOf(db: RunsDb, run: RunRecord): Promise<BillingRunDetail['comparedRun']> {
  const before = periodBefore(periodOf(run));
  const found = await db
    .selectFrom('billing_run')
    .selectAll()
    .where('company_id', '=', run.company_id)
    .where('state', '=', 'posted')
    .where('period_start', '=', before.start)
    .where('period_end_exclusive', '=', before.endExclusive)
    .orderBy('posted', 'desc')
    .orderBy('prepared_at_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  return found === undefined ? null : { id: found.id, title: runTitle(found) };
}

function progressOf(run: RunRecord, { counts }: BillingRun, nowMs: number): BillingRunDetail['progress'] {
  const isPreview = run.state === 'previewing';
  const done = isPreview ? run.previewed : run.posted;
  const total = isPreview ? run.to_preview : counts.ready + counts.posted;
  const since = done - run.worked_before;
  if (run.working_at_ms === null || since <= 0) return { done, total, secondsLeft: null };
  const msEach = Math.max(nowMs - run.working_at_ms, 0) / since;
  return { done, total, secondsLeft: Math.ceil((msEach * Math.max(total - done, 0)) / 1000) };
}

/** By how long the last one of the company took from its approval to its end, for as many; null where none was posted yet. */
async function secondsToPost(db: RunsDb, run: RunRecord, count: number): Promise<number | null> {
  if (run.state !== 'ready') return null;
  const last = await db
    .selectFrom('billing_run')
    .select(['posted', 'approved_at_ms', 'ended_at_ms'])
    .where('company_id', '=', run.company_id)
    .where('state', '=', 'posted')
    .where('posted', '>', 0)
    .orderBy('ended_at_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last === undefined || last.approved_at_ms === null || last.ended_at_ms === null) return null;
  const msEach = Math.max(last.ended_at_ms - last.approved_at_ms, 0) / last.posted;
  return Math.ceil((msEach * count) / 1000);
}

async function reportOf(db: RunsDb, run: RunRecord): Promise<BillingRunDetail['report']> {
  if (run.state !== 'posted') return null;
  const invoices = await numbersOf(db, run.id, 'invoice');
  const credits = await numbersOf(db, run.id, 'credit-note');
  const outbox = await db
    .selectFrom('invoice_delivery')
    .select(sql<number>`count(*)`.as('count'))
    .where('run_id', '=', run.id)
    .executeTakeFirstOrThrow();
  const toDeliver = Number(outbox.count);
  return {
    hash: run.report_hash,
    firstNumber: invoices?.first ?? '',
    lastNumber: invoices?.last ?? '',
    credits,
    toDeliver,
    withoutAddress: run.posted - toDeliver,
  };
}

/** The first and last number of a kind, of how many; null where it has none. */
async function numbersOf(
  db: RunsDb,
  runId: string,
  type: RunDocumentType,
): Promise<{ readonly count: number; readonly first: string; readonly last: string } | null> {
  const posted = db
    .selectFrom('billing_run_row')
    .where('run_id', '=', runId)
    .where('state', '=', 'posted')
    .where('document_type', '=', type);
  const first = await posted.select('number').orderBy('seq').limit(1).executeTakeFirst();
  if (first === undefined) return null;
  const last = await posted.select('number').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  const count = (await sumsOf(db, [runId])).reduce(
    (sum, of) => sum + (of.state === 'posted' && of.document_type === type ? of.row_count : 0),
    0,
  );
  return { count, first: first.number ?? '', last: last?.number ?? '' };
}
