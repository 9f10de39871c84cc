import { sql, type Kysely } from 'kysely';
import type { OutputOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { roundedAmountMinor, type Component } from '../../../../shared/domains/billing/charge-rules.ts';
import { convertedMinor } from '../../../../shared/domains/billing/exchange-rate-rules.ts';
import { documentTotals, type DocumentTotals } from '../../../../shared/domains/billing/invoice-rules.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, DocumentType, InvoiceTable } from '../billing-tables.ts';
import { againOffTheirInvoices } from '../charges/charge-again-verify.ts';
import { allCompanies } from '../companies/company-store.ts';
import { companiesMixed } from '../companies/company-verify.ts';
import { keptPictures, picturesGone, type KeptPictures } from '../companies/pictures-verify.ts';
import { creditNotesOffTheirInvoices } from '../invoices/credit-verify.ts';
import { writeOffsOffTheirEntry } from './write-off-verify.ts';
import { rowsOffTheirInvoices } from '../invoices/invoice-row-verify.ts';
import { deferralsOffTheirEntries, recognitionOffItsDeferrals } from './deferral-verify.ts';
import {
  documentHash,
  lineAmounts,
  readDocument,
  type IssuedDocument,
} from '../invoices/invoice-document.ts';
import { exchangesOffTheirRates } from './exchange-verify.ts';
import { advanceVatOf } from '../advances/advance-settle.ts';
import { advancesOffTheirUses } from '../advances/advance-verify.ts';
import { accountTotals } from './ledger-store.ts';
import { poolsOffTheirHours, poolsOffTheirMembers } from '../pools/pool-verify.ts';
import { periodChargesOffTheirRule } from '../charges/period-verify.ts';

type Db = Kysely<BillingTables>;
type Verdict = OutputOf<typeof billingContract.ledgerVerify>;

/** More would not help anybody, and the first few name the cause. */
const PROBLEMS_MAX = 100;
const INVOICES_PER_READ = 500;

/**
 * Recomputes the books from what they were made of: charges from their quantities, entries from charges and documents, documents
 * from their lines, series from their numbers, balances from everything. Reads only.
 */
export async function ledgerVerify(
  db: Db,
  parts: Partial<Pick<BillingParts, 'usage' | 'alsoVerified'>> = {},
): Promise<Verdict> {
  const ofOthers: string[] = [];
  for (const verify of parts.alsoVerified ?? []) ofOthers.push(...(await verify(db)));
  const pictures = await keptPictures(db);
  const problems = [
    ...(await chargesOffTheirRule(db)),
    ...(await periodChargesOffTheirRule(db)),
    ...(await entriesOffTheirCharges(db)),
    ...(await deferralsOffTheirEntries(db)),
    ...(await recognitionOffItsDeferrals(db)),
    ...pictures.problems,
    ...(await invoicesOffTheirDocument(db, pictures)),
    ...(await invoicesOffTheirCharges(db)),
    ...(await invoicesOffTheirEntry(db)),
    ...(await entriesOfNothing(db)),
    ...(await gapsInSeries(db)),
    ...(await creditNotesOffTheirInvoices(db)),
    ...(await advancesOffTheirUses(db)),
    ...(await writeOffsOffTheirEntry(db)),
    ...(await rowsOffTheirInvoices(db)),
    ...(await againOffTheirInvoices(db)),
    ...(await exchangesOffTheirRates(db)),
    ...(await balancesOffTheirParts(db)),
    ...(await companiesMixed(db)),
    ...(await poolsOffTheirMembers(db)),
    ...(parts.usage === undefined ? [] : await poolsOffTheirHours({ usage: parts.usage }, db)),
    ...ofOthers,
  ];
  return {
    ok: problems.length === 0,
    entries: await countOf(db, 'ledger_entry'),
    charges: await countOf(db, 'charge'),
    invoices: await countOf(db, 'invoice'),
    problems: problems.slice(0, PROBLEMS_MAX),
  };
}

async function countOf(db: Db, table: 'ledger_entry' | 'charge' | 'invoice'): Promise<number> {
  const row = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(db);
  return Number(row.rows[0]?.count ?? 0);
}

/** The charges of a month come to the rounded exact amount of its quantity (see charge-rules.ts). */
async function chargesOffTheirRule(db: Db): Promise<string[]> {
  interface Month {
    subscription_id: string;
    component: Component;
    month: string;
    unit_price: string;
    currency: Currency;
    denominator: number;
    numerator: string;
    amount: string;
  }
  const { rows } = await sql<Month>`
    select subscription_id, component, substr(day, 1, 7) as month, unit_price, currency, denominator,
      cast(sum(numerator) as text) as numerator, cast(sum(amount_minor) as text) as amount
    from charge where open_until is null group by subscription_id, component, substr(day, 1, 7), unit_price, currency, denominator`.execute(
    db,
  );
  return rows.flatMap((row) => {
    const quantity = { numerator: BigInt(row.numerator), denominator: BigInt(row.denominator) };
    const expected = roundedAmountMinor(row.unit_price, quantity, row.currency);
    if (expected === BigInt(row.amount)) return [];
    return [
      `Charges of ${row.subscription_id} for ${row.component} in ${row.month} come to ${row.amount} instead of ${expected} minor units.`,
    ];
  });
}

async function entriesOffTheirCharges(db: Db): Promise<string[]> {
  const { rows } = await sql<{ source: string; posted: string; charged: string }>`
    select ledger_entry.source as source, cast(lines.total as text) as posted, cast(coalesce(charged.total, 0) as text) as charged
    from ledger_entry
    join (select entry_id, sum(case when debit = 'unbilled' then amount_minor else -amount_minor end) as total
      from ledger_line where (debit = 'unbilled' and credit in ('revenue', 'deferred'))
        or (credit = 'unbilled' and debit in ('revenue', 'deferred')) group by entry_id) as lines on lines.entry_id = ledger_entry.id
    left join (select entry_id, sum(amount_minor) as total from charge where entry_id is not null group by entry_id) as charged
      on charged.entry_id = ledger_entry.id
    where ledger_entry.kind = 'charges' and lines.total <> coalesce(charged.total, 0)`.execute(db);
  const off = rows.map(
    ({ source, posted, charged }) =>
      `${source}: ${posted} minor units are posted, its charges come to ${charged}.`,
  );
  const { rows: lost } = await sql<{ id: string }>`
    select charge.id as id from charge left join ledger_entry on ledger_entry.id = charge.entry_id
    where charge.entry_id is not null and ledger_entry.id is null limit ${PROBLEMS_MAX}`.execute(db);
  return [...off, ...lost.map(({ id }) => `The charge ${id} names an entry that is not there.`)];
}

/** Hash, sums and VAT of every document, from its own text; that its columns say the same, and its pictures are there. */
async function invoicesOffTheirDocument(db: Db, pictures: KeptPictures): Promise<string[]> {
  const problems: string[] = [];
  let after = '';
  for (;;) {
    const invoices = await db
      .selectFrom('invoice')
      .selectAll()
      .where('id', '>', after)
      .orderBy('id')
      .limit(INVOICES_PER_READ)
      .execute();
    problems.push(...invoices.flatMap((invoice) => documentProblems(invoice, pictures)));
    const last = invoices.at(-1);
    if (last === undefined || problems.length > PROBLEMS_MAX) return problems;
    after = last.id;
  }
}

function documentProblems(invoice: InvoiceTable, pictures: KeptPictures): string[] {
  if (documentHash(invoice.document) !== invoice.hash) {
    return [`Invoice ${invoice.number}: its document does not fit its hash.`];
  }
  const document = readDocument(invoice.document);
  const totals = totalsOf(document);
  const stated = [document.netMinor, document.vatMinor, document.grossMinor].join(' ');
  const computed = [totals.netMinor, totals.vatMinor, totals.grossMinor].join(' ');
  const columns = [invoice.net_minor, invoice.vat_minor, invoice.gross_minor].join(' ');
  const problems = picturesGone(document, pictures);
  if (stated !== computed)
    problems.push(`Invoice ${invoice.number}: its lines come to ${computed}, it says ${stated}.`);
  if (stated !== columns)
    problems.push(`Invoice ${invoice.number}: its document says ${stated}, its row ${columns}.`);
  const { vatNational } = document;
  if (
    document.form !== 'credit-note-1' &&
    vatNational !== undefined &&
    convertedMinor(
      BigInt(document.vatMinor) - advanceVatOf(document),
      document.currency,
      vatNational.quotes,
    ) !== BigInt(vatNational.vatMinor)
  )
    problems.push(
      `Invoice ${invoice.number}: its VAT in ${vatNational.currency} does not follow from its rate.`,
    );
  if (document.number !== invoice.number)
    problems.push(`Invoice ${invoice.number}: its document is ${document.number}.`);
  return problems;
}

/** Of an invoice by EN 16931; the VAT of a credit note is its part of the invoice's, which credit-verify.ts looks at. */
function totalsOf(document: IssuedDocument): Pick<DocumentTotals, 'netMinor' | 'vatMinor' | 'grossMinor'> {
  const totals = documentTotals(document.lines.map(lineAmounts));
  if (document.form !== 'credit-note-1') return totals;
  const vatMinor = document.vatLines.reduce((sum, line) => sum + BigInt(line.vatMinor), 0n);
  return { netMinor: totals.netMinor, vatMinor, grossMinor: totals.netMinor + vatMinor };
}

async function invoicesOffTheirCharges(db: Db): Promise<string[]> {
  // Where no price has VAT in it, nothing but what was unbilled becomes the net.
  const { rows } = await sql<{ number: string; net: string; unbilled: string; charged: string }>`
    select invoice.number as number, cast(invoice.net_minor as text) as net, cast(coalesce(charged.total, 0) as text) as charged,
      cast(coalesce(posted.total, 0) as text) as unbilled
    from invoice left join (
      select invoice_charge.invoice_id as invoice_id, sum(charge.amount_minor) as total, max(charge.gross_minor) as with_vat
      from invoice_charge join charge on charge.id = invoice_charge.charge_id group by invoice_charge.invoice_id) as charged
      on charged.invoice_id = invoice.id
    left join (
      select entry_id, sum(case when credit = 'unbilled' then amount_minor else -amount_minor end) as total
      from ledger_line where credit = 'unbilled' or debit = 'unbilled' group by entry_id) as posted on posted.entry_id = invoice.entry_id
    where (invoice.document_type in ('invoice', 'credit-note') and coalesce(posted.total, 0) <> coalesce(charged.total, 0))
      or (invoice.document_type = 'invoice' and charged.with_vat is null and invoice.net_minor <> coalesce(charged.total, 0))`.execute(
    db,
  );
  return rows.map(
    ({ number, net, unbilled, charged }) =>
      `Invoice ${number}: its net is ${net} minor units, ${unbilled} of what was unbilled, its charges come to ${charged}.`,
  );
}

async function invoicesOffTheirEntry(db: Db): Promise<string[]> {
  const { rows } = await sql<{ number: string }>`
    select invoice.number as number from invoice
    join ledger_entry on ledger_entry.id = invoice.entry_id
    left join (
      select entry_id,
        sum(case when debit = 'receivables' then amount_minor when credit = 'receivables' then -amount_minor else 0 end) as gross,
        sum(case when credit in ('unbilled', 'revenue', 'deferred') then amount_minor
          when debit in ('unbilled', 'revenue', 'deferred') then -amount_minor else 0 end) as net,
        sum(case when credit in ('vat-payable', 'advance-vat') then amount_minor
          when debit in ('vat-payable', 'advance-vat') then -amount_minor else 0 end) as vat
      from ledger_line group by entry_id) as posted on posted.entry_id = invoice.entry_id
    where ledger_entry.currency <> invoice.currency or ledger_entry.booked_on <> invoice.issued_on
      -- What advances are posted as is looked at with them (advance-verify.ts).
      or (ledger_entry.kind <> 'advance-invoice' and (coalesce(posted.gross, 0) <> invoice.gross_minor
        or coalesce(posted.net, 0) <> invoice.net_minor or coalesce(posted.vat, 0) <> invoice.vat_minor))`.execute(
    db,
  );
  return rows.map(({ number }) => `Invoice ${number}: what is posted for it is not what it says.`);
}

/** Entries without a line, and entries that no charge and no document stands behind. */
async function entriesOfNothing(db: Db): Promise<string[]> {
  const { rows } = await sql<{ source: string }>`
    select source from ledger_entry
    where not exists (select 1 from ledger_line where ledger_line.entry_id = ledger_entry.id)
      or (kind in ('invoice', 'credit-note')
        and not exists (select 1 from invoice where invoice.entry_id = ledger_entry.id and document_type = kind))
      or (kind = 'advance-invoice' and not exists (select 1 from invoice where invoice.entry_id = ledger_entry.id
        and (document_type = 'advance-invoice' or exists (select 1 from advance where advance.invoice_id = invoice.credits_id))))
      or (kind = 'write-off' and not exists (select 1 from write_off where write_off.entry_id = ledger_entry.id)
        and not exists (select 1 from write_off_return as back where back.entry_id = ledger_entry.id))
      or (kind = 'charges' and not exists (select 1 from charge where charge.entry_id = ledger_entry.id))
    limit ${PROBLEMS_MAX}`.execute(db);
  return rows.map(({ source }) => `The entry "${source}" has nothing behind it.`);
}

const SERIES_WORDS: Readonly<Record<DocumentType, string>> = {
  invoice: 'Invoices',
  'credit-note': 'Credit notes',
  'advance-invoice': 'Advance invoices',
};

/** Numbers run from 1 without a gap to the last one allotted, and dates with them. */
async function gapsInSeries(db: Db): Promise<string[]> {
  const { rows: gaps } = await sql<{
    type: DocumentType;
    year: number;
    last_seq: number;
    count: number;
    highest: number;
  }>`
    select document_series.document_type as type, document_series.year as year, last_seq, count(invoice.id) as count, coalesce(max(invoice.seq), 0) as highest
    from document_series left join invoice on invoice.company_id = document_series.company_id
      and invoice.document_type = document_series.document_type and invoice.year = document_series.year
    group by document_series.company_id, document_series.document_type, document_series.year, last_seq`.execute(
    db,
  );
  const { rows: disorder } = await sql<{ number: string }>`
    select later.number as number from invoice as later join invoice as earlier
      on earlier.company_id = later.company_id and earlier.document_type = later.document_type
      and earlier.year = later.year and earlier.seq = later.seq - 1
    where earlier.issued_on > later.issued_on limit ${PROBLEMS_MAX}`.execute(db);
  return [
    ...gaps
      .filter((series) => Number(series.count) !== series.last_seq || series.highest !== series.last_seq)
      .map(
        (series) =>
          `${SERIES_WORDS[series.type]} of ${series.year}: ${series.last_seq} numbers were allotted, ${series.count} are there.`,
      ),
    ...disorder.map(({ number }) => `Invoice ${number} is dated before the one with the number before.`),
  ];
}

/** What is unbilled by the ledger is what the charges on no invoice come to; debits and credits are the same sum. */
async function balancesOffTheirParts(db: Db): Promise<string[]> {
  const companies = await allCompanies(db);
  const problems: string[] = [];
  for (const { id, name } of companies) {
    const off = await balancesOfCompany(db, id);
    problems.push(...off.map((problem) => (companies.length === 1 ? problem : `${name}: ${problem}`)));
  }
  return problems;
}

async function balancesOfCompany(db: Db, companyId: string): Promise<string[]> {
  const totals = await accountTotals(db, { companyId });
  const { rows } = await sql<{ currency: Currency; open: string }>`
    select currency, cast(sum(amount_minor) as text) as open from charge
    where charge.company_id = ${companyId}
      and not exists (select 1 from invoice_charge where invoice_charge.charge_id = charge.id) group by currency`.execute(
    db,
  );
  const open = new Map(rows.map((row) => [row.currency, BigInt(row.open)]));
  const problems: string[] = [];
  for (const currency of new Set([...open.keys(), ...totals.map((total) => total.currency)])) {
    const ofCurrency = totals.filter((total) => total.currency === currency);
    const unbilled = ofCurrency.find((total) => total.account === 'unbilled');
    const balance = (unbilled?.debitMinor ?? 0n) - (unbilled?.creditMinor ?? 0n);
    const expected = open.get(currency) ?? 0n;
    if (balance !== expected)
      problems.push(
        `Unbilled in ${currency} is ${balance} minor units, charges on no invoice come to ${expected}.`,
      );
    const sum = ofCurrency.reduce((of, total) => of + total.debitMinor - total.creditMinor, 0n);
    if (sum !== 0n) problems.push(`Debits and credits in ${currency} differ by ${sum} minor units.`);
  }
  return problems;
}
