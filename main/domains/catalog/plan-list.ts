import { sql, type Kysely } from 'kysely';
import type { InputOf, OutputOf } from '../../../shared/contract/operation.ts';
import type {
  catalogContract,
  PlanDetail,
  PlanPrice,
  PlanRow,
} from '../../../shared/domains/catalog/catalog-contract.ts';
import { priceInForce } from '../../../shared/domains/catalog/price-rules.ts';
import { PRODUCT_KINDS } from '../../../shared/domains/catalog/product-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { CURRENCIES, type Currency } from '../../../shared/kernel/money.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { billingToday, runningSubscriptionsOfPlans } from '../billing/billing-public.ts';
import type { CatalogTables, PlanTable } from './catalog-tables.ts';
import { allProducts } from './plan-store.ts';
import {
  asPrice,
  planVersionOf,
  versionsOf,
  type PriceVersion,
  type StoredVersion,
} from './version-store.ts';

type Operation = typeof catalogContract.planList;
type Db = Kysely<CatalogTables>;

const fields: ListFields = {
  fields: {
    name: { kind: 'text', column: sql.ref('name') },
    active: {
      kind: 'word',
      column: sql<string>`case active when 1 then 'yes' else 'no' end`,
      values: ['yes', 'no'],
    },
    kind: {
      kind: 'word',
      column: sql<string>`(select product.kind from product where product.id = plan.product_id)`,
      values: PRODUCT_KINDS,
    },
  },
  bare: [sql.ref('name'), sql.ref('description')],
};

/** One page of plans with the prices in force today. */
export async function planList(
  db: Db,
  input: InputOf<Operation>,
  nowMs: number,
): Promise<OutputOf<Operation>> {
  const filter = listQueryFilter(input.query, fields);
  let query = db.selectFrom('plan').selectAll();
  if (filter !== undefined) query = query.where(filter);
  const page = await keysetPage({
    query,
    sortKey: input.sort === 'name' ? sql`lower(name)` : sql.ref('created_at_ms'),
    id: sql.ref<string>('id'),
    page: input,
  });
  return { ...page, rows: await planRowsOf(db, page.rows, nowMs) };
}

export async function planRowsOf(db: Db, plans: readonly PlanTable[], nowMs: number): Promise<PlanRow[]> {
  const ids = plans.map((plan) => plan.id);
  const today = await billingToday(db, nowMs);
  const versions = Map.groupBy(await versionsOf(db, ids), (version) => version.planId);
  const subscriptions = await runningSubscriptionsOfPlans(db, ids, nowMs);
  const products = new Map((await allProducts(db)).map((product) => [product.id, product]));
  return plans.map((plan) => {
    const product = products.get(plan.product_id);
    const inForce = versionsInForce(versions.get(plan.id) ?? [], today);
    return {
      id: plan.id,
      productId: plan.product_id,
      product: product?.name ?? '',
      kind: product?.kind ?? 'vps',
      name: plan.name,
      description: plan.description,
      active: plan.active === 1,
      prices: inForce.flatMap((version) => {
        const price = asPrice(version);
        return price === undefined ? [] : [{ ...amountsOf(price), validFrom: price.validFrom }];
      }),
      periodPrices: inForce.filter(({ charged }) => charged === 'by-period').map(planVersionOf),
      subscriptions: subscriptions.get(plan.id) ?? 0,
      createdAt: new Date(plan.created_at_ms).toISOString(),
    };
  });
}

function amountsOf({ currency, perMonth, perVcpuHour, perGibHour }: PriceVersion): PlanPrice {
  return { currency, perMonth, perVcpuHour, perGibHour };
}

/** One per currency. */
function versionsInForce(versions: readonly StoredVersion[], today: LocalDate): StoredVersion[] {
  return (Object.keys(CURRENCIES) as Currency[]).flatMap((currency) => {
    const version = priceInForce(versions, currency, today);
    return version === undefined ? [] : [version];
  });
}

/** Every version of a plan's prices: latest first, then by currency, and of one day the one that counts first. */
export async function planVersions(
  db: Db,
  planId: string,
): Promise<Pick<PlanDetail, 'versions' | 'periodVersions'>> {
  const all = (await versionsOf(db, [planId])).toSorted(
    (a, b) =>
      b.validFrom.localeCompare(a.validFrom) || a.currency.localeCompare(b.currency) || b.setAtMs - a.setAtMs,
  );
  return {
    versions: all.flatMap((version) => {
      const price = asPrice(version);
      if (price === undefined) return [];
      const setAt = new Date(version.setAtMs).toISOString();
      return [{ ...amountsOf(price), validFrom: version.validFrom, setAt }];
    }),
    periodVersions: all.filter(({ charged }) => charged === 'by-period').map(planVersionOf),
  };
}
