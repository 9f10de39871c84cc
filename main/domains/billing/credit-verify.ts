import { sql, type Kysely } from 'kysely';
import { creditOf } from '../../../shared/domains/billing/credit-rules.ts';
import type { BillingTables, InvoiceTable } from './billing-tables.ts';
import { nationalVatOfCredit } from './vat-national.ts';
import { creditableLines } from './credit-draft.ts';
import { readDocument, type CreditNoteDocument, type InvoiceDocument } from './invoice-document.ts';

type Db = Kysely<BillingTables>;
const NOTES_PER_READ = 500;

/**
 * Makes every credit note again from its invoice and those before it: none takes more than was left, and its VAT is its part of
 * the invoice's.
 */
export async function creditNotesOffTheirInvoices(db: Db): Promise<string[]> {
  const problems: string[] = [];
  let after = '';
  for (;;) {
    const credited = await db
      .selectFrom('invoice')
      .select('credits_id')
      .distinct()
      .where('credits_id', '>', after)
      .orderBy('credits_id')
      .limit(NOTES_PER_READ)
      .execute();
    const ids = credited.flatMap(({ credits_id: id }) => (id === null ? [] : [id]));
    const last = ids.at(-1);
    if (last === undefined) return problems;
    problems.push(...(await offIn(db, ids)));
    after = last;
  }
}

async function offIn(db: Db, invoiceIds: readonly string[]): Promise<string[]> {
  const invoices = await db.selectFrom('invoice').selectAll().where('id', 'in', invoiceIds).execute();
  const notes = await db
    .selectFrom('invoice')
    .selectAll()
    .where('credits_id', 'in', invoiceIds)
    .orderBy('credit_no')
    .execute();
  const byInvoice = Map.groupBy(notes, ({ credits_id: id }) => id);
  return invoices.flatMap((invoice) => chainProblems(invoice, byInvoice.get(invoice.id) ?? []));
}

function chainProblems(invoice: InvoiceTable, rows: readonly InvoiceTable[]): string[] {
  const document = readDocument(invoice.document);
  if (document.form !== 'invoice-1') {
    return rows.map(({ number }) => `Credit note ${number}: what it takes from is no invoice.`);
  }
  const before: CreditNoteDocument[] = [];
  return rows.flatMap((row, at) => {
    const note = readDocument(row.document);
    if (note.form !== 'credit-note-1' || note.corrects.invoiceId !== invoice.id) {
      return [`Credit note ${row.number}: its document does not name the invoice ${invoice.number}.`];
    }
    const problem = noteProblem(document, before, note);
    before.push(note);
    const where = `Credit note ${row.number} of ${invoice.number}`;
    const order = row.credit_no === at + 1 ? [] : [`${where}: it is not its credit note ${at + 1}.`];
    return problem === undefined ? order : [...order, `${where}: ${problem}.`];
  });
}

function noteProblem(
  invoice: InvoiceDocument,
  before: readonly CreditNoteDocument[],
  note: CreditNoteDocument,
): string | undefined {
  const asked = new Map(
    note.corrects.lineNos.map((lineNo, at) => [lineNo, -BigInt(note.lines[at]?.netMinor ?? 0)]),
  );
  const made = creditOf(creditableLines(invoice, before), asked);
  if ('fault' in made) return 'it takes more than was left';
  const stated = [note.netMinor, note.vatMinor, note.grossMinor].join(' ');
  const expected = [made.netMinor, made.vatMinor, made.grossMinor].join(' ');
  const national = nationalVatOfCredit(invoice.vatNational, {
    currency: invoice.currency,
    beforeMinor: before.reduce((sum, each) => sum - BigInt(each.vatMinor), 0n),
    nowMinor: -made.vatMinor,
  });
  if (national.vatNational?.vatMinor !== note.vatNational?.vatMinor) {
    return 'its VAT in the national currency is not its part of the invoice';
  }
  return stated === expected ? undefined : `it says ${stated}, its part of the invoice is ${expected}`;
}

/** What was given up is what its entry took from receivables. */
export async function writeOffsOffTheirEntry(db: Db): Promise<string[]> {
  const { rows } = await sql<{ number: string; amount: string; posted: string }>`
    select invoice.number as number, cast(write_off.amount_minor as text) as amount,
      cast(coalesce(posted.total, 0) as text) as posted
    from write_off join invoice on invoice.id = write_off.invoice_id
    left join (
      select entry_id, document_id, sum(amount_minor) as total from ledger_line
      where debit = 'write-offs' and credit = 'receivables' group by entry_id, document_id) as posted
      on posted.entry_id = write_off.entry_id and posted.document_id = write_off.invoice_id
    where write_off.amount_minor <> coalesce(posted.total, 0)`.execute(db);
  return rows.map(
    ({ number, amount, posted }) =>
      `Write-off of ${number}: ${amount} minor units were given up, ${posted} are posted.`,
  );
}
