import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { MemberStay } from '../../../../shared/domains/billing/pool-usage-rules.ts';
import { addDays } from '../../../../shared/kernel/local-date.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { textList } from '../../../platform/store/update-many.ts';
import type { BillingTables, PoolMemberTable, SubscriptionTable } from '../billing-tables.ts';
import { allCompanies, type CalendarKey } from '../companies/company-store.ts';
import { usageOfDayEndsAtMs } from '../usage/usage-store.ts';

type Db = Kysely<BillingTables>;

/** Hours that begin in `[startMs, endMs)`. */
export interface HourRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** Stays of a subscription's members, by its id. */
export type StaysBySubscription = ReadonlyMap<string, readonly MemberStay[]>;

/** Members of the pools of a calendar in some of these hours; one statement however many there are. */
export async function staysIn(db: Db, key: CalendarKey, range: HourRange): Promise<StaysBySubscription> {
  const rows = await db
    .selectFrom('pool_member')
    .innerJoin('subscription', 'subscription.id', 'pool_member.subscription_id')
    .select(['subscription_id', 'pool_member.vm_id', 'from_ms', 'to_ms'])
    .where('company_id', '=', key.companyId)
    .where('billing_zone', '=', key.billingZone)
    .where('undone', '=', 0)
    .where('from_ms', '<', range.endMs)
    .where(hasHoursAfter(range.startMs))
    .orderBy('subscription_id')
    .orderBy('from_ms')
    .execute();
  const stays = rows.map((row) => ({
    subscriptionId: row.subscription_id,
    vmId: row.vm_id,
    fromMs: row.from_ms,
    toMs: row.to_ms,
  }));
  return Map.groupBy(stays, ({ subscriptionId }) => subscriptionId);
}

/** Of any subscriptions, for ever: the members of their pools, the latest added first. */
export async function membersOf(
  db: Db,
  kind: StoreKind,
  subscriptionIds: readonly string[],
): Promise<PoolMemberTable[]> {
  if (subscriptionIds.length === 0) return [];
  return await db
    .selectFrom('pool_member')
    .selectAll()
    .where('subscription_id', 'in', textList(kind, subscriptionIds))
    .orderBy(sql`case when to_ms is null then 0 else 1 end`)
    .orderBy('from_ms', 'desc')
    .orderBy('vm_name')
    .orderBy('id')
    .execute();
}

/** A member with the row of its subscription, and the hour it leaves by what is decided: its own, or that its subscription ends with. */
export interface Membership {
  readonly member: PoolMemberTable;
  readonly subscription: SubscriptionTable;
  readonly untilMs: number | null;
}

/** The pools that these VMs are in after an instant, by VM: the one it is in now, else the one it leaves last. A subscription that ended has let its members go. */
export async function poolsAfter(
  db: Db,
  kind: StoreKind,
  of: { readonly vmIds: readonly string[]; readonly atMs: number },
): Promise<ReadonlyMap<string, Membership>> {
  const stays = await staysWithEnds(db, kind, of.vmIds);
  return new Map(
    stays
      .filter(({ member, untilMs }) => isAfter(of.atMs, member.from_ms, untilMs))
      .map((stay) => [stay.member.vm_id, stay]),
  );
}

/** Whether some hour of a stay is after an instant: one that ends where it begins has none, whenever that is. */
export function isAfter(atMs: number, fromMs: number, untilMs: number | null): boolean {
  return untilMs === null || untilMs > Math.max(atMs, fromMs);
}

/** The stays of a VM that are over, each with the instant it was: those that its subscription has ended are not closed yet. */
export async function staysLeft(
  db: Db,
  kind: StoreKind,
  of: { readonly vmId: string; readonly atMs: number },
): Promise<{ readonly member: PoolMemberTable; readonly untilMs: number }[]> {
  const stays = await staysWithEnds(db, kind, [of.vmId]);
  return stays.flatMap(({ member, untilMs }) =>
    untilMs !== null && !isAfter(of.atMs, member.from_ms, untilMs) ? [{ member, untilMs }] : [],
  );
}

/** The stays that are in these subscriptions after an instant, whatever becomes of the subscription. */
export async function staysOpen(
  db: Db,
  kind: StoreKind,
  of: { readonly subscriptionIds: readonly string[]; readonly atMs: number },
): Promise<PoolMemberTable[]> {
  if (of.subscriptionIds.length === 0) return [];
  return await db
    .selectFrom('pool_member')
    .selectAll()
    .where('subscription_id', 'in', textList(kind, of.subscriptionIds))
    .where('undone', '=', 0)
    .where(hasHoursAfter(of.atMs))
    .orderBy('vm_id')
    .execute();
}

/** Condition "some hour of the stay is after an instant" on rows of `pool_member`. */
export function hasHoursAfter(atMs: number): RawBuilder<SqlBool> {
  return sql<SqlBool>`(to_ms is null or (to_ms > ${sql.lit(atMs)} and to_ms > from_ms))`;
}

async function staysWithEnds(db: Db, kind: StoreKind, vmIds: readonly string[]): Promise<Membership[]> {
  if (vmIds.length === 0) return [];
  const members = await db
    .selectFrom('pool_member')
    .selectAll()
    .where('vm_id', 'in', textList(kind, vmIds))
    .where('undone', '=', 0)
    .orderBy('from_ms')
    .execute();
  const ids = [...new Set(members.map((member) => member.subscription_id))];
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('subscription')
    .selectAll()
    .where('id', 'in', textList(kind, ids))
    .execute();
  const zoneOf = await zonesOf(db);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return members.flatMap((member) => {
    const subscription = byId.get(member.subscription_id);
    if (subscription === undefined) return [];
    const untilMs = earlierMs(member.to_ms, endOfMs(subscription, zoneOf(subscription)));
    return [{ member, subscription, untilMs }];
  });
}

/** By whose days subscriptions are billed. */
export async function zonesOf(
  db: Db,
): Promise<(row: Pick<SubscriptionTable, 'billing_zone' | 'company_id'>) => string> {
  const zones = new Map((await allCompanies(db)).map((company) => [company.id, company.time_zone]));
  return ({ billing_zone: own, company_id: companyId }) =>
    own === '' ? (zones.get(companyId) ?? 'UTC') : own;
}

/** Of two ends the one that comes first; null: it goes on. */
export function earlierMs(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

/** The hour from which on nothing of a subscription counts; null while it goes on. */
export function endOfMs(
  { ends_on: endsOn }: Pick<SubscriptionTable, 'ends_on'>,
  zone: string,
): number | null {
  return endsOn === null ? null : usageOfDayEndsAtMs(addDays(endsOn, -1), zone);
}

export async function memberById(db: Db, id: string): Promise<PoolMemberTable | undefined> {
  return await db.selectFrom('pool_member').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function insertMember(db: Db, row: PoolMemberTable): Promise<void> {
  await db.insertInto('pool_member').values(row).execute();
}

/** Ends a stay; its hours until then stay the pool's. */
export async function closeMember(
  db: Db,
  id: string,
  closed: Pick<PoolMemberTable, 'to_ms' | 'removed_at_ms' | 'undone'>,
): Promise<void> {
  await db.updateTable('pool_member').set(closed).where('id', '=', id).execute();
}

/** How many VMs are in each of these pools now; those without any are left out. */
export async function memberCounts(
  db: Db,
  kind: StoreKind,
  of: { readonly subscriptionIds: readonly string[]; readonly atMs: number },
): Promise<ReadonlyMap<string, number>> {
  if (of.subscriptionIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('pool_member')
    .select(['subscription_id'])
    .select((all) => all.fn.countAll<number>().as('members'))
    .where('subscription_id', 'in', textList(kind, of.subscriptionIds))
    .where('undone', '=', 0)
    .where(hasHoursAfter(of.atMs))
    .groupBy('subscription_id')
    .execute();
  if (rows.length === 0) return new Map();
  const ids = rows.map((row) => row.subscription_id);
  const pools = await db
    .selectFrom('subscription')
    .select(['id', 'ends_on', 'billing_zone', 'company_id'])
    .where('id', 'in', textList(kind, ids))
    .execute();
  const zoneOf = await zonesOf(db);
  const ended = new Set(
    pools.flatMap((pool) =>
      (endOfMs(pool, zoneOf(pool)) ?? Number.POSITIVE_INFINITY) > of.atMs ? [] : [pool.id],
    ),
  );
  return new Map(
    rows.flatMap(({ subscription_id: id, members }) => (ended.has(id) ? [] : [[id, Number(members)]])),
  );
}

/** The VMs of a pool after an instant: its members, and the one it was sold for. */
export async function poolVmIds(
  db: Db,
  { id, vm_id: vmId }: Pick<SubscriptionTable, 'id' | 'vm_id'>,
  atMs: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('pool_member')
    .select('vm_id')
    .where('subscription_id', '=', id)
    .where('undone', '=', 0)
    .where(hasHoursAfter(atMs))
    .execute();
  return [...new Set([...(vmId === '' ? [] : [vmId]), ...rows.map((row) => row.vm_id)])];
}
