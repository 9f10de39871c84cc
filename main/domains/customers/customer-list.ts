import { sql, type Expression, type Kysely } from 'kysely';
import type { InputOf, OutputOf } from '../../../shared/contract/operation.ts';
import type { customersContract, CustomerRow } from '../../../shared/domains/customers/customers-contract.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter } from '../../platform/paging/list-query-filter.ts';
import { owedMinor, runningSubscriptionsOf } from '../billing/billing-public.ts';
import { customerListFields } from './customer-list-fields.ts';
import { customerSearch } from './customer-search.ts';
import { fieldsOf } from './customer-store.ts';
import { latestVatChecks } from './vat-check.ts';
import type { CustomersParts } from './customers-parts.ts';
import type { CustomersTables, CustomerTable } from './customers-tables.ts';

type Operation = typeof customersContract.customerList;
type Db = Kysely<CustomersTables>;
type RowWithBalance = CustomerTable & { balance_minor: number };

/** In its own currency: what was booked in others stands in its statement. */
const balance = owedMinor({ id: sql.ref('customer.id'), currency: sql.ref('customer.currency') });

const sortKeys: Readonly<Record<InputOf<Operation>['sort'], Expression<unknown>>> = {
  name: customerSearch,
  number: sql.ref('customer.number'),
  balance,
  created: sql.ref('customer.created_at_ms'),
};

/** One page of customers with what they owe, by the ledger. */
export async function customerList(
  parts: CustomersParts,
  input: InputOf<Operation>,
  db: Db,
): Promise<OutputOf<Operation>> {
  const filter = listQueryFilter(input.query, customerListFields);
  let narrow = db.selectFrom('customer');
  if (filter !== undefined) narrow = narrow.where(filter);
  if (input.companyId !== undefined) narrow = narrow.where('customer.company_id', '=', input.companyId);
  const page = await keysetPage({
    query: db.selectFrom('customer').selectAll('customer').select(balance.as('balance_minor')),
    narrow,
    sortKey: sortKeys[input.sort],
    id: sql.ref<string>('customer.id'),
    page: input,
  });
  return { ...page, rows: await withCounts(parts, db, page.rows) };
}

/** One customer as the list shows it; undefined for an unknown id. */
export async function customerRowOf(
  parts: CustomersParts,
  db: Db,
  customerId: string,
): Promise<CustomerRow | undefined> {
  const rows = await db
    .selectFrom('customer')
    .selectAll('customer')
    .select(balance.as('balance_minor'))
    .where('id', '=', customerId)
    .execute();
  return (await withCounts(parts, db, rows))[0];
}

async function withCounts(
  parts: CustomersParts,
  db: Db,
  rows: readonly RowWithBalance[],
): Promise<CustomerRow[]> {
  const ids = rows.map((row) => row.id);
  const vms = await parts.vmCounts(db, ids);
  const subscriptions = await runningSubscriptionsOf(db, ids, await parts.nowMs(db));
  const checks = await latestVatChecks(
    db,
    rows.map((row) => row.vat_id),
  );
  return rows.map((row) => ({
    ...fieldsOf(row),
    vatCheck: checks.get(row.vat_id) ?? null,
    id: row.id,
    companyId: row.company_id,
    number: row.number,
    active: row.active === 1,
    vms: vms.get(row.id) ?? 0,
    subscriptions: subscriptions.get(row.id) ?? 0,
    balance: { amountMinor: String(row.balance_minor), currency: row.currency },
    createdAt: new Date(row.created_at_ms).toISOString(),
  }));
}
