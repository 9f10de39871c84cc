import { GrownTables } from '../../platform/store/grown-tables.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import { accountsOf, heldDays, LayoutTrial, rateLookup, type Calendar } from '../billing/billing-public.ts';
import { customersByQuery, customersCounted } from '../customers/customers-public.ts';
import { calendarOf, draftPage, type Page } from './run-page-draft.ts';
import { comparedAtText } from './run-rates.ts';
import {
  changeRun,
  clearPreview,
  digestOf,
  findRun,
  hashOf,
  lockRun,
  RUN_TOPIC,
  type RunsDb,
} from './run-store.ts';
import { remarksText } from './run-remarks.ts';
import { moveSums, type Moved } from './run-sums.ts';
import type { PreviewParts, RunsParts } from './runs-parts.ts';
import type { RowRecord, RunRecord, RunsTables } from './runs-tables.ts';
import { vatTableNow, vatTableOfPreviewed } from './run-vat-table.ts';

export interface PreviewWork {
  readonly runId: string;
  readonly round: number;
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
}

/**
 * Works a run's preview out: a row for each customer, page by page in the order of their numbers. Each page is a transaction that says
 * how far it is, so whoever goes on after a kill, or works beside another one, adds each customer once.
 */
export async function previewRun(parts: PreviewParts, work: PreviewWork): Promise<void> {
  const { store } = parts;
  if (!(await begin(parts, work))) return;
  const lookups = {
    rateOf: rateLookup(store.tables()),
    trial: new LayoutTrial(parts.billing, store.tables()),
  };
  for (;;) {
    work.signal.throwIfAborted();
    const run = await findRun(store.tables<RunsTables>(), work.runId);
    if (run?.state !== 'previewing' || run.round !== work.round) return;
    work.progress(run.previewed, run.to_preview);
    const drafted = await draftPage(parts, run, lookups);
    if (drafted.customers.length === 0) {
      if (!(await end(parts, work))) continue;
      // Posting goes through them by their ids.
      await new GrownTables(store, ['billing_run_row', 'billing_run_body']).look();
      return;
    }
    await write(parts, run, drafted);
    // Who else waits for this process has a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Freezes what the rows are worked out from, once; false where there is nothing to do any more. */
async function begin({ store }: RunsParts, { runId, round }: PreviewWork): Promise<boolean> {
  const nowMs = await store.nowMs();
  return await store.transaction<RunsTables, boolean>(
    async (trx) => {
      const run = await lockRun(trx, store.kind, runId);
      if (run?.state !== 'previewing' || run.round !== round) return false;
      const going = { working_at_ms: nowMs, worked_before: run.previewed };
      if (run.frozen_at_ms !== null) {
        await changeRun(trx, runId, going);
        return true;
      }
      const calendar = await calendarOf(trx, run.company_id);
      await clearPreview(trx, runId);
      await changeRun(trx, runId, {
        ...going,
        previewed: 0,
        preview_after: '',
        row_count: 0,
        remarks: '',
        to_preview: await customersCounted(trx, run.query, run.company_id),
        closed_until: calendar.closedUntil ?? '',
        vat_table: await vatTableNow(trx),
        waiting_days: await waitingDays(trx, run),
        inputs_hash: companyHash(calendar.company),
        compared_at: await comparedAtText(trx, calendar.company, run.period_end_exclusive),
        frozen_at_ms: nowMs,
      });
      await store.changes.note(trx, RUN_TOPIC, runId);
      return true;
    },
    { repeatable: true },
  );
}

/** Of what every invoice of a company says. */
function companyHash(company: object): string {
  // Which one is meant where none is named is no matter of invoices. Pictures it has not are left out, as in previews made before there were any.
  const said = Object.entries({ ...company, is_default: 0 }).filter(([, value]) => value !== null);
  return hashOf(Object.fromEntries(said));
}

/** Whether every invoice of a company says what it did when a run was prepared. */
export function saysTheSame({ company }: Calendar, run: Pick<RunRecord, 'inputs_hash'>): boolean {
  if (run.inputs_hash === companyHash(company)) return true;
  // Prepared when a company had one bank account for all currencies: it has the same one in each of them still.
  const { accounts: _accounts, ...others } = company;
  const [account, ...more] = accountsOf(company).map(({ iban, bic }) => ({ iban, bic }));
  if (account === undefined || more.some(({ iban, bic }) => iban !== account.iban || bic !== account.bic))
    return false;
  return run.inputs_hash === companyHash({ ...others, ...account });
}

async function waitingDays(db: RunsDb, run: RunRecord): Promise<number> {
  const held = await heldDays(db as never, run.company_id);
  return held.filter(({ day }) => day >= run.period_start && day < run.period_end_exclusive).length;
}

/** Adds a page, unless another one has done so meanwhile. */
async function write({ store }: RunsParts, seen: RunRecord, page: Page): Promise<void> {
  await store.transaction<RunsTables, void>(
    async (trx) => {
      const run = await lockRun(trx, store.kind, seen.id);
      const isNext =
        run?.state === 'previewing' && run.round === seen.round && run.preview_after === seen.preview_after;
      if (!isNext) return;
      const rows = page.rows.map(({ row, body }, at) => {
        const seq = run.row_count + at + 1;
        return { row: { ...row, id: rowId(run.id, seq), seq } satisfies RowRecord, body };
      });
      const within = trx as unknown as AnyTransaction;
      await store.insertMany(
        within,
        'billing_run_row',
        rows.map(({ row }) => row),
      );
      const moved = rows.map(({ row }): Moved => ({ row, state: row.state, sign: 1 }));
      await moveSums(store.insertMany, trx, run.id, moved);
      const bodies = rows.flatMap(({ row, body }) => (body === null ? [] : [{ row_id: row.id, ...body }]));
      await store.insertMany(within, 'billing_run_body', bodies);
      await changeRun(trx, run.id, {
        previewed: run.previewed + page.customers.length,
        preview_after: page.customers.at(-1)?.number ?? run.preview_after,
        row_count: run.row_count + rows.length,
      });
      await store.changes.note(trx, RUN_TOPIC, run.id);
    },
    { repeatable: true },
  );
}

function rowId(runId: string, seq: number): string {
  return `${runId}.${String(seq).padStart(7, '0')}`;
}

/** The preview is there; false where another one has added more meanwhile. */
async function end({ store }: RunsParts, { runId, round }: PreviewWork): Promise<boolean> {
  return await store.transaction<RunsTables, boolean>(
    async (trx) => {
      const run = await lockRun(trx, store.kind, runId);
      if (run?.state !== 'previewing' || run.round !== round) return true;
      const left = await customersByQuery(trx, {
        companyId: run.company_id,
        query: run.query,
        afterNumber: run.preview_after,
        limit: 1,
      });
      if (left.length > 0) return false;
      const digest = await digestOf(trx, runId);
      const remarks = await remarksText(trx, runId);
      await changeRun(trx, runId, {
        state: 'ready',
        state_reason: '',
        digest,
        remarks,
        vat_table: await vatTableOfPreviewed(trx, run.vat_table),
        working_at_ms: null,
      });
      await store.changes.note(trx, RUN_TOPIC, runId);
      return true;
    },
    { repeatable: true },
  );
}
