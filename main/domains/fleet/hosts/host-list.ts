import { sql, type Expression, type Kysely } from 'kysely';
import type { InputOf, OutputOf } from '../../../../shared/contract/operation.ts';
import { alertSeverity } from '../../../../shared/domains/alerts/alerts-contract.ts';
import { type fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import {
  hostProblem,
  hostState,
  type HostFacts,
  type HostRow,
} from '../../../../shared/domains/fleet/host-contract.ts';
import type { HOST_FIELDS, HOST_HAS } from '../../../../shared/domains/fleet/host-fields.ts';
import { HOST_MAINTENANCE } from '../../../../shared/domains/fleet/host-rules.ts';
import { keysetPage } from '../../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../../platform/paging/list-query-filter.ts';
import { hostAlerts } from '../../alerts/alerts-public.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { whereIs } from '../../../platform/ssh/ssh-target.ts';
import type { HostRecord, StoredFacts, StoredJump } from './host-store.ts';

type Operation = typeof fleetContract.hostList;
type Db = Kysely<FleetTables>;

/** Now, and how long a host may go without being collected before its row is called old. */
export interface Freshness {
  readonly nowMs: number;
  readonly staleAfterMs: number;
}

const fields: ListFields<keyof typeof HOST_FIELDS, (typeof HOST_HAS)[number]> = {
  fields: {
    name: { kind: 'text', column: sql.ref('host.name') },
    address: { kind: 'text', column: sql.ref('host.address') },
    state: { kind: 'word', column: sql.ref('host.state'), values: hostState.options },
    problem: {
      kind: 'word',
      // Hosts are few; their facts are JSON.
      among: (codes) =>
        sql`(${sql.join(
          codes.map((code) => sql`instr(host.facts, ${`"code":"${code}"`}) > 0`),
          sql` or `,
        )})`,
      values: hostProblem.shape.code.options,
    },
    problems: { kind: 'number', column: sql.ref('host.problems') },
    maintenance: { kind: 'word', column: sql.ref('host.maintenance'), values: HOST_MAINTENANCE },
    vms: { kind: 'number', column: sql.ref('host.vms') },
    cpu: { kind: 'number', column: sql.ref('host.cpu_used_percent') },
    memory: { kind: 'number', column: sql.ref('host.memory_bytes'), unit: 'bytes' },
    cluster: { kind: 'word', column: sql.ref('cluster.name') },
    clusterid: { kind: 'word', column: sql.ref('host.cluster_id') },
    label: { kind: 'words', column: sql.ref('host.labels') },
    alert: {
      kind: 'word',
      among: (severities) => hostAlerts(sql.ref('host.id'), alertSeverity.array().parse(severities)),
      values: alertSeverity.options,
    },
  },
  bare: [sql.ref('host.name'), sql.ref('host.address')],
  has: { label: sql`host.labels <> '[]'`, alert: hostAlerts(sql.ref('host.id')) },
};

const sortKeys: Readonly<Record<InputOf<Operation>['sort'], Expression<unknown>>> = {
  name: sql.ref('host.name'),
  state: sql.ref('host.state'),
  vms: sql.ref('host.vms'),
  memory: sql.ref('host.memory_bytes'),
  cpu: sql.ref('host.cpu_used_percent'),
  cluster: sql.ref('cluster.name'),
};

/** One page of the hosts in the fleet. */
export async function hostList(
  db: Db,
  input: InputOf<Operation>,
  fresh: Freshness,
): Promise<OutputOf<Operation>> {
  const filter = listQueryFilter(input.query, fields);
  let query = hostsWithCluster(db);
  if (filter !== undefined) query = query.where(filter);
  const page = await keysetPage({
    query,
    sortKey: sortKeys[input.sort],
    id: sql.ref<string>('host.id'),
    page: input,
  });
  return { ...page, rows: page.rows.map((row) => hostRowOf(row, fresh)) };
}

/** Hosts a query finds now, by name. */
export async function hostsFound(db: Db, query: string): Promise<HostRecord[]> {
  const filter = listQueryFilter(query, fields);
  const hosts = filter === undefined ? hostsWithCluster(db) : hostsWithCluster(db).where(filter);
  return await hosts.orderBy('host.name').execute();
}

export type HostWithCluster = HostRecord & { readonly cluster_name: string };

function hostsWithCluster(db: Db) {
  return db
    .selectFrom('host')
    .innerJoin('cluster', 'cluster.id', 'host.cluster_id')
    .selectAll('host')
    .select('cluster.name as cluster_name')
    .where('host.removed_at_ms', 'is', null);
}

/** A host of the fleet with all that is known of it; undefined where there is none. */
export async function hostGet(db: Db, hostId: string, fresh: Freshness): Promise<HostFacts | undefined> {
  const host = await hostsWithCluster(db).where('host.id', '=', hostId).executeTakeFirst();
  return host && hostFactsOf(host, fresh);
}

function hostRowOf(row: HostWithCluster, fresh: Freshness): HostRow {
  return {
    id: row.id,
    name: row.name,
    address: row.address,
    ...standingOf(row, fresh),
    maintenance: row.maintenance,
    stateSince: instantOf(row.state_since_at_ms),
    seenAt: row.seen_at_ms === null ? null : instantOf(row.seen_at_ms),
    libvirtVersion: row.libvirt_version,
    qemuVersion: row.qemu_version,
    cpuModel: row.cpu_model,
    cpuCount: row.cpu_count,
    memoryBytes: row.memory_bytes,
    memoryUsedBytes: row.memory_used_bytes,
    memorySoldBytes: row.memory_sold_bytes,
    cpuUsedPercent: row.cpu_used_percent,
    cpuSold: row.cpu_sold,
    vms: row.vms,
    vmsRunning: row.vms_running,
    diskBytes: row.disk_bytes,
    diskFreeBytes: row.disk_free_bytes,
    problems: row.problems,
    clusterId: row.cluster_id,
    cluster: row.cluster_name,
    labels: JSON.parse(row.labels) as string[],
  };
}

/** A host that was well when its collector stopped is not known to be well now. */
function standingOf(row: HostRecord, fresh: Freshness): Pick<HostRow, 'state' | 'reason'> {
  const state = hostState.parse(row.state);
  const heard = row.seen_at_ms ?? row.state_since_at_ms;
  if (state !== 'connected' || fresh.nowMs - heard <= fresh.staleAfterMs)
    return { state, reason: row.reason };
  return {
    state: 'slow',
    reason: 'Nothing was collected lately: no engine that collects is running, or the host keeps it waiting.',
  };
}

/** Whether what is known of the host is of now: it answers, be it slowly. */
export function isHeard(row: HostRecord, fresh: Freshness): boolean {
  const { state } = standingOf(row, fresh);
  return state === row.state && (state === 'connected' || state === 'slow');
}

function hostFactsOf(row: HostWithCluster, fresh: Freshness): HostFacts {
  const facts = JSON.parse(row.facts) as StoredFacts;
  const jumps = JSON.parse(row.jump) as StoredJump[];
  return {
    ...hostRowOf(row, fresh),
    port: row.port,
    user: row.user_name,
    hostKeyFingerprint: row.host_key_fingerprint,
    jump: jumps.map((jump) => `${jump.user}@${whereIs({ host: jump.address, port: jump.port })}`).join(', '),
    arch: facts.arch,
    hypervisor: facts.hypervisor,
    hostname: facts.hostname,
    kvm: facts.kvm,
    numaNodes: facts.numaNodes,
    clockOffsetMs: facts.clockOffsetMs,
    pools: [...facts.pools],
    networks: [...facts.networks],
    problemList: [...facts.problemList],
    timings: JSON.parse(row.timings) as HostFacts['timings'],
    moveAddress: row.move_address,
    addedAt: instantOf(row.added_at_ms),
  };
}

export function instantOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
