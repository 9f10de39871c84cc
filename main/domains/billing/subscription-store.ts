import { sql, type Kysely, type SelectQueryBuilder } from 'kysely';
import type { PlanPrice } from '../../../shared/domains/catalog/catalog-contract.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import type { BillingTables, SubscriptionTable } from './billing-tables.ts';
import type { CalendarKey } from './company-store.ts';

type Db = Kysely<BillingTables>;

export function priceAsSold(row: SubscriptionTable): PlanPrice {
  return {
    currency: row.currency,
    perMonth: row.per_month,
    perVcpuHour: row.per_vcpu_hour,
    perGibHour: row.per_gib_hour,
  };
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

/** Those with something to count or charge on every day: charged day by day, or metered; in a fixed order. */
export async function subscriptionsOn(
  db: Db,
  key: CalendarKey,
  day: LocalDate,
): Promise<SubscriptionTable[]> {
  return await servedOn(db, key, day)
    .selectAll()
    .where((is) => is.or([is('charged', '=', 'daily'), is('is_metered', '=', 1)]))
    .orderBy('id')
    .execute();
}

/** How many others are served on a day. */
export async function unmeteredCount(db: Db, key: CalendarKey, day: LocalDate): Promise<number> {
  const { count } = await servedOn(db, key, day)
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('charged', '=', 'by-period')
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

/** Those charged by the period of which something may be due by the end of a day, and others that are named, in a fixed order. */
export async function subscriptionsDue(
  db: Db,
  key: CalendarKey,
  due: { readonly day: LocalDate; readonly and: readonly string[]; readonly kind: StoreKind },
): Promise<SubscriptionTable[]> {
  const ofCalendar = db
    .selectFrom('subscription')
    .selectAll()
    .where('company_id', '=', key.companyId)
    .where('billing_zone', '=', key.billingZone);
  const found = await ofCalendar.where('next_due', '<=', due.day).orderBy('id').execute();
  if (due.and.length === 0) return found;
  const ids = new Set(found.map(({ id }) => id));
  const named = await ofCalendar.where('id', 'in', textList(due.kind, due.and)).execute();
  const others = named.filter(({ id, charged }) => charged === 'by-period' && !ids.has(id));
  return [...found, ...others].toSorted((one, other) => (one.id < other.id ? -1 : 1));
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
