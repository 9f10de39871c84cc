import { sql, type Kysely } from 'kysely';
import type { InputOf, OutputOf } from '../../../shared/contract/operation.ts';
import type {
  catalogContract,
  PlanDetail,
  PlanRow,
} from '../../../shared/domains/catalog/catalog-contract.ts';
import { priceInForce } from '../../../shared/domains/catalog/price-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { CURRENCIES, type Currency } from '../../../shared/kernel/money.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { billingToday, runningSubscriptionsOfPlans } from '../billing/billing-public.ts';
import type { CatalogTables, PlanTable } from './catalog-tables.ts';
import { priceVersions, type PriceVersion } from './plan-store.ts';

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
  const versions = Map.groupBy(await priceVersions(db, ids), (version) => version.planId);
  const subscriptions = await runningSubscriptionsOfPlans(db, ids, nowMs);
  return plans.map((plan) => ({
    id: plan.id,
    name: plan.name,
    description: plan.description,
    active: plan.active === 1,
    prices: pricesInForce(versions.get(plan.id) ?? [], today),
    subscriptions: subscriptions.get(plan.id) ?? 0,
    createdAt: new Date(plan.created_at_ms).toISOString(),
  }));
}

function pricesInForce(versions: readonly PriceVersion[], today: LocalDate): PlanRow['prices'] {
  return (Object.keys(CURRENCIES) as Currency[]).flatMap((currency) => {
    const version = priceInForce(versions, currency, today);
    if (version === undefined) return [];
    const { perMonth, perVcpuHour, perGibHour, validFrom } = version;
    return [{ currency, perMonth, perVcpuHour, perGibHour, validFrom }];
  });
}

/** Every version of a plan's prices: latest first, then by currency, and of one day the one that counts first. */
export async function planVersions(db: Db, planId: string): Promise<PlanDetail['versions']> {
  const versions = await priceVersions(db, [planId]);
  return versions
    .toSorted(
      (a, b) =>
        b.validFrom.localeCompare(a.validFrom) ||
        a.currency.localeCompare(b.currency) ||
        b.setAtMs - a.setAtMs,
    )
    .map(({ currency, perMonth, perVcpuHour, perGibHour, validFrom, setAtMs }) => ({
      currency,
      perMonth,
      perVcpuHour,
      perGibHour,
      validFrom,
      setAt: new Date(setAtMs).toISOString(),
    }));
}
