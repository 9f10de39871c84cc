import type { Kysely } from 'kysely';
import { countedMinor, creditOf } from '../../../../shared/domains/billing/credit-rules.ts';
import { canonicalJson } from '../../../platform/store/canonical-json.ts';
import type { BillingTables, InvoiceTable } from '../billing-tables.ts';
import {
  creditedBy,
  ratedLines,
  repairedAgainBy,
  type RatedLineOfInvoice,
  eachOf,
} from '../charges/charge-credits.ts';
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
  const rated = await ratedLines(db, invoiceIds);
  const charges = [...new Set([...rated.values()].flat().map(({ charge }) => charge))];
  const told = await eachOf(charges, async (some) =>
    db
      .selectFrom('charge_credit')
      .select(['source', 'amount_minor'])
      .where('charge_id', 'in', some)
      .where('source', 'like', 'note %')
      .execute(),
  );
  const settled = await settledOn(
    db,
    notes.map(({ id }) => id),
  );
  const taken = new Map(told.map((row) => [row.source, BigInt(row.amount_minor)]));
  return invoices.flatMap((invoice) => {
    const rows = byInvoice.get(invoice.id) ?? [];
    return [
      ...chainProblems(invoice, rows),
      ...untold(invoice, rows, { rated: rated.get(invoice.id) ?? [], taken, settled }),
    ];
  });
}

/** Rating knows of each credit note what it took of its charges, or it would give that back once more. */
function untold(
  invoice: InvoiceTable,
  rows: readonly InvoiceTable[],
  said: {
    readonly rated: readonly RatedLineOfInvoice[];
    readonly taken: ReadonlyMap<string, bigint>;
    readonly settled: ReadonlyMap<string, bigint>;
  },
): string[] {
  const document = readDocument(invoice.document);
  if (document.form !== 'invoice-1') return [];
  const before: CreditNoteDocument[] = [];
  const settledMinor = (id: string, note: CreditNoteDocument, lineNo: number): bigint =>
    note.corrects.lineNos.reduce(
      (sum, of, at) => (of === lineNo ? sum + (said.settled.get(`${id} ${at + 1}`) ?? 0n) : sum),
      0n,
    );
  return rows.flatMap((row) => {
    const note = readDocument(row.document);
    if (note.form !== 'credit-note-1') return [];
    const lines = creditableLines(document, before, said.rated);
    before.push(note);
    return [...creditedNets(note)].flatMap(([lineNo, net]) => {
      const line = lines.find((one) => one.lineNo === lineNo);
      if (line?.rated === undefined) return [];
      const expected = settledMinor(row.id, note, lineNo) - countedMinor(line, net);
      const found =
        said.taken.get(creditedBy(row.id, lineNo)) ?? said.taken.get(repairedAgainBy(row.id, lineNo)) ?? 0n;
      if (expected === found) return [];
      return [
        `Credit note ${row.number} of ${invoice.number}: it takes ${-expected} minor units of what line ${lineNo} charged, the charge knows of ${-found}.`,
      ];
    });
  });
}

/** What repairs that credit notes settle come to as their charges count, by note and its line. */
async function settledOn(db: Db, noteIds: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
  if (noteIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('invoice_charge')
    .innerJoin('charge', 'charge.id', 'invoice_charge.charge_id')
    .select(['invoice_id', 'line_no', 'amount_minor', 'gross_minor'])
    .where('invoice_id', 'in', noteIds)
    .execute();
  return new Map(
    rows.map((row) => [`${row.invoice_id} ${row.line_no}`, -BigInt(row.gross_minor ?? row.amount_minor)]),
  );
}

/** What a credit note takes by line of its invoice. */
function creditedNets(note: CreditNoteDocument): Map<number, bigint> {
  const nets = new Map<number, bigint>();
  for (const [at, lineNo] of note.corrects.lineNos.entries())
    nets.set(lineNo, (nets.get(lineNo) ?? 0n) - BigInt(note.lines[at]?.netMinor ?? 0));
  return nets;
}

function chainProblems(invoice: InvoiceTable, rows: readonly InvoiceTable[]): string[] {
  const document = readDocument(invoice.document);
  // Made again with its advance (advance-verify.ts).
  if (document.form === 'advance-invoice-1') return [];
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
  const made = creditOf(creditableLines(invoice, before), creditedNets(note));
  if ('fault' in made) return 'it takes more than was left';
  const stated = [note.netMinor, note.vatMinor, note.grossMinor].join(' ');
  const expected = [made.netMinor, made.vatMinor, made.grossMinor].join(' ');
  const national = nationalVatOfCredit(invoice, {
    before: before.flatMap(({ vatLines }) => vatLines),
    now: made.vat.map((group) => ({ ...group, vatMinor: group.vatMinor.toString() })),
  });
  if (canonicalJson(national) !== canonicalJson(pickNational(note))) {
    return 'its VAT in the national currency is not its part of the invoice';
  }
  return stated === expected ? undefined : `it says ${stated}, its part of the invoice is ${expected}`;
}

function pickNational({ vatNational }: CreditNoteDocument): Pick<CreditNoteDocument, 'vatNational'> {
  return vatNational === undefined ? {} : { vatNational };
}
