import { sql, type Kysely } from 'kysely';
import type { InvoiceDetail } from '../../../../shared/domains/billing/invoice-contract.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { BillingTables, InvoiceTable } from '../billing-tables.ts';

interface Movement {
  booked_on: LocalDate;
  kind: InvoiceDetail['history'][number]['kind'];
  document_id: string | null;
  words: string;
  minor: number;
}

/** Every entry that moved what is open of an invoice, oldest first; nothing for a credit note, which moves its invoice's. */
export async function invoiceHistory(
  db: Kysely<BillingTables>,
  invoice: Pick<InvoiceTable, 'id' | 'currency'>,
): Promise<InvoiceDetail['history']> {
  const { rows } = await sql<Movement>`
    select ledger_entry.booked_on as booked_on, ledger_entry.kind as kind, note.id as document_id,
      coalesce(note.number, write_off.reason, ledger_entry.memo) as words,
      cast(sum(case when ledger_line.debit = 'receivables' then ledger_line.amount_minor
        else -ledger_line.amount_minor end) as bigint) as minor
    from ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
    left join invoice as note on note.credits_id = ${invoice.id} and note.entry_id = ledger_entry.id
    left join write_off on write_off.invoice_id = ${invoice.id} and write_off.entry_id = ledger_entry.id
    where ledger_line.document_id = ${invoice.id} and (ledger_line.debit = 'receivables' or ledger_line.credit = 'receivables')
    group by ledger_entry.id, ledger_entry.booked_on, kind, note.id, note.number, write_off.reason, memo, posted_at_ms
    order by ledger_entry.booked_on, case kind when 'invoice' then 0 else 1 end, posted_at_ms, memo, ledger_entry.id`.execute(
    db,
  );
  return rows.map((row) => ({
    bookedOn: row.booked_on,
    kind: row.kind,
    documentId: row.document_id,
    words: row.words,
    amount: { amountMinor: String(row.minor), currency: invoice.currency },
  }));
}
