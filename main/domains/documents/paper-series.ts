import type { Kysely } from 'kysely';
import type { PaperKind } from '../../../shared/domains/documents/paper-kinds.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { NumberSeries } from '../billing/billing-public.ts';
import type { DocumentsTables } from './documents-tables.ts';

/** Series of a company's papers of a year, by kind, those that have begun. */
export async function paperSeries(
  any: AnyDatabase,
  { companyId, year }: { readonly companyId: string; readonly year: number },
): Promise<ReadonlyMap<PaperKind, NumberSeries>> {
  const rows = await (any as Kysely<DocumentsTables>)
    .selectFrom('paper_series as series')
    .leftJoin('paper', (on) =>
      on
        .onRef('paper.company_id', '=', 'series.company_id')
        .onRef('paper.kind', '=', 'series.kind')
        .onRef('paper.year', '=', 'series.year')
        .onRef('paper.seq', '=', 'series.last_seq'),
    )
    .select(['series.kind as kind', 'last_seq as lastSeq', 'number_format as format', 'number'])
    .where('series.company_id', '=', companyId)
    .where('series.year', '=', year)
    .execute();
  return new Map(
    rows.map(({ kind, lastSeq, format, number }) => [
      kind,
      { lastSeq: Number(lastSeq), lastNumber: number ?? '', format },
    ]),
  );
}
