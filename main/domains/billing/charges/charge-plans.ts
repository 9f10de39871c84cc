import type { Kysely } from 'kysely';
import type { StoreKind } from '../../../platform/store/store.ts';
import { textList } from '../../../platform/store/update-many.ts';
import { planNames, planVersionsById } from '../../catalog/catalog-public.ts';
import type { BillingTables, ChargeTable } from '../billing-tables.ts';

type Row = Pick<ChargeTable, 'id' | 'subscription_id' | 'line' | 'version_id'>;

/** Names of the plans that charges of days were made by, by the ids of the charges; those of lines by the period are left out. */
export async function plansOfDays(
  db: Kysely<BillingTables>,
  kind: StoreKind,
  rows: readonly Row[],
): Promise<ReadonlyMap<string, string>> {
  const days = rows.filter(({ line }) => line === null);
  if (days.length === 0) return new Map();
  // Until it was kept there was no other price than the first.
  const unsaid = days.flatMap((row) => (row.version_id === null ? [row.subscription_id] : []));
  const first = await firstVersions(db, kind, [...new Set(unsaid)]);
  const versionOf = (row: Row): string => row.version_id ?? first.get(row.subscription_id) ?? '';
  const versions = await planVersionsById(db, [...new Set(days.map(versionOf))]);
  const names = await planNames(db);
  return new Map(
    days.flatMap((row) => {
      const name = names.get(versions.get(versionOf(row))?.planId ?? '');
      return name === undefined ? [] : [[row.id, name] as const];
    }),
  );
}

async function firstVersions(
  db: Kysely<BillingTables>,
  kind: StoreKind,
  subscriptionIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (subscriptionIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('subscription_event')
    .select(['subscription_id', 'change'])
    .where('seq', '=', 1)
    .where('subscription_id', 'in', textList(kind, subscriptionIds))
    .execute();
  return new Map(
    rows.flatMap(({ subscription_id: id, change }) => {
      const { version } = JSON.parse(change) as { readonly version?: string };
      return version === undefined ? [] : [[id, version] as const];
    }),
  );
}
