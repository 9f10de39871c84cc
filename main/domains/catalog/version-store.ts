import type { Kysely } from 'kysely';
import {
  pricedPlan,
  type PeriodPrice,
  type PricedPlan,
} from '../../../shared/domains/billing/price-component.ts';
import type { PlanPrice, PlanVersion } from '../../../shared/domains/catalog/catalog-contract.ts';
import {
  dailyComponents,
  dailyPrice,
  pricedComponents,
} from '../../../shared/domains/catalog/daily-price-rules.ts';
import { plainPrice } from '../../../shared/domains/catalog/price-rules.ts';
import { newId } from '../../../shared/kernel/id.ts';
import { addDays, localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import type { CatalogTables, PlanVersionTable } from './catalog-tables.ts';

type Db = Kysely<CatalogTables>;

/** A version as it was set for a day on; what was sold by it is explained by it for ever. */
export interface StoredVersion {
  readonly id: string;
  readonly planId: string;
  readonly currency: Currency;
  readonly validFrom: string;
  readonly setAtMs: number;
  readonly charged: PlanVersionTable['charged'];
  /** As rating takes it: `id` is the plan's, `version` the version's. */
  readonly priced: PricedPlan;
}

/** A version that is charged day by day, with its three amounts. */
export type PriceVersion = StoredVersion & PlanPrice;

interface Added {
  readonly planId: string;
  readonly validFrom: LocalDate;
  readonly nowMs: number;
}

/** Adds a price that is charged day by day; the caller holds the plan's lock. Returns its id. */
export async function addPrice(db: Db, added: Added & { readonly price: PlanPrice }): Promise<string> {
  const { price, ...version } = added;
  const components = dailyComponents({
    perMonth: plainPrice(price.perMonth),
    perVcpuHour: plainPrice(price.perVcpuHour),
    perGibHour: plainPrice(price.perGibHour),
  });
  const { currency } = price;
  const whole = {
    currency,
    proration: 'actual-days',
    cycleOnChange: 'by-timing',
    vat: 'added',
    components,
  } as const;
  return await insertVersion(db, { ...version, charged: 'daily', price: whole });
}

/** Adds a version that is charged by the period; the caller holds the plan's lock. Returns its id. */
export async function addVersion(db: Db, added: Added & { readonly price: PeriodPrice }): Promise<string> {
  return await insertVersion(db, { ...added, charged: 'by-period' });
}

async function insertVersion(
  db: Db,
  added: Added & { readonly price: PeriodPrice; readonly charged: PlanVersionTable['charged'] },
): Promise<string> {
  const { planId, price, validFrom, nowMs, charged } = added;
  const before = await db
    .selectFrom('plan_version')
    .select((of) => of.fn.max('set_at_ms').as('last'))
    .where('plan_id', '=', planId)
    .executeTakeFirst();
  const { currency, vat, proration, cycleOnChange, components } = price;
  const id = newId('price', nowMs);
  await db
    .insertInto('plan_version')
    .values({
      id,
      plan_id: planId,
      currency,
      valid_from: validFrom,
      // A clock that was set back must not bring an older price into force again.
      set_at_ms: Math.max(nowMs, Number(before?.last ?? 0) + 1),
      charged,
      priced: JSON.stringify({ vat, proration, cycleOnChange, components }),
    })
    .execute();
  return id;
}

/** The version of a plan that begins on the same day in the same currency, and how long it holds. */
export async function versionOfDay(
  db: Db,
  of: { readonly planId: string; readonly currency: Currency; readonly validFrom: LocalDate },
): Promise<(StoredVersion & { readonly until: string }) | undefined> {
  const versions = (await versionsOf(db, [of.planId])).filter(({ currency }) => currency === of.currency);
  const found = versions.findLast(({ validFrom }) => validFrom === of.validFrom);
  const [next] = versions
    .map(({ validFrom }) => validFrom)
    .filter((from) => from > of.validFrom)
    .toSorted();
  return (
    found && {
      ...found,
      until: next === undefined ? 'without an end' : `until ${addDays(localDate(next), -1)}`,
    }
  );
}

/** All versions of these plans, in the order they were set. */
export async function versionsOf(db: Db, planIds: readonly string[]): Promise<StoredVersion[]> {
  if (planIds.length === 0) return [];
  const rows = await db
    .selectFrom('plan_version')
    .selectAll()
    .where('plan_id', 'in', planIds)
    .orderBy('set_at_ms')
    .orderBy('id')
    .execute();
  return rows.map(versionOf);
}

/** Versions by their ids; a plan has few, and there are few plans. */
export async function versionsById(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredVersion>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('plan_version').selectAll().where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, versionOf(row)]));
}

function versionOf(row: PlanVersionTable): StoredVersion {
  const { id, plan_id: planId, currency } = row;
  const isDaily = row.charged === 'daily';
  const kept = JSON.parse(row.priced) as Pick<PeriodPrice, 'components'>;
  return {
    id,
    planId,
    currency,
    validFrom: row.valid_from,
    setAtMs: row.set_at_ms,
    charged: row.charged,
    priced: pricedPlan.parse({
      ...kept,
      ...(isDaily && { isDaily, components: pricedComponents(kept.components) }),
      id: planId,
      version: id,
      currency,
    }),
  };
}

/** With its three amounts, where it is charged day by day. */
export function asPrice(version: StoredVersion): PriceVersion | undefined {
  return version.charged === 'daily' ? { ...version, ...dailyPrice(version.priced.components) } : undefined;
}

/** As the contract shows it. */
export function planVersionOf(version: StoredVersion): PlanVersion {
  const { id: _plan, version: id, isDaily: _isDaily, ...price } = version.priced;
  return { id, validFrom: version.validFrom, setAt: new Date(version.setAtMs).toISOString(), price };
}
