import { sql, type Expression, type Kysely } from 'kysely';
import type { InputOf, OutputOf } from '../../../../shared/contract/operation.ts';
import type { ClusterRow } from '../../../../shared/domains/fleet/cluster-contract.ts';
import { maintenanceWindowAt, PLACEMENT_POLICIES } from '../../../../shared/domains/fleet/cluster-rules.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import { keysetPage } from '../../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../../platform/paging/list-query-filter.ts';
import { clusterFieldsOf, clustersWithTotals } from './cluster-store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { instantOf } from '../hosts/host-list.ts';

type Operation = typeof fleetContract.clusterList;
type Db = Kysely<FleetTables>;
type WithTotals = Awaited<ReturnType<ReturnType<typeof clustersWithTotals>['executeTakeFirstOrThrow']>>;

const hosts = sql<number>`coalesce(${sql.ref('total.hosts')}, 0)`;
const vms = sql<number>`coalesce(${sql.ref('total.vms')}, 0)`;
const memory = sql<number>`coalesce(${sql.ref('total.memory_bytes')}, 0)`;

const fields: ListFields = {
  fields: {
    name: { kind: 'text', column: sql.ref('cluster.name') },
    site: { kind: 'text', column: sql.ref('cluster.site') },
    jurisdiction: { kind: 'word', column: sql.ref('cluster.jurisdiction') },
    policy: { kind: 'word', column: sql.ref('cluster.policy'), values: PLACEMENT_POLICIES },
    hosts: { kind: 'number', column: hosts },
    vms: { kind: 'number', column: vms },
    memory: { kind: 'number', column: memory, unit: 'bytes' },
  },
  bare: [sql.ref('cluster.name'), sql.ref('cluster.site')],
};

const sortKeys: Readonly<Record<InputOf<Operation>['sort'], Expression<unknown>>> = {
  name: sql.ref('cluster.name'),
  site: sql.ref('cluster.site'),
  hosts,
  vms,
  memory,
};

/** One page of the clusters with the sums of their hosts. */
export async function clusterList(
  db: Db,
  input: InputOf<Operation>,
  nowMs: number,
): Promise<OutputOf<Operation>> {
  const filter = listQueryFilter(input.query, fields);
  let query = clustersWithTotals(db);
  if (filter !== undefined) query = query.where(filter);
  const page = await keysetPage({
    query,
    sortKey: sortKeys[input.sort],
    id: sql.ref<string>('cluster.id'),
    page: input,
  });
  return { ...page, rows: page.rows.map((row) => clusterRowOf(row, nowMs)) };
}

/** One cluster; undefined where there is none. */
export async function clusterGet(db: Db, clusterId: string, nowMs: number): Promise<ClusterRow | undefined> {
  const row = await clustersWithTotals(db).where('cluster.id', '=', clusterId).executeTakeFirst();
  return row && clusterRowOf(row, nowMs);
}

function clusterRowOf(row: WithTotals, nowMs: number): ClusterRow {
  const about = clusterFieldsOf(row);
  const window = maintenanceWindowAt(about, nowMs);
  // PostgreSQL gives sums of bigint as numeric, which may come as text; a cluster without hosts has none.
  const sum = (value: number | null): number => Number(value ?? 0);
  return {
    ...about,
    id: row.id,
    hosts: sum(row.hosts),
    hostsConnected: sum(row.hosts_connected),
    vms: sum(row.vms),
    vmsRunning: sum(row.vms_running),
    cpuCount: sum(row.cpu_count),
    cpuSold: sum(row.cpu_sold),
    memoryBytes: sum(row.memory_bytes),
    memoryUsedBytes: sum(row.memory_used_bytes),
    memorySoldBytes: sum(row.memory_sold_bytes),
    diskBytes: sum(row.disk_bytes),
    diskFreeBytes: sum(row.disk_free_bytes),
    window: window
      ? { isOpen: window.isOpen, from: instantOf(window.fromMs), until: instantOf(window.untilMs) }
      : null,
    createdAt: instantOf(row.created_at_ms),
  };
}
