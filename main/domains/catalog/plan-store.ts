import { sql, type Kysely } from 'kysely';
import type { CatalogTables, PlanTable, ProductTable } from './catalog-tables.ts';

type Db = Kysely<CatalogTables>;

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

export async function productById(db: Db, id: string): Promise<ProductTable | undefined> {
  return await db.selectFrom('product').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The same, kept from being changed until the transaction ends. */
export async function lockProduct(db: Db, id: string): Promise<ProductTable | undefined> {
  return await db
    .updateTable('product')
    .set({ kind: sql`kind` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** False when a product of this name exists. */
export async function insertProduct(db: Db, row: ProductTable): Promise<boolean> {
  const inserted = await db
    .insertInto('product')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .executeTakeFirst();
  return Number(inserted.numInsertedOrUpdatedRows) === 1;
}

/** Every product with how many plans it has, by name. */
export async function allProducts(db: Db): Promise<(ProductTable & { readonly plans: number })[]> {
  const rows = await db
    .selectFrom('product')
    .leftJoin('plan', 'plan.product_id', 'product.id')
    .selectAll('product')
    .select((of) => of.fn.count<number>('plan.id').as('plans'))
    .groupBy('product.id')
    .orderBy('product.name')
    .execute();
  return rows.map((row) => ({ ...row, plans: Number(row.plans) }));
}
