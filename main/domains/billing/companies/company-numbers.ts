import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import {
  companyNumberFormats,
  NUMBERED_TYPES,
  NUMBERED_WORDS,
  type NumberedType,
  type NumberFormats,
} from '../../../../shared/domains/billing/company-number-formats.ts';
import { invoiceNumber } from '../../../../shared/domains/billing/invoice-number-rules.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import type { BillingParts, NumberSeries } from '../billing-parts.ts';
import type { BillingTables, DocumentType } from '../billing-tables.ts';
import { takenOf } from '../documents/document-series.ts';
import { companyAsked, companyFieldsOf, type CompanyRow } from './company-store.ts';

type Db = Kysely<BillingTables>;
type Parts = Pick<BillingParts, 'nowMs' | 'paperSeries'>;
type Operation = typeof billingContract.companyNumbers;

const NOT_BEGUN: NumberSeries = { lastSeq: 0, lastNumber: '', format: null };

/** The next number of each type of document of the year it is. */
export async function companyNumbers(
  parts: Parts,
  db: Db,
  { companyId }: InputOf<Operation>,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const asked = await companyAsked(db, companyId);
  if (!asked.ok) return asked;
  const company = asked.value;
  const nowMs = await parts.nowMs(db);
  if (company === undefined) return done({ year: new Date(nowMs).getUTCFullYear(), rows: [] });
  const today = dayAt(nowMs, company.time_zone);
  const year = Number(today.slice(0, 4));
  const series = await seriesOf(parts, db, { companyId: company.id, year });
  const formats = companyNumberFormats(companyFieldsOf(company));
  const rows = NUMBERED_TYPES.map((type) => {
    const { lastSeq, format: begun } = series.get(type) ?? NOT_BEGUN;
    const format = begun ?? formats[type];
    return { type, format, nextNumber: invoiceNumber(format, today, lastSeq + 1), isFixed: lastSeq > 0 };
  });
  return done({ year, rows });
}

/**
 * Lets formats of a company become `wanted`: not those in which a number of this year was given, unless a document of another series has
 * the next one, for which there is no other way out. A first number that is being given at the same time is not waited for: it fixes the
 * format of its year, whatever the company's becomes meanwhile.
 */
export async function changeFormats(
  parts: Parts,
  db: Db,
  { company, wanted }: { readonly company: CompanyRow; readonly wanted: NumberFormats },
): Promise<Outcome<true, 'format-in-use'>> {
  const now = companyNumberFormats(companyFieldsOf(company));
  const changed = NUMBERED_TYPES.filter((type) => wanted[type] !== now[type]);
  if (changed.length === 0) return done(true);
  const today = dayAt(await parts.nowMs(db), company.time_zone);
  const year = Number(today.slice(0, 4));
  const series = await seriesOf(parts, db, { companyId: company.id, year });
  for (const type of changed) {
    const { lastSeq, lastNumber, format: begun } = series.get(type) ?? NOT_BEGUN;
    const format = begun ?? now[type];
    if (lastSeq === 0 || format === wanted[type]) continue;
    const seq = lastSeq + 1;
    const next = { year, seq, number: invoiceNumber(format, today, seq) };
    if (isOfLedger(type) && (await takenOf(db, company.id, [next])) !== undefined) {
      await beginFormatAnew(db, { company_id: company.id, document_type: type, year });
      continue;
    }
    return refuse('format-in-use', {
      documents: NUMBERED_WORDS[type],
      company: company.name,
      year: String(year),
      format,
      number: lastNumber,
      from: `${year + 1}-01-01`,
    });
  }
  return done(true);
}

function isOfLedger(type: NumberedType): type is DocumentType {
  return type === 'invoice' || type === 'credit-note' || type === 'advance-invoice';
}

async function beginFormatAnew(
  db: Db,
  of: Pick<BillingTables['document_series'], 'company_id' | 'document_type' | 'year'>,
): Promise<void> {
  await db
    .updateTable('document_series')
    .set({ number_format: null })
    .where('company_id', '=', of.company_id)
    .where('document_type', '=', of.document_type)
    .where('year', '=', of.year)
    .execute();
}

async function seriesOf(
  parts: Parts,
  db: Db,
  of: { readonly companyId: string; readonly year: number },
): Promise<ReadonlyMap<NumberedType, NumberSeries>> {
  const rows = await db
    .selectFrom('document_series as series')
    .leftJoin('invoice', (on) =>
      on
        .onRef('invoice.company_id', '=', 'series.company_id')
        .onRef('invoice.document_type', '=', 'series.document_type')
        .onRef('invoice.year', '=', 'series.year')
        .onRef('invoice.seq', '=', 'series.last_seq'),
    )
    .select(['series.document_type as type', 'last_seq as lastSeq', 'number_format as format', 'number'])
    .where('series.company_id', '=', of.companyId)
    .where('series.year', '=', of.year)
    .execute();
  return new Map<NumberedType, NumberSeries>([
    ...rows.map(
      ({ type, lastSeq, format, number }) =>
        [type, { lastSeq: Number(lastSeq), lastNumber: number ?? '', format }] as const,
    ),
    ...(await parts.paperSeries(db, of)),
  ]);
}
