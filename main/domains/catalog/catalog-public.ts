import { sql, type Kysely } from 'kysely';
import { priceInForce } from '../../../shared/domains/catalog/price-rules.ts';
import type { SearchHit } from '../../../shared/domains/system/system-contract.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import { contains } from '../../platform/paging/list-query-filter.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { CatalogTables } from './catalog-tables.ts';
import { lockPlan, planById } from './plan-store.ts';
import { asPrice, versionsById, versionsOf, type PriceVersion, type StoredVersion } from './version-store.ts';

export { suppliesDigest, suppliesOf, type Supplies } from './product-supplies.ts';
export { plansByMeter } from './plans-by-meter.ts';
export type { StoredVersion } from './version-store.ts';

export interface PlanFacts {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
}

function ours(db: AnyDatabase): Kysely<CatalogTables> {
  return db as Kysely<CatalogTables>;
}

/** A plan that cannot be retired or repriced until the caller's transaction ends. */
export async function planFactsLocked(db: AnyDatabase, planId: string): Promise<PlanFacts | undefined> {
  const plan = await lockPlan(ours(db), planId);
  return plan && { id: plan.id, name: plan.name, active: plan.active === 1 };
}

/** Its facts as they are, for previews. */
export async function planFacts(db: AnyDatabase, planId: string): Promise<PlanFacts | undefined> {
  const plan = await planById(ours(db), planId);
  return plan && { id: plan.id, name: plan.name, active: plan.active === 1 };
}

/** The version in force on a day; undefined where the plan has none in that currency. */
export async function planVersionOn(
  db: AnyDatabase,
  asked: { planId: string; currency: Currency; day: LocalDate },
): Promise<StoredVersion | undefined> {
  return priceInForce(await versionsOf(ours(db), [asked.planId]), asked.currency, asked.day);
}

/** All versions of a plan, in the order they were set: of one day and currency the last one counts. */
export async function planVersions(db: AnyDatabase, planId: string): Promise<readonly StoredVersion[]> {
  return await versionsOf(ours(db), [planId]);
}

/** That version with its three amounts, where it is one that is charged day by day. */
export async function planPriceOn(
  db: AnyDatabase,
  asked: { planId: string; currency: Currency; day: LocalDate },
): Promise<PriceVersion | undefined> {
  const version = await planVersionOn(db, asked);
  return version && asPrice(version);
}

/** Versions as they were sold, by id. */
export async function planVersionsById(
  db: AnyDatabase,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredVersion>> {
  return await versionsById(ours(db), ids);
}

/** Name of every plan by id: there are few, and names never change. */
export async function planNames(db: AnyDatabase): Promise<ReadonlyMap<string, string>> {
  const rows = await ours(db).selectFrom('plan').select(['id', 'name']).execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Plans whose name or description has these words, those still sold first. */
export async function planHits(db: AnyDatabase, text: string, limit: number): Promise<SearchHit[]> {
  const plans = await ours(db)
    .selectFrom('plan')
    .selectAll()
    .where((has) => has.or([contains(sql.ref('name'), text), contains(sql.ref('description'), text)]))
    .orderBy('active', 'desc')
    .orderBy('name')
    .limit(limit)
    .execute();
  return plans.map((plan) => ({
    kind: 'plan',
    id: plan.id,
    title: plan.name,
    subtitle: plan.active === 1 ? plan.description : 'no longer sold',
  }));
}
