import { sql, type Kysely } from 'kysely';
import type { ClusterFacts } from '../../../shared/domains/fleet/cluster-contract.ts';
import type { PlacementHost, VmToPlace } from '../../../shared/domains/fleet/placement-rules.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { FleetTables } from './fleet-tables.ts';
import { hostsToPlaceOn } from './hosts/host-placement.ts';
import type { StoragePoolFacts } from './hosts/host-facts.ts';
import { takenMemoryBytes, takenVcpus } from './vms/vm-size.ts';

interface HostOfCapacity {
  readonly placement: PlacementHost;
  readonly vms: number;
  readonly cpuUsedPercent: number;
  readonly memoryUsedBytes: number;
  readonly diskBytes: number;
  readonly diskFreeBytes: number;
  readonly diskSoldBytes: number;
  readonly pools: readonly StoragePoolFacts[];
}

interface VmsAlike {
  readonly vm: VmToPlace;
  readonly count: number;
}

function ours(db: AnyDatabase): Kysely<FleetTables> {
  return db as Kysely<FleetTables>;
}

/** Hosts of the fleet by name, or of one cluster, with what is sold of them; clusters by name. */
export async function hostsOfCapacity(
  db: AnyDatabase,
  clusterId?: string,
): Promise<{ hosts: HostOfCapacity[]; clusters: ClusterFacts[] }> {
  const found = await hostsToPlaceOn(ours(db), clusterId === undefined ? {} : { clusterId });
  const hosts = found.hosts
    .map(({ record, facts, placement, sold }) => ({
      placement,
      vms: sold.vms,
      cpuUsedPercent: record.cpu_used_percent,
      memoryUsedBytes: record.memory_used_bytes,
      diskBytes: record.disk_bytes,
      diskFreeBytes: record.disk_free_bytes,
      diskSoldBytes: sold.diskBytes,
      pools: facts.pools,
    }))
    .sort((a, b) => (a.placement.name < b.placement.name ? -1 : 1));
  return { hosts, clusters: found.clusters };
}

/**
 * VMs by host, those alike together, so that 56,000 are a few rows per host. With `told` they are told apart by all that filters
 * look at, else by size alone.
 */
export async function vmsAlike(
  db: AnyDatabase,
  of: { readonly clusterIds: readonly string[]; readonly told: boolean },
): Promise<Map<string, VmsAlike[]>> {
  if (of.clusterIds.length === 0) return new Map();
  const wide = sql.lit(of.told ? 1 : 0);
  const rows = await ours(db)
    .selectFrom('vm')
    .innerJoin('host', 'host.id', 'vm.host_id')
    .select(({ fn }) => [
      'vm.host_id',
      takenVcpus.as('vcpus'),
      takenMemoryBytes.as('memory_bytes'),
      'vm.disk_bytes',
      sql<string>`case ${wide} when 1 then coalesce(vm.customer_id, '') else '' end`.as('customer'),
      sql<string>`case ${wide} when 1 then coalesce(vm.template_id, '') else '' end`.as('template'),
      sql<string>`case ${wide} when 1 then vm.os else '' end`.as('os'),
      sql<string>`case ${wide} when 1 then vm.tags else '[]' end`.as('tags'),
      fn.countAll<number>().as('count'),
    ])
    .where('vm.state', '<>', 'missing')
    .where('host.cluster_id', 'in', [...of.clusterIds])
    .where('host.removed_at_ms', 'is', null)
    .groupBy(['vm.host_id', 'vm.disk_bytes'])
    .groupBy(sql.raw('2, 3, 5, 6, 7, 8'))
    .execute();
  const byHost = new Map<string, VmsAlike[]>();
  for (const row of rows) {
    const alike = {
      count: Number(row.count),
      vm: {
        vcpus: row.vcpus,
        memoryBytes: row.memory_bytes,
        diskBytes: row.disk_bytes,
        customerId: row.customer || null,
        templateId: row.template || null,
        os: row.os,
        tags: JSON.parse(row.tags) as string[],
      },
    };
    const known = byHost.get(row.host_id);
    if (known === undefined) byHost.set(row.host_id, [alike]);
    else known.push(alike);
  }
  return byHost;
}

/** The VMs of a host, by name, as they are placed elsewhere. */
export async function vmsOfHost(
  db: AnyDatabase,
  hostId: string,
): Promise<(VmToPlace & { readonly id: string; readonly name: string; readonly state: string })[]> {
  const rows = await ours(db)
    .selectFrom('vm')
    .select([
      'id',
      'name',
      'state',
      takenVcpus.as('vcpus'),
      takenMemoryBytes.as('memory_bytes'),
      'disk_bytes',
      'customer_id',
      'template_id',
      'os',
      'tags',
    ])
    .where('host_id', '=', hostId)
    .where('state', '<>', 'missing')
    .orderBy('name')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    state: row.state,
    vcpus: row.vcpus,
    memoryBytes: row.memory_bytes,
    diskBytes: row.disk_bytes,
    customerId: row.customer_id,
    templateId: row.template_id,
    os: row.os,
    tags: JSON.parse(row.tags) as string[],
  }));
}
