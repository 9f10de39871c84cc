import { sql, type Kysely } from 'kysely';
import type { VmUsage } from '../../../../shared/domains/billing/meter-rules.ts';
import {
  poolUsage,
  type MemberStay,
  type MemberUsage,
} from '../../../../shared/domains/billing/pool-usage-rules.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { AnyTransaction } from '../../../platform/store/store.ts';
import type { BillingParts, UsageHour } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { rangeOfDay } from '../usage/usage-store.ts';
import type { HourRange, StaysBySubscription } from './pool-member-store.ts';

type Db = Kysely<BillingTables>;

/** VMs whose hours are read with one statement, and kept until their pools are reckoned. */
const VMS_PER_READ = 500;

/** The stays of a pool: those of its members, and the VM it was sold for, if any, at all times. */
export function staysOf(
  { id, vm_id: vmId }: Pick<SubscriptionTable, 'id' | 'vm_id'>,
  stays: StaysBySubscription,
): readonly MemberStay[] {
  const members = stays.get(id) ?? [];
  return vmId === '' ? members : [{ vmId, fromMs: 0, toMs: null }, ...members];
}

/**
 * Freezes what the members of these pools used on a day, and returns what they came to together; none where nothing was used. That a day was
 * read stands as its mark, whatever came of it.
 */
export async function readPools(
  parts: Pick<BillingParts, 'usage' | 'vms' | 'insertMany'>,
  trx: Db,
  of: {
    readonly pools: readonly SubscriptionTable[];
    readonly stays: StaysBySubscription;
    readonly day: LocalDate;
    readonly zone: string;
  },
): Promise<(readonly [string, VmUsage])[]> {
  const range = rangeOfDay(of.day, of.zone);
  const together: (readonly [string, VmUsage])[] = [];
  for (const batch of batchesOf(of.pools, of.stays)) {
    const found = await usedBy(parts, trx, { pools: batch, stays: of.stays, range });
    const rows = [...found].flatMap(([subscriptionId, { members, names }]) =>
      members.map((member) => memberRow(member, { subscriptionId, day: of.day, names })),
    );
    const marks = [...found].map(([subscriptionId, { markAtMs }]) => ({
      subscription_id: subscriptionId,
      day: of.day,
      addresses_hour_ms: markAtMs.addresses,
      vcpu_hour_ms: markAtMs.vcpuMs,
      mib_hour_ms: markAtMs.mibMs,
      disk_hour_ms: markAtMs.diskMibMs,
    }));
    const into = trx as unknown as AnyTransaction;
    await parts.insertMany(into, 'pool_reading', rows);
    await parts.insertMany(into, 'pool_mark', marks);
    together.push(
      ...[...found].flatMap(([id, used]) =>
        used.members.length === 0 ? [] : [[id, used.together] as const],
      ),
    );
  }
  return together;
}

/** What each of these pools used in a while, by its members' hours. */
async function usedBy(
  parts: Pick<BillingParts, 'usage' | 'vms'>,
  db: Db,
  of: {
    readonly pools: readonly Pick<SubscriptionTable, 'id' | 'vm_id'>[];
    readonly stays: StaysBySubscription;
    readonly range: HourRange;
  },
): Promise<
  ReadonlyMap<string, ReturnType<typeof poolUsage> & { readonly names: ReadonlyMap<string, string> }>
> {
  const staysBy = new Map(of.pools.map((pool) => [pool.id, staysOf(pool, of.stays)]));
  const vmIds = [...new Set([...staysBy.values()].flat().map(({ vmId }) => vmId))];
  const hours = await hoursOf(parts, db, vmIds, of.range);
  const names = await parts.vms.vmNames(db, vmIds);
  return new Map(
    [...staysBy].map(([id, stays]) => {
      const own = [...new Set(stays.map(({ vmId }) => vmId))].flatMap((vmId) => hours.get(vmId) ?? []);
      return [id, { ...poolUsage(stays, own), names }];
    }),
  );
}

/** Hours of VMs, by VM. */
export async function hoursOf(
  parts: Pick<BillingParts, 'usage'>,
  db: Db,
  vmIds: readonly string[],
  range: HourRange,
): Promise<ReadonlyMap<string, readonly UsageHour[]>> {
  const found = new Map<string, UsageHour[]>();
  for (let start = 0; start < vmIds.length; start += VMS_PER_READ) {
    for (const hour of await parts.usage.usageOf(db, vmIds.slice(start, start + VMS_PER_READ), range)) {
      const before = found.get(hour.vmId);
      if (before === undefined) found.set(hour.vmId, [hour]);
      else before.push(hour);
    }
  }
  return found;
}

/** Pools of some hundreds of VMs together; a pool is never cut. */
function batchesOf<Pool extends Pick<SubscriptionTable, 'id' | 'vm_id'>>(
  pools: readonly Pool[],
  stays: StaysBySubscription,
): Pool[][] {
  const batches: Pool[][] = [];
  let vms = VMS_PER_READ;
  for (const pool of pools) {
    const own = staysOf(pool, stays).length;
    if (vms + own > VMS_PER_READ) {
      batches.push([]);
      vms = 0;
    }
    batches.at(-1)?.push(pool);
    vms += own;
  }
  return batches;
}

function memberRow(
  { vmId, atMark, ...used }: MemberUsage,
  of: {
    readonly subscriptionId: string;
    readonly day: LocalDate;
    readonly names: ReadonlyMap<string, string>;
  },
): object {
  return {
    subscription_id: of.subscriptionId,
    day: of.day,
    vm_id: vmId,
    vm_name: of.names.get(vmId) ?? vmId,
    running_ms: used.runningMs,
    vcpu_ms: used.vcpuMs,
    mib_ms: used.mibMs,
    disk_mib_ms: used.diskMibMs,
    sent_bytes: used.sentBytes,
    addresses_at_mark: atMark.addresses,
    vcpu_at_mark_ms: atMark.vcpuMs,
    mib_at_mark_ms: atMark.mibMs,
    disk_at_mark_mib_ms: atMark.diskMibMs,
  };
}

/** A member's usage as it was frozen. */
export interface FrozenMember extends MemberUsage {
  readonly subscriptionId: string;
  readonly day: LocalDate;
  readonly vmName: string;
}

/** What members used on these days of these subscriptions, by subscription, day and name. */
export async function frozenMembers(
  db: Db,
  of: {
    readonly subscriptionIds: readonly string[];
    readonly from: LocalDate;
    readonly toExclusive: LocalDate;
  },
): Promise<FrozenMember[]> {
  if (of.subscriptionIds.length === 0) return [];
  const text = (column: string) => sql<string>`cast(${sql.ref(column)} as text)`;
  const rows = await db
    .selectFrom('pool_reading')
    .select(['subscription_id', 'day', 'vm_id', 'vm_name', 'running_ms', 'vcpu_ms', 'sent_bytes'])
    .select(['addresses_at_mark', 'vcpu_at_mark_ms', 'mib_at_mark_ms', 'disk_at_mark_mib_ms'])
    .select([text('mib_ms').as('mib_ms'), text('disk_mib_ms').as('disk_mib_ms')])
    .where('subscription_id', 'in', of.subscriptionIds)
    .where('day', '>=', of.from)
    .where('day', '<', of.toExclusive)
    .orderBy('subscription_id')
    .orderBy('day')
    .orderBy('vm_name')
    .orderBy('vm_id')
    .execute();
  return rows.map((row) => ({
    subscriptionId: row.subscription_id,
    day: row.day,
    vmId: row.vm_id,
    vmName: row.vm_name,
    runningMs: BigInt(row.running_ms),
    vcpuMs: BigInt(row.vcpu_ms),
    mibMs: BigInt(row.mib_ms),
    diskMibMs: BigInt(row.disk_mib_ms),
    sentBytes: BigInt(row.sent_bytes),
    atMark: {
      addresses: BigInt(row.addresses_at_mark),
      vcpuMs: BigInt(row.vcpu_at_mark_ms),
      mibMs: BigInt(row.mib_at_mark_ms),
      diskMibMs: BigInt(row.disk_at_mark_mib_ms),
    },
  }));
}
