import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, InvoiceTable } from '../billing-tables.ts';
import { picturesOf } from '../companies/company-images.ts';
import type { DocumentPictures } from '../documents/document-pictures.ts';
import { layoutOf, readDocument, type DocumentLanguage, type IssuedDocument } from './invoice-document.ts';
import { invoicePages } from './invoice-layout.ts';
import { issuedFile } from './invoice-store.ts';

export interface PrintedInvoice {
  readonly bytes: Uint8Array;
  /** Hexadecimal. */
  readonly sha256: string;
}

type PrintParts = Pick<BillingParts, 'press' | 'layoutFolder'> & {
  /** Those the document was issued with (`picturesOf`); default none. */
  readonly pictures?: DocumentPictures;
};

/**
 * The PDF of an invoice in a language: the same bytes for the same document, whenever and wherever it is printed.
 * @throws OperatingFailure `pdf-not-drawn`
 */
export async function printInvoice(
  parts: PrintParts,
  document: IssuedDocument,
  language: DocumentLanguage,
): Promise<PrintedInvoice> {
  const bytes = await draw(parts, document, language);
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function draw(
  parts: PrintParts,
  document: IssuedDocument,
  language: DocumentLanguage,
): Promise<Uint8Array> {
  try {
    const layout = { folder: parts.layoutFolder, pictures: parts.pictures ?? {} };
    return await parts.press.render(invoicePages(document, layout, language));
  } catch (error) {
    throw new OperatingFailure({
      code: 'pdf-not-drawn',
      sentence: `The pages of ${document.number} could not be drawn; the invoice itself is issued and stands. Try again, and if it stays so install the program anew: ${error instanceof Error ? error.message : String(error)}`,
      mayRetry: true,
      cause: error,
    });
  }
}

/**
 * The pages an invoice was issued with. The hash of the first ones ever drawn is recorded, once, before anybody is given them;
 * whoever draws them later, or at the same moment elsewhere, must come to the same bytes.
 * @throws OperatingFailure `picture-missing`, `pdf-differs`: no file is handed out that says to be that invoice and is another
 */
export async function printIssued(
  parts: PrintParts,
  db: Kysely<BillingTables>,
  invoice: Pick<InvoiceTable, 'id' | 'number' | 'document'>,
): Promise<PrintedInvoice> {
  const document = readDocument(invoice.document);
  const { language } = document;
  const pictures = await picturesOf(db, document);
  const printed = await printInvoice({ ...parts, pictures }, document, language);
  const known = await issuedFile(db, invoice.id, language);
  if (known === undefined) await recordFirst(db, { invoiceId: invoice.id, document, printed });
  const issued = known ?? (await issuedFile(db, invoice.id, language));
  if (issued?.sha256 !== printed.sha256) {
    throw new OperatingFailure({
      code: 'pdf-differs',
      sentence: `The pages of ${invoice.number} come out differently than the first time: fonts or layout of this installation were changed. Install the program anew.`,
    });
  }
  return printed;
}

async function recordFirst(
  db: Kysely<BillingTables>,
  { invoiceId, document, printed }: { invoiceId: string; document: IssuedDocument; printed: PrintedInvoice },
): Promise<void> {
  await db
    .insertInto('invoice_file')
    .values({
      invoice_id: invoiceId,
      language: document.language,
      layout: layoutOf(document),
      sha256: printed.sha256,
      bytes: printed.bytes.length,
    })
    .onConflict((conflict) => conflict.columns(['invoice_id', 'language']).doNothing())
    .execute();
}
