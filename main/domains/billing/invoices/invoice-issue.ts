import type { Kysely } from 'kysely';
import { invoicePosting } from '../../../../shared/domains/billing/ledger-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { addDays, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { InsertMany } from '../../../platform/store/insert-many.ts';
import type { AnyTransaction, StoreKind } from '../../../platform/store/store.ts';
import { advanceVatOf } from '../advances/advance-settle.ts';
import { takeAdvances } from '../advances/advance-uses.ts';
import type { BillingTables } from '../billing-tables.ts';
import type { CompanyRow } from '../companies/company-store.ts';
import { variableSymbol } from '../../../../shared/domains/billing/invoice-number-rules.ts';
import { hasVariableSymbol } from '../documents/payment-code.ts';
import { documentRow } from '../documents/document-insert.ts';
import type { AllottedNumber } from '../documents/document-series.ts';
import {
  LAYOUT_EDITION,
  type DocumentLanguage,
  type InvoiceBody,
  type InvoiceDocument,
} from './invoice-document.ts';
import { postMany } from '../ledger/ledger-store.ts';

/** An invoice that has all but its number and its dates. */
export interface InvoiceToIssue {
  readonly invoiceId: string;
  readonly customerId: string;
  readonly language: DocumentLanguage;
  readonly body: InvoiceBody;
  readonly charges: readonly { readonly chargeId: string; readonly lineNo: number }[];
}

export interface Issued {
  readonly invoiceId: string;
  readonly document: InvoiceDocument;
  readonly hash: string;
}

/**
 * Issues invoices under the numbers that were allotted to them in the caller's transaction: documents with their hashes, postings and
 * the charges and advances that each settles. A charge that is on an invoice already violates a unique rule, and all of it is rolled back.
 */
export async function issueInvoices(
  { insertMany, kind }: { readonly insertMany: InsertMany; readonly kind: StoreKind },
  trx: Kysely<BillingTables>,
  of: {
    readonly company: CompanyRow;
    readonly issuedOn: LocalDate;
    readonly allotted: readonly AllottedNumber[];
    readonly invoices: readonly InvoiceToIssue[];
    readonly nowMs: number;
  },
): Promise<Issued[]> {
  const { company, issuedOn, nowMs } = of;
  const made = of.invoices.flatMap((each, at) => {
    const allotted = of.allotted[at];
    if (allotted === undefined) return [];
    const { currency, account } = each.body;
    const symbol = hasVariableSymbol(currency, account.iban) ? variableSymbol(allotted.number) : undefined;
    const document: InvoiceDocument = {
      ...each.body,
      form: 'invoice-1',
      edition: LAYOUT_EDITION,
      number: allotted.number,
      issuedOn,
      dueOn: addDays(issuedOn, company.payment_days),
      language: each.language,
      ...(symbol !== undefined && { variableSymbol: symbol }),
    };
    const entryId = newId('entry', nowMs);
    const row = documentRow({
      id: each.invoiceId,
      type: 'invoice',
      companyId: company.id,
      customerId: each.customerId,
      document,
      allotted,
      entryId,
      issuedAtMs: nowMs,
    });
    return [{ ...each, document, entryId, row }];
  });
  const charged = await chargedMinorOf(trx, of.invoices);
  await postMany(
    insertMany,
    trx,
    made.map(({ document, entryId, invoiceId, customerId }) => ({
      id: entryId,
      companyId: company.id,
      currency: document.currency,
      bookedOn: issuedOn,
      kind: 'invoice',
      source: `invoice ${invoiceId}`,
      memo: document.number,
      lines: invoicePosting(BigInt(document.netMinor), BigInt(document.vatMinor), {
        chargedMinor: charged.get(invoiceId),
        advanceVatMinor: advanceVatOf(document),
      }),
      customerId,
      documentId: invoiceId,
      postedAtMs: nowMs,
    })),
  );
  const within = trx as unknown as AnyTransaction;
  await insertMany(
    within,
    'invoice',
    made.map(({ row }) => row),
  );
  const settled = made.flatMap(({ invoiceId, charges }) =>
    charges.map(({ chargeId, lineNo }) => ({ charge_id: chargeId, invoice_id: invoiceId, line_no: lineNo })),
  );
  await insertMany(within, 'invoice_charge', settled);
  await takeAdvances({ insertMany, kind }, trx, { companyId: company.id, invoices: made, nowMs });
  return made.map(({ invoiceId, document, row }) => ({ invoiceId, document, hash: row.hash }));
}

/** Statements with a list of ids take at most this many. */
const IDS_PER_STATEMENT = 500;

/** What the charges of invoices were posted at, by the invoice, where a price has VAT in it; of all others that is their net. */
async function chargedMinorOf(
  trx: Kysely<BillingTables>,
  invoices: readonly InvoiceToIssue[],
): Promise<ReadonlyMap<string, bigint>> {
  const concerned = invoices.filter(({ body }) =>
    body.lines.some(({ grossMinor, isWithoutVat }) => grossMinor !== undefined || isWithoutVat),
  );
  const ofInvoice = new Map(
    concerned.flatMap(({ invoiceId, charges }) =>
      charges.map(({ chargeId }) => [chargeId, invoiceId] as const),
    ),
  );
  const charged = new Map<string, bigint>();
  const ids = [...ofInvoice.keys()];
  for (let start = 0; start < ids.length; start += IDS_PER_STATEMENT) {
    const rows = await trx
      .selectFrom('charge')
      .select(['id', 'amount_minor'])
      .where('id', 'in', ids.slice(start, start + IDS_PER_STATEMENT))
      .execute();
    for (const { id, amount_minor: amount } of rows) {
      const invoiceId = ofInvoice.get(id) ?? '';
      charged.set(invoiceId, (charged.get(invoiceId) ?? 0n) + BigInt(amount));
    }
  }
  return charged;
}
