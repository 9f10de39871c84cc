import { done, sentenceOf } from '../../../shared/contract/outcome.ts';
import { creditOperations } from '../../../shared/domains/billing/credit-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { canonicalJson } from '../../platform/store/canonical-json.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import {
  allotNumbers,
  draftRepairCredits,
  holdSeries,
  issueCredits,
  lockCalendar,
  repairReason,
  type CreditDraft,
  type CreditToIssue,
} from '../billing/billing-public.ts';
import { customersFacts } from '../customers/customers-public.ts';
import { chargesOf, endBatch, type Batch, type Made, type Reason, type RowToPost } from './run-batch.ts';
import { creditedCharges } from './run-credit-row.ts';
import { THIS_RUN } from './run-dating.ts';
import type { RunsDb } from './run-store.ts';
import type { RunsParts } from './runs-parts.ts';

/** Whose days an invoice was charged by, and until when they are closed; and where its customer is written to now. */
type Charged = Pick<CreditToIssue, 'billingZone' | 'closedUntil'> & { readonly email: string };

/**
 * Issues the credit notes of a batch: how many were, or why none can be. Its locks are those of a credit note by hand, in the same order:
 * calendars, the series of invoices (behind which repairs are taken), the invoices, the series of credit notes. Each is drafted again behind
 * them: what is not to the cent what was approved is held.
 */
export async function issueRunCredits(parts: RunsParts, trx: RunsDb, batch: Batch): Promise<number | string> {
  const { run, rows, issuedOn, nowMs } = batch;
  const { company } = batch.calendar;
  const charged = await lockedCalendars(parts, trx, batch);
  await holdSeries(trx as never, company.id, 'invoice');
  const drafts = await draftRepairCredits(
    trx as never,
    rows.map((row) => ({
      invoiceId: row.credits_id ?? '',
      chargeIds: chargesOf(row).map(([chargeId]) => chargeId),
    })),
    parts.store.kind,
  );
  const reasons = new Map<string, Reason>();
  const clear = rows.flatMap((row) => {
    const drafted = drafts.get(row.credits_id ?? '');
    const draft = drafted?.ok === true && saysTheSame(row, drafted.value) ? drafted.value : undefined;
    const reason = draft === undefined ? changed(row) : tooEarly(row, draft, issuedOn);
    if (reason !== undefined) reasons.set(row.id, reason);
    return draft === undefined || reason !== undefined ? [] : [{ row, draft }];
  });
  const series = { type: 'credit-note', issuedOn, customer: THIS_RUN, count: clear.length } as const;
  const allotted = clear.length === 0 ? done([]) : await allotNumbers(trx as never, company, series);
  if (!allotted.ok) return sentenceOf(creditOperations.invoiceCredit.refusals[allotted.code], allotted.facts);
  const notes = clear.flatMap(({ row, draft }, at): CreditToIssue[] => {
    const number = allotted.value[at];
    if (number === undefined) return [];
    const reason = repairReason(draft.document.language);
    const { billingZone, closedUntil } = charged.get(row.customer_id) ?? {
      billingZone: '',
      closedUntil: null,
    };
    const creditNoteId = newId('inv', nowMs);
    return [{ creditNoteId, draft, allotted: number, reason, billingZone, closedUntil }];
  });
  const { issued, freedPayments } = await issueCredits(parts.billing, trx as never, {
    notes,
    issuedOn,
    nowMs,
  });
  const within = trx as unknown as AnyTransaction;
  const { changes } = parts.store;
  await changes.note(within, 'payment', freedPayments);
  // Whoever looks at one of them sees what is left of it now.
  await changes.note(
    within,
    'invoice',
    notes.map(({ draft }) => draft.invoice.id),
  );
  const made = new Map(
    clear.flatMap(({ row }, at): [string, Made][] => {
      const one = issued[at];
      if (one === undefined) return [];
      // It says of its buyer what its invoice said, but goes to the address of today.
      const email = charged.get(row.customer_id)?.email ?? '';
      return [[row.id, { documentId: one.creditNoteId, number: one.document.number, email }]];
    }),
  );
  await endBatch(parts, trx, { run, rows, nowMs, made, reasons });
  return clear.length;
}

/** By customer: in the order in which all lock those of one company. */
async function lockedCalendars(
  { store }: RunsParts,
  trx: RunsDb,
  { run, rows }: Batch,
): Promise<ReadonlyMap<string, Charged>> {
  const customers = await customersFacts(trx, store.kind, [...new Set(rows.map((row) => row.customer_id))]);
  const closedUntil = new Map<string, LocalDate | null>();
  for (const billingZone of [...new Set(customers.map((of) => of.billingZone))].toSorted()) {
    const calendar = await lockCalendar(trx as never, { companyId: run.company_id, billingZone });
    closedUntil.set(billingZone, calendar?.closedUntil ?? null);
  }
  return new Map(
    customers.map(({ id, billingZone, email }) => [
      id,
      { billingZone, closedUntil: closedUntil.get(billingZone) ?? null, email },
    ]),
  );
}

function saysTheSame(row: RowToPost, draft: CreditDraft): boolean {
  return (
    canonicalJson(draft.body) === canonicalJson(JSON.parse(row.body)) &&
    canonicalJson(creditedCharges(draft)) === canonicalJson(chargesOf(row))
  );
}

function changed({ customer_name: customer, credits_number: number }: RowToPost): Reason {
  const why = `What is to be credited of ${number} of ${customer} changed after the run was approved: credit it on the page of ${number}, or by another run.`;
  return { code: 'changed-meanwhile', why };
}

function tooEarly(row: RowToPost, { invoice }: CreditDraft, issuedOn: LocalDate): Reason | undefined {
  if (issuedOn >= invoice.issued_on) return undefined;
  const { customer_name: customer, credits_number: number } = row;
  const why = `${number} of ${customer} is of ${invoice.issued_on}, after ${issuedOn}, the date of this run: credit it by another run, of ${invoice.issued_on} or later.`;
  return { code: 'date-before-invoice', why };
}
