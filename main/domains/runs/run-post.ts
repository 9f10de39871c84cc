import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { RunDocumentType } from '../../../shared/domains/runs/run-rules.ts';
import { invariant } from '../../../shared/kernel/invariant.ts';
import { GrownTables } from '../../platform/store/grown-tables.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import { readCalendar } from '../billing/billing-public.ts';
import type { RowToPost } from './run-batch.ts';
import { issueRunCredits } from './run-credits-issue.ts';
import { issueRunInvoices } from './run-invoices-issue.ts';
import { saysTheSame } from './run-preview.ts';
import { changeRun, lockRun, RUN_TOPIC, type RunsDb } from './run-store.ts';
import { sumsOf } from './run-sums.ts';
import type { RunsParts } from './runs-parts.ts';
import type { RunRecord, RunsTables } from './runs-tables.ts';

/** Short enough that nobody who issues one by hand waits for it to be felt. */
const BATCH = 250;

export interface PostWork {
  readonly runId: string;
  readonly round: number;
  /** Documents of one transaction. */
  readonly batch?: number;
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
}

/**
 * Posts what is left of an approved run, batch by batch, its invoices and then its credit notes. A batch is one transaction that holds the run,
 * then the series: it takes the next rows in their order, gives them the next numbers, and writes documents, postings, messages and how far it is. So any number of
 * engines may work on one run, and each may be killed at any moment: all that was committed is whole, what was not never was, and the
 * numbers are the same as if one had done it undisturbed.
 */
export async function postRun(parts: RunsParts, work: PostWork): Promise<void> {
  const sums = await sumsOf(parts.store.tables<RunsTables>(), [work.runId]);
  const total = sums
    .filter(({ state }) => state === 'ready' || state === 'posted')
    .reduce((sum, { row_count: rows }) => sum + rows, 0);
  const grown = new GrownTables(parts.store, GROWING);
  let after: Place = { type: 'invoice', seq: 0 };
  for (;;) {
    work.signal.throwIfAborted();
    const batch = await postBatch(parts, work, after);
    if (batch === undefined) return;
    ({ after } = batch);
    await grown.grewTo(batch.posted);
    work.progress(batch.posted, total);
    // Who else waits for this process has a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Tables that get rows of every invoice. */
const GROWING = [
  'advance_use',
  'invoice',
  'invoice_row',
  'invoice_charge',
  'invoice_delivery',
  'ledger_entry',
  'ledger_line',
  'billing_run_row',
];

/** Which row of which kind was the last one: invoices come first, then credit notes. */
interface Place {
  readonly type: RunDocumentType;
  readonly seq: number;
}

interface Posted {
  /** How many are posted by now. */
  readonly posted: number;
  /** Until where there is none left to post. */
  readonly after: Place;
}

/** Undefined where there is nothing to do any more. */
async function postBatch(
  parts: RunsParts,
  { runId, round, batch = BATCH }: PostWork,
  after: Place,
): Promise<Posted | undefined> {
  const { store } = parts;
  return await store.transaction<RunsTables, Posted | undefined>(
    async (trx) => {
      const run = await lockRun(trx, store.kind, runId);
      if (run?.state !== 'posting' || run.round !== round || run.issued_on === null) return undefined;
      const nowMs = await parts.billing.nowMs(trx);
      const rows = await nextRows(trx, runId, { after, limit: batch });
      const last = rows.at(-1);
      if (last === undefined) {
        await finish(trx, run, nowMs);
        await store.changes.note(trx, RUN_TOPIC, runId);
        return undefined;
      }
      const calendar = await readCalendar(trx as never, { companyId: run.company_id });
      if (calendar === undefined || !saysTheSame(calendar, run))
        return await stop(parts, trx, run, 'The data of the company has changed since it was approved.');
      const issue = last.document_type === 'invoice' ? issueRunInvoices : issueRunCredits;
      const posted = await issue(parts, trx, { run, rows, calendar, issuedOn: run.issued_on, nowMs });
      if (typeof posted === 'string') return await stop(parts, trx, run, posted);
      await changeRun(trx, runId, { posted: run.posted + posted, working_at_ms: run.working_at_ms ?? nowMs });
      await store.changes.note(trx, RUN_TOPIC, runId);
      return { posted: run.posted + posted, after: { type: last.document_type, seq: last.seq } };
    },
    { repeatable: true },
  );
}

/** All of one kind. */
async function nextRows(
  trx: RunsDb,
  runId: string,
  { after, limit }: { readonly after: Place; readonly limit: number },
): Promise<RowToPost[]> {
  const rows = await trx
    .selectFrom('billing_run_row')
    .innerJoin('billing_run_body', 'billing_run_body.row_id', 'billing_run_row.id')
    .selectAll('billing_run_row')
    .select(['billing_run_body.body', 'billing_run_body.charges as body_charges'])
    .where('billing_run_row.run_id', '=', runId)
    .where('state', '=', 'ready')
    .where('document_type', '=', after.type)
    // Else each batch would pass all that were posted before it.
    .where('seq', '>', after.seq)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.length === 0 && after.type === 'invoice'
    ? await nextRows(trx, runId, { after: { type: 'credit-note', seq: 0 }, limit })
    : rows;
}

/** Stands still with its reason; what was posted stays posted, and what is left can be gone on with. */
async function stop(parts: RunsParts, trx: RunsDb, run: RunRecord, reason: string): Promise<undefined> {
  await changeRun(trx, run.id, { state: 'stopped', state_reason: reason, working_at_ms: null });
  await parts.store.changes.note(trx as unknown as AnyTransaction, RUN_TOPIC, run.id);
}

/** All is posted: the report's hash, over the invoices and then the credit notes in their order, and no second copy of what they say. */
export async function finish(trx: RunsDb, run: RunRecord, nowMs: number): Promise<void> {
  const { rows } = await sql<{ hash: string }>`
    select invoice.hash as hash from billing_run_row join invoice on invoice.id = billing_run_row.invoice_id
    where run_id = ${run.id} and state = 'posted'
    order by billing_run_row.document_type desc, billing_run_row.seq`.execute(trx);
  invariant(rows.length === run.posted, `${run.id}: ${run.posted} posted, ${rows.length} found`);
  const hash = createHash('sha256');
  for (const row of rows) hash.update(row.hash);
  await trx.deleteFrom('billing_run_body').where('run_id', '=', run.id).execute();
  await changeRun(trx, run.id, {
    state: 'posted',
    state_reason: '',
    report_hash: hash.digest('hex'),
    working_at_ms: null,
    ended_at_ms: nowMs,
  });
}
