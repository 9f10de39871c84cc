import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { picturesOf } from '../companies/company-images.ts';
import { readDocument } from './invoice-document.ts';
import { printInvoice, printIssued } from './invoice-print.ts';
import { documentById, fileNameOf } from './invoice-store.ts';

type Operation = typeof billingContract.invoicePdf;

/** The PDF of an invoice, printed from its document: as it was issued, or, for reading, in another language. */
export async function invoicePdf(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { invoiceId } = input;
  const invoice = await documentById(db, invoiceId);
  if (invoice === undefined) return refuse('no-such-invoice', { invoiceId });
  const document = readDocument(invoice.document);
  const language = input.language ?? document.language;
  const isIssued = language === document.language;
  const printed = isIssued
    ? await printIssued(parts, db, invoice)
    : await printInvoice({ ...parts, pictures: await picturesOf(db, document) }, document, language);
  const suffix = isIssued ? '' : `-${language}`;
  const fileName = `${fileNameOf(invoice.number)}${suffix}.pdf`;
  return done({
    fileName,
    base64: Buffer.from(printed.bytes).toString('base64'),
    sha256: printed.sha256,
  });
}
