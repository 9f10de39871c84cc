import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { SupplyTerms } from '../../../shared/domains/billing/supply-rules.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { canonicalJson } from '../../platform/store/canonical-json.ts';
import type { CatalogTables, ProductTable } from './catalog-tables.ts';

/** How VAT takes what is sold, by product and by plan: there are few of either. */
export interface Supplies {
  readonly ofProducts: ReadonlyMap<string, SupplyTerms>;
  /** Products of plans, by the plans' ids and by their names, which never change. */
  readonly productOfPlan: ReadonlyMap<string, string>;
  readonly productOfPlanName: ReadonlyMap<string, string>;
}

/** As it is now. */
export async function suppliesOf(anyDb: AnyDatabase): Promise<Supplies> {
  const db = anyDb as Kysely<CatalogTables>;
  const products = await db.selectFrom('product').selectAll().execute();
  const plans = await db.selectFrom('plan').select(['id', 'name', 'product_id']).execute();
  return {
    ofProducts: new Map(products.map((row) => [row.id, termsOf(row)])),
    productOfPlan: new Map(plans.map((plan) => [plan.id, plan.product_id])),
    productOfPlanName: new Map(plans.map((plan) => [plan.name, plan.product_id])),
  };
}

function termsOf(row: ProductTable): SupplyTerms {
  return {
    kind: row.supply,
    rateClass: row.rate_class,
    exempt: { reason: row.exempt_reason, code: row.exempt_code },
    product: row.name,
  };
}

/** How VAT takes products, and which those are: all that were made by then. */
export interface SuppliesDigest {
  readonly digest: string;
  /** Epoch milliseconds. */
  readonly madeByMs: number;
}

/**
 * Names how VAT takes all products, or those made by then: another one once any of them is taken otherwise. What is made later is no
 * matter of what was worked out before, and products are never deleted.
 */
export async function suppliesDigest(anyDb: AnyDatabase, madeBy?: number): Promise<SuppliesDigest> {
  const products = await (anyDb as Kysely<CatalogTables>).selectFrom('product').selectAll().execute();
  const madeByMs = madeBy ?? Math.max(0, ...products.map((row) => row.created_at_ms));
  const said = products
    .filter((row) => row.created_at_ms <= madeByMs)
    .map((row) => [row.id, termsOf(row)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { digest: createHash('sha256').update(canonicalJson(said)).digest('hex').slice(0, 8), madeByMs };
}
