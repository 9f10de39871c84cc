import { sql, type Kysely } from 'kysely';
import { advancePart, type AdvancePart } from '../../../../shared/domains/billing/advance-rules.ts';
import { vatInMinor } from '../../../../shared/domains/billing/price-vat-rules.ts';
import type { BillingTables } from '../billing-tables.ts';
import { readDocument, type IssuedDocument } from '../invoices/invoice-document.ts';
import { advanceCreditBody } from './advance-credit.ts';
import { nationalPart, reasonAgainst } from './advance-settle.ts';
import { standingOf, type AdvanceRow, type StandingAdvance } from './advance-store.ts';

type Db = Kysely<BillingTables>;
const ADVANCES_PER_READ = 300;
const PROBLEMS_MAX = 100;

interface UseRow {
  advance_id: string;
  use_no: number;
  kind: 'invoice' | 'credit-note';
  invoice_id: string;
  gross_minor: number;
  vat_minor: number;
  number: string;
  document: string;
}

/**
 * Makes every advance invoice again: its VAT is what is in what was received, its uses follow each other, never take more than it is and
 * are what the invoices and credit notes say of it; each is posted as it says, and what the ledger holds as VAT on advances is what no
 * invoice and no credit note has taken.
 */
export async function advancesOffTheirUses(db: Db): Promise<string[]> {
  const problems: string[] = [];
  let after = '';
  for (;;) {
    const rows = await db
      .selectFrom('advance')
      .innerJoin('invoice', 'invoice.id', 'advance.invoice_id')
      .selectAll('advance')
      .select(['invoice.number', 'invoice.issued_on', 'invoice.document', 'invoice.vat_minor as stated_vat'])
      .select('invoice.gross_minor as stated_gross')
      .where('advance.invoice_id', '>', after)
      .orderBy('advance.invoice_id')
      .limit(ADVANCES_PER_READ)
      .execute();
    const last = rows.at(-1);
    if (last === undefined || problems.length > PROBLEMS_MAX) break;
    after = last.invoice_id;
    const ids = rows.map(({ invoice_id: id }) => id);
    const uses = await db
      .selectFrom('advance_use')
      .innerJoin('invoice', 'invoice.id', 'advance_use.invoice_id')
      .selectAll('advance_use')
      .select(['invoice.number', 'invoice.document'])
      .where('advance_id', 'in', ids)
      .orderBy('use_no')
      .execute();
    const byAdvance = Map.groupBy(uses, ({ advance_id: id }) => id);
    for (const row of rows) {
      const isSaid =
        row.gross_minor === row.stated_gross &&
        row.vat_minor === row.stated_vat &&
        BigInt(row.vat_minor) === vatInMinor(BigInt(row.gross_minor), row.vat_rate);
      if (!isSaid)
        problems.push(`Advance invoice ${row.number}: its VAT is not what is in what was received.`);
      problems.push(...chainProblems(row, byAdvance.get(row.invoice_id) ?? []));
    }
  }
  for (const query of [notAsPosted, usedBesideTheirUses, withoutAdvance, vatOff]) {
    const { rows } = await query.execute(db);
    problems.push(...rows.map(({ problem }) => problem));
  }
  return problems;
}

function chainProblems(row: AdvanceRow, uses: readonly UseRow[]): string[] {
  const [found] = standingOf({ ...row, taken_minor: 0, taken_vat_minor: 0, uses: 0 });
  if (found === undefined) return [`Advance invoice ${row.number}: its document is none.`];
  const problems: string[] = [];
  let advance = found;
  for (const use of uses) {
    const where = `Advance invoice ${row.number}, ${use.number}`;
    const part = advancePart(advance, BigInt(use.gross_minor));
    if (use.use_no !== advance.uses + 1) problems.push(`${where}: it is not its use ${advance.uses + 1}.`);
    if (part.vatMinor !== BigInt(use.vat_minor)) {
      problems.push(`${where}: ${use.vat_minor} of VAT are taken of it, ${part.vatMinor} are in that part.`);
    }
    if (!saysThePart(readDocument(use.document), advance, part)) {
      problems.push(`${where}: the document does not say what it takes of it.`);
    }
    advance = {
      ...advance,
      takenMinor: advance.takenMinor + part.grossMinor,
      takenVatMinor: advance.takenVatMinor + part.vatMinor,
      uses: advance.uses + 1,
    };
  }
  if (advance.takenMinor > advance.grossMinor) {
    problems.push(`Advance invoice ${row.number}: more is taken of it than it is.`);
  }
  return problems;
}

function saysThePart(document: IssuedDocument, advance: StandingAdvance, part: AdvancePart): boolean {
  if (document.form === 'advance-invoice-1') return false;
  if (document.form === 'credit-note-1') {
    const body = advanceCreditBody(advance, part);
    return (
      document.corrects.invoiceId === advance.id &&
      document.grossMinor === body.grossMinor &&
      document.vatMinor === body.vatMinor &&
      document.netMinor === body.netMinor &&
      document.vatNational?.vatMinor === body.vatNational?.vatMinor
    );
  }
  const said = document.settles?.filter(({ advanceId }) => advanceId === advance.id) ?? [];
  const [only] = said;
  return (
    said.length === 1 &&
    only !== undefined &&
    reasonAgainst(document, advance) === undefined &&
    only.number === advance.number &&
    only.grossMinor === part.grossMinor.toString() &&
    only.vatMinor === part.vatMinor.toString() &&
    only.netMinor === part.netMinor.toString() &&
    only.vatNational?.vatMinor === nationalPart(advance, part.vatMinor).vatNational?.vatMinor
  );
}

/** Everything of advances that must be in the ledger once, in one line. */
const expected = sql`
  select invoice.number as number, invoice.entry_id as entry_id, 'advance-vat' as debit, 'vat-payable' as credit,
    advance.vat_minor as amount_minor, advance.customer_id as customer_id, advance.invoice_id as document_id
  from advance join invoice on invoice.id = advance.invoice_id
  union all
  select note.number, advance_use.entry_id, 'vat-payable', 'advance-vat', advance_use.vat_minor, advance.customer_id,
    advance.invoice_id
  from advance_use join advance on advance.invoice_id = advance_use.advance_id
    join invoice as note on note.id = advance_use.invoice_id and note.entry_id = advance_use.entry_id
  where advance_use.kind = 'credit-note'
  union all
  select invoice.number, advance_use.entry_id, 'advances', 'receivables', advance_use.gross_minor, advance.customer_id,
    advance_use.invoice_id
  from advance_use join advance on advance.invoice_id = advance_use.advance_id
    join invoice on invoice.id = advance_use.invoice_id
  where advance_use.kind = 'invoice'`;

const notAsPosted = sql<{ problem: string }>`
  select wanted.number || ': what is posted for the advance is not what it says.' as problem
  from (${expected}) as wanted
  left join ledger_line on ledger_line.entry_id = wanted.entry_id
  left join ledger_line as second on second.entry_id = wanted.entry_id and second.line_no > 1
  where ledger_line.entry_id is null or second.entry_id is not null or ledger_line.debit <> wanted.debit
    or ledger_line.credit <> wanted.credit or ledger_line.amount_minor <> wanted.amount_minor
    or ledger_line.customer_id <> wanted.customer_id or ledger_line.document_id <> wanted.document_id
  limit ${PROBLEMS_MAX}`;

/** What an invoice deducts of VAT is what its uses say; one that deducts has uses. */
const usedBesideTheirUses = sql<{ problem: string }>`
  select invoice.number || ': it deducts ' || cast(coalesce(posted.vat, 0) as text)
    || ' of VAT on advances, it settles ' || cast(coalesce(used.vat, 0) as text) || '.' as problem
  from invoice
  left join (
    select entry_id, sum(case when credit = 'advance-vat' then amount_minor else -amount_minor end) as vat
    from ledger_line where (credit = 'advance-vat' and debit = 'receivables')
      or (debit = 'advance-vat' and credit = 'receivables') group by entry_id) as posted on posted.entry_id = invoice.entry_id
  left join (
    select invoice_id, sum(vat_minor) as vat from advance_use where kind = 'invoice' group by invoice_id) as used
    on used.invoice_id = invoice.id
  where coalesce(posted.vat, 0) <> coalesce(used.vat, 0) limit ${PROBLEMS_MAX}`;

const withoutAdvance = sql<{ problem: string }>`
  select invoice.number || ': it is an advance invoice for no payment.' as problem from invoice
  where document_type = 'advance-invoice' and not exists (
    select 1 from advance where advance.invoice_id = invoice.id and advance.customer_id = invoice.customer_id
      and advance.company_id = invoice.company_id and advance.currency = invoice.currency)
  union all
  select note.number || ': it takes back of an advance invoice what is not written down.' from invoice as note
  join advance on advance.invoice_id = note.credits_id
  where not exists (select 1 from advance_use where advance_use.invoice_id = note.id and advance_use.kind = 'credit-note')
  limit ${PROBLEMS_MAX}`;

/** Of each company by itself. */
const vatOff = sql<{ problem: string }>`
  select 'VAT on advances of ' || company.name || ' in ' || currency || ' is ' || cast(sum(held) as text)
    || ' minor units, of advance invoices that are not used up it is ' || cast(sum(left_over) as text) || '.' as problem
  from (
    select company_id, currency, case when debit = 'advance-vat' then amount_minor else -amount_minor end as held,
      0 as left_over
    from ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
    where debit = 'advance-vat' or credit = 'advance-vat'
    union all
    select company_id, currency, 0, vat_minor - coalesce((
      select sum(advance_use.vat_minor) from advance_use where advance_id = advance.invoice_id), 0)
    from advance) as sides
  join company on company.id = sides.company_id
  group by company.id, company.name, currency having sum(held) <> sum(left_over)
  order by company.name, currency limit ${PROBLEMS_MAX}`;
