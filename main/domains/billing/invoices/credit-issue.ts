import type { Kysely } from 'kysely';
import { ChargedParts } from '../../../../shared/domains/billing/charged-parts.ts';
import { countedMinor } from '../../../../shared/domains/billing/credit-rules.ts';
import { creditPosting } from '../../../../shared/domains/billing/ledger-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { AnyTransaction } from '../../../platform/store/store.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { creditCharges, creditedBy, repairedAgainBy, type ChargeCredit } from '../charges/charge-credits.ts';
import { deferralRows } from '../ledger/deferral-store.ts';
import { postMany } from '../ledger/ledger-store.ts';
import { returnWriteOffs } from '../ledger/write-off-return.ts';
import type { CreditDraft } from './credit-draft.ts';
import { documentRow } from '../documents/document-insert.ts';
import type { AllottedNumber } from '../documents/document-series.ts';
import { LAYOUT_EDITION, type CreditNoteDocument } from './invoice-document.ts';

/** A credit note that has its number, drafted behind the lock of its invoice. */
export interface CreditToIssue {
  readonly creditNoteId: string;
  readonly draft: CreditDraft;
  readonly allotted: AllottedNumber;
  readonly reason: string;
  /** By whose days its invoice was charged, and until when they are closed. */
  readonly billingZone: string;
  readonly closedUntil: LocalDate | null;
}

export interface CreditIssued {
  readonly creditNoteId: string;
  readonly document: CreditNoteDocument;
  readonly hash: string;
}

/**
 * Issues credit notes, each of another invoice, in the caller's transaction, which holds the calendars, the invoices and the series: documents
 * with their hashes, postings, the repairs they settle and what they took of charges; and what was paid beyond what is left of an invoice is free
 * again, and what was given up beyond is not given up any more. Answers the payments of that, too. Some hundreds at once.
 */
export async function issueCredits(
  parts: Pick<BillingParts, 'insertMany' | 'updateMany' | 'payments'>,
  db: Kysely<BillingTables>,
  of: {
    readonly notes: readonly CreditToIssue[];
    readonly issuedOn: LocalDate;
    readonly nowMs: number;
  },
): Promise<{ readonly issued: readonly CreditIssued[]; readonly freedPayments: readonly string[] }> {
  const { issuedOn, nowMs } = of;
  const made = of.notes.map((note) => madeOf(note, { issuedOn, nowMs }));
  const { insertMany } = parts;
  const within = db as unknown as AnyTransaction;
  await postMany(
    insertMany,
    db,
    made.map(({ posting }) => posting),
  );
  await insertMany(
    within,
    'deferral',
    made.flatMap(({ deferrals }) => deferrals),
  );
  await insertMany(
    within,
    'invoice',
    made.map(({ row }) => row),
  );
  await insertMany(
    within,
    'invoice_charge',
    made.flatMap(({ settled }) => settled),
  );
  await creditCharges(parts, db, { credits: made.flatMap(({ taken }) => taken), today: issuedOn });
  const credited = made.map(({ note, document }) => ({
    invoiceId: note.draft.invoice.id,
    creditNoteId: note.creditNoteId,
    number: document.number,
    issuedOn,
    nowMs,
  }));
  const freedPayments = await parts.payments.freeExcess(db, credited, insertMany);
  await returnWriteOffs(db, credited, insertMany);
  const issued = made.map(({ note, document, row }) => ({
    creditNoteId: note.creditNoteId,
    document,
    hash: row.hash,
  }));
  return { issued, freedPayments };
}

interface On {
  readonly issuedOn: LocalDate;
  readonly nowMs: number;
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the rows of its tables
function madeOf(note: CreditToIssue, { issuedOn, nowMs }: On) {
  const { creditNoteId, draft, allotted, billingZone } = note;
  const { invoice, body } = draft;
  const document = documentOf(note, issuedOn);
  const parts = partedOf(draft, note.closedUntil ?? issuedOn);
  const settledMinor = draft.parts.reduce((sum, { repair }) => sum + (repair?.postedMinor ?? 0n), 0n);
  const deferredMinor = parts.deferrals.minor;
  const entryId = newId('entry', nowMs);
  const posting = {
    id: entryId,
    companyId: invoice.company_id,
    currency: invoice.currency,
    bookedOn: issuedOn,
    kind: 'credit-note' as const,
    source: `credit-note ${creditNoteId}`,
    memo: `${document.number} takes from ${invoice.number}`,
    lines: creditPosting(
      { earnedMinor: BigInt(body.netMinor) - settledMinor - deferredMinor, deferredMinor },
      BigInt(body.vatMinor),
      settledMinor,
    ),
    customerId: invoice.customer_id,
    documentId: invoice.id,
    postedAtMs: nowMs,
  };
  const row = documentRow({
    id: creditNoteId,
    type: 'credit-note',
    companyId: invoice.company_id,
    customerId: invoice.customer_id,
    document,
    allotted,
    entryId,
    issuedAtMs: nowMs,
    credits: { invoiceId: invoice.id, creditNo: draft.creditNo },
  });
  const whose = { companyId: invoice.company_id, billingZone, currency: invoice.currency };
  const deferrals = deferralRows({ ...whose, entryId, parts });
  const settled = draft.parts.flatMap(({ repair }, at) =>
    repair === undefined ? [] : [{ charge_id: repair.chargeId, invoice_id: creditNoteId, line_no: at + 1 }],
  );
  return { note, document, posting, row, deferrals, settled, taken: takenOf(creditNoteId, draft) };
}

function documentOf({ draft, allotted, reason }: CreditToIssue, issuedOn: LocalDate): CreditNoteDocument {
  const { invoice, body } = draft;
  return {
    ...body,
    form: 'credit-note-1',
    edition: LAYOUT_EDITION,
    number: allotted.number,
    issuedOn,
    dueOn: issuedOn,
    language: draft.document.language,
    corrects: {
      invoiceId: invoice.id,
      number: invoice.number,
      issuedOn: invoice.issued_on,
      lineNos: draft.parts.map(({ lineNo }) => lineNo),
    },
    reason,
  };
}

function partedOf({ body, parts }: CreditDraft, earnedUntil: LocalDate): ChargedParts {
  const parted = new ChargedParts(earnedUntil);
  for (const [at, { netMinor, service }] of body.lines.entries()) {
    const repair = parts[at]?.repair;
    // What a repair took of days to come it took as it was posted; what the invoice's net differs by is earned, or not, at once.
    if (repair === undefined) parted.add(BigInt(netMinor), service);
    else parted.add(BigInt(netMinor) - repair.postedMinor);
  }
  return parted;
}

/** What it takes of charges that rating made, besides the repairs it settles: so that nothing is repaired of them that is given back here. */
function takenOf(creditNoteId: string, { lines, parts, isOfRepairs }: CreditDraft): readonly ChargeCredit[] {
  return lines.flatMap((line) => {
    const ofLine = parts.filter(({ lineNo }) => lineNo === line.lineNo);
    if (line.rated === undefined || ofLine.length === 0) return [];
    const net = ofLine.reduce((sum, { netMinor }) => sum - netMinor, 0n);
    const settled = ofLine.reduce((sum, { repair }) => sum + (repair?.countedMinor ?? 0n), 0n);
    const amountMinor = settled - countedMinor(line, net);
    const by = isOfRepairs && line.netMinor < 0n ? repairedAgainBy : creditedBy;
    const source = by(creditNoteId, line.lineNo);
    return amountMinor === 0n ? [] : [{ charge: line.rated.charge, source, amountMinor }];
  });
}
