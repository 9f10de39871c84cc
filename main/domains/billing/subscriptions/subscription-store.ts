import { sql, type Kysely, type SelectQueryBuilder } from 'kysely';
import type { PlanPrice } from '../../../../shared/domains/catalog/catalog-contract.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import { Exact } from '../../../../shared/kernel/rounding.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { textList } from '../../../platform/store/update-many.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import type { CalendarKey } from '../companies/company-store.ts';

type Db = Kysely<BillingTables>;

export function priceAsSold(row: SubscriptionTable): PlanPrice {
  return {
    currency: row.currency,
    perMonth: row.per_month,
    perVcpuHour: row.per_vcpu_hour,
    perGibHour: row.per_gib_hour,
  };
}

/** The same for all its units. */
export function priceOfUnits(row: SubscriptionTable): PlanPrice {
  const price = priceAsSold(row);
  if (row.daily_quantity === 1) return price;
  return { ...price, perMonth: new Exact(price.perMonth).mul(row.daily_quantity).toFixed() };
}

export async function subscriptionById(db: Db, id: string): Promise<SubscriptionTable | undefined> {
  return await db.selectFrom('subscription').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The subscription that charges (or will charge) a VM on `day` or later. */
export async function subscriptionOfVmFrom(
  db: Db,
  vmId: string,
  day: LocalDate,
): Promise<SubscriptionTable | undefined> {
  return await db
    .selectFrom('subscription')
    .selectAll()
    .where('vm_id', '=', vmId)
    .where((is) => is.or([is('ends_on', 'is', null), is('ends_on', '>', day)]))
    .orderBy('starts_on')
    .executeTakeFirst();
}

/** All that ever charged these VMs. */
export async function subscriptionsOfVms(
  db: Db,
  kind: StoreKind,
  vmIds: readonly string[],
): Promise<SubscriptionTable[]> {
  if (vmIds.length === 0) return [];
  return await db
    .selectFrom('subscription')
    .selectAll()
    .where('vm_id', 'in', textList(kind, vmIds))
    .orderBy('id')
    .execute();
}

/** Those with something to count or charge on every day: that may be charged day by day on it, or metered; in a fixed order. */
export async function subscriptionsOn(
  db: Db,
  key: CalendarKey,
  day: LocalDate,
): Promise<SubscriptionTable[]> {
  return await servedOn(db, key, day)
    .selectAll()
    .where((is) => is.or([is('is_daily', '=', 1), is('is_metered', '=', 1)]))
    .orderBy('id')
    .execute();
}

/** How many others are served on a day. */
export async function unmeteredCount(db: Db, key: CalendarKey, day: LocalDate): Promise<number> {
  const { count } = await servedOn(db, key, day)
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('charged', '<>', 'by-hand')
    .where('is_daily', '=', 0)
    .where('is_metered', '=', 0)
    .executeTakeFirstOrThrow();
  return Number(count);
}

function servedOn(
  db: Db,
  key: CalendarKey,
  day: LocalDate,
): SelectQueryBuilder<BillingTables, 'subscription', object> {
  return db
    .selectFrom('subscription')
    .where('company_id', '=', key.companyId)
    .where('billing_zone', '=', key.billingZone)
    .where('starts_on', '<=', day)
    .where((is) => is.or([is('ends_on', 'is', null), is('ends_on', '>', day)]));
}

/** Ids of those of which something may be due by the period at the end of a day, and of others that are named, in a fixed order. */
export async function subscriptionsDue(
  db: Db,
  key: CalendarKey,
  due: { readonly day: LocalDate; readonly and: readonly string[]; readonly kind: StoreKind },
): Promise<string[]> {
  const ofCalendar = db
    .selectFrom('subscription')
    .select('id')
    .where('company_id', '=', key.companyId)
    .where('billing_zone', '=', key.billingZone);
  const found = await ofCalendar.where('next_due', '<=', due.day).orderBy('id').execute();
  const ids = found.map(({ id }) => id);
  if (due.and.length === 0) return ids;
  const named = await ofCalendar
    .where('id', 'in', textList(due.kind, due.and))
    .where('charged', '<>', 'by-hand')
    .execute();
  return [...new Set([...ids, ...named.map(({ id }) => id)])].toSorted((one, other) =>
    one < other ? -1 : 1,
  );
}

/** Their rows, in the order of their ids; some hundreds at once. */
export async function subscriptionsByIds(
  db: Db,
  kind: StoreKind,
  ids: readonly string[],
): Promise<SubscriptionTable[]> {
  return await db
    .selectFrom('subscription')
    .selectAll()
    .where('id', 'in', textList(kind, ids))
    .orderBy('id')
    .execute();
}

/** Writes down what changed about a subscription; the caller holds the calendar's lock. */
export async function updateSubscription(
  db: Db,
  id: string,
  changed: Partial<SubscriptionTable>,
): Promise<void> {
  await db.updateTable('subscription').set(changed).where('id', '=', id).execute();
}

export async function insertSubscription(db: Db, row: SubscriptionTable): Promise<void> {
  await db.insertInto('subscription').values(row).execute();
}

/** Condition "is charged on `day` or will be later", for counts. */
export function notEndedBy(day: LocalDate): ReturnType<typeof sql<boolean>> {
  return sql<boolean>`(subscription.ends_on is null or subscription.ends_on > ${day})`;
}
