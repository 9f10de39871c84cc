import { isPoolOfVms } from '../../../../shared/domains/billing/meter-rules.ts';
import type { PeriodPrice } from '../../../../shared/domains/billing/price-component.ts';
import { sql, type Expression, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { InputOf, OutputOf } from '../../../../shared/contract/operation.ts';
import type {
  billingContract,
  SubscriptionRow,
} from '../../../../shared/domains/billing/billing-contract.ts';
import { addDays, dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { keysetPage } from '../../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../../platform/paging/list-query-filter.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import { planVersionsById } from '../../catalog/catalog-public.ts';
import {
  customerNameHas,
  customerNameIs,
  customerSearch,
  type CustomersPublicTables,
} from '../../customers/customers-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { allCalendars, todayIn, type Calendar } from '../companies/company-store.ts';
import { firstHeldOf } from '../charges/day-held.ts';
import { memberCounts } from '../pools/pool-member-store.ts';
import { planHas, planIs, planOrVmHas, subscriptionSearch, vmHas, vmIs } from './subscription-search.ts';
import { priceAsSold } from './subscription-store.ts';

type Operation = typeof billingContract.subscriptionList;
type Db = Kysely<BillingTables & CustomersPublicTables>;

/** Asks something of a subscription's customer. */
type OfCustomer = (which: Expression<SqlBool>) => Expression<SqlBool>;

/** Where subscriptions are joined with their customers anyway. */
const joined: OfCustomer = (which) => which;

/** Customers are found first, by what stands folded in an index of theirs: no subscription is joined with its customer for it. */
const apart: OfCustomer = (which) =>
  sql<SqlBool>`subscription.customer_id in (select customer.id from customer where ${which})`;

const companyName = sql<string>`(select company.name from company where company.id = subscription.company_id)`;

/** Calendars, and the day it is in the default company's own zone. */
export interface SubscriptionDays {
  readonly own: LocalDate;
  readonly calendars: readonly (Calendar & { readonly today: LocalDate })[];
}

/** The day it is for subscriptions: each is billed by the days of its own calendar. */
export async function subscriptionDays(db: AnyDatabase, nowMs: number): Promise<SubscriptionDays> {
  const ours = db as unknown as Kysely<BillingTables>;
  const calendars = await allCalendars(ours);
  return {
    own: await todayIn(ours, nowMs),
    calendars: calendars.map((each) => ({ ...each, today: dayAt(nowMs, each.timeZone) })),
  };
}

function todayOf({ own, calendars }: SubscriptionDays): RawBuilder<string> {
  const others = calendars.filter(({ today }) => today !== own);
  if (others.length === 0) return sql<string>`cast(${own} as text)`;
  const cases = others.map(
    ({ companyId, billingZone, today }) =>
      sql`when subscription.company_id = ${companyId} and subscription.billing_zone = ${billingZone} then ${today}`,
  );
  return sql<string>`case ${sql.join(cases, sql` `)} else ${own} end`;
}

function fieldsOn(days: SubscriptionDays, ofCustomer: OfCustomer): ListFields {
  const today = todayOf(days);
  const state = sql<string>`case when ends_on is not null and ends_on <= ${today} then 'ended'
    when starts_on > ${today} then 'coming'
    when paused_from <= ${today} and (paused_until is null or paused_until > ${today}) then 'paused'
    else 'running' end`;
  return {
    fields: {
      customer: {
        kind: 'text',
        has: (words) => ofCustomer(customerNameHas(words)),
        is: (name) => ofCustomer(customerNameIs(name)),
      },
      plan: { kind: 'text', has: planHas, is: planIs },
      vm: { kind: 'text', has: vmHas, is: vmIs },
      id: { kind: 'word', column: sql.ref('subscription.id') },
      vmid: { kind: 'word', column: sql.ref('vm_id') },
      customerid: { kind: 'word', column: sql.ref('customer_id') },
      currency: { kind: 'word', column: sql.ref('subscription.currency') },
      version: { kind: 'word', column: sql.ref('price_id') },
      company: { kind: 'text', column: companyName },
      country: {
        kind: 'word',
        // They are kept in capitals, and statistics know nothing of an expression.
        among: (countries) =>
          ofCustomer(sql`customer.country in (${sql.join(countries.map((each) => each.toUpperCase()))})`),
      },
      state: { kind: 'word', column: state, values: ['running', 'paused', 'coming', 'ended'] },
    },
    bare: (words) => sql<SqlBool>`(${planOrVmHas(words)} or ${ofCustomer(customerNameHas(words))})`,
  };
}

const sortKeys: Readonly<Record<InputOf<Operation>['sort'], Expression<unknown>>> = {
  started: sql.ref('starts_on'),
  customer: customerSearch,
  plan: subscriptionSearch,
};

/** Those of the list that a query finds. */
function found(query: string, days: SubscriptionDays, ofCustomer: OfCustomer): Expression<SqlBool> {
  const filter = listQueryFilter(query, fieldsOn(days, ofCustomer));
  const isListed = sql<SqlBool>`subscription.charged <> 'by-hand'`;
  return filter === undefined ? isListed : sql<SqlBool>`(${isListed} and ${filter})`;
}

/** With their customers. */
// eslint-disable-next-line @typescript-eslint/explicit-function-return-type -- the builder's type is the query itself
function withCustomers(db: Db) {
  return db.selectFrom('subscription').innerJoin('customer', 'customer.id', 'subscription.customer_id');
}

/** What is known of all subscriptions that a query finds, in the order of their customers' numbers: to be written down by the database. */
export function scopeOfSubscriptions(
  db: AnyDatabase,
  of: { readonly query: string; readonly days: SubscriptionDays },
): RawBuilder<unknown> {
  const scope = withCustomers(db as unknown as Db)
    .where(found(of.query, of.days, joined))
    .select([
      'subscription.id as subscription_id',
      'subscription.customer_id as customer_id',
      'customer.number as customer_number',
      'customer.name as customer_name',
      'subscription.plan_name as plan_name',
      'subscription.vm_name as vm_name',
      'subscription.currency as currency',
    ]);
  return sql`${scope}`;
}

/** One page of subscriptions. VMs are shown under the name they have now, or the last one known. */
export async function subscriptionList(
  parts: BillingParts,
  db: Db,
  input: InputOf<Operation>,
): Promise<OutputOf<Operation>> {
  const nowMs = await parts.nowMs(db);
  const days = await subscriptionDays(db as unknown as AnyDatabase, nowMs);
  const alone = db.selectFrom('subscription').where(found(input.query, days, apart));
  const page = await keysetPage({
    query: withCustomers(db).selectAll('subscription').select('customer.name as customer'),
    narrow: input.sort === 'customer' ? withCustomers(db).where(found(input.query, days, joined)) : alone,
    counted: alone,
    sortKey: sortKeys[input.sort],
    id: sql.ref<string>('subscription.id'),
    page: input,
  });
  const calendars = new Map(
    days.calendars.map((each) => [`${each.companyId} ${each.billingZone}`, each] as const),
  );
  const names = await parts.vms.vmNames(
    db,
    page.rows.map((row) => row.vm_id),
  );
  const held = await firstHeldOf(
    asBilling(db),
    page.rows.map((row) => row.id),
  );
  const members = await memberCounts(asBilling(db), parts.kind, {
    subscriptionIds: page.rows.map((row) => row.id),
    atMs: nowMs,
  });
  const byPeriod = page.rows.filter(({ charged }) => charged === 'by-period');
  const versions = await planVersionsById(db, [...new Set(byPeriod.map((row) => row.price_id))]);
  return {
    ...page,
    rows: page.rows.map((row) => ({
      ...rowOf(
        { ...row, vm_name: names.get(row.vm_id) ?? row.vm_name },
        calendars.get(`${row.company_id} ${row.billing_zone}`)?.closedUntil ?? null,
      ),
      today: calendars.get(`${row.company_id} ${row.billing_zone}`)?.today ?? days.own,
      ...soldByPeriod(row, versions.get(row.price_id)?.priced, members.get(row.id) ?? 0),
      ...(held.has(row.id) && { chargedUntil: held.get(row.id) as string }),
    })),
  };
}

function asBilling(db: Db): Kysely<BillingTables> {
  return db as unknown as Kysely<BillingTables>;
}

/** What was sold by the period, and how many share its pool. */
function soldByPeriod(
  { charged }: Pick<SubscriptionTable, 'charged'>,
  priced: PeriodPrice | undefined,
  members: number,
): Pick<SubscriptionRow, 'periodPrice' | 'poolMembers'> {
  if (charged !== 'by-period' || priced === undefined) return { periodPrice: null, poolMembers: null };
  return { periodPrice: priced, poolMembers: isPoolOfVms(priced) || members > 0 ? members : null };
}

function rowOf(
  row: SubscriptionTable & { customer: string },
  closedUntil: LocalDate | null,
): Omit<SubscriptionRow, 'periodPrice' | 'poolMembers' | 'today'> {
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
    dailyQuantity: row.daily_quantity,
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
