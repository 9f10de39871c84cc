import type { Kysely } from 'kysely';
import { advancePart } from '../../../../shared/domains/billing/advance-rules.ts';
import { allocationPosting } from '../../../../shared/domains/billing/ledger-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { invariant } from '../../../../shared/kernel/invariant.ts';
import type { InsertMany } from '../../../platform/store/insert-many.ts';
import type { AnyTransaction, StoreKind } from '../../../platform/store/store.ts';
import type { BillingTables } from '../billing-tables.ts';
import type { InvoiceDocument } from '../invoices/invoice-document.ts';
import { postMany, type Posting } from '../ledger/ledger-store.ts';
import { lockAdvances } from './advance-store.ts';

type Db = Kysely<BillingTables>;

export interface SettlingInvoice {
  readonly invoiceId: string;
  readonly customerId: string;
  readonly document: InvoiceDocument;
}

/**
 * Takes what invoices settle from the advances they name, in the transaction that issues them: a use each, with the entry that moves the
 * money from what was received ahead to what the invoice owes. The advances are locked, and what the invoices say of them must be what is so.
 */
export async function takeAdvances(
  { insertMany, kind }: { readonly insertMany: InsertMany; readonly kind: StoreKind },
  trx: Db,
  of: {
    readonly companyId: string;
    readonly invoices: readonly SettlingInvoice[];
    readonly nowMs: number;
  },
): Promise<void> {
  const settling = of.invoices.filter(({ document }) => document.settles !== undefined);
  if (settling.length === 0) return;
  const ids = settling.flatMap(({ document }) => (document.settles ?? []).map(({ advanceId }) => advanceId));
  const advances = new Map(await lockAdvances(trx, kind, ids));
  const entries: (Posting & { readonly id: string })[] = [];
  const uses: BillingTables['advance_use'][] = [];
  for (const { invoiceId, customerId, document } of settling) {
    for (const part of document.settles ?? []) {
      const advance = advances.get(part.advanceId);
      invariant(
        advance !== undefined && advance.customerId === customerId && advance.companyId === of.companyId,
        `${document.number} settles an advance that is not its customer's: ${part.number}`,
      );
      const { grossMinor, vatMinor } = advancePart(advance, BigInt(part.grossMinor));
      invariant(
        vatMinor.toString() === part.vatMinor,
        `${document.number} settles ${part.number} by other VAT than is left of it`,
      );
      const useNo = advance.uses + 1;
      const entryId = newId('entry', of.nowMs);
      entries.push({
        id: entryId,
        companyId: of.companyId,
        currency: document.currency,
        bookedOn: document.issuedOn,
        kind: 'payment',
        source: `advance ${advance.id} ${useNo}`,
        memo: advance.number,
        lines: allocationPosting(grossMinor),
        customerId,
        documentId: invoiceId,
        postedAtMs: of.nowMs,
      });
      uses.push({
        advance_id: advance.id,
        use_no: useNo,
        kind: 'invoice',
        invoice_id: invoiceId,
        gross_minor: Number(grossMinor),
        vat_minor: Number(vatMinor),
        entry_id: entryId,
      });
      advances.set(advance.id, {
        ...advance,
        takenMinor: advance.takenMinor + grossMinor,
        takenVatMinor: advance.takenVatMinor + vatMinor,
        uses: useNo,
      });
    }
  }
  await postMany(insertMany, trx, entries);
  await insertMany(trx as unknown as AnyTransaction, 'advance_use', uses);
}
