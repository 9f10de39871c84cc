import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import { periodBefore } from '../../../shared/domains/runs/run-rules.ts';
import type { runsContract } from '../../../shared/domains/runs/runs-contract.ts';
import type { MoneyWire } from '../../../shared/kernel/money.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import {
  invoicesWithin,
  linesOfInvoices,
  lineWords,
  previewOf,
  type DocumentLine,
  type InvoiceBody,
} from '../billing/billing-public.ts';
import { changesByLine } from './run-compare.ts';
import { runRowWire } from './run-rows.ts';
import { findRun, periodOf, type RunsDb } from './run-store.ts';
import type { RunsParts } from './runs-parts.ts';
import type { RowRecord, RunRecord, RunsTables } from './runs-tables.ts';

type Handlers = DomainHandlers<typeof runsContract, CallContext>;

interface Body {
  readonly lines: readonly DocumentLine[];
  readonly body: InvoiceBody | null;
  /** By line number. */
  readonly charges: ReadonlyMap<number, readonly string[]>;
}

/** A row down to its charges, beside the invoice before. What is posted is read from its invoice. */
export function runRow(parts: RunsParts): Handlers['runRow'] {
  return async ({ rowId }, context) => {
    const db = context.tables<RunsTables>();
    const { kind } = parts.store;
    const row = await db.selectFrom('billing_run_row').selectAll().where('id', '=', rowId).executeTakeFirst();
    const run = row && (await findRun(db, row.run_id));
    if (row === undefined || run === undefined) return refuse('no-such-row', { rowId });
    const now = await bodyOf(db, parts, row);
    const before = row.document_type === 'invoice' ? await invoicesBefore(db, parts, { run, row }) : [];
    const lines = await linesOfInvoices(
      db as never,
      kind,
      before.map(({ id }) => id),
    );
    const then = before.flatMap(({ id }) => lines.get(id) ?? []);
    const words = new Map(
      [...now.lines, ...then].map(
        (line) => [line, lineWords(line, parts.billing.layoutFolder, 'en')] as const,
      ),
    );
    const wire = (minor: bigint): MoneyWire => ({ amountMinor: minor.toString(), currency: row.currency });
    return done({
      ...runRowWire(run)(row),
      runId: run.id,
      beforeInvoices: before.map(({ id, number }) => ({ id, number })),
      settles: now.body === null ? [] : previewOf(now.body, parts.billing.layoutFolder, 'en').settles,
      notes: now.body === null ? [] : previewOf(now.body, parts.billing.layoutFolder, 'en').notes,
      compared: changesByLine(now.lines, then).flatMap((change) => {
        const line = change.now[0] ?? change.before[0];
        const said = line && words.get(line);
        if (line === undefined || said === undefined) return [];
        return [
          {
            subscriptionId: line.subscriptionId,
            description: said.description,
            quantity: said.quantity,
            unit: said.unit,
            unitPrice: line.unitPrice,
            serviceStart: line.service.start,
            serviceEndExclusive: (change.now.at(-1) ?? line).service.endExclusive,
            now: change.now.length === 0 ? null : wire(change.nowMinor),
            before: change.before.length === 0 ? null : wire(change.beforeMinor),
            change: wire(change.nowMinor - change.beforeMinor),
            chargeIds: change.now.flatMap(({ lineNo }) => now.charges.get(lineNo) ?? []),
          },
        ];
      }),
    });
  };
}

async function bodyOf(db: RunsDb, { store }: RunsParts, row: RowRecord): Promise<Body> {
  const kept = await db
    .selectFrom('billing_run_body')
    .selectAll()
    .where('row_id', '=', row.id)
    .executeTakeFirst();
  if (kept !== undefined) {
    const body = JSON.parse(kept.body) as InvoiceBody;
    return { body, lines: body.lines, charges: byLine(JSON.parse(kept.charges) as [string, number][]) };
  }
  if (row.invoice_id === null) return { body: null, lines: [], charges: new Map() };
  const lines = await linesOfInvoices(db as never, store.kind, [row.invoice_id]);
  return { body: null, lines: lines.get(row.invoice_id) ?? [], charges: new Map() };
}

function byLine(charges: readonly (readonly [string, number])[]): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const [chargeId, lineNo] of charges) found.set(lineNo, [...(found.get(lineNo) ?? []), chargeId]);
  return found;
}

async function invoicesBefore(
  db: RunsDb,
  { store }: RunsParts,
  of: { readonly run: RunRecord; readonly row: RowRecord },
): Promise<readonly { readonly id: string; readonly number: string }[]> {
  const { run, row } = of;
  const found = await invoicesWithin(db as never, {
    kind: store.kind,
    companyId: run.company_id,
    customerIds: [row.customer_id],
    period: periodBefore(periodOf(run)),
  });
  return (found.get(row.customer_id) ?? []).filter(({ currency }) => currency === row.currency);
}
