import { sql } from 'kysely';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import {
  FINDING_CODES,
  periodBefore,
  periodWords,
  RUN_STATES,
} from '../../../shared/domains/runs/run-rules.ts';
import type {
  BillingRun,
  BillingRunDetail,
  runsContract,
} from '../../../shared/domains/runs/runs-contract.ts';
import type { Currency, MoneyWire } from '../../../shared/kernel/money.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { companyById } from '../billing/billing-public.ts';
import { findRun, periodOf, runTitle, type RunsDb } from './run-store.ts';
import type { RunsParts } from './runs-parts.ts';
import type { RowRecord, RunRecord, RunsTables } from './runs-tables.ts';

type Handlers = DomainHandlers<typeof runsContract, CallContext>;

const runFields: ListFields = {
  fields: {
    state: { kind: 'word', column: sql.ref<string>('state'), values: RUN_STATES },
    by: { kind: 'word', column: sql.ref<string>('prepared_by') },
    period: { kind: 'text', column: sql.ref<string>('period_start') },
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
    return done({
      ...wire,
      changePercent: run.change_percent,
      limitMinor: run.limit_minor === null ? null : String(run.limit_minor),
      twoPeople: run.two_people === 1,
      issuedOn: run.issued_on,
      approvalNote: run.approval_note,
      digest: run.digest,
      ...(await findingsIn(db, runId)),
      inputs: inputsOf(run),
      progress: progressOf(run, wire, await parts.store.nowMs(db)),
      report: await reportOf(db, run),
    });
  };
}

interface Group {
  readonly run_id: string;
  readonly state: RowRecord['state'];
  readonly currency: Currency;
  readonly count: number;
  readonly net: number;
  readonly vat: number;
  readonly gross: number;
  readonly before: number;
}

/** Rows of runs by state and currency, with what they come to. */
async function groupsOf(db: RunsDb, runIds: readonly string[]): Promise<ReadonlyMap<string, Group[]>> {
  if (runIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('billing_run_row')
    .select(['run_id', 'state', 'currency', sql<number>`count(*)`.as('count')])
    .select(
      (['net', 'vat', 'gross', 'before'] as const).map((what) =>
        sql<number>`cast(coalesce(sum(${sql.ref(`${what}_minor`)}), 0) as bigint)`.as(what),
      ),
    )
    .where('run_id', 'in', runIds)
    .groupBy(['run_id', 'state', 'currency'])
    .orderBy('currency')
    .execute();
  return Map.groupBy(
    rows.map((row) => ({ ...row, count: Number(row.count) })) as Group[],
    (row) => row.run_id,
  );
}

/** Names of the companies of runs, by id. */
async function companyNames(db: RunsDb, runs: readonly RunRecord[]): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const id of new Set(runs.map((run) => run.company_id)))
    names.set(id, (await companyById(db as never, id)).name);
  return names;
}

function runWire(run: RunRecord, groups: readonly Group[], company: string): BillingRun {
  const countOf = (state: RowRecord['state']): number =>
    groups.filter((group) => group.state === state).reduce((sum, { count }) => sum + count, 0);
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
    counts: {
      total: groups.reduce((sum, { count }) => sum + count, 0),
      ready: countOf('ready'),
      held: countOf('held'),
      nothing: countOf('nothing'),
      leftOut: countOf('left-out'),
      posted: countOf('posted'),
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

function totalsOf(groups: readonly Group[]): BillingRun['totals'] {
  return [...Map.groupBy(groups, ({ currency }) => currency)].map(([currency, ofCurrency]) => {
    const invoices = ofCurrency.filter(({ state }) => state === 'ready' || state === 'posted');
    const sum = (of: readonly Group[], what: 'net' | 'vat' | 'gross' | 'before'): MoneyWire => ({
      amountMinor: String(of.reduce((total, group) => total + group[what], 0)),
      currency,
    });
    return {
      currency,
      invoices: invoices.reduce((total, { count }) => total + count, 0),
      net: sum(invoices, 'net'),
      vat: sum(invoices, 'vat'),
      gross: sum(invoices, 'gross'),
      before: sum(ofCurrency, 'before'),
    };
  });
}

function instantOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

const HELD_REASONS_MAX = 20;

/** What is remarkable, and why rows are held. */
async function findingsIn(
  db: RunsDb,
  runId: string,
): Promise<Pick<BillingRunDetail, 'findings' | 'held' | 'undecided'>> {
  const sets = await db
    .selectFrom('billing_run_row')
    .select(['findings', sql<number>`count(*)`.as('count')])
    .where('run_id', '=', runId)
    .where('findings', '<>', '')
    .groupBy('findings')
    .execute();
  const held = await db
    .selectFrom('billing_run_row')
    .select(['code', sql<number>`count(*)`.as('count'), sql<string>`min(why)`.as('example')])
    .where('run_id', '=', runId)
    .where('state', '=', 'held')
    .groupBy('code')
    .orderBy('count', 'desc')
    .orderBy('code')
    .limit(HELD_REASONS_MAX)
    .execute();
  return {
    findings: FINDING_CODES.flatMap((finding) => {
      const having = sets.filter((set) => set.findings.includes(` ${finding} `));
      const count = having.reduce((sum, set) => sum + Number(set.count), 0);
      return count === 0 ? [] : [{ finding, count }];
    }),
    held: held.map((row) => ({ ...row, count: Number(row.count) })),
    undecided: (await undecidedOf(db, runId)).count,
  };
}

/** Rows that would be posted, are of high severity, and that nobody has said anything about. */
export async function undecidedOf(
  db: RunsDb,
  runId: string,
): Promise<{ readonly count: number; readonly customer: string }> {
  const row = await db
    .selectFrom('billing_run_row')
    .select([sql<number>`count(*)`.as('count'), sql<string | null>`min(customer_name)`.as('customer')])
    .where('run_id', '=', runId)
    .where('state', '=', 'ready')
    .where('severity', '=', 2)
    .where('decision', '=', '')
    .executeTakeFirstOrThrow();
  return { count: Number(row.count), customer: row.customer ?? '' };
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

function progressOf(run: RunRecord, { counts }: BillingRun, nowMs: number): BillingRunDetail['progress'] {
  const isPreview = run.state === 'previewing';
  const done = isPreview ? run.previewed : run.posted;
  const total = isPreview ? run.to_preview : counts.ready + counts.posted;
  const since = done - run.worked_before;
  if (run.working_at_ms === null || since <= 0) return { done, total, secondsLeft: null };
  const msEach = Math.max(nowMs - run.working_at_ms, 0) / since;
  return { done, total, secondsLeft: Math.ceil((msEach * Math.max(total - done, 0)) / 1000) };
}

async function reportOf(db: RunsDb, run: RunRecord): Promise<BillingRunDetail['report']> {
  if (run.state !== 'posted') return null;
  const posted = db.selectFrom('billing_run_row').where('run_id', '=', run.id).where('state', '=', 'posted');
  const first = await posted.select('number').orderBy('seq').limit(1).executeTakeFirst();
  const last = await posted.select('number').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  const outbox = await db
    .selectFrom('invoice_delivery')
    .select(sql<number>`count(*)`.as('count'))
    .where('run_id', '=', run.id)
    .executeTakeFirstOrThrow();
  const toDeliver = Number(outbox.count);
  return {
    hash: run.report_hash,
    firstNumber: first?.number ?? '',
    lastNumber: last?.number ?? '',
    toDeliver,
    withoutAddress: run.posted - toDeliver,
  };
}
