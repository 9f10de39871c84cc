import { sql, type Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { DatingRefusal } from '../../../../shared/domains/billing/company-books-contract.ts';
import { USUAL_ADVANCE_FORMAT } from '../../../../shared/domains/billing/company-contract.ts';
import { invoiceNumber } from '../../../../shared/domains/billing/invoice-number-rules.ts';
import { invariant } from '../../../../shared/kernel/invariant.ts';
import { localDate, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { BillingTables, DocumentType } from '../billing-tables.ts';
import { mayBeDated } from '../companies/company-books.ts';
import { companyById, type CompanyRow } from '../companies/company-store.ts';

export interface AllottedNumber {
  readonly year: number;
  readonly seq: number;
  readonly number: string;
}

type AllotRefusal = DatingRefusal | 'date-before-last' | 'number-taken';

interface Asked {
  readonly type: DocumentType;
  readonly issuedOn: LocalDate;
  readonly count: number;
  /** Whose documents, in words. */
  readonly customer: string;
}

/** Whether a document of a type could be of this day by now. Holds nothing: {@link allotNumbers} asks again behind the series' lock. */
export async function mayBeIssuedOn(
  db: Kysely<BillingTables>,
  company: CompanyRow,
  { type, issuedOn, customer }: Omit<Asked, 'count'>,
): Promise<Outcome<true, DatingRefusal | 'date-before-last'>> {
  const dated = await mayBeDated(db, company, { issuedOn, customer });
  if (!dated.ok) return dated;
  const last = await db
    .selectFrom('document_series')
    .select('last_issued_on')
    .where('company_id', '=', company.id)
    .where('document_type', '=', type)
    .where('year', '=', Number(issuedOn.slice(0, 4)))
    .executeTakeFirst();
  return last !== undefined && issuedOn < last.last_issued_on
    ? refuse('date-before-last', { lastDate: last.last_issued_on })
    : done(true);
}

/** Holds all years of a series until the transaction ends: whoever issues takes charges behind it. */
export async function holdSeries(
  trx: Kysely<BillingTables>,
  companyId: string,
  type: DocumentType,
): Promise<void> {
  await trx
    .updateTable('document_series')
    .set({ last_seq: sql`last_seq` })
    .where('company_id', '=', companyId)
    .where('document_type', '=', type)
    .execute();
}

/** The next number of a series, see {@link allotNumbers}. */
export async function allotNumber(
  trx: Kysely<BillingTables>,
  company: CompanyRow,
  of: Omit<Asked, 'count'>,
): Promise<Outcome<AllottedNumber, AllotRefusal>> {
  const allotted = await allotNumbers(trx, company, { ...of, count: 1 });
  if (!allotted.ok) return allotted;
  const [first] = allotted.value;
  invariant(first !== undefined, 'one number was asked for');
  return done(first);
}

/**
 * The next numbers of a company's series of that type and year, in date order; some hundreds at once. Holds the series until the
 * transaction ends: whoever comes second waits and gets the numbers after, and a transaction that is rolled back gives its own back.
 * No gaps, none twice. What is refused has moved nothing, also where the caller commits; none at all (0) holds the series alone.
 */
export async function allotNumbers(
  trx: Kysely<BillingTables>,
  company: CompanyRow,
  { type, issuedOn, count, customer }: Asked,
): Promise<Outcome<readonly AllottedNumber[], AllotRefusal>> {
  const year = Number(issuedOn.slice(0, 4));
  const key = { company_id: company.id, document_type: type, year };
  await trx
    .insertInto('document_series')
    // Nothing was issued yet: any day of its year may be the first.
    .values({
      ...key,
      last_seq: 0,
      last_issued_on: localDate(`${issuedOn.slice(0, 4)}-01-01`),
      number_format: null,
    })
    .onConflict((conflict) => conflict.columns(['company_id', 'document_type', 'year']).doNothing())
    .execute();
  const series = trx
    .updateTable('document_series')
    .where('company_id', '=', key.company_id)
    .where('document_type', '=', key.document_type)
    .where('year', '=', key.year);
  const last = await series
    .set({ last_seq: sql`last_seq` })
    .returning(['last_seq', 'last_issued_on', 'number_format'])
    .executeTakeFirstOrThrow();
  const dated = await mayBeDated(trx, company, { issuedOn, customer });
  if (!dated.ok) return dated;
  if (issuedOn < last.last_issued_on) return refuse('date-before-last', { lastDate: last.last_issued_on });
  if (count === 0) return done([]);
  // All numbers of a year are of the format of its first one, which is read behind the lock: whoever was waited for may have given it.
  const format = last.number_format ?? numberFormatOf(await companyById(trx, company.id), type);
  const allotted = Array.from({ length: count }, (_, at) => {
    const seq = last.last_seq + 1 + at;
    return { year, seq, number: invoiceNumber(format, issuedOn, seq) };
  });
  const taken = await takenOf(trx, company.id, allotted);
  if (taken !== undefined) return refuse('number-taken', { number: taken });
  await series
    .set({ last_seq: last.last_seq + count, last_issued_on: issuedOn, number_format: format })
    .execute();
  return done(allotted);
}

function numberFormatOf(company: CompanyRow, type: DocumentType): string {
  const formats: Readonly<Record<DocumentType, string>> = {
    invoice: company.number_format,
    'credit-note': company.credit_number_format,
    'advance-invoice': company.advance_number_format ?? USUAL_ADVANCE_FORMAT,
  };
  return formats[type];
}

/** The first of these numbers that a document of the company has already. */
export async function takenOf(
  trx: Kysely<BillingTables>,
  companyId: string,
  allotted: readonly AllottedNumber[],
): Promise<string | undefined> {
  const taken = await trx
    .selectFrom('invoice')
    .select('number')
    .where('company_id', '=', companyId)
    .where(
      'number',
      'in',
      allotted.map(({ number }) => number),
    )
    .orderBy('number')
    .limit(1)
    .executeTakeFirst();
  return taken?.number;
}
