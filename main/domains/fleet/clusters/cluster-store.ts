import { sql, type Kysely } from 'kysely';
import {
  clusterFields,
  type ClusterFacts,
  type ClusterFields,
} from '../../../../shared/domains/fleet/cluster-contract.ts';
import { forUpdate } from '../../../platform/store/for-update.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';

export type ClusterRecord = FleetTables['cluster'];
type Db = Kysely<FleetTables>;

/** Topic of the change feed: a cluster was made, changed or removed. */
export const CLUSTER_TOPIC = 'cluster';

/** The cluster every store begins with; it may have been removed since. */
export const FIRST_CLUSTER_ID = 'cluster_00000000000000000000000000';

export function clusterFactsOf(row: ClusterRecord): ClusterFacts {
  return { id: row.id, ...clusterFieldsOf(row) };
}

export function clusterFieldsOf(row: ClusterRecord): ClusterFields {
  return clusterFields.parse({
    name: row.name,
    site: row.site,
    jurisdiction: row.jurisdiction,
    timeZone: row.time_zone,
    cpuOvercommit: row.cpu_overcommit,
    memoryOvercommit: row.memory_overcommit,
    policy: row.policy,
    filters: JSON.parse(row.filters),
    windows: JSON.parse(row.windows),
  });
}

export function clusterColumns(fields: ClusterFields): Omit<ClusterRecord, 'id' | 'created_at_ms'> {
  return {
    name: fields.name,
    name_key: fields.name.toLowerCase(),
    site: fields.site,
    jurisdiction: fields.jurisdiction,
    time_zone: fields.timeZone,
    cpu_overcommit: fields.cpuOvercommit,
    memory_overcommit: fields.memoryOvercommit,
    policy: fields.policy,
    filters: JSON.stringify(fields.filters),
    windows: JSON.stringify(fields.windows),
  };
}

/** All of them (50 at most times), by name. */
export async function allClusters(db: Db): Promise<ClusterRecord[]> {
  return await db.selectFrom('cluster').selectAll().orderBy('name').execute();
}

/**
 * Reads a cluster and keeps it from being changed or removed, and hosts from being put into it, until the transaction ends.
 * Whoever also locks hosts locks their clusters first, several in the order of their ids.
 */
export async function lockCluster(
  trx: Db,
  store: Pick<Store, 'kind'>,
  clusterId: string,
): Promise<ClusterRecord | undefined> {
  const cluster = trx.selectFrom('cluster').selectAll().where('id', '=', clusterId);
  return await forUpdate(cluster, store.kind).executeTakeFirst();
}

/** All clusters, locked as by {@link lockCluster}. */
export async function lockClusters(trx: Db, store: Pick<Store, 'kind'>): Promise<ClusterRecord[]> {
  return await forUpdate(trx.selectFrom('cluster').selectAll().orderBy('id'), store.kind).execute();
}

/** The cluster a host goes to when nobody says which: the one that is there longest. Locked as by {@link lockCluster}. */
export async function lockOldestCluster(trx: Db, store: Pick<Store, 'kind'>): Promise<ClusterRecord> {
  const oldest = trx.selectFrom('cluster').selectAll().orderBy('created_at_ms').orderBy('id').limit(1);
  return await forUpdate(oldest, store.kind).executeTakeFirstOrThrow();
}

/** Whether another cluster has this name, without regard to case. */
export async function isClusterNameTaken(db: Db, name: string, clusterId?: string): Promise<boolean> {
  let same = db.selectFrom('cluster').select('id').where('name_key', '=', name.toLowerCase());
  if (clusterId !== undefined) same = same.where('id', '<>', clusterId);
  return (await same.executeTakeFirst()) !== undefined;
}

export async function insertCluster(db: Db, row: ClusterRecord): Promise<void> {
  await db.insertInto('cluster').values(row).execute();
}

export async function updateCluster(db: Db, clusterId: string, fields: ClusterFields): Promise<void> {
  await db.updateTable('cluster').set(clusterColumns(fields)).where('id', '=', clusterId).execute();
}

export async function deleteCluster(db: Db, clusterId: string): Promise<void> {
  await db.deleteFrom('cluster').where('id', '=', clusterId).execute();
}

/** Hosts that are in a cluster. */
export async function hostsInCluster(db: Db, clusterId: string): Promise<number> {
  const { hosts } = await db
    .selectFrom('host')
    .select(({ fn }) => fn.countAll<number>().as('hosts'))
    .where('cluster_id', '=', clusterId)
    .where('removed_at_ms', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(hosts);
}

/** Clusters with the sums of their hosts, for lists. */
export function clustersWithTotals(db: Db) {
  const totals = db
    .selectFrom('host')
    .select(({ fn, eb }) => [
      'cluster_id',
      fn.countAll<number>().as('hosts'),
      fn
        .sum<number>(
          eb.case().when('state', 'in', ['connected', 'slow']).then(sql.lit(1)).else(sql.lit(0)).end(),
        )
        .as('hosts_connected'),
      fn.sum<number>('vms').as('vms'),
      fn.sum<number>('vms_running').as('vms_running'),
      fn.sum<number>('cpu_count').as('cpu_count'),
      fn.sum<number>('cpu_sold').as('cpu_sold'),
      fn.sum<number>('memory_bytes').as('memory_bytes'),
      fn.sum<number>('memory_used_bytes').as('memory_used_bytes'),
      fn.sum<number>('memory_sold_bytes').as('memory_sold_bytes'),
      fn.sum<number>('disk_bytes').as('disk_bytes'),
      fn.sum<number>('disk_free_bytes').as('disk_free_bytes'),
    ])
    .where('removed_at_ms', 'is', null)
    .groupBy('cluster_id');
  return db
    .selectFrom('cluster')
    .leftJoin(totals.as('total'), 'total.cluster_id', 'cluster.id')
    .selectAll('cluster')
    .select([
      'total.hosts',
      'total.hosts_connected',
      'total.vms',
      'total.vms_running',
      'total.cpu_count',
      'total.cpu_sold',
      'total.memory_bytes',
      'total.memory_used_bytes',
      'total.memory_sold_bytes',
      'total.disk_bytes',
      'total.disk_free_bytes',
    ]);
}
