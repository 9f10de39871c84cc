import { sql, type Kysely } from 'kysely';
import {
  isCountedByHosts,
  METERED,
  usageOfReading,
  type VmUsage,
} from '../../../../shared/domains/billing/meter-rules.ts';
import type { UsageEvent } from '../../../../shared/domains/billing/rating-lines.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { AnyTransaction, StoreKind } from '../../../platform/store/store.ts';
import { isAmong } from '../../../platform/store/update-many.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import type { StaysBySubscription } from '../pools/pool-member-store.ts';
import { readPools } from '../pools/pool-reading-store.ts';
import { usageOfDay } from './usage-store.ts';

type Db = Kysely<BillingTables>;

/** Subscriptions whose usage is in memory at once. */
const PAGE = 2000;

/**
 * Freezes what the VMs of these subscriptions used on a day, as their hosts counted it, those of a pool together; what was not used leaves
 * no row.
 */
export async function readUsage(
  parts: Pick<BillingParts, 'usage' | 'vms' | 'insertMany'>,
  trx: Db,
  of: {
    readonly subscriptions: readonly SubscriptionTable[];
    /** Members of those that are pools, in the hours of the day. */
    readonly stays: StaysBySubscription;
    readonly day: LocalDate;
    /** The day whose close reckons with it first. */
    readonly known: LocalDate;
    readonly zone: string;
  },
): Promise<void> {
  for (let start = 0; start < of.subscriptions.length; start += PAGE) {
    const used = await usedBy(parts, trx, {
      ...of,
      subscriptions: of.subscriptions.slice(start, start + PAGE),
    });
    const rows = used.map(([id, found]) => readingRow(id, found, of));
    await parts.insertMany(trx as unknown as AnyTransaction, 'usage_reading', rows);
  }
}

/** Pools by their members, all others by their VM. */
async function usedBy(
  parts: Pick<BillingParts, 'usage' | 'vms' | 'insertMany'>,
  trx: Db,
  of: {
    readonly subscriptions: readonly SubscriptionTable[];
    readonly stays: StaysBySubscription;
    readonly day: LocalDate;
    readonly zone: string;
  },
): Promise<(readonly [subscriptionId: string, used: VmUsage])[]> {
  const { day, zone, stays } = of;
  const pools = of.subscriptions.filter(({ id }) => stays.has(id));
  const alone = of.subscriptions.filter(({ id, vm_id: vmId }) => vmId !== '' && !stays.has(id));
  const vmIds = alone.map((subscription) => subscription.vm_id);
  const usage = await usageOfDay(parts.usage, trx, { vmIds, day, zone });
  return [
    ...alone.flatMap(({ id, vm_id: vmId }) => {
      const found = usage.get(vmId);
      return found === undefined ? [] : [[id, found] as const];
    }),
    ...(await readPools(parts, trx, { pools, stays, day, zone })),
  ];
}

function readingRow(
  subscriptionId: string,
  used: VmUsage,
  { day, known }: { readonly day: LocalDate; readonly known: LocalDate },
): object {
  return {
    subscription_id: subscriptionId,
    day,
    known_on: known,
    running_ms: used.runningMs,
    vcpu_ms: used.vcpuMs,
    mib_ms: used.mibMs,
    disk_mib_ms: used.diskMibMs,
    sent_bytes: used.sentBytes,
    addresses: used.addresses,
    vcpu_mark_ms: used.vcpuMarkMs,
    mib_mark_ms: used.mibMarkMs,
    disk_mark_mib_ms: used.diskMarkMibMs,
  };
}

/** Which column a reading has of what meters are of. */
const COLUMNS = {
  runningMs: 'running_ms',
  vcpuMs: 'vcpu_ms',
  mibMs: 'mib_ms',
  diskMibMs: 'disk_mib_ms',
  sentBytes: 'sent_bytes',
  addresses: 'addresses',
  vcpuMarkMs: 'vcpu_mark_ms',
  mibMarkMs: 'mib_mark_ms',
  diskMarkMibMs: 'disk_mark_mib_ms',
} as const satisfies Readonly<Record<keyof VmUsage, keyof BillingTables['usage_reading']>>;

/**
 * What these subscriptions used from a day on, as usage of these meters, in the order of its days; some hundreds of subscriptions at once.
 * Meters that hosts do not count are left out.
 */
export async function readingsOf(
  db: Db,
  kind: StoreKind,
  of: {
    readonly subscriptionIds: readonly string[];
    readonly from: LocalDate;
    readonly meters: readonly string[];
  },
): Promise<ReadonlyMap<string, readonly UsageEvent[]>> {
  const found = new Map<string, UsageEvent[]>();
  for (const meter of of.meters.filter(isCountedByHosts)) {
    const column = COLUMNS[METERED[meter].of];
    const rows = await db
      .selectFrom('usage_reading')
      .select(['subscription_id', 'day', 'known_on'])
      // As text: MiB-milliseconds of a large pool are beyond 2^53.
      .select(sql<string>`cast(${sql.ref(column)} as text)`.as('used'))
      .where(isAmong(kind, 'subscription_id', of.subscriptionIds))
      .where('day', '>=', of.from)
      .where(column, '<>', 0)
      .orderBy('subscription_id')
      .orderBy('day')
      .execute();
    for (const row of rows) {
      const on = { day: row.day, known: row.known_on };
      const usage = usageOfReading(meter, BigInt(row.used), on);
      const before = found.get(row.subscription_id);
      if (before === undefined) found.set(row.subscription_id, [usage]);
      else before.push(usage);
    }
  }
  return found;
}
