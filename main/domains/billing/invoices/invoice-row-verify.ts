import { sql, type Kysely } from 'kysely';
import type { BillingTables } from '../billing-tables.ts';

/** So many are told of; who put them right asks again. */
const PROBLEMS_MAX = 100;

/** Rows of the list of invoices that do not say what documents and ledger say. */
export async function rowsOffTheirInvoices(db: Kysely<BillingTables>): Promise<string[]> {
  const { rows } = await sql<{ number: string; kept: string | null; open: string; credited: string }>`
    with owed as (
      select document_id, sum(case when debit = 'receivables' then amount_minor else -amount_minor end) as minor
      from ledger_line where document_id is not null and (debit = 'receivables' or credit = 'receivables') group by document_id),
    credit as (select credits_id, -sum(gross_minor) as minor from invoice where credits_id is not null group by credits_id)
    select invoice.number, cast(kept.open_minor as text) as kept, cast(coalesce(owed.minor, 0) as text) as open,
      cast(coalesce(credit.minor, 0) as text) as credited
    from invoice left join invoice_row as kept on kept.id = invoice.id
      left join owed on owed.document_id = invoice.id left join credit on credit.credits_id = invoice.id
    where kept.id is null or kept.open_minor <> coalesce(owed.minor, 0) or kept.credited_minor <> coalesce(credit.minor, 0)
      or kept.number <> invoice.number or kept.customer_id <> invoice.customer_id or kept.gross_minor <> invoice.gross_minor
      or kept.document_type <> invoice.document_type or kept.due_on <> invoice.due_on or kept.issued_on <> invoice.issued_on
      or kept.currency <> invoice.currency or kept.net_minor <> invoice.net_minor or kept.year <> invoice.year or kept.seq <> invoice.seq
      or kept.company_id <> invoice.company_id or kept.customer_folded <> fold_text(invoice.customer_name) or kept.search <> fold_text(invoice.number || ${'\n'} || invoice.customer_name)
    order by invoice.id limit ${PROBLEMS_MAX}`.execute(db);
  return rows.map(({ number, kept, open, credited }) =>
    kept === null
      ? `${number}: the list of invoices does not have it.`
      : `${number}: its row in the list of invoices is not what it says (${kept} open there, ${open} in the ledger, ${credited} credited).`,
  );
}
