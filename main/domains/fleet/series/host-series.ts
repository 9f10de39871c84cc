import type { Kysely } from 'kysely';
import type { HostSeries } from '../../../../shared/domains/fleet/host-contract.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { hostSeriesFrom } from './prometheus-series.ts';
import type { SeriesAsked } from './vm-series.ts';

export interface HostSeriesAsked extends Pick<SeriesAsked, 'range' | 'nowMs'> {
  readonly hostIds: readonly string[];
  /** Where long ranges are read from; '' is the store. */
  readonly prometheus: string;
  readonly signal?: AbortSignal;
}

/** Load of hosts over a range that ends now, in the order they were asked for; those that are not in the fleet are left out. */
export async function hostSeriesOf(
  db: Kysely<FleetTables>,
  { hostIds, prometheus, ...asked }: HostSeriesAsked,
): Promise<{ hostId: string; name: string; series: HostSeries }[]> {
  const hosts = await db
    .selectFrom('host')
    .select(['id', 'name'])
    .where('id', 'in', hostIds)
    .where('removed_at_ms', 'is', null)
    .execute();
  const names = new Map(hosts.map(({ id, name }) => [id, name]));
  const found: { hostId: string; name: string; series: HostSeries }[] = [];
  // One after the other: on SQLite they would wait for each other anyway, and hold up whoever else asks.
  for (const hostId of new Set(hostIds)) {
    const name = names.get(hostId);
    if (name === undefined) continue;
    found.push({
      hostId,
      name,
      series: await hostSeriesFrom(db, prometheus, { ...asked, host: { id: hostId, name } }),
    });
  }
  return found;
}
