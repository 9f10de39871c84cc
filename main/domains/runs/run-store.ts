import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { periodWords } from '../../../shared/domains/runs/run-rules.ts';
import type { VatCheck } from '../../../shared/domains/customers/customers-contract.ts';
import type { Period } from '../../../shared/kernel/local-date.ts';
import { forNoKeyUpdate } from '../../platform/store/for-update.ts';
import { canonicalJson } from '../../platform/store/canonical-json.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import { sellingCompanies } from '../billing/billing-public.ts';
import type { CustomerFacts } from '../customers/customers-public.ts';
import type { RunRecord, RunsTables } from './runs-tables.ts';

export type RunsDb = Kysely<RunsTables>;

/** Topic of the change feed; the key is the run's id. */
export const RUN_TOPIC = 'run';

export async function findRun(db: RunsDb, runId: string): Promise<RunRecord | undefined> {
  return await db.selectFrom('billing_run').selectAll().where('id', '=', runId).executeTakeFirst();
}

/** Reads a run and keeps everybody else from changing it or its rows until the transaction ends. */
export async function lockRun(trx: RunsDb, kind: StoreKind, runId: string): Promise<RunRecord | undefined> {
  const run = trx.selectFrom('billing_run').selectAll().where('id', '=', runId);
  return await forNoKeyUpdate(run, kind).executeTakeFirst();
}

export async function changeRun(trx: RunsDb, runId: string, set: Partial<RunRecord>): Promise<void> {
  await trx.updateTable('billing_run').set(set).where('id', '=', runId).execute();
}

export function periodOf(run: Pick<RunRecord, 'period_start' | 'period_end_exclusive'>): Period {
  return { start: run.period_start, endExclusive: run.period_end_exclusive };
}

/** "September 2026, EUR, country:PL". */
export function runTitle(
  run: Pick<RunRecord, 'period_start' | 'period_end_exclusive' | 'currency' | 'query'>,
): string {
  return [periodWords(periodOf(run)), run.currency, run.query].filter(Boolean).join(', ');
}

/** Its title in a list of all that is done, with whose run it is where several companies sell. */
export async function runSubject(db: RunsDb, run: RunRecord): Promise<string> {
  const companies = await sellingCompanies(db as never);
  const own = companies.length > 1 ? companies.find(({ id }) => id === run.company_id)?.name : undefined;
  return [runTitle(run), own].filter(Boolean).join(', ');
}

export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** Of what an invoice says of its buyer, and of what its VAT stands on. Our own notes change no invoice. */
export function customerHash(customer: CustomerFacts, check: VatCheck | undefined): string {
  const { notes: _notes, active: _active, ...facts } = customer;
  const said = check && [check.result, check.requestIdentifier, check.checkedAt];
  return hashOf([facts, said ?? null]);
}

/** SHA-256 over what would be posted, in its order: what is approved, and nothing else, is what is posted. */
export async function digestOf(db: RunsDb, runId: string): Promise<string> {
  const rows = await db
    .selectFrom('billing_run_row')
    .select(['customer_id', 'body_hash'])
    .where('run_id', '=', runId)
    .where('state', '=', 'ready')
    .orderBy('seq')
    .execute();
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${row.customer_id} ${row.body_hash}\n`);
  return hash.digest('hex');
}

/** Takes away what a preview has written. */
export async function clearPreview(trx: RunsDb, runId: string): Promise<void> {
  await trx.deleteFrom('billing_run_body').where('run_id', '=', runId).execute();
  await trx.deleteFrom('billing_run_row').where('run_id', '=', runId).execute();
  await trx.deleteFrom('billing_run_sum').where('run_id', '=', runId).execute();
}
