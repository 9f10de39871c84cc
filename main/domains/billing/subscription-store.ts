import { sql, type Kysely } from 'kysely';
import type { PlanPrice } from '../../../shared/domains/catalog/catalog-contract.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { BillingTables, SubscriptionTable } from './billing-tables.ts';

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

/** All that are charged for `day`, in a fixed order. */
export async function subscriptionsOn(
  db: Db,
  companyId: string,
  day: LocalDate,
): Promise<SubscriptionTable[]> {
  return await db
    .selectFrom('subscription')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('starts_on', '<=', day)
    .where((is) => is.or([is('ends_on', 'is', null), is('ends_on', '>', day)]))
    .orderBy('id')
    .execute();
}

export async function insertSubscription(db: Db, row: SubscriptionTable): Promise<void> {
  await db.insertInto('subscription').values(row).execute();
}

export async function setSubscriptionEnd(db: Db, id: string, endsOn: LocalDate): Promise<void> {
  await db.updateTable('subscription').set({ ends_on: endsOn }).where('id', '=', id).execute();
}

/** Condition "is charged on `day` or will be later", for counts. */
export function notEndedBy(day: LocalDate): ReturnType<typeof sql<boolean>> {
  return sql<boolean>`(subscription.ends_on is null or subscription.ends_on > ${day})`;
}
