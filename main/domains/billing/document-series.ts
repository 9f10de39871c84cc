import { sql, type Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import { invoiceNumber } from '../../../shared/domains/billing/invoice-number-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { BillingTables, DocumentType } from './billing-tables.ts';
import type { CompanyRow } from './company-store.ts';

export interface AllottedNumber {
  readonly year: number;
  readonly seq: number;
  readonly number: string;
}

/**
 * The next number of a company's series of that type and year, in date order. Holds the series until the transaction ends: whoever comes
 * second waits and gets the number after, and a transaction that is rolled back gives its number back. No gaps, none twice.
 */
export async function allotNumber(
  trx: Kysely<BillingTables>,
  company: CompanyRow,
  { type, issuedOn }: { readonly type: DocumentType; readonly issuedOn: LocalDate },
): Promise<Outcome<AllottedNumber, 'date-before-last' | 'number-taken'>> {
  const year = Number(issuedOn.slice(0, 4));
  const key = { company_id: company.id, document_type: type, year };
  await trx
    .insertInto('document_series')
    .values({ ...key, last_seq: 0, last_issued_on: issuedOn })
    .onConflict((conflict) => conflict.columns(['company_id', 'document_type', 'year']).doNothing())
    .execute();
  const series = await trx
    .updateTable('document_series')
    .set({ last_seq: sql`last_seq + 1` })
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
  const seq = series.last_seq;
  const format = type === 'invoice' ? company.number_format : company.credit_number_format;
  const number = invoiceNumber(format, issuedOn, seq);
  const taken = await trx
    .selectFrom('invoice')
    .select('id')
    .where('company_id', '=', company.id)
    .where('number', '=', number)
    .executeTakeFirst();
  return taken === undefined ? done({ year, seq, number }) : refuse('number-taken', { number });
}
