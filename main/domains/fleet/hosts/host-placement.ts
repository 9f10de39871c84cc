import type { Kysely } from 'kysely';
import type { ClusterFacts } from '../../../../shared/domains/fleet/cluster-contract.ts';
import { maintenanceReason } from '../../../../shared/domains/fleet/host-rules.ts';
import type { Obstacle, PlacementHost, VmToPlace } from '../../../../shared/domains/fleet/placement-rules.ts';
import { PlacementTrial, whyNowhere } from '../../../../shared/domains/fleet/placement-trial.ts';
import { allClusters, clusterFactsOf } from '../clusters/cluster-store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import type { StoragePoolFacts } from './host-facts.ts';
import { noFacts, type HostRecord, type StoredFacts } from './host-store.ts';
import { takenMemoryBytes, takenVcpus } from '../vms/vm-size.ts';

type Db = Kysely<FleetTables>;

export interface Placement {
  readonly host: HostRecord;
  readonly cluster: ClusterFacts;
  readonly facts: StoredFacts;
  readonly fits: boolean;
  /** Why not, a clause; empty when it fits. */
  readonly reason: string;
  readonly obstacle: Obstacle | undefined;
  readonly cpusFree: number;
  readonly memoryFreeBytes: number;
  readonly diskFreeBytes: number;
}

/** The pool new disks go to: `default` where it is active, else the first active folder. */
export function poolForVms(facts: Pick<StoredFacts, 'pools'>): StoragePoolFacts | undefined {
  const usable = facts.pools.filter((pool) => pool.active && pool.type === 'dir');
  return usable.find((pool) => pool.name === 'default') ?? usable[0];
}

/**
 * Every host with whether this VM fits; hosts that fit first, among them those that hold its template already, then as the policy
 * of their cluster says. What may be sold follows from the cluster's ratios, and its filters say which VMs go where.
 */
export async function placementOf(
  db: Db,
  vm: VmToPlace,
  among: {
    readonly templateHostIds?: readonly string[];
    readonly hostId?: string;
    readonly clusterId?: string;
  } = {},
): Promise<Placement[]> {
  const { hosts, clusters } = await hostsToPlaceOn(db, among);
  const byId = new Map(hosts.map((row) => [row.record.id, row]));
  const clusterById = new Map(clusters.map((cluster) => [cluster.id, cluster]));
  const trial = new PlacementTrial(
    hosts.map(({ placement }) => placement),
    clusters,
  );
  return trial
    .judge(vm, { prefer: new Set(among.templateHostIds ?? []) })
    .flatMap(({ host, room, obstacle }) => {
      const known = byId.get(host.id);
      const cluster = clusterById.get(host.clusterId);
      if (known === undefined || cluster === undefined) return [];
      return {
        host: known.record,
        cluster,
        facts: known.facts,
        fits: obstacle === undefined,
        reason: obstacle?.clause ?? '',
        obstacle,
        cpusFree: room.cpus,
        memoryFreeBytes: room.memoryBytes,
        diskFreeBytes: room.diskBytes,
      };
    });
}

/** Why a VM fits on none of the hosts it was judged on, a clause; empty where it fits on one. */
export function whyOnNone(
  vm: VmToPlace,
  judged: { readonly rows: readonly Placement[]; readonly clusterId: string | null },
): string {
  const { rows, clusterId } = judged;
  if (rows.some((row) => row.fits)) return '';
  const none = clusterId === null ? 'there are no hosts yet' : 'there are no hosts in that cluster';
  return whyNowhere(vm, rows) || none;
}

interface HostToPlaceOn {
  readonly record: HostRecord;
  readonly facts: StoredFacts;
  readonly placement: PlacementHost;
  readonly sold: Sold;
}

/** Hosts of the fleet as placement sees them, and all clusters. */
export async function hostsToPlaceOn(
  db: Db,
  among: { readonly hostId?: string; readonly clusterId?: string } = {},
): Promise<{ readonly hosts: HostToPlaceOn[]; readonly clusters: ClusterFacts[] }> {
  let query = db.selectFrom('host').selectAll().where('removed_at_ms', 'is', null);
  if (among.hostId !== undefined) query = query.where('id', '=', among.hostId);
  if (among.clusterId !== undefined) query = query.where('cluster_id', '=', among.clusterId);
  const records = await query.execute();
  const sold = await soldOf(db, among.hostId);
  const hosts = records.map((record) => hostToPlaceOn(record, sold.get(record.id) ?? nothingSold));
  return { hosts, clusters: (await allClusters(db)).map(clusterFactsOf) };
}

function hostToPlaceOn(record: HostRecord, sold: Sold): HostToPlaceOn {
  const facts = record.facts === '' ? noFacts : (JSON.parse(record.facts) as StoredFacts);
  const pool = poolForVms(facts);
  const placement = {
    id: record.id,
    name: record.name,
    clusterId: record.cluster_id,
    closed: whyClosed(record),
    cpuCount: record.cpu_count,
    memoryBytes: record.memory_bytes,
    cpuSold: sold.cpus,
    memorySoldBytes: sold.memoryBytes,
    pool: pool && { name: pool.name, availableBytes: pool.availableBytes },
    labels: JSON.parse(record.labels) as string[],
  };
  return { record, facts, placement, sold };
}

/** Why a host takes no VM now, a clause; empty where it does. */
function whyClosed(host: Pick<HostRecord, 'state' | 'maintenance'>): string {
  const isHeard = host.state === 'connected' || host.state === 'slow';
  return isHeard ? maintenanceReason(host.maintenance) : `it is ${host.state.replace('-', ' ')}`;
}

interface Sold {
  readonly vms: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}
const nothingSold: Sold = { vms: 0, cpus: 0, memoryBytes: 0, diskBytes: 0 };

/** From the rows, not the host's counters: VMs reserved since the last sweep count too. */
async function soldOf(db: Db, hostId: string | undefined): Promise<Map<string, Sold>> {
  let query = db
    .selectFrom('vm')
    .select(({ fn }) => [
      'host_id',
      fn.sum<number>(takenVcpus).as('cpus'),
      fn.countAll<number>().as('vms'),
      fn.sum<number>(takenMemoryBytes).as('memory'),
      fn.sum<number>('disk_bytes').as('disk'),
    ])
    .where('state', '<>', 'missing')
    .groupBy('host_id');
  if (hostId !== undefined) query = query.where('host_id', '=', hostId);
  const rows = await query.execute();
  const sold = new Map(
    rows.map((row) => [
      row.host_id,
      {
        vms: Number(row.vms),
        cpus: Number(row.cpus),
        memoryBytes: Number(row.memory),
        diskBytes: Number(row.disk),
      },
    ]),
  );
  for (const [id, coming] of await comingTo(db)) {
    const there = sold.get(id) ?? nothingSold;
    sold.set(id, {
      ...there,
      cpus: there.cpus + coming.cpus,
      memoryBytes: there.memoryBytes + coming.memoryBytes,
    });
  }
  return sold;
}

/** What VMs on their way to a host take there already; they count as VMs of the host they come from until they are there. */
async function comingTo(db: Db): Promise<Map<string, { cpus: number; memoryBytes: number }>> {
  const rows = await db
    .selectFrom('vm')
    .select(({ fn }) => [
      'moving_to',
      fn.sum<number>(takenVcpus).as('cpus'),
      fn.sum<number>(takenMemoryBytes).as('memory'),
    ])
    .where('moving_to', 'is not', null)
    .groupBy('moving_to')
    .execute();
  return new Map(
    rows.flatMap(({ moving_to, cpus, memory }) =>
      moving_to === null ? [] : [[moving_to, { cpus: Number(cpus), memoryBytes: Number(memory) }] as const],
    ),
  );
}
