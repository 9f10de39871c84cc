import type { Kysely } from 'kysely';
import type { LocalDate, Period } from '../../../../shared/kernel/local-date.ts';
import type { AnyTransaction, StoreKind } from '../../../platform/store/store.ts';
import { textList } from '../../../platform/store/update-many.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import type { CalendarKey } from '../companies/company-store.ts';

type Db = Kysely<BillingTables>;

/** Statements with a list of ids take at most this many. */
const IDS_PER_STATEMENT = 500;

/** Writes down which subscriptions a closing day leaves out, and whom each waits for. */
export async function holdBack(
  parts: Pick<BillingParts, 'insertMany'>,
  trx: Db,
  of: {
    readonly day: LocalDate;
    readonly nowMs: number;
    readonly held: readonly { readonly subscriptionId: string; readonly reason: string }[];
  },
): Promise<void> {
  const rows: BillingTables['held_day'][] = of.held.map(({ subscriptionId, reason }) => ({
    subscription_id: subscriptionId,
    day: of.day,
    reason,
    held_at_ms: of.nowMs,
  }));
  await parts.insertMany(trx as unknown as AnyTransaction, 'held_day', rows);
}

/** Subscriptions that a closed day still waits for, in a fixed order. */
export async function heldOn(trx: Db, key: CalendarKey, day: LocalDate): Promise<SubscriptionTable[]> {
  return await trx
    .selectFrom('held_day')
    .innerJoin('subscription', 'subscription.id', 'held_day.subscription_id')
    .selectAll('subscription')
    .where('held_day.day', '=', day)
    .where('company_id', '=', key.companyId)
    .where('billing_zone', '=', key.billingZone)
    .orderBy('subscription.id')
    .execute();
}

export async function releaseHeld(
  trx: Db,
  day: LocalDate,
  subscriptionIds: readonly string[],
): Promise<void> {
  for (let start = 0; start < subscriptionIds.length; start += IDS_PER_STATEMENT) {
    const ids = subscriptionIds.slice(start, start + IDS_PER_STATEMENT);
    await trx.deleteFrom('held_day').where('day', '=', day).where('subscription_id', 'in', ids).execute();
  }
}

export interface HeldDay extends CalendarKey {
  readonly day: LocalDate;
  readonly subscriptions: number;
  /** Whom it waits for, in words; one of several. */
  readonly reason: string;
}

/** Closed days that still wait for somebody, in order; of one company where it is named. */
export async function heldDays(db: Db, companyId?: string): Promise<HeldDay[]> {
  let query = db
    .selectFrom('held_day')
    .innerJoin('subscription', 'subscription.id', 'held_day.subscription_id')
    .select(['company_id as companyId', 'billing_zone as billingZone', 'day'])
    .select((of) => [of.fn.countAll<number>().as('subscriptions'), of.fn.max('reason').as('reason')])
    .groupBy(['company_id', 'billing_zone', 'day'])
    .orderBy('day')
    .orderBy('company_id')
    .orderBy('billing_zone');
  if (companyId !== undefined) query = query.where('company_id', '=', companyId);
  const rows = await query.execute();
  return rows.map((row) => ({ ...row, subscriptions: Number(row.subscriptions) }));
}

/** First day each of these subscriptions waits for; those that wait for none are left out. */
export async function firstHeldOf(
  db: Db,
  subscriptionIds: readonly string[],
): Promise<ReadonlyMap<string, LocalDate>> {
  if (subscriptionIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('held_day')
    .select('subscription_id')
    .select((of) => of.fn.min('day').as('day'))
    .where('subscription_id', 'in', subscriptionIds)
    .groupBy('subscription_id')
    .execute();
  return new Map(rows.map((row) => [row.subscription_id, row.day]));
}

/** The same with why, of any number of subscriptions. */
export async function heldReasonsOf(
  db: Db,
  kind: StoreKind,
  subscriptionIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly day: LocalDate; readonly reason: string }>> {
  const rows = await db
    .selectFrom('held_day')
    .select(['subscription_id', 'day', 'reason'])
    .where('subscription_id', 'in', textList(kind, subscriptionIds))
    .orderBy('day', 'desc')
    .execute();
  // Of several the last one counts, which is the first by day.
  return new Map(rows.map(({ subscription_id: id, day, reason }) => [id, { day, reason }]));
}

export interface AwaitedUsage {
  readonly day: LocalDate;
  /** Of a pool, which has several, the plan. */
  readonly vm: string;
  readonly reason: string;
}

/** The first day of a period that the invoice of each of these customers would have to wait for; those that need not are left out. */
export async function heldInPeriod(
  db: Db,
  of: { readonly kind: StoreKind; readonly customerIds: readonly string[]; readonly period: Period },
): Promise<ReadonlyMap<string, AwaitedUsage>> {
  const rows = await db
    .selectFrom('held_day')
    .innerJoin('subscription', 'subscription.id', 'held_day.subscription_id')
    .select(['customer_id', 'day', 'vm_name', 'plan_name', 'reason'])
    .where('day', '>=', of.period.start)
    .where('day', '<', of.period.endExclusive)
    .where('customer_id', 'in', textList(of.kind, of.customerIds))
    .orderBy('day', 'desc')
    .orderBy('vm_name', 'desc')
    .execute();
  // Of several the last one counts, which is the first by day and name.
  return new Map(
    rows.map(({ customer_id: customerId, day, vm_name: vm, plan_name: plan, reason }) => [
      customerId,
      { day, vm: vm === '' ? plan : vm, reason },
    ]),
  );
}
