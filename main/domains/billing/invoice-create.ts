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
import { findCompany } from './company-store.ts';
import { insertDocument } from './document-insert.ts';
import { allotNumber, type AllottedNumber } from './document-series.ts';
import type { InvoiceDocument } from './invoice-document.ts';
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
  const { customerId, periodStart: start, periodEndExclusive: endExclusive } = input;
  const buyer = await customerFacts(db, customerId);
  const company = await findCompany(db, buyer?.companyId);
  if (company === undefined) return refuse('no-company');
  const today = dayAt(await parts.nowMs(db), company.time_zone);
  const issuedOn = input.issuedOn ?? today;
  if (issuedOn > today) return refuse('date-in-future', { issuedOn, today });
  if (buyer !== undefined) context.subject(`an invoice for ${buyer.name} (${buyer.number})`);
  const allotted = await allotNumber(db, company, { type: 'invoice', issuedOn });
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
  await insertDocument(db, {
    id: invoiceId,
    type: 'invoice',
    companyId: draft.company.id,
    customerId: draft.customer.id,
    document,
    allotted: made.allotted,
    entryId,
    issuedAtMs: nowMs,
  });
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
