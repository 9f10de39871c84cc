import type { Kysely } from 'kysely';
import type { BillingTables, DocumentType, InvoiceTable } from '../billing-tables.ts';
import type { AllottedNumber } from './document-series.ts';
import { sealDocument, type IssuedDocument } from '../invoices/invoice-document.ts';

export interface NewDocument {
  readonly id: string;
  readonly type: DocumentType;
  readonly companyId: string;
  readonly customerId: string;
  readonly document: IssuedDocument;
  readonly allotted: AllottedNumber;
  readonly entryId: string;
  readonly issuedAtMs: number;
  /** For a credit note: the invoice it takes from, and its how many-th it is. */
  readonly credits?: { readonly invoiceId: string; readonly creditNo: number };
}

/** Writes a document under its number, with the hash of its text, in the transaction that posts it. */
export async function insertDocument(db: Kysely<BillingTables>, made: NewDocument): Promise<void> {
  await db.insertInto('invoice').values(documentRow(made)).execute();
}

/** Its row, for whoever writes many at once. */
export function documentRow(made: NewDocument): InvoiceTable {
  const { document, allotted } = made;
  const { text, hash } = sealDocument(document);
  return {
    id: made.id,
    company_id: made.companyId,
    document_type: made.type,
    year: allotted.year,
    seq: allotted.seq,
    number: document.number,
    customer_id: made.customerId,
    customer_name: document.buyer.name,
    currency: document.currency,
    issued_on: document.issuedOn,
    due_on: document.dueOn,
    period_start: document.period.start,
    period_end_exclusive: document.period.endExclusive,
    net_minor: Number(document.netMinor),
    vat_minor: Number(document.vatMinor),
    gross_minor: Number(document.grossMinor),
    document: text,
    hash,
    entry_id: made.entryId,
    issued_at_ms: made.issuedAtMs,
    credits_id: made.credits?.invoiceId ?? null,
    credit_no: made.credits?.creditNo ?? null,
  };
}
