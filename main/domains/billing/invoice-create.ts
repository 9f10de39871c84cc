import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import { invoicePosting } from '../../../shared/domains/billing/ledger-rules.ts';
import { newId } from '../../../shared/kernel/id.ts';
import { addDays, dayAt, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import { customerFacts } from '../customers/customers-public.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables } from './billing-tables.ts';
import { theCompany } from './company-store.ts';
import { allotNumber, type AllottedNumber } from './document-series.ts';
import { sealDocument, type InvoiceDocument } from './invoice-document.ts';
import { draftInvoice, type InvoiceDraft } from './invoice-draft.ts';
import { post } from './ledger-store.ts';

type Operation = typeof billingContract.invoiceCreate;
type Db = Kysely<BillingTables>;

/**
 * Issues the invoice of a customer for a period, in the caller's transaction: number, document with its hash, posting and the
 * charges it settles, all or nothing. The number comes first: its series is the lock behind which the charges are read, so two
 * that are issued at once never take the same ones. Its pages are drawn from the document by whoever reads them first (see
 * invoice-print.ts): nobody waits for a number while a page is drawn, and a page that cannot be drawn loses no invoice.
 */
export async function invoiceCreate(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const company = await theCompany(db);
  if (company === undefined) return refuse('no-company');
  const today = dayAt(await parts.nowMs(db), company.time_zone);
  const issuedOn = input.issuedOn ?? today;
  if (issuedOn > today) return refuse('date-in-future', { issuedOn, today });
  const { customerId, periodStart: start, periodEndExclusive: endExclusive } = input;
  const buyer = await customerFacts(db, customerId);
  if (buyer !== undefined) context.subject(`an invoice for ${buyer.name} (${buyer.number})`);
  const allotted = await allotNumber(db, company, issuedOn);
  if (!allotted.ok) return refuse(allotted.code, allotted.facts);
  const drafted = await draftInvoice(db, { customerId, period: { start, endExclusive } });
  if (!drafted.ok) return drafted;
  const draft = drafted.value;
  const { number } = allotted.value;
  context.subject(`${number} for ${draft.customer.name} (${draft.customer.number})`);
  const document: InvoiceDocument = {
    ...draft.body,
    form: 'invoice-1',
    number,
    issuedOn,
    dueOn: addDays(issuedOn, company.payment_days),
    language: draft.customer.language,
  };
  const invoiceId = await issue(parts, db, { draft, document, allotted: allotted.value, issuedOn });
  await context.note('invoice', invoiceId);
  const gross = { amountMinor: document.grossMinor, currency: document.currency };
  return done({ invoiceId, number, gross });
}

interface Issue {
  readonly draft: InvoiceDraft;
  readonly document: InvoiceDocument;
  readonly allotted: AllottedNumber;
  readonly issuedOn: LocalDate;
}

async function issue(parts: BillingParts, db: Db, made: Issue): Promise<string> {
  const { draft, document } = made;
  const nowMs = await parts.nowMs(db);
  const invoiceId = newId('inv', nowMs);
  const entryId = await post(db, {
    companyId: draft.company.id,
    currency: document.currency,
    bookedOn: made.issuedOn,
    kind: 'invoice',
    source: `invoice ${invoiceId}`,
    memo: document.number,
    lines: invoicePosting(BigInt(document.netMinor), BigInt(document.vatMinor)),
    customerId: draft.customer.id,
    documentId: invoiceId,
    postedAtMs: nowMs,
  });
  await insertInvoice(db, { ...made, invoiceId, entryId, nowMs });
  await parts.insertMany(
    db as unknown as AnyTransaction,
    'invoice_charge',
    draft.charges.map(({ chargeId, lineNo }) => ({
      charge_id: chargeId,
      invoice_id: invoiceId,
      line_no: lineNo,
    })),
  );
  return invoiceId;
}

async function insertInvoice(
  db: Db,
  made: Issue & { invoiceId: string; entryId: string; nowMs: number },
): Promise<void> {
  const { document, draft, allotted } = made;
  const { text, hash } = sealDocument(document);
  await db
    .insertInto('invoice')
    .values({
      id: made.invoiceId,
      company_id: draft.company.id,
      document_type: 'invoice',
      year: allotted.year,
      seq: allotted.seq,
      number: document.number,
      customer_id: draft.customer.id,
      customer_name: draft.customer.name,
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
      issued_at_ms: made.nowMs,
    })
    .execute();
}
