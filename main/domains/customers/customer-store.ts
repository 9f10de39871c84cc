import { sql, type Kysely } from 'kysely';
import type { CustomerFields } from '../../../shared/domains/customers/customers-contract.ts';
import type { CustomersTables, CustomerTable } from './customers-tables.ts';

type Db = Kysely<CustomersTables>;

const COUNTER = 'customer';
/** Number before the first: customers begin with C-10001. */
const BEFORE_FIRST = 10_000;

/**
 * Waits for every other writer of customers' identities until its transaction ended, so that what is looked up next cannot
 * be outrun. Call first in a transaction.
 */
export async function lockIdentities(db: Db): Promise<void> {
  await db
    .insertInto('customer_counter')
    .values({ name: COUNTER, last_seq: BEFORE_FIRST })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  await db
    .updateTable('customer_counter')
    .set({ last_seq: sql`last_seq` })
    .where('name', '=', COUNTER)
    .execute();
}

/** The next number, `C-10001`; given back if the transaction is rolled back. */
export async function nextCustomerNumber(db: Db): Promise<string> {
  const { last_seq } = await db
    .updateTable('customer_counter')
    .set({ last_seq: sql`last_seq + 1` })
    .where('name', '=', COUNTER)
    .returning('last_seq')
    .executeTakeFirstOrThrow();
  return `C-${last_seq}`;
}

export async function customerById(db: Db, id: string): Promise<CustomerTable | undefined> {
  return await db.selectFrom('customer').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Reads a customer and keeps it from being changed until the transaction ends. */
export async function lockCustomer(db: Db, id: string): Promise<CustomerTable | undefined> {
  return await db
    .updateTable('customer')
    .set({ active: sql`active` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** Who has this VAT id already among the customers of a company; never for the empty one. */
export async function customerByVatId(
  db: Db,
  vatId: string,
  companyId: string,
): Promise<CustomerTable | undefined> {
  if (vatId === '') return undefined;
  return await db
    .selectFrom('customer')
    .selectAll()
    .where('vat_id', '=', vatId)
    .where('company_id', '=', companyId)
    .executeTakeFirst();
}

export async function insertCustomer(db: Db, row: NewCustomer): Promise<void> {
  const profile = {
    billing_zone: '',
    tax_country: '',
    tax_evidence: '[]',
    postal: 'null',
  } as const;
  await db
    .insertInto('customer')
    .values({ ...profile, ...row })
    .execute();
}

export async function updateCustomer(db: Db, id: string, columns: FieldColumns): Promise<void> {
  await db.updateTable('customer').set(columns).where('id', '=', id).execute();
}

export async function setCustomerActive(db: Db, id: string, active: boolean): Promise<void> {
  await db
    .updateTable('customer')
    .set({ active: active ? 1 : 0 })
    .where('id', '=', id)
    .execute();
}

/** What is entered of how a customer is billed: it has defaults in the table, and a use case of its own. */
type ProfileColumn = 'company_id' | 'billing_zone' | 'tax_country' | 'tax_evidence' | 'postal';
type FieldColumns = Omit<CustomerTable, 'id' | 'number' | 'active' | 'created_at_ms' | ProfileColumn>;
type NewCustomer = FieldColumns &
  Pick<CustomerTable, 'id' | 'number' | 'active' | 'created_at_ms' | 'company_id'>;

export function columnsOf(fields: CustomerFields, vatId: string): FieldColumns {
  return {
    kind: fields.kind,
    name: fields.name,
    street: fields.street,
    postcode: fields.postcode,
    city: fields.city,
    country: fields.country,
    vat_id: vatId,
    email: fields.email,
    currency: fields.currency,
    language: fields.language,
    time_zone: fields.timeZone,
    notes: fields.notes,
  };
}

export function fieldsOf(row: CustomerTable): CustomerFields {
  return {
    kind: row.kind,
    name: row.name,
    street: row.street,
    postcode: row.postcode,
    city: row.city,
    country: row.country,
    vatId: row.vat_id,
    email: row.email,
    currency: row.currency,
    language: row.language,
    timeZone: row.time_zone,
    notes: row.notes,
  };
}
