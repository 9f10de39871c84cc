import type { Kysely } from 'kysely';
import { usageOfReading } from '../../../shared/domains/billing/meter-rules.ts';
import type { UsageEvent } from '../../../shared/domains/billing/rating-lines.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables, SubscriptionTable } from './billing-tables.ts';
import { usageOfDay } from './usage-store.ts';

type Db = Kysely<BillingTables>;

/** Freezes what the VMs of these subscriptions used on a day, as their hosts counted it; what was not used leaves no row. */
export async function readUsage(
  parts: Pick<BillingParts, 'usage' | 'insertMany'>,
  trx: Db,
  of: {
    readonly subscriptions: readonly SubscriptionTable[];
    readonly day: LocalDate;
    /** The day whose close reckons with it first. */
    readonly known: LocalDate;
    readonly zone: string;
  },
): Promise<void> {
  const { subscriptions, day, known, zone } = of;
  const vmIds = subscriptions.map((subscription) => subscription.vm_id);
  const usage = await usageOfDay(parts.usage, trx, { vmIds, day, zone });
  const rows = subscriptions.flatMap((subscription): BillingTables['usage_reading'][] => {
    const used = usage.get(subscription.vm_id);
    if (used === undefined) return [];
    return [
      {
        subscription_id: subscription.id,
        day,
        known_on: known,
        running_ms: Number(used.runningMs),
        vcpu_ms: Number(used.vcpuMs),
        mib_ms: Number(used.mibMs),
      },
    ];
  });
  await parts.insertMany(trx as unknown as AnyTransaction, 'usage_reading', rows);
}

/** What these subscriptions used from a day on, as events of their meters; some hundreds of subscriptions at once. */
export async function readingsOf(
  db: Db,
  subscriptionIds: readonly string[],
  from: LocalDate,
): Promise<ReadonlyMap<string, readonly UsageEvent[]>> {
  if (subscriptionIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('usage_reading')
    .selectAll()
    .where('subscription_id', 'in', subscriptionIds)
    .where('day', '>=', from)
    .orderBy('subscription_id')
    .orderBy('day')
    .execute();
  const found = new Map<string, UsageEvent[]>();
  for (const row of rows) {
    const events = usageOfReading({
      day: row.day,
      known: row.known_on,
      runningMs: row.running_ms,
      vcpuMs: row.vcpu_ms,
      mibMs: row.mib_ms,
    });
    const before = found.get(row.subscription_id);
    if (before === undefined) found.set(row.subscription_id, events);
    else before.push(...events);
  }
  return found;
}
