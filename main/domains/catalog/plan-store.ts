import { sql, type Kysely } from 'kysely';
import type { PlanPrice } from '../../../shared/domains/catalog/catalog-contract.ts';
import { plainPrice } from '../../../shared/domains/catalog/price-rules.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { CatalogTables, PlanPriceTable, PlanTable } from './catalog-tables.ts';

type Db = Kysely<CatalogTables>;

/** A price as it was set for a day on. */
export interface PriceVersion extends PlanPrice {
  readonly id: string;
  readonly planId: string;
  readonly validFrom: string;
  readonly setAtMs: number;
}

export async function planById(db: Db, id: string): Promise<PlanTable | undefined> {
  return await db.selectFrom('plan').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Reads a plan and keeps it and its prices from being changed until the transaction ends. */
export async function lockPlan(db: Db, id: string): Promise<PlanTable | undefined> {
  return await db
    .updateTable('plan')
    .set({ active: sql`active` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** False when a plan of this name exists. */
export async function insertPlan(db: Db, row: PlanTable): Promise<boolean> {
  const inserted = await db
    .insertInto('plan')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .executeTakeFirst();
  return Number(inserted.numInsertedOrUpdatedRows) === 1;
}

export async function setPlanActive(db: Db, id: string, active: boolean): Promise<void> {
  await db
    .updateTable('plan')
    .set({ active: active ? 1 : 0 })
    .where('id', '=', id)
    .execute();
}

/** Adds a version of a price; the caller holds the plan's lock. Returns its id. */
export async function addPrice(
  db: Db,
  added: { planId: string; price: PlanPrice; validFrom: LocalDate; nowMs: number },
): Promise<string> {
  const { planId, price, validFrom, nowMs } = added;
  const before = await db
    .selectFrom('plan_price')
    .select((of) => of.fn.max('set_at_ms').as('last'))
    .where('plan_id', '=', planId)
    .executeTakeFirst();
  const id = newId('price', nowMs);
  await db
    .insertInto('plan_price')
    .values({
      id,
      plan_id: planId,
      currency: price.currency,
      valid_from: validFrom,
      // A clock that was set back must not bring an older price into force again.
      set_at_ms: Math.max(nowMs, Number(before?.last ?? 0) + 1),
      per_month: plainPrice(price.perMonth),
      per_vcpu_hour: plainPrice(price.perVcpuHour),
      per_gib_hour: plainPrice(price.perGibHour),
    })
    .execute();
  return id;
}

/** All versions of these plans' prices. */
export async function priceVersions(db: Db, planIds: readonly string[]): Promise<PriceVersion[]> {
  if (planIds.length === 0) return [];
  const rows = await db.selectFrom('plan_price').selectAll().where('plan_id', 'in', planIds).execute();
  return rows.map(versionOf);
}

function versionOf(row: PlanPriceTable): PriceVersion {
  return {
    id: row.id,
    planId: row.plan_id,
    currency: row.currency,
    validFrom: row.valid_from,
    setAtMs: row.set_at_ms,
    perMonth: row.per_month,
    perVcpuHour: row.per_vcpu_hour,
    perGibHour: row.per_gib_hour,
  };
}
