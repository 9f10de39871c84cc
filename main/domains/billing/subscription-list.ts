import { sql, type Expression, type Kysely } from 'kysely';
import type { InputOf, OutputOf } from '../../../shared/contract/operation.ts';
import type { billingContract, SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import { addDays, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { planVersionsById } from '../catalog/catalog-public.ts';
import type { CustomersPublicTables } from '../customers/customers-public.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables, SubscriptionTable } from './billing-tables.ts';
import { allCalendars, todayIn } from './company-store.ts';
import { firstHeldOf } from './day-held.ts';
import { priceAsSold } from './subscription-store.ts';

type Operation = typeof billingContract.subscriptionList;
type Db = Kysely<BillingTables & CustomersPublicTables>;

const customerName = sql.ref<string>('customer.name');

function fieldsOn(today: LocalDate): ListFields {
  const state = sql<string>`case when ends_on is not null and ends_on <= ${today} then 'ended'
    when starts_on > ${today} then 'coming'
    when paused_from <= ${today} and (paused_until is null or paused_until > ${today}) then 'paused'
    else 'running' end`;
  return {
    fields: {
      customer: { kind: 'text', column: customerName },
      plan: { kind: 'text', column: sql.ref('plan_name') },
      vm: { kind: 'text', column: sql.ref('vm_name') },
      id: { kind: 'word', column: sql.ref('subscription.id') },
      vmid: { kind: 'word', column: sql.ref('vm_id') },
      customerid: { kind: 'word', column: sql.ref('customer_id') },
      currency: { kind: 'word', column: sql.ref('subscription.currency') },
      state: { kind: 'word', column: state, values: ['running', 'paused', 'coming', 'ended'] },
    },
    bare: [customerName, sql.ref('plan_name'), sql.ref('vm_name')],
  };
}

const sortKeys: Readonly<Record<InputOf<Operation>['sort'], Expression<unknown>>> = {
  started: sql.ref('starts_on'),
  customer: sql`lower(${customerName})`,
  plan: sql`lower(plan_name)`,
};

/** One page of subscriptions. VMs are shown under the name they have now, or the last one known. */
export async function subscriptionList(
  parts: BillingParts,
  db: Db,
  input: InputOf<Operation>,
): Promise<OutputOf<Operation>> {
  const filter = listQueryFilter(input.query, fieldsOn(await todayIn(asBilling(db), await parts.nowMs(db))));
  let query = db
    .selectFrom('subscription')
    .innerJoin('customer', 'customer.id', 'subscription.customer_id')
    .selectAll('subscription')
    .select('customer.name as customer')
    .where('charged', '<>', 'by-hand');
  if (filter !== undefined) query = query.where(filter);
  const page = await keysetPage({
    query,
    sortKey: sortKeys[input.sort],
    id: sql.ref<string>('subscription.id'),
    page: input,
  });
  const closed = new Map(
    (await allCalendars(asBilling(db))).map((each) => [
      `${each.companyId} ${each.billingZone}`,
      each.closedUntil,
    ]),
  );
  const names = await parts.vms.vmNames(
    db,
    page.rows.map((row) => row.vm_id),
  );
  const held = await firstHeldOf(
    asBilling(db),
    page.rows.map((row) => row.id),
  );
  const byPeriod = page.rows.filter(({ charged }) => charged === 'by-period');
  const versions = await planVersionsById(db, [...new Set(byPeriod.map((row) => row.price_id))]);
  return {
    ...page,
    rows: page.rows.map((row) => ({
      ...rowOf(
        { ...row, vm_name: names.get(row.vm_id) ?? row.vm_name },
        closed.get(`${row.company_id} ${row.billing_zone}`) ?? null,
      ),
      periodPrice: row.charged === 'by-period' ? (versions.get(row.price_id)?.priced ?? null) : null,
      ...(held.has(row.id) && { chargedUntil: held.get(row.id) as string }),
    })),
  };
}

function asBilling(db: Db): Kysely<BillingTables> {
  return db as unknown as Kysely<BillingTables>;
}

function rowOf(
  row: SubscriptionTable & { customer: string },
  closedUntil: LocalDate | null,
): Omit<SubscriptionRow, 'periodPrice'> {
  return {
    id: row.id,
    customerId: row.customer_id,
    customer: row.customer,
    planId: row.plan_id,
    plan: row.plan_name,
    vmId: row.vm_id,
    vm: row.vm_name,
    charged: row.charged === 'daily' ? 'daily' : 'by-period',
    price: priceAsSold(row),
    startsOn: row.starts_on,
    endsOn: row.ends_on,
    pausedFrom: row.paused_from,
    pausedUntil: row.paused_until,
    chargedUntil: chargedUntil(row, closedUntil),
  };
}

/** Day after the last one charged: never before its first day nor after its end. */
function chargedUntil(row: SubscriptionTable, closedUntil: LocalDate | null): LocalDate {
  if (closedUntil === null || closedUntil < row.starts_on) return row.starts_on;
  const next = addDays(closedUntil, 1);
  return row.ends_on !== null && row.ends_on < next ? row.ends_on : next;
}
