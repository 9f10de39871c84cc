import { sql, type Kysely } from 'kysely';
import type { BillingProfile } from '../../../shared/domains/customers/billing-profile.ts';
import type { CustomerFields, VatCheck } from '../../../shared/domains/customers/customers-contract.ts';
import type { SearchHit } from '../../../shared/domains/system/system-contract.ts';
import { listQueryFilter } from '../../platform/paging/list-query-filter.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { forNoKeyUpdate } from '../../platform/store/for-update.ts';
import type { Store, StoreKind } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import { customerHas, customerSearch } from './customer-search.ts';
import { customerById, fieldsOf, lockCustomer } from './customer-store.ts';
import { profileOf } from './billing-profile-store.ts';
import { customerListFields } from './customer-list-fields.ts';
import { latestVatChecks } from './vat-check.ts';
import type { CustomersTables, CustomerTable } from './customers-tables.ts';

export { customerHas, customerNameHas, customerNameIs, customerSearch } from './customer-search.ts';

/** For joins of other domains, which read it and never write it. */
export type CustomersPublicTables = { readonly customer: CustomerTable };

export interface CustomerFacts extends CustomerFields {
  readonly id: string;
  readonly number: string;
  readonly active: boolean;
  /** How it is billed; none of it stands on documents by itself. */
  readonly companyId: string;
  readonly billingZone: string;
  readonly taxCountry: string;
  readonly taxEvidence: BillingProfile['taxEvidence'];
}

function ours(db: AnyDatabase): Kysely<CustomersTables> {
  return db as Kysely<CustomersTables>;
}

function factsOf(row: CustomerTable): CustomerFacts {
  const { taxEvidence, taxCountry, billingZone, companyId } = profileOf(row, []);
  return {
    ...fieldsOf(row),
    id: row.id,
    number: row.number,
    active: row.active === 1,
    companyId,
    billingZone,
    taxCountry,
    taxEvidence,
  };
}

export async function customerFacts(db: AnyDatabase, customerId: string): Promise<CustomerFacts | undefined> {
  const row = await customerById(ours(db), customerId);
  return row && factsOf(row);
}

/** The same of many; ids that are unknown are left out. */
export async function customersFacts(
  db: AnyDatabase,
  kind: StoreKind,
  customerIds: readonly string[],
): Promise<CustomerFacts[]> {
  const rows = await ours(db)
    .selectFrom('customer')
    .selectAll()
    .where('id', 'in', textList(kind, customerIds))
    .execute();
  return rows.map(factsOf);
}

/** Like {@link customerFacts}; the customer cannot be changed or put away until the caller's transaction ends. */
export async function customerFactsLocked(
  db: AnyDatabase,
  customerId: string,
): Promise<CustomerFacts | undefined> {
  const row = await lockCustomer(ours(db), customerId);
  return row && factsOf(row);
}

/** Locks many, in one order, until the caller's transaction ends; gives those that there are. */
export async function lockCustomers(
  db: AnyDatabase,
  { kind }: Pick<Store, 'kind'>,
  customerIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = ours(db)
    .selectFrom('customer')
    .select('id')
    .where('id', 'in', textList(kind, [...new Set(customerIds)]))
    .orderBy('id');
  return new Set((await forNoKeyUpdate(found, kind).execute()).map(({ id }) => id));
}

/** How many customers each own company has, by its id. */
export async function customersOfCompanies(db: AnyDatabase): Promise<ReadonlyMap<string, number>> {
  const rows = await ours(db)
    .selectFrom('customer')
    .select('company_id')
    .select((of) => of.fn.countAll<number>().as('customers'))
    .groupBy('company_id')
    .execute();
  return new Map(rows.map((row) => [row.company_id, Number(row.customers)]));
}

/** Number and name by id, for lists of other domains; ids that are unknown are left out. */
export async function customerNames(
  db: AnyDatabase,
  customerIds: readonly string[],
): Promise<Map<string, { readonly number: string; readonly name: string; readonly active: boolean }>> {
  if (customerIds.length === 0) return new Map();
  const rows = await ours(db)
    .selectFrom('customer')
    .select(['id', 'number', 'name', 'active'])
    .where('id', 'in', [...new Set(customerIds)])
    .execute();
  return new Map(
    rows.map((row) => [row.id, { number: row.number, name: row.name, active: row.active === 1 }]),
  );
}

/** Customers whose name, number, VAT id or address of mail has these words, active ones first. */
export async function customerHits(db: AnyDatabase, text: string, limit: number): Promise<SearchHit[]> {
  const rows = await ours(db)
    .selectFrom('customer')
    .select(['id', 'number', 'name', 'city', 'country', 'active'])
    .where(customerHas(text))
    .orderBy('active', 'desc')
    .orderBy(customerSearch)
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: 'customer',
    id: row.id,
    title: row.name,
    subtitle: [row.number, row.city, row.country, row.active === 1 ? '' : 'archived']
      .filter(Boolean)
      .join(' · '),
  }));
}

/** What VIES last said about each of these VAT ids; those that it was never asked about are left out. */
export async function vatChecksOf(
  db: AnyDatabase,
  vatIds: readonly string[],
): Promise<ReadonlyMap<string, VatCheck>> {
  return await latestVatChecks(ours(db), vatIds);
}

/**
 * Customers by their number, some hundreds at a time: those after a number that match a query of their list. Throws InputRejected
 * for a query that cannot be understood.
 */
export async function customersByQuery(
  db: AnyDatabase,
  asked: {
    /** Of all companies where it is absent. */
    readonly companyId?: string;
    readonly query: string;
    readonly afterNumber: string;
    readonly limit: number;
  },
): Promise<CustomerFacts[]> {
  const filter = listQueryFilter(asked.query, customerListFields);
  let query = ours(db).selectFrom('customer').selectAll().where('number', '>', asked.afterNumber);
  if (filter !== undefined) query = query.where(filter);
  if (asked.companyId !== undefined) query = query.where('company_id', '=', asked.companyId);
  return (await query.orderBy('number').limit(asked.limit).execute()).map(factsOf);
}

export async function customersCounted(db: AnyDatabase, text: string, companyId?: string): Promise<number> {
  const filter = listQueryFilter(text, customerListFields);
  let query = ours(db)
    .selectFrom('customer')
    .select(sql<number>`count(*)`.as('count'));
  if (filter !== undefined) query = query.where(filter);
  if (companyId !== undefined) query = query.where('company_id', '=', companyId);
  return Number((await query.executeTakeFirstOrThrow()).count);
}
