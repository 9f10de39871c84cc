import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { sentenceOf } from '../../../shared/contract/outcome.ts';
import { invoicing } from '../../../shared/domains/billing/invoice-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import { invariant } from '../../../shared/kernel/invariant.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { canonicalJson } from '../../platform/store/canonical-json.ts';
import { GrownTables } from '../../platform/store/grown-tables.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import {
  allotNumbers,
  heldInPeriod,
  issueInvoices,
  laterThan,
  openAdvancesOf,
  readCalendar,
  settledBy,
  unbilledIds,
  type Calendar,
  type InvoiceBody,
  type InvoiceToIssue,
} from '../billing/billing-public.ts';
import { customersFacts, vatChecksOf } from '../customers/customers-public.ts';
import { THIS_RUN } from './run-dating.ts';
import { saysTheSame } from './run-preview.ts';
import { changeRun, customerHash, lockRun, periodOf, RUN_TOPIC, type RunsDb } from './run-store.ts';
import { remarksText } from './run-remarks.ts';
import { moveSums, sumsOf, type Moved } from './run-sums.ts';
import type { RunsParts } from './runs-parts.ts';
import type { RowRecord, RunRecord, RunsTables } from './runs-tables.ts';

/** Short enough that nobody who issues one by hand waits for it to be felt. */
const BATCH = 250;

export interface PostWork {
  readonly runId: string;
  readonly round: number;
  /** Invoices of one transaction. */
  readonly batch?: number;
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
}

/**
 * Posts what is left of an approved run, batch by batch. A batch is one transaction that holds the run, then the series: it takes the
 * next rows in their order, gives them the next numbers, and writes documents, postings, messages and how far it is. So any number of
 * engines may work on one run, and each may be killed at any moment: all that was committed is whole, what was not never was, and the
 * numbers are the same as if one had done it undisturbed.
 */
export async function postRun(parts: RunsParts, work: PostWork): Promise<void> {
  const sums = await sumsOf(parts.store.tables<RunsTables>(), [work.runId]);
  const total = sums
    .filter(({ state }) => state === 'ready' || state === 'posted')
    .reduce((sum, { row_count: rows }) => sum + rows, 0);
  const grown = new GrownTables(parts.store, GROWING);
  let afterSeq = 0;
  for (;;) {
    work.signal.throwIfAborted();
    const batch = await postBatch(parts, work, afterSeq);
    if (batch === undefined) return;
    ({ afterSeq } = batch);
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

type Row = RowRecord & { readonly body: string; readonly body_charges: string };

interface Posted {
  /** How many are posted by now. */
  readonly posted: number;
  /** Of the rows until there none is left to post. */
  readonly afterSeq: number;
}

/** Undefined where there is nothing to do any more. */
async function postBatch(
  parts: RunsParts,
  { runId, round, batch = BATCH }: PostWork,
  afterSeq: number,
): Promise<Posted | undefined> {
  const { store } = parts;
  return await store.transaction<RunsTables, Posted | undefined>(
    async (trx) => {
      const run = await lockRun(trx, store.kind, runId);
      if (run?.state !== 'posting' || run.round !== round || run.issued_on === null) return undefined;
      const nowMs = await parts.billing.nowMs(trx);
      const rows = await nextRows(trx, runId, { afterSeq, limit: batch });
      if (rows.length === 0) {
        await finish(trx, run, nowMs);
        await store.changes.note(trx, RUN_TOPIC, runId);
        return undefined;
      }
      const calendar = await readCalendar(trx as never, { companyId: run.company_id });
      if (calendar === undefined || !saysTheSame(calendar, run))
        return await stop(parts, trx, run, 'The data of the company has changed since it was approved.');
      const posted = await issue(parts, trx, { run, rows, calendar, issuedOn: run.issued_on, nowMs });
      if (typeof posted === 'string') return await stop(parts, trx, run, posted);
      await changeRun(trx, runId, { posted: run.posted + posted, working_at_ms: run.working_at_ms ?? nowMs });
      await store.changes.note(trx, RUN_TOPIC, runId);
      return { posted: run.posted + posted, afterSeq: rows.at(-1)?.seq ?? afterSeq };
    },
    { repeatable: true },
  );
}

async function nextRows(
  trx: RunsDb,
  runId: string,
  { afterSeq, limit }: { readonly afterSeq: number; readonly limit: number },
): Promise<Row[]> {
  return await trx
    .selectFrom('billing_run_row')
    .innerJoin('billing_run_body', 'billing_run_body.row_id', 'billing_run_row.id')
    .selectAll('billing_run_row')
    .select(['billing_run_body.body', 'billing_run_body.charges as body_charges'])
    .where('billing_run_row.run_id', '=', runId)
    .where('state', '=', 'ready')
    // Else each batch would pass all that were posted before it.
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

interface Batch {
  readonly run: RunRecord;
  readonly rows: readonly Row[];
  readonly calendar: Calendar;
  readonly issuedOn: LocalDate;
  readonly nowMs: number;
}

/** How many invoices were issued, or why none can be. */
async function issue(parts: RunsParts, trx: RunsDb, batch: Batch): Promise<number | string> {
  const { run, rows, issuedOn, nowMs } = batch;
  const { company } = batch.calendar;
  const series = { type: 'invoice', issuedOn, customer: THIS_RUN } as const;
  // The series first, as for a single invoice: behind it nobody else takes charges.
  const held = await allotNumbers(trx as never, company, { ...series, count: 0 });
  if (!held.ok) return sentenceOf(invoicing[held.code], held.facts);
  const reasons = await reasonsAgainst(parts, trx, batch);
  const clear = rows.filter(({ id }) => !reasons.has(id));
  const allotted = await allotNumbers(trx as never, company, { ...series, count: clear.length });
  if (!allotted.ok) return sentenceOf(invoicing[allotted.code], allotted.facts);
  const invoices = clear.map((row) => toIssue(row, nowMs));
  const issued = await issueInvoices(parts.billing, trx as never, {
    company,
    issuedOn,
    allotted: allotted.value,
    invoices,
    nowMs,
  });
  const ended = clear.map((row, at) => ({
    id: row.id,
    state: 'posted',
    code: '',
    why: row.why,
    invoice_id: invoices[at]?.invoiceId ?? null,
    number: issued[at]?.document.number ?? null,
  }));
  const heldBack = rows.flatMap((row) => {
    const reason = reasons.get(row.id);
    return reason === undefined
      ? []
      : [{ id: row.id, state: 'held', ...reason, invoice_id: null, number: null }];
  });
  const within = trx as unknown as AnyTransaction;
  await parts.store.updateMany(within, 'billing_run_row', [...ended, ...heldBack], 'id');
  const moved = rows.flatMap((row): Moved[] => [
    { row, state: 'ready', sign: -1 },
    { row, state: reasons.has(row.id) ? 'held' : 'posted', sign: 1 },
  ]);
  await moveSums(parts.store.insertMany, trx, run.id, moved);
  if (heldBack.length > 0) await changeRun(trx, run.id, { remarks: await remarksText(trx, run.id) });
  const messages = issued.flatMap(({ invoiceId, document }) =>
    document.buyer.email === ''
      ? []
      : [
          {
            invoice_id: invoiceId,
            channel: 'email',
            address: document.buyer.email,
            run_id: run.id,
            state: 'waiting',
            queued_at_ms: nowMs,
          },
        ],
  );
  await parts.store.insertMany(within, 'invoice_delivery', messages);
  return clear.length;
}

function toIssue(row: Row, nowMs: number): InvoiceToIssue {
  const body = JSON.parse(row.body) as InvoiceBody;
  return {
    invoiceId: newId('inv', nowMs),
    customerId: row.customer_id,
    language: body.buyer.language,
    body,
    charges: chargesOf(row).map(([chargeId, lineNo]) => ({ chargeId, lineNo })),
  };
}

function chargesOf(row: Row): [string, number][] {
  return JSON.parse(row.body_charges) as [string, number][];
}

type Settled = NonNullable<InvoiceBody['settles']>[number];
type Reason = Pick<RowRecord, 'code' | 'why'>;

/** Rows that are not any more what was approved, or cannot be of the date, by their ids: what was approved is posted, or nothing. */
async function reasonsAgainst(parts: RunsParts, trx: RunsDb, batch: Batch): Promise<Map<string, Reason>> {
  const { kind } = parts.store;
  const { run, rows, issuedOn } = batch;
  const of = { kind, customerIds: rows.map((row) => row.customer_id), period: periodOf(run) };
  const customers = new Map((await customersFacts(trx, kind, of.customerIds)).map((each) => [each.id, each]));
  const checks = await vatChecksOf(
    trx,
    [...customers.values()].map(({ vatId }) => vatId),
  );
  const awaited = await heldInPeriod(trx as never, of);
  const unbilled = await unbilledIds(trx as never, of);
  // Held from here on: what is left of them is what the batch settles.
  const advances = await openAdvancesOf(trx as never, { ...of, lock: true });
  const reasons = new Map<string, Reason>();
  for (const row of rows) {
    const { customer_id: customerId, customer_name: name } = row;
    const customer = customers.get(customerId);
    const change = (what: string): void => {
      const why = `${what} of ${name} changed after the run was approved: invoice it by another run.`;
      reasons.set(row.id, { code: 'changed-meanwhile', why });
    };
    const hash = customer && customerHash(customer, checks.get(customer.vatId));
    const now = (unbilled.get(customerId) ?? []).filter(({ currency }) => currency === row.currency);
    const then = new Set(chargesOf(row).map(([chargeId]) => chargeId));
    if (hash !== row.customer_hash) change('The data');
    else if (awaited.has(customerId)) change('The usage');
    else if (now.length !== then.size || now.some(({ id }) => !then.has(id))) change('The charges');
    else {
      const body = JSON.parse(row.body) as InvoiceBody;
      const settles = settledBy(body, advances.get(customerId) ?? []);
      const later = laterThan(body, issuedOn);
      if (canonicalJson(settles ?? []) !== canonicalJson(body.settles ?? [])) change('The advance invoices');
      else if (later !== undefined) {
        reasons.set(row.id, { code: 'date-before-advance', why: laterWords(name, later, issuedOn) });
      }
    }
  }
  return reasons;
}

/**
 * A final invoice takes off the advances that were invoiced before it, and names them. Money that came before the supply was taxed has
 * its VAT on its advance invoice: an invoice of an earlier day could neither name that one nor tax the same once more, so it waits.
 */
function laterWords(customer: string, { number, issuedOn: advanceDate }: Settled, on: LocalDate): string {
  return `The invoice of ${customer} takes off the advance invoice ${number} of ${advanceDate}, which is issued after ${on}, the date of this run: invoice ${customer} by another run, of ${advanceDate} or later.`;
}

/** Stands still with its reason; what was posted stays posted, and what is left can be gone on with. */
async function stop(parts: RunsParts, trx: RunsDb, run: RunRecord, reason: string): Promise<undefined> {
  await changeRun(trx, run.id, { state: 'stopped', state_reason: reason, working_at_ms: null });
  await parts.store.changes.note(trx as unknown as AnyTransaction, RUN_TOPIC, run.id);
}

/** All is posted: the report's hash, over the documents in their order, and no second copy of what they say. */
export async function finish(trx: RunsDb, run: RunRecord, nowMs: number): Promise<void> {
  const { rows } = await sql<{ hash: string }>`
    select invoice.hash as hash from billing_run_row join invoice on invoice.id = billing_run_row.invoice_id
    where run_id = ${run.id} and state = 'posted' order by billing_run_row.seq`.execute(trx);
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
