import { sql, type Kysely } from 'kysely';
import { exchangePostings } from '../../../../shared/domains/billing/exchange-posting-rules.ts';
import {
  BASE_OF_SOURCE,
  convertedMinor,
  type Quote,
} from '../../../../shared/domains/billing/exchange-rate-rules.ts';
import type { BillingTables } from '../billing-tables.ts';

type Db = Kysely<BillingTables>;
type Row = BillingTables['exchange'];

const ROWS_PER_READ = 500;

/** Every exchange again: its amount from its rates, its rates from those that were read in, its two entries from both. */
export async function exchangesOffTheirRates(db: Db): Promise<string[]> {
  const problems = await strayEntries(db);
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('exchange')
      .selectAll()
      .where('id', '>', after)
      .orderBy('id')
      .limit(ROWS_PER_READ)
      .execute();
    const last = rows.at(-1);
    if (last === undefined) return problems;
    const lines = await linesOf(db, rows);
    const published = await publishedRates(db, rows);
    for (const row of rows) problems.push(...problemsOf(row, lines, published));
    after = last.id;
  }
}

async function strayEntries(db: Db): Promise<string[]> {
  const { rows } = await sql<{ source: string }>`
    select source from ledger_entry where kind = 'exchange' and not exists (
      select 1 from exchange where ledger_entry.id in (exchange.paid_entry_id, exchange.settled_entry_id))`.execute(
    db,
  );
  return rows.map(({ source }) => `The entry "${source}" has no exchange behind it.`);
}

/** What each entry says, as text to compare. */
async function linesOf(db: Db, rows: readonly Row[]): Promise<Map<string, string>> {
  const ids = rows.flatMap((row) => [row.paid_entry_id, row.settled_entry_id]);
  const found = await db
    .selectFrom('ledger_entry')
    .innerJoin('ledger_line', 'ledger_line.entry_id', 'ledger_entry.id')
    .select(['entry_id', 'currency', 'booked_on', 'debit', 'credit', 'amount_minor', 'document_id'])
    .where('entry_id', 'in', ids)
    .orderBy('entry_id')
    .orderBy('line_no')
    .execute();
  return new Map(
    [...Map.groupBy(found, (line) => line.entry_id)].map(([id, lines]) => [
      id,
      lines
        .map((line) =>
          entryText(
            { ...line, amountMinor: line.amount_minor },
            {
              currency: line.currency,
              bookedOn: line.booked_on,
              documentId: line.document_id,
            },
          ),
        )
        .join(', '),
    ]),
  );
}

function entryText(
  line: { readonly debit: string; readonly credit: string; readonly amountMinor: number | bigint },
  of: { readonly currency: string; readonly bookedOn: string; readonly documentId: string | null },
): string {
  return `${of.bookedOn} ${line.debit} from ${line.credit} ${line.amountMinor} ${of.currency} ${of.documentId ?? ''}`;
}

/** Days on which each rate was published, by source, currency and rate. */
async function publishedRates(db: Db, rows: readonly Row[]): Promise<Map<string, string[]>> {
  const days = rows.flatMap((row) => [row.rate_day, row.received_on]).toSorted();
  const found = await db
    .selectFrom('exchange_rate')
    .selectAll()
    .where(sql<boolean>`day between ${days[0]} and ${days.at(-1)}`)
    .execute();
  const published = Map.groupBy(found, ({ source, currency, rate }) => `${source} ${currency} ${rate}`);
  return new Map([...published].map(([key, of]) => [key, of.map(({ day }) => day)]));
}

function problemsOf(
  row: Row,
  lines: ReadonlyMap<string, string>,
  published: ReadonlyMap<string, readonly string[]>,
): string[] {
  const name = `Exchange ${row.reference}`;
  const quotes = JSON.parse(row.quotes) as readonly Quote[];
  const problems: string[] = [];
  const base = BASE_OF_SOURCE[row.rate_source];
  const isPublished = quotes.every((quote) => {
    const days = published.get(`${row.rate_source} ${quote.of === base ? quote.in : quote.of} ${quote.rate}`);
    return days?.some((day) => day >= row.rate_day && day <= row.received_on);
  });
  if (!isPublished) {
    problems.push(`${name}: its rates are not those of ${row.rate_source} of ${row.rate_day}.`);
  }
  const converted = convertedMinor(BigInt(row.paid_minor), row.paid_currency, quotes);
  if (converted !== BigInt(row.converted_minor)) {
    problems.push(
      `${name}: by its rates it comes to ${converted} minor units, it says ${row.converted_minor}.`,
    );
  }
  const expected = exchangePostings({
    paidMinor: BigInt(row.paid_minor),
    convertedMinor: BigInt(row.converted_minor),
    settledMinor: BigInt(row.settled_minor),
  });
  for (const [entryId, of, currency, documentId] of [
    [row.paid_entry_id, expected.paid, row.paid_currency, null],
    [row.settled_entry_id, expected.settled, row.currency, row.invoice_id],
  ] as const) {
    const made = of
      .map((line) => entryText(line, { currency, bookedOn: row.received_on, documentId }))
      .join(', ');
    if (made !== lines.get(entryId)) {
      problems.push(`${name}: what is posted in ${currency} is not what it says.`);
    }
  }
  return problems;
}
