import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { PlanPrice } from '../../../../shared/domains/catalog/catalog-contract.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import { storeKindOf } from '../../../platform/store/store-kind-of.ts';
import type { BillingTables } from '../billing-tables.ts';
import { todayIn } from '../companies/company-store.ts';
import { hasHoursAfter, poolsAfter } from '../pools/pool-member-store.ts';
import { notEndedBy, priceOfUnits } from './subscription-store.ts';

export interface BilledVm {
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly plan: string;
  /** Null where it is charged by the period, and of a pool. */
  readonly price: PlanPrice | null;
}

/** The subscription that bills each of these VMs now or later, its own before the pool it is in: such a VM is not deleted or given away. */
export async function billedVms(
  anyDb: AnyDatabase,
  vmIds: readonly string[],
  nowMs: number,
): Promise<Map<string, BilledVm>> {
  if (vmIds.length === 0) return new Map();
  const db = anyDb as Kysely<BillingTables>;
  const rows = await db
    .selectFrom('subscription')
    .selectAll()
    .where('vm_id', 'in', vmIds)
    .where(notEndedBy(await todayIn(db, nowMs)))
    .orderBy('starts_on')
    .execute();
  const pools = await poolsAfter(db, storeKindOf(db), { vmIds, atMs: nowMs });
  return new Map([
    ...[...pools].map(
      ([
        vmId,
        {
          subscription: { id, customer_id, plan_name },
        },
      ]): [string, BilledVm] => [
        vmId,
        { subscriptionId: id, customerId: customer_id, plan: plan_name, price: null },
      ],
    ),
    ...rows.map((row): [string, BilledVm] => [
      row.vm_id,
      {
        subscriptionId: row.id,
        customerId: row.customer_id,
        plan: row.plan_name,
        price: row.charged === 'daily' ? priceOfUnits(row) : null,
      },
    ]),
  ]);
}

/** The pool a VM is in; null where it is in none. */
export async function poolOfVm(
  anyDb: AnyDatabase,
  vmId: string,
  nowMs: number,
): Promise<{ readonly id: string; readonly plan: string } | null> {
  const db = anyDb as Kysely<BillingTables>;
  const found = (await poolsAfter(db, storeKindOf(db), { vmIds: [vmId], atMs: nowMs })).get(vmId);
  return found === undefined ? null : { id: found.subscription.id, plan: found.subscription.plan_name };
}

/** Condition "is billed now or later" on the VM of a query of `vm`, for whole sets at once. */
export async function vmIsBilled(anyDb: AnyDatabase, nowMs: number): Promise<RawBuilder<SqlBool>> {
  const day = await todayIn(anyDb as Kysely<BillingTables>, nowMs);
  return sql<SqlBool>`(${hasOwn(day)} or ${isMember(day, nowMs)})`;
}

/** The same where it is as one of a pool alone: it has no subscription of its own. */
export async function vmIsPooled(anyDb: AnyDatabase, nowMs: number): Promise<RawBuilder<SqlBool>> {
  const day = await todayIn(anyDb as Kysely<BillingTables>, nowMs);
  return sql<SqlBool>`(${isMember(day, nowMs)} and not ${hasOwn(day)})`;
}

function hasOwn(day: LocalDate): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select 1 from subscription where subscription.vm_id = vm.id and ${notEndedBy(day)})`;
}

function isMember(day: LocalDate, nowMs: number): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select 1 from pool_member join subscription on subscription.id = pool_member.subscription_id
    where pool_member.vm_id = vm.id and undone = 0 and ${hasHoursAfter(nowMs)} and ${notEndedBy(day)})`;
}
