import { sql } from 'kysely';
import { FINDING_CODES, severityOf, type Finding } from '../../../shared/domains/runs/run-rules.ts';
import type { BillingRunDetail } from '../../../shared/domains/runs/runs-contract.ts';
import type { RunsDb } from './run-store.ts';
import { findingsIn, type RunRecord } from './runs-tables.ts';

type Remarks = Pick<BillingRunDetail, 'findings' | 'anomalies' | 'same' | 'held'>;

const NOTHING: Remarks = { findings: [], anomalies: 0, same: 0, held: [] };

const HELD_REASONS_MAX = 20;

/** What is remarkable among the rows of a run, and why some are held; nothing while its preview is made. */
export async function remarksOf(db: RunsDb, run: RunRecord): Promise<Remarks> {
  // Those of before anomalies were counted have no such count.
  if (run.remarks !== '') return { ...NOTHING, ...(JSON.parse(run.remarks) as Partial<Remarks>) };
  return run.state === 'previewing' ? NOTHING : await remarksIn(db, run.id);
}

/** The same, to be written down where rows came to be held. */
export async function remarksText(db: RunsDb, runId: string): Promise<string> {
  return JSON.stringify(await remarksIn(db, runId));
}

async function remarksIn(db: RunsDb, runId: string): Promise<Remarks> {
  const sets = await db
    .selectFrom('billing_run_row')
    .select(['findings', sql<number>`count(*)`.as('count')])
    .where('run_id', '=', runId)
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
  const countOf = (is: (findings: readonly Finding[]) => boolean): number =>
    sets.reduce((sum, set) => sum + (is(findingsIn(set.findings)) ? Number(set.count) : 0), 0);
  return {
    findings: FINDING_CODES.flatMap((finding) => {
      const count = countOf((found) => found.includes(finding));
      return count === 0 ? [] : [{ finding, count }];
    }),
    anomalies: countOf((found) => severityOf(found) > 0),
    same: countOf((found) => found.length === 0),
    held: held.map((row) => ({ ...row, count: Number(row.count) })),
  };
}

/** Rows that would be posted, are of high severity, and that nobody has said anything about; none once a run is approved. */
export async function undecidedOf(
  db: RunsDb,
  run: Pick<RunRecord, 'id' | 'state'>,
): Promise<{ readonly count: number; readonly customer: string }> {
  if (run.state !== 'ready' && run.state !== 'returned') return { count: 0, customer: '' };
  const row = await db
    .selectFrom('billing_run_row')
    .select([sql<number>`count(*)`.as('count'), sql<string | null>`min(customer_name)`.as('customer')])
    .where('run_id', '=', run.id)
    .where('state', '=', 'ready')
    .where('severity', '=', 2)
    .where('decision', '=', '')
    .executeTakeFirstOrThrow();
  return { count: Number(row.count), customer: row.customer ?? '' };
}
