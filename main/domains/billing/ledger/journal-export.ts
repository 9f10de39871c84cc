import { sql, type Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { csvLine } from '../../../../shared/kernel/csv-text.ts';
import { addDays } from '../../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText, type Currency } from '../../../../shared/kernel/money.ts';
import type { BillingTables } from '../billing-tables.ts';
import { allCompanies, companyAsked } from '../companies/company-store.ts';
import { fileNameOf } from '../invoices/invoice-store.ts';
import type { Account } from '../../../../shared/domains/billing/ledger-rules.ts';

type Operation = typeof billingContract.journalExport;

/** A month of 56,000 invoices; more does not fit one answer. */
const LINES_MAX = 250_000;

const HEAD = [
  'entry',
  'booked',
  'kind',
  'currency',
  'debit',
  'credit',
  'amount',
  'customer',
  'document',
  'memo',
] as const;

interface JournalLine {
  entry: string;
  booked_on: string;
  kind: string;
  currency: Currency;
  debit: Account;
  credit: Account;
  amount_minor: number;
  customer_id: string | null;
  number: string | null;
  memo: string;
}

/** Every line of a company's period, with the document it belongs to; amounts with a decimal point, days as `2026-08-31`. */
export async function journalExport(
  db: Kysely<BillingTables>,
  { start, endExclusive, currency, companyId }: InputOf<Operation>,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const asked = await companyAsked(db, companyId);
  if (!asked.ok) return asked;
  const company = asked.value;
  const ofOne =
    (await allCompanies(db)).length > 1 && company !== undefined ? `${fileNameOf(company.name)}-` : '';
  const within = sql`ledger_entry.company_id = ${company?.id ?? ''} and ledger_entry.booked_on >= ${start} and ledger_entry.booked_on < ${endExclusive}
    ${currency === undefined ? sql`` : sql`and ledger_entry.currency = ${currency}`}`;
  const counted = await sql<{ lines: number }>`
    select count(*) as lines from ledger_entry join ledger_line on ledger_line.entry_id = ledger_entry.id
    where ${within}`.execute(db);
  const lines = Number(counted.rows[0]?.lines ?? 0);
  if (lines > LINES_MAX) return refuse('too-long', { lines, most: LINES_MAX });
  const { rows } = await sql<JournalLine>`
    select ledger_entry.id as entry, ledger_entry.booked_on as booked_on, ledger_entry.kind as kind,
      ledger_entry.currency as currency, ledger_line.debit as debit, ledger_line.credit as credit,
      ledger_line.amount_minor as amount_minor, ledger_line.customer_id as customer_id,
      coalesce(issued.number, about.number) as number, ledger_entry.memo as memo
    from ledger_entry join ledger_line on ledger_line.entry_id = ledger_entry.id
    left join invoice as issued on issued.entry_id = ledger_entry.id
    left join invoice as about on about.id = ledger_line.document_id
    where ${within} order by ledger_entry.booked_on, ledger_entry.id, ledger_line.line_no`.execute(db);
  const written = rows.map((row) =>
    csvLine([
      row.entry,
      row.booked_on,
      row.kind,
      row.currency,
      row.debit,
      row.credit,
      moneyToDecimalText(money(BigInt(row.amount_minor), row.currency)),
      row.customer_id ?? '',
      row.number ?? '',
      row.memo,
    ]),
  );
  return done({
    fileName: `journal-${ofOne}${start}-${addDays(endExclusive, -1)}${currency === undefined ? '' : `-${currency}`}.csv`,
    csv: [csvLine(HEAD), ...written, ''].join('\r\n'),
    lines: rows.length,
  });
}
