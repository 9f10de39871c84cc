import { sentenceOf } from '../../../shared/contract/outcome.ts';
import { invoicing } from '../../../shared/domains/billing/invoice-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { canonicalJson } from '../../platform/store/canonical-json.ts';
import {
  allotNumbers,
  heldInPeriod,
  issueInvoices,
  laterThan,
  openAdvancesOf,
  settledBy,
  unbilledIds,
  type InvoiceBody,
  type InvoiceToIssue,
} from '../billing/billing-public.ts';
import { customersFacts, vatChecksOf } from '../customers/customers-public.ts';
import {
  allChargesOf,
  chargesOf,
  endBatch,
  type Batch,
  type Made,
  type Reason,
  type RowToPost,
} from './run-batch.ts';
import { THIS_RUN } from './run-dating.ts';
import { customerHash, periodOf, type RunsDb } from './run-store.ts';
import type { RunsParts } from './runs-parts.ts';

/** Issues the invoices of a batch: how many were, or why none can be. */
export async function issueRunInvoices(
  parts: RunsParts,
  trx: RunsDb,
  batch: Batch,
): Promise<number | string> {
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
  const made = new Map(
    clear.flatMap((row, at): [string, Made][] => {
      const one = issued[at];
      if (one === undefined) return [];
      const { number, buyer } = one.document;
      return [[row.id, { documentId: one.invoiceId, number, email: buyer.email }]];
    }),
  );
  await endBatch(parts, trx, { run, rows, nowMs, made, reasons });
  return clear.length;
}

function toIssue(row: RowToPost, nowMs: number): InvoiceToIssue {
  const body = JSON.parse(row.body) as InvoiceBody;
  return {
    invoiceId: newId('inv', nowMs),
    customerId: row.customer_id,
    language: body.buyer.language,
    body,
    charges: chargesOf(row).map(([chargeId, lineNo]) => ({ chargeId, lineNo })),
  };
}

type Settled = NonNullable<InvoiceBody['settles']>[number];

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
    const then = new Set(allChargesOf(row).map(([chargeId]) => chargeId));
    const still = new Set(now.map(({ id }) => id));
    if (hash !== row.customer_hash) change('The data');
    else if (awaited.has(customerId)) change('The usage');
    // What its credit notes take may be credited by hand meanwhile: that is of them, and does not change the invoice.
    else if (chargesOf(row).some(([id]) => !still.has(id)) || now.some(({ id }) => !then.has(id)))
      change('The charges');
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
