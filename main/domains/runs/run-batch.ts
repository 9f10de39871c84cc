import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import type { Calendar } from '../billing/billing-public.ts';
import { remarksText } from './run-remarks.ts';
import type { ChargesOfRow } from './run-row-draft.ts';
import { changeRun, type RunsDb } from './run-store.ts';
import { moveSums, type Moved } from './run-sums.ts';
import type { RunsParts } from './runs-parts.ts';
import type { RowRecord, RunRecord } from './runs-tables.ts';

/** A row with what was approved of it. */
export type RowToPost = RowRecord & { readonly body: string; readonly body_charges: string };

/** Rows of one kind that are posted in one transaction, which holds their run. */
export interface Batch {
  readonly run: RunRecord;
  readonly rows: readonly RowToPost[];
  readonly calendar: Calendar;
  readonly issuedOn: LocalDate;
  readonly nowMs: number;
}

/** Why a row is held instead of posted. */
export type Reason = Pick<RowRecord, 'code' | 'why'>;

/** What a row became. */
export interface Made {
  readonly documentId: string;
  readonly number: string;
  readonly email: string;
}

/** The charges of its document with their lines. */
export function chargesOf(row: RowToPost): ChargesOfRow {
  return allChargesOf(row).filter(([, lineNo]) => lineNo > 0);
}

/** With those that stand on another document of the run. */
export function allChargesOf(row: RowToPost): ChargesOfRow {
  return JSON.parse(row.body_charges) as ChargesOfRow;
}

/** Writes down what became of the rows of a batch, by their ids, and queues a message for each document whose customer has an address. */
export async function endBatch(
  { store }: RunsParts,
  trx: RunsDb,
  of: Pick<Batch, 'run' | 'rows' | 'nowMs'> & {
    readonly made: ReadonlyMap<string, Made>;
    readonly reasons: ReadonlyMap<string, Reason>;
  },
): Promise<void> {
  const { run, rows, made, reasons } = of;
  const within = trx as unknown as AnyTransaction;
  const ended = rows.map((row) => {
    const document = made.get(row.id);
    return document === undefined
      ? { id: row.id, state: 'held' as const, ...heldBy(reasons, row), invoice_id: null, number: null }
      : {
          id: row.id,
          state: 'posted' as const,
          code: '',
          why: row.why,
          invoice_id: document.documentId,
          number: document.number,
        };
  });
  await store.updateMany(within, 'billing_run_row', ended, 'id');
  const moved = rows.flatMap((row, at): Moved[] => [
    { row, state: 'ready', sign: -1 },
    { row, state: ended[at]?.state ?? 'held', sign: 1 },
  ]);
  await moveSums(store.insertMany, trx, run.id, moved);
  if (made.size < rows.length) await changeRun(trx, run.id, { remarks: await remarksText(trx, run.id) });
  const messages = [...made.values()].flatMap(({ documentId, email }) =>
    email === ''
      ? []
      : [
          {
            invoice_id: documentId,
            channel: 'email',
            address: email,
            run_id: run.id,
            state: 'waiting',
            queued_at_ms: of.nowMs,
          },
        ],
  );
  await store.insertMany(within, 'invoice_delivery', messages);
}

function heldBy(reasons: ReadonlyMap<string, Reason>, row: RowToPost): Reason {
  return reasons.get(row.id) ?? { code: row.code, why: row.why };
}
