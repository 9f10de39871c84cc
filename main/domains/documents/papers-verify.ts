import { sql, type Kysely } from 'kysely';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { documentHash } from '../billing/billing-public.ts';
import type { DocumentsTables, PaperTable } from './documents-tables.ts';
import type { Paper } from './paper-forms.ts';

const PAPERS_PER_READ = 500;
const MOST = 100;

/** Papers are what their hashes say, their rows say the same, and their numbers run without a gap and in date order. */
export async function papersOffTheirForm(of: AnyDatabase): Promise<string[]> {
  const db = of as Kysely<DocumentsTables>;
  return [...(await papersChanged(db)), ...(await gapsInSeries(db))];
}

async function papersChanged(db: Kysely<DocumentsTables>): Promise<string[]> {
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
    problems.push(...papers.flatMap(problemsOf));
    const last = papers.at(-1);
    if (last === undefined || problems.length > MOST) return problems;
    after = last.id;
  }
}

function problemsOf(row: PaperTable): string[] {
  if (documentHash(row.document) !== row.hash) {
    return [`Document ${row.number}: it does not fit its hash.`];
  }
  const { number, issuedOn, currency } = JSON.parse(row.document) as Paper;
  const isSame = number === row.number && issuedOn === row.issued_on && currency === row.currency;
  return isSame ? [] : [`Document ${row.number}: its row says another number, day or currency.`];
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
