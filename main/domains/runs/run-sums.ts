import { sql } from 'kysely';
import type { InsertMany } from '../../platform/store/insert-many.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import type { RunsDb } from './run-store.ts';
import type { RowRecord, RunsTables } from './runs-tables.ts';

export type RunSum = RunsTables['billing_run_sum'];
type Summed = Pick<
  RowRecord,
  'document_type' | 'currency' | 'before_minor' | 'net_minor' | 'vat_minor' | 'gross_minor'
>;

const MEASURES = ['row_count', 'net_minor', 'vat_minor', 'gross_minor', 'before_minor'] as const;

/** A row that came into a state (`sign` 1) or left it (-1). */
export interface Moved {
  readonly row: Summed;
  readonly state: RowRecord['state'];
  readonly sign: 1 | -1;
}

/**
 * What the rows of a run come to by document, state and currency, kept beside them: a page of a preview or a batch of a posting adds what it
 * changed, so that whoever watches reads some rows and not all. In the transaction that changes the rows, which holds the run.
 */
export async function moveSums(
  insertMany: InsertMany,
  trx: RunsDb,
  runId: string,
  moved: readonly Moved[],
): Promise<void> {
  const groups = Map.groupBy(moved, ({ row, state }) => `${row.document_type} ${state} ${row.currency}`);
  const rows = [...groups.values()].flatMap((of): RunSum[] => {
    const [first] = of;
    if (first === undefined) return [];
    const sum = (what: (row: Summed) => number | null): number =>
      of.reduce((total, { row, sign }) => total + sign * (what(row) ?? 0), 0);
    return [
      {
        run_id: runId,
        document_type: first.row.document_type,
        state: first.state,
        currency: first.row.currency,
        row_count: sum(() => 1),
        net_minor: sum((row) => row.net_minor),
        vat_minor: sum((row) => row.vat_minor),
        gross_minor: sum((row) => row.gross_minor),
        before_minor: sum((row) => row.before_minor),
      },
    ];
  });
  const onConflict = { key: ['run_id', 'document_type', 'state', 'currency'], add: MEASURES };
  await insertMany(trx as unknown as AnyTransaction, 'billing_run_sum', rows, { onConflict });
}

/** Sums a run's rows up anew, after what a person has decided on many of them. */
export async function renewSums(trx: RunsDb, runId: string): Promise<void> {
  await trx.deleteFrom('billing_run_sum').where('run_id', '=', runId).execute();
  await sql`
    insert into billing_run_sum (run_id, document_type, state, currency, row_count, net_minor, vat_minor, gross_minor, before_minor)
    select run_id, document_type, state, currency, count(*), cast(coalesce(sum(net_minor), 0) as bigint),
      cast(coalesce(sum(vat_minor), 0) as bigint), cast(coalesce(sum(gross_minor), 0) as bigint),
      cast(coalesce(sum(before_minor), 0) as bigint)
    from billing_run_row where run_id = ${runId} group by run_id, document_type, state, currency`.execute(
    trx,
  );
}

/** Of some runs, those in which there are rows. */
export async function sumsOf(db: RunsDb, runIds: readonly string[]): Promise<RunSum[]> {
  if (runIds.length === 0) return [];
  const rows = await db
    .selectFrom('billing_run_sum')
    .selectAll()
    .where('run_id', 'in', runIds)
    .where('row_count', '<>', 0)
    .orderBy('currency')
    .orderBy('run_id')
    .orderBy('state')
    .orderBy('document_type', 'desc')
    .execute();
  return rows.map((row) => {
    const measured = Object.fromEntries(MEASURES.map((what) => [what, Number(row[what])]));
    return { ...row, ...measured };
  });
}
