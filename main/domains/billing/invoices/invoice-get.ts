import type { Kysely } from 'kysely';
import type { OutputOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import type { InvoiceDetail } from '../../../../shared/domains/billing/invoice-contract.ts';
import { quantityText } from '../../../../shared/domains/billing/charge-rules.ts';
import { vatNotesOf } from '../../../../shared/domains/billing/vat-notes.ts';
import type { VatCategory } from '../../../../shared/domains/billing/vat-rules.ts';
import { spacedIban } from '../../../../shared/domains/billing/iban-rules.ts';
import { addressGaps } from '../../../../shared/domains/customers/address-gaps.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import { settledWords } from '../advances/advance-settle.ts';
import { advanceFactsOf } from '../advances/advance-store.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, InvoiceTable } from '../billing-tables.ts';
import {
  readDocument,
  type DocumentLanguage,
  type DocumentLine,
  type InvoiceBody,
  type IssuedDocument,
} from './invoice-document.ts';
import { invoiceHistory } from './invoice-history.ts';
import { printIssued } from './invoice-print.ts';
import { invoiceTexts, lineTexts, type DateStyle, type InvoiceTexts } from './invoice-texts.ts';
import { nationalVatWords } from './vat-national-words.ts';
import { invoiceById, invoiceRowOf, issuedFile } from './invoice-store.ts';

type Preview = OutputOf<typeof billingContract.invoicePreview>;

/** An issued invoice as the console shows it, from its document; undefined for an unknown id. */
export async function invoiceDetail(
  parts: Pick<BillingParts, 'press' | 'layoutFolder' | 'kind'>,
  db: Kysely<BillingTables>,
  asked: { readonly invoiceId: string; readonly today: LocalDate },
): Promise<InvoiceDetail | undefined> {
  const row = await invoiceById(db, asked.invoiceId, asked.today);
  if (row === undefined) return undefined;
  const document = readDocument(row.document);
  const { countryNames: _ofSeller, ...seller } = document.seller;
  const { countryNames: _ofBuyer, number: _number, ...buyer } = document.buyer;
  const { lines, vatLines, notes } = previewOf(
    document,
    parts.layoutFolder,
    document.language,
    document.edition,
  );
  return {
    ...invoiceRowOf(row),
    seller: {
      ...seller,
      iban: spacedIban(document.account.iban),
      bic: document.account.bic,
    },
    buyer,
    lines,
    vatLines,
    notes,
    vatNational: nationalVatWords(document),
    ...settledWords(document),
    advance: await advanceFactsOf(db, parts.kind, row.id),
    corrects: correctedBy(document),
    reason: document.form === 'credit-note-1' ? document.reason : '',
    billedAgainBy: await billedAgainBy(db, row.id),
    history: await invoiceHistory(db, row),
    vatEvidence: document.vatEvidence ?? null,
    issuedAt: new Date(row.issued_at_ms).toISOString(),
    hash: row.hash,
    pdfSha256: await pdfHash(parts, db, { invoice: row, language: document.language }),
  };
}

async function billedAgainBy(db: Kysely<BillingTables>, invoiceId: string): Promise<string | null> {
  const row = await db
    .selectFrom('billed_again')
    .select('day')
    .where('invoice_id', '=', invoiceId)
    .executeTakeFirst();
  return row?.day ?? null;
}

function correctedBy(document: IssuedDocument): InvoiceDetail['corrects'] {
  if (document.form !== 'credit-note-1') return null;
  const { invoiceId, number, issuedOn } = document.corrects;
  return { invoiceId, number, issuedOn };
}

/** Hash of its pages, drawn now if nobody has read them yet; what cannot be drawn does not keep the rest from being read. */
async function pdfHash(
  parts: Pick<BillingParts, 'press' | 'layoutFolder'>,
  db: Kysely<BillingTables>,
  of: { readonly invoice: InvoiceTable; readonly language: DocumentLanguage },
): Promise<string> {
  const issued = await issuedFile(db, of.invoice.id, of.language);
  if (issued !== undefined) return issued.sha256;
  try {
    return (await printIssued(parts, db, of.invoice)).sha256;
  } catch (error) {
    if (error instanceof OperatingFailure) return '';
    throw error;
  }
}

/** Lines, VAT and totals of a body, in words of a language. */
export function previewOf(
  body: InvoiceBody,
  layoutFolder: string,
  language: DocumentLanguage,
  edition?: 1 | 2,
): Preview {
  const texts = invoiceTexts(layoutFolder, language);
  const { currency } = body;
  const money = (amountMinor: string): Preview['net'] => ({ amountMinor, currency });
  const notes = vatNotesOf(body, { language, sellerCountry: body.seller.country });
  return {
    lines: body.lines.map((line) => ({
      ...wordsOf(line, texts, { language, edition }),
      net: money(line.netMinor),
      vatCategory: line.vatCategory,
      vatRate: line.vatRate,
    })),
    vatLines: body.vatLines.map((group) => ({
      vatCategory: group.vatCategory,
      vatRate: group.vatRate,
      base: money(group.baseMinor),
      vat: money(group.vatMinor),
      note: notes
        .filter(({ category }) => category === group.vatCategory)
        .map(({ text }) => text)
        .join(' '),
    })),
    notes: notes.map(({ text }) => text),
    vatNational: nationalVatWords(body),
    warnings: warningsOf(body),
    ...settledWords(body),
    net: money(body.netMinor),
    vat: money(body.vatMinor),
    gross: money(body.grossMinor),
  };
}

/** A line in the words of a document, without the rest of it. */
export function lineWords(
  line: InvoiceBody['lines'][number],
  layoutFolder: string,
  language: DocumentLanguage,
): ReturnType<typeof wordsOf> {
  return wordsOf(line, invoiceTexts(layoutFolder, language), { language, edition: undefined });
}

/** What stands on a VAT id without a yes of VIES is issued all the same, and said; so are an address with gaps, and what the export of goods wants. */
function warningsOf({ vatLines, vatEvidence, buyer }: InvoiceBody): string[] {
  const has = (category: VatCategory): boolean =>
    vatLines.some(({ vatCategory }) => vatCategory === category);
  const stands = [
    ...(has('AE') ? ['the reverse charge'] : []),
    ...(has('K') ? ['the intra-Community supply'] : []),
  ].join(' and ');
  const gaps = addressGaps(buyer);
  const stand = stands.includes(' and ') ? 'stand' : 'stands';
  const ofId =
    vatEvidence === undefined
      ? `VIES was not asked about ${buyer.vatId}, on which ${stands} ${stand}.`
      : `VIES did not answer about ${buyer.vatId}, on which ${stands} ${stand}: ask again.`;
  return [
    ...(stands !== '' && vatEvidence?.result !== 'valid' ? [ofId] : []),
    ...(gaps === ''
      ? []
      : [
          `${buyer.name} has no ${gaps.replace(' and ', ' and no ')}: an invoice must state its customer's full address (Art. 226(5)). Enter it under the customer first.`,
        ]),
    ...(has('G') ? ['Keep the proof of export: without it the goods are taxed at home.'] : []),
    ...(has('K') ? ['Keep the proof of transport to the other member state.'] : []),
  ];
}

function wordsOf(
  line: DocumentLine,
  texts: InvoiceTexts,
  style: DateStyle,
): Pick<Preview['lines'][number], 'lineNo' | 'description' | 'detail' | 'quantity' | 'unit' | 'unitPrice'> {
  const { description, detail } = lineTexts(
    { ...line, hasVatInPrice: line.grossMinor !== undefined },
    texts,
    style,
  );
  const quantity = { numerator: BigInt(line.numerator), denominator: BigInt(line.denominator) };
  return {
    lineNo: line.lineNo,
    description,
    detail,
    quantity: quantityText(line.component, quantity),
    unit: line.isPart ? '' : texts.units[line.component],
    unitPrice: line.unitPrice,
  };
}
