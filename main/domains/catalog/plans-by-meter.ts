import type { Kysely } from 'kysely';
import { priceInForce } from '../../../shared/domains/catalog/price-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { CatalogTables } from './catalog-tables.ts';
import { versionsOf, type StoredVersion } from './version-store.ts';

/**
 * Names of the plans that are charged by a meter, by the meter's name: in a version that is sold or will be, or that somebody is
 * subscribed to. One that is over for everybody counts no more.
 */
export async function plansByMeter(
  db: AnyDatabase,
  of: { readonly today: LocalDate; readonly subscribed: ReadonlySet<string> },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const ours = db as Kysely<CatalogTables>;
  const plans = await ours.selectFrom('plan').select(['id', 'name', 'active']).orderBy('name').execute();
  const versions = await versionsOf(
    ours,
    plans.map(({ id }) => id),
  );
  const found = new Map<string, string[]>();
  for (const { id, name, active } of plans) {
    const all = versions.filter(({ planId }) => planId === id);
    const counted = all.filter(
      (version) => of.subscribed.has(version.id) || (active === 1 && isSold(version, all, of.today)),
    );
    const components = counted.flatMap(({ priced }) => priced.components);
    for (const meter of new Set(components.flatMap((one) => ('meter' in one ? [one.meter] : []))))
      found.set(meter, [...(found.get(meter) ?? []), name]);
  }
  return found;
}

/** Today, or on a day to come. */
function isSold(version: StoredVersion, all: readonly StoredVersion[], today: LocalDate): boolean {
  const first = version.validFrom > today ? (version.validFrom as LocalDate) : today;
  return priceInForce(all, version.currency, first)?.id === version.id;
}
