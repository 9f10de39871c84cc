import { sql, type Kysely } from 'kysely';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { documentHash, keptPictures, picturesGone, type KeptPictures } from '../billing/billing-public.ts';
import type { DocumentsTables, PaperTable } from './documents-tables.ts';
import type { Paper } from './paper-forms.ts';

const PAPERS_PER_READ = 500;
const MOST = 100;

/** Papers are what their hashes say, their rows say the same, their pictures are there, receipts foot, advance invoices for a pro forma are within it, and their numbers run without a gap and in date order. */
export async function papersOffTheirForm(of: AnyDatabase): Promise<string[]> {
  const db = of as Kysely<DocumentsTables>;
  return [...(await papersChanged(db)), ...(await advancesOffTheirPaper(db)), ...(await gapsInSeries(db))];
}

async function papersChanged(db: Kysely<DocumentsTables>): Promise<string[]> {
  const pictures = await keptPictures(db);
  const problems: string[] = [];
  let after = '';
  for (;;) {
    const papers = await db
      .selectFrom('paper')
      .selectAll()
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAPERS_PER_READ)
      .execute();
    problems.push(...papers.flatMap((paper) => problemsOf(paper, pictures)));
    const last = papers.at(-1);
    if (last === undefined || problems.length > MOST) return problems;
    after = last.id;
  }
}

function problemsOf(row: PaperTable, pictures: KeptPictures): string[] {
  if (documentHash(row.document) !== row.hash) {
    return [`Document ${row.number}: it does not fit its hash.`];
  }
  const paper = JSON.parse(row.document) as Paper;
  const { number, issuedOn, currency } = paper;
  const isSame = number === row.number && issuedOn === row.issued_on && currency === row.currency;
  return [
    ...(isSame ? [] : [`Document ${row.number}: its row says another number, day or currency.`]),
    ...(foots(paper) ? [] : [`Receipt ${row.number}: what it says of the payment does not come to it.`]),
    ...picturesGone(paper, pictures),
  ];
}

/** Of a receipt: invoices, advance invoices and what stood on none come to what was received. */
function foots(paper: Paper): boolean {
  if (paper.form !== 'receipt-1') return true;
  const parts = [...paper.allocations, ...(paper.advances ?? [])].map(({ amountMinor }) =>
    BigInt(amountMinor),
  );
  return (
    parts.reduce((left, part) => left - part, BigInt(paper.amountMinor)) === BigInt(paper.unallocatedMinor)
  );
}

/** Advance invoices for a pro forma are its customer's, and come to no more than it asked for. */
async function advancesOffTheirPaper(db: Kysely<DocumentsTables>): Promise<string[]> {
  const { rows } = await sql<{ problem: string }>`
    select 'Document ' || paper.number || ': advance invoices for it come to more than it asked for.' as problem
    from paper join (
      select paper_advance.paper_id, sum(advance.gross_minor - coalesce((
        select sum(advance_use.gross_minor) from advance_use
        where advance_use.advance_id = advance.invoice_id and advance_use.kind = 'credit-note'), 0)) as total
      from paper_advance join advance on advance.invoice_id = paper_advance.invoice_id
      group by paper_advance.paper_id) as standing on standing.paper_id = paper.id
    where standing.total > paper.amount_minor
    union all
    select 'Document ' || paper.number || ': ' || invoice.number || ' is no advance invoice of its customer in its currency.'
    from paper_advance join paper on paper.id = paper_advance.paper_id
    join invoice on invoice.id = paper_advance.invoice_id
    left join advance on advance.invoice_id = paper_advance.invoice_id
    where paper.kind <> 'pro-forma' or advance.invoice_id is null or advance.customer_id <> paper.customer_id
      or advance.company_id <> paper.company_id or advance.currency <> paper.currency
    limit ${MOST}`.execute(db);
  return rows.map(({ problem }) => problem);
}

async function gapsInSeries(db: Kysely<DocumentsTables>): Promise<string[]> {
  const { rows: gaps } = await sql<{ kind: string; year: number; last_seq: number; count: number }>`
    select paper_series.kind as kind, paper_series.year as year, last_seq, count(paper.id) as count
    from paper_series left join paper on paper.company_id = paper_series.company_id
      and paper.kind = paper_series.kind and paper.year = paper_series.year
    group by paper_series.company_id, paper_series.kind, paper_series.year, last_seq
    having count(paper.id) <> last_seq or coalesce(max(paper.seq), 0) <> last_seq`.execute(db);
  const { rows: disorder } = await sql<{ number: string }>`
    select later.number as number from paper as later join paper as earlier
      on earlier.company_id = later.company_id and earlier.kind = later.kind
      and earlier.year = later.year and earlier.seq = later.seq - 1
    where earlier.issued_on > later.issued_on limit ${MOST}`.execute(db);
  return [
    ...gaps.map(
      ({ kind, year, last_seq: last, count }) =>
        `Documents (${kind}) of ${year}: ${last} numbers were allotted, ${count} are there.`,
    ),
    ...disorder.map(({ number }) => `Document ${number} is dated before the one with the number before.`),
  ];
}
