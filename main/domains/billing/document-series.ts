import { sql, type Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import { invoiceNumber } from '../../../shared/domains/billing/invoice-number-rules.ts';
import { invariant } from '../../../shared/kernel/invariant.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { BillingTables, DocumentType } from './billing-tables.ts';
import type { CompanyRow } from './company-store.ts';

export interface AllottedNumber {
  readonly year: number;
  readonly seq: number;
  readonly number: string;
}

/** The next number of a series, see {@link allotNumbers}. */
export async function allotNumber(
  trx: Kysely<BillingTables>,
  company: CompanyRow,
  of: { readonly type: DocumentType; readonly issuedOn: LocalDate },
): Promise<Outcome<AllottedNumber, 'date-before-last' | 'number-taken'>> {
  const allotted = await allotNumbers(trx, company, { ...of, count: 1 });
  if (!allotted.ok) return allotted;
  const [first] = allotted.value;
  invariant(first !== undefined, 'one number was asked for');
  return done(first);
}

/**
 * The next numbers of a company's series of that type and year, in date order; some hundreds at once. Holds the series until the
 * transaction ends: whoever comes second waits and gets the numbers after, and a transaction that is rolled back gives its own back.
 * No gaps, none twice. None at all (0) holds the series alone.
 */
export async function allotNumbers(
  trx: Kysely<BillingTables>,
  company: CompanyRow,
  {
    type,
    issuedOn,
    count,
  }: { readonly type: DocumentType; readonly issuedOn: LocalDate; readonly count: number },
): Promise<Outcome<readonly AllottedNumber[], 'date-before-last' | 'number-taken'>> {
  const year = Number(issuedOn.slice(0, 4));
  const key = { company_id: company.id, document_type: type, year };
  await trx
    .insertInto('document_series')
    .values({ ...key, last_seq: 0, last_issued_on: issuedOn })
    .onConflict((conflict) => conflict.columns(['company_id', 'document_type', 'year']).doNothing())
    .execute();
  const series = await trx
    .updateTable('document_series')
    .set({ last_seq: sql`last_seq + ${count}` })
    .where('company_id', '=', key.company_id)
    .where('document_type', '=', key.document_type)
    .where('year', '=', key.year)
    .returning(['last_seq', 'last_issued_on'])
    .executeTakeFirstOrThrow();
  if (issuedOn < series.last_issued_on)
    return refuse('date-before-last', { lastDate: series.last_issued_on });
  await trx
    .updateTable('document_series')
    .set({ last_issued_on: issuedOn })
    .where('company_id', '=', key.company_id)
    .where('document_type', '=', key.document_type)
    .where('year', '=', key.year)
    .execute();
  const format = type === 'invoice' ? company.number_format : company.credit_number_format;
  if (count === 0) return done([]);
  const allotted = Array.from({ length: count }, (_, at) => {
    const seq = series.last_seq - count + 1 + at;
    return { year, seq, number: invoiceNumber(format, issuedOn, seq) };
  });
  const taken = await trx
    .selectFrom('invoice')
    .select('number')
    .where('company_id', '=', company.id)
    .where(
      'number',
      'in',
      allotted.map(({ number }) => number),
    )
    .orderBy('number')
    .limit(1)
    .executeTakeFirst();
  return taken === undefined ? done(allotted) : refuse('number-taken', { number: taken.number });
}
