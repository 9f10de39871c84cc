import { sql, type Kysely } from 'kysely';
import {
  isMemberIn,
  poolUsage,
  type Mark,
  type MemberStay,
} from '../../../../shared/domains/billing/pool-usage-rules.ts';
import { addDays, dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { BillingParts, UsageHour } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { heldOn } from '../charges/day-held.ts';
import { readCalendar, type CalendarKey } from '../companies/company-store.ts';
import { rangeOfDay } from '../usage/usage-store.ts';
import { staysIn } from './pool-member-store.ts';
import { frozenMembers, hoursOf, staysOf, type FrozenMember } from './pool-reading-store.ts';

type Db = Kysely<BillingTables>;

/** A day of a pool comes to what its members used, in one statement for all. */
export async function poolsOffTheirMembers(db: Db): Promise<string[]> {
  const columns = {
    running_ms: 'running_ms',
    vcpu_ms: 'vcpu_ms',
    mib_ms: 'mib_ms',
    disk_mib_ms: 'disk_mib_ms',
    sent_bytes: 'sent_bytes',
    addresses: 'addresses_at_mark',
    vcpu_mark_ms: 'vcpu_at_mark_ms',
    mib_mark_ms: 'mib_at_mark_ms',
    disk_mark_mib_ms: 'disk_at_mark_mib_ms',
  } as const;
  const sums = Object.values(columns).map((of) => sql`sum(${sql.ref(of)}) as ${sql.ref(of)}`);
  const differ = Object.entries(columns).map(
    ([read, of]) =>
      sql`coalesce(${sql.ref(`reading.${read}`)}, -1) <> coalesce(${sql.ref(`member.${of}`)}, -1)`,
  );
  const { rows } = await sql<{ id: string; day: string; plan: string }>`
    select pool_mark.subscription_id as id, pool_mark.day as day, subscription.plan_name as plan
    from pool_mark join subscription on subscription.id = pool_mark.subscription_id
    left join usage_reading as reading
      on reading.subscription_id = pool_mark.subscription_id and reading.day = pool_mark.day
    left join (select subscription_id, day, ${sql.join(sums)} from pool_reading group by subscription_id, day) as member
      on member.subscription_id = pool_mark.subscription_id and member.day = pool_mark.day
    where ${sql.join(differ, sql` or `)}
    order by pool_mark.subscription_id, pool_mark.day limit 100`.execute(db);
  return rows.map(
    ({ id, day, plan }) =>
      `The pool ${id} (${plan}) was read on ${day} as something else than its members come to.`,
  );
}

/**
 * Members of pools, of each day that is closed, by the hours that hosts counted: who was a member in which of them, and which hour was the
 * highest for all together. Day by day and calendar by calendar, some statements each.
 */
export async function poolsOffTheirHours(parts: Pick<BillingParts, 'usage'>, db: Db): Promise<string[]> {
  const calendars = await db
    .selectFrom('pool_member')
    .innerJoin('subscription', 'subscription.id', 'pool_member.subscription_id')
    .select(['company_id as companyId', 'billing_zone as billingZone'])
    .select((of) => of.fn.min('from_ms').as('fromMs'))
    .where('undone', '=', 0)
    .groupBy(['company_id', 'billing_zone'])
    .orderBy('company_id')
    .orderBy('billing_zone')
    .execute();
  const problems: string[] = [];
  for (const { fromMs, ...key } of calendars) {
    const zone = (await readCalendar(db, key))?.timeZone ?? 'UTC';
    const closed = await db
      .selectFrom('billed_day')
      .select('day')
      .where('company_id', '=', key.companyId)
      .where('billing_zone', '=', key.billingZone)
      .where('day', '>=', dayAt(Number(fromMs), zone))
      .orderBy('day')
      .execute();
    for (const { day } of closed) problems.push(...(await dayOffItsHours(parts, db, { key, zone, day })));
  }
  return problems;
}

async function dayOffItsHours(
  parts: Pick<BillingParts, 'usage'>,
  db: Db,
  of: { readonly key: CalendarKey; readonly zone: string; readonly day: LocalDate },
): Promise<string[]> {
  const { key, day } = of;
  const range = rangeOfDay(day, of.zone);
  const stays = await staysIn(db, key, range);
  const pools = await poolsOn(db, { ids: [...stays.keys()], key, day });
  if (pools.length === 0) return [];
  const staysBy = new Map(pools.map((pool) => [pool.id, staysOf(pool, stays)]));
  const vmIds = [...new Set([...staysBy.values()].flat().map(({ vmId }) => vmId))];
  const hours = await hoursOf(parts, db, vmIds, range);
  const frozen = Map.groupBy(
    await frozenMembers(db, {
      subscriptionIds: pools.map(({ id }) => id),
      from: day,
      toExclusive: addDays(day, 1),
    }),
    ({ subscriptionId }) => subscriptionId,
  );
  return pools.flatMap((pool) => {
    const said = `The pool ${pool.id} (${pool.plan_name})`;
    if (pool.markedOn === null)
      return [`${said} has members on ${day}, which is closed, and nobody read them.`];
    const own = staysBy.get(pool.id) ?? [];
    const counted = [...new Set(own.map(({ vmId }) => vmId))].flatMap((vmId) => hours.get(vmId) ?? []);
    return isAsCounted(pool, frozen.get(pool.id) ?? [], { stays: own, hours: counted })
      ? []
      : [`${said} was read on ${day} otherwise than the hours of its members say.`];
  });
}

const HOUR_OF = {
  addresses: 'addresses_hour_ms',
  vcpuMs: 'vcpu_hour_ms',
  mibMs: 'mib_hour_ms',
  diskMibMs: 'disk_hour_ms',
} as const satisfies Record<Mark, keyof BillingTables['pool_mark']>;
const MARKS = Object.keys(HOUR_OF) as Mark[];
const SUMS = ['runningMs', 'vcpuMs', 'mibMs', 'diskMibMs', 'sentBytes'] as const;

type MarkHours = Readonly<Record<(typeof HOUR_OF)[Mark], number | null>>;

/**
 * Whether a day was read as the hours of today have it. A VM that was missing when it closed is not waited for, and may have been counted
 * since: so of a member less may have been charged, never more.
 */
function isAsCounted(
  pool: MarkHours,
  members: readonly FrozenMember[],
  of: { readonly stays: readonly MemberStay[]; readonly hours: readonly UsageHour[] },
): boolean {
  const again = poolUsage(of.stays, of.hours);
  const now = new Map(again.members.map((member) => [member.vmId, member]));
  const isWhole =
    members.length === again.members.length &&
    members.every((member) => SUMS.every((sum) => member[sum] === now.get(member.vmId)?.[sum]));
  if (isWhole) {
    return MARKS.every(
      (mark) =>
        pool[HOUR_OF[mark]] === again.markAtMs[mark] &&
        members.every(({ vmId, atMark }) => atMark[mark] === now.get(vmId)?.atMark[mark]),
    );
  }
  return members.every((member) => {
    const inHour = (mark: Mark): bigint =>
      BigInt(
        of.hours.find(
          ({ vmId, hourAtMs }) =>
            vmId === member.vmId &&
            hourAtMs === pool[HOUR_OF[mark]] &&
            of.stays.some((stay) => stay.vmId === vmId && isMemberIn(stay, hourAtMs)),
        )?.[mark] ?? 0,
      );
    return (
      SUMS.every((sum) => member[sum] <= (now.get(member.vmId)?.[sum] ?? 0n)) &&
      MARKS.every((mark) => member.atMark[mark] <= inHour(mark))
    );
  });
}

/** Those of these subscriptions that were served on a closed day and are not waited for, each with the marks of that day. */
async function poolsOn(
  db: Db,
  of: { readonly ids: readonly string[]; readonly key: CalendarKey; readonly day: LocalDate },
) {
  if (of.ids.length === 0) return [];
  const held = new Set((await heldOn(db, of.key, of.day)).map(({ id }) => id));
  const rows = await db
    .selectFrom('subscription')
    .leftJoin('pool_mark', (on) =>
      on.onRef('pool_mark.subscription_id', '=', 'subscription.id').on('pool_mark.day', '=', of.day),
    )
    .select(['subscription.id', 'vm_id', 'plan_name', 'vcpu_hour_ms', 'mib_hour_ms', 'disk_hour_ms'])
    .select(['addresses_hour_ms', 'pool_mark.day as markedOn'])
    .where('subscription.id', 'in', of.ids)
    .where('starts_on', '<=', of.day)
    .where((is) => is.or([is('ends_on', 'is', null), is('ends_on', '>', of.day)]))
    .orderBy('subscription.id')
    .execute();
  return rows.filter(({ id }) => !held.has(id));
}
