import { sql, type Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { CompanyFault, CompanyFields } from '../../../../shared/domains/billing/company-contract.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { BillingTables } from '../billing-tables.ts';
import { columnsOf, companyOfVatId, insertCompany } from './company-save.ts';
import { findCompany, FIRST_COMPANY, theCompany } from './company-store.ts';

/** Adds a company with the calendar of its own zone; returns its id. */
export async function addCompany(
  any: AnyDatabase,
  fields: CompanyFields,
  nowMs: number,
): Promise<Outcome<string, CompanyFault>> {
  const db = any as Kysely<BillingTables>;
  const columns = columnsOf(fields);
  if (!columns.ok) return columns;
  const isFirst = (await theCompany(db)) === undefined;
  const id = isFirst ? FIRST_COMPANY : newId('com', nowMs);
  const row = { ...columns.value, id, is_default: isFirst ? 1 : 0 } as const;
  // Written or not: whoever has that VAT id already decides, also when both come at once.
  if (await insertCompany(db, row, nowMs)) return done(id);
  const other = await companyOfVatId(db, row.vat_id);
  return other === undefined
    ? await addCompany(db, fields, nowMs)
    : refuse('vat-id-taken', { vatId: row.vat_id, name: other.name });
}

/** Its name; undefined where there is no such company, and then nothing is changed. */
export async function makeDefaultCompany(any: AnyDatabase, companyId: string): Promise<string | undefined> {
  const db = any as Kysely<BillingTables>;
  const company = await findCompany(db, companyId);
  if (company === undefined) return undefined;
  // Who makes another one the default at once waits here, on the row that is there as long as anybody sells, and finds this one's.
  await db
    .updateTable('company')
    .set({ is_default: sql`is_default` })
    .where('id', '=', FIRST_COMPANY)
    .execute();
  // One after the other: the unique index allows one default at any moment.
  await db.updateTable('company').set({ is_default: 0 }).where('is_default', '=', 1).execute();
  await db.updateTable('company').set({ is_default: 1 }).where('id', '=', companyId).execute();
  return company.name;
}
