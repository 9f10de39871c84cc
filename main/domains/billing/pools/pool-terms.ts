import type { Kysely } from 'kysely';
import { readsHosts } from '../../../../shared/domains/billing/meter-rules.ts';
import { conditionsOn } from '../../../../shared/domains/billing/period-price-rules.ts';
import { addDays, dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { customerNames } from '../../customers/customers-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { isMetered } from '../charges/day-charges.ts';
import { eventsOf, SoldPlans } from '../subscriptions/subscription-history.ts';
import { subscriptionsOfVms } from '../subscriptions/subscription-store.ts';
import { usageOfDayEndsAtMs } from '../usage/usage-store.ts';
import { endOfMs, memberCounts, poolsAfter, zonesOf } from './pool-member-store.ts';

/** What pools say of a subscription whose plan is to change. */
export interface PoolTerms {
  /** VMs that share what it bought. */
  readonly members: number;
  /** The pool of another one that its own VM is in, or was last. */
  readonly elsewhere: Elsewhere | undefined;
}

export interface Elsewhere {
  readonly vm: string;
  readonly plan: string;
  readonly owner: string;
  /** The first day of the subscription no hour of which is the pool's; null: it is in it. */
  readonly freeFrom: LocalDate | null;
}

/** Of any number of subscriptions; those of which pools say nothing are left out. */
export async function poolTermsOf(
  parts: Pick<BillingParts, 'kind'>,
  anyDb: AnyDatabase,
  of: {
    readonly rows: readonly Pick<SubscriptionTable, 'id' | 'vm_id' | 'billing_zone' | 'company_id'>[];
    readonly atMs: number;
  },
): Promise<ReadonlyMap<string, PoolTerms>> {
  const db = anyDb as Kysely<BillingTables>;
  const { rows, atMs } = of;
  const subscriptionIds = rows.map(({ id }) => id);
  const counts = await memberCounts(db, parts.kind, { subscriptionIds, atMs });
  const vmIds = rows.flatMap(({ vm_id: vmId }) => (vmId === '' ? [] : [vmId]));
  // Also one that was left: the day that is asked about may be the day it was left on, or one before.
  const pools = await poolsAfter(db, parts.kind, { vmIds, atMs: 0 });
  const owners = await customerNames(
    db,
    [...pools.values()].map(({ subscription }) => subscription.customer_id),
  );
  const zoneOf = await zonesOf(db);
  return new Map(
    rows.flatMap((row) => {
      const members = counts.get(row.id) ?? 0;
      const there = pools.get(row.vm_id);
      if (members === 0 && there === undefined) return [];
      const elsewhere = there && {
        vm: there.member.vm_name,
        plan: there.subscription.plan_name,
        owner: owners.get(there.subscription.customer_id)?.name ?? '',
        freeFrom: freeFrom(there.untilMs, zoneOf(row)),
      };
      return [[row.id, { members, elsewhere }] as const];
    }),
  );
}

/** The first day of a zone that has no hour before an instant; null of one that never comes. */
export function freeFrom(untilMs: number | null, zone: string): LocalDate | null {
  if (untilMs === null) return null;
  const day = dayAt(untilMs, zone);
  return usageOfDayEndsAtMs(addDays(day, -1), zone) >= untilMs ? day : addDays(day, 1);
}

/** Whether hours of a day are a pool's. */
export function isPooledOn(elsewhere: Pick<Elsewhere, 'freeFrom'>, day: LocalDate): boolean {
  return elsewhere.freeFrom === null || day < elsewhere.freeFrom;
}

/** A subscription that charges a VM by what it uses, from a day on. */
export interface CountedAlone {
  readonly subscription: SubscriptionTable;
  /** After the day that was asked about only where it does not yet. */
  readonly from: LocalDate;
  readonly isYetToCome: boolean;
}

/** Of subscriptions of these VMs those that charge them by what they use, after an instant, by VM: by the plans from that day on, whatever they were before. */
export async function countedAlone(
  db: Kysely<BillingTables>,
  kind: StoreKind,
  of: { readonly vmIds: readonly string[]; readonly besides: string; readonly atMs: number },
): Promise<ReadonlyMap<string, CountedAlone>> {
  const zoneOf = await zonesOf(db);
  const all = (await subscriptionsOfVms(db, kind, of.vmIds)).filter(
    (row) =>
      row.id !== of.besides &&
      isMetered(row) &&
      (endOfMs(row, zoneOf(row)) ?? Number.POSITIVE_INFINITY) > of.atMs,
  );
  const ids = all.map(({ id }) => id);
  const histories = await new SoldPlans(db).historiesOf(await eventsOf(db, ids, kind));
  return new Map(
    all.flatMap((subscription) => {
      const { id, vm_id: vmId, starts_on: startsOn, ends_on: endsOn } = subscription;
      const today = dayAt(of.atMs, zoneOf(subscription));
      const first = today < startsOn ? startsOn : today;
      const history = histories.get(id) ?? [];
      const days = history.flatMap(({ on }) => (on > first && (endsOn === null || on < endsOn) ? [on] : []));
      const from = [first, ...days.toSorted()].find((day) => {
        const plan = conditionsOn(history, day)?.plan;
        return plan !== undefined && readsHosts(plan, vmId);
      });
      if (from === undefined) return [];
      return [[vmId, { subscription, from, isYetToCome: from > today }] as const];
    }),
  );
}
