import type { Kysely, Transaction } from 'kysely';
import type { HostFacts, HostProblem } from '../../../../shared/domains/fleet/host-contract.ts';
import type { HostKey } from '../../../platform/ssh/ssh-key.ts';
import { forNoKeyUpdate } from '../../../platform/store/for-update.ts';
import type { Store } from '../../../platform/store/store.ts';
import { isAmong, textList } from '../../../platform/store/update-many.ts';
import type { FleetTables } from '../fleet-tables.ts';
import {
  poolTotals,
  type HostFactsRead,
  type HostNetworkFacts,
  type StoragePoolFacts,
} from './host-facts.ts';
import { hostProblems } from './host-problems.ts';
import { takenMemoryBytes, takenVcpus } from '../vms/vm-size.ts';

export type HostRecord = FleetTables['host'];

/** A host to go through, with the key it is known by. */
export interface StoredJump {
  readonly user: string;
  readonly address: string;
  readonly port: number;
  readonly hostKey: HostKey;
}

/** The part of a host's facts that only its own page shows. */
export interface StoredFacts {
  readonly hostname: string;
  readonly arch: string;
  readonly hypervisor: string;
  readonly kvm: boolean;
  readonly numaNodes: number;
  readonly clockOffsetMs: number | null;
  readonly bootId: string;
  /** A certificate for encrypted moves lies where QEMU looks for it; absent in what older versions wrote. */
  readonly movesTls?: boolean;
  readonly pools: readonly StoragePoolFacts[];
  readonly networks: readonly HostNetworkFacts[];
  readonly problemList: readonly HostProblem[];
}

export const noFacts: StoredFacts = {
  hostname: '',
  arch: '',
  hypervisor: '',
  kvm: false,
  numaNodes: 0,
  clockOffsetMs: null,
  bootId: '',
  pools: [],
  networks: [],
  problemList: [],
};

export const noTimings: HostFacts['timings'] = {
  connectMs: 0,
  sweepMs: 0,
  slowestCall: '',
  slowestCallMs: 0,
};

/** Columns of a host row that follow from what was read of the host itself. */
export type FactColumns = Pick<
  HostRecord,
  | 'libvirt_version'
  | 'qemu_version'
  | 'cpu_model'
  | 'cpu_count'
  | 'memory_bytes'
  | 'disk_bytes'
  | 'disk_free_bytes'
  | 'problems'
  | 'facts'
>;

export function factColumns(read: HostFactsRead): FactColumns {
  const problemList = hostProblems(read);
  const totals = poolTotals(read.pools);
  const facts: StoredFacts = {
    hostname: read.hostname,
    arch: read.arch,
    hypervisor: read.hypervisor,
    kvm: read.kvm,
    numaNodes: read.numaNodes,
    clockOffsetMs: read.shell?.clockOffsetMs ?? null,
    bootId: read.shell?.bootId ?? '',
    movesTls: read.shell?.movesTls ?? false,
    pools: read.pools,
    networks: read.networks,
    problemList,
  };
  return {
    libvirt_version: read.libvirtVersion,
    qemu_version: read.qemuVersion,
    cpu_model: read.cpuModel,
    cpu_count: read.cpuCount,
    memory_bytes: read.memoryBytes,
    disk_bytes: totals.capacityBytes,
    disk_free_bytes: totals.availableBytes,
    problems: problemList.length,
    facts: JSON.stringify(facts),
  };
}

/** A host that is in the fleet (not removed). */
export async function findHost(db: Kysely<FleetTables>, hostId: string): Promise<HostRecord | undefined> {
  return await db
    .selectFrom('host')
    .selectAll()
    .where('id', '=', hostId)
    .where('removed_at_ms', 'is', null)
    .executeTakeFirst();
}

/**
 * Reads a host and keeps everybody else from changing it, or what stands on it, until the transaction ends. Whoever also locks
 * VMs locks their host first. A host's row stays for ever, so whoever only refers to it (PostgreSQL looks at the host again when
 * a transaction writes one VM twice) need not wait. Undefined for one that is not in the fleet.
 */
export async function lockHost(
  trx: Kysely<FleetTables>,
  store: Pick<Store, 'kind'>,
  hostId: string,
): Promise<HostRecord | undefined> {
  const host = trx.selectFrom('host').selectAll().where('id', '=', hostId).where('removed_at_ms', 'is', null);
  return await forNoKeyUpdate(host, store.kind).executeTakeFirst();
}

/** The same of several, in the one order in which hosts are locked, by id. */
export async function lockHosts(
  trx: Kysely<FleetTables>,
  store: Pick<Store, 'kind'>,
  hostIds: readonly string[],
): Promise<ReadonlyMap<string, HostRecord>> {
  const hosts = trx
    .selectFrom('host')
    .selectAll()
    .where('id', 'in', textList(store.kind, hostIds))
    .where('removed_at_ms', 'is', null)
    .orderBy('id');
  const rows = await forNoKeyUpdate(hosts, store.kind).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** Changes columns of a host as it was locked; gives whether one of those that people see was different. */
export async function changeHost(
  trx: Kysely<FleetTables>,
  before: HostRecord,
  columns: Partial<HostRecord>,
): Promise<boolean> {
  const names = (Object.keys(columns) as (keyof HostRecord)[]).filter(
    (name) => before[name] !== columns[name],
  );
  if (names.length === 0) return false;
  const changes = Object.fromEntries(names.map((name) => [name, columns[name]])) as Partial<HostRecord>;
  await trx.updateTable('host').set(changes).where('id', '=', before.id).execute();
  return names.some(isShown);
}

/**
 * The same of several hosts in as many statements as there are sets of columns (sweeps have all the same); gives those of which people
 * see something different.
 */
export async function changeHosts(
  trx: Kysely<FleetTables>,
  store: Pick<Store, 'updateMany'>,
  before: ReadonlyMap<string, HostRecord>,
  changes: ReadonlyMap<string, Partial<HostRecord>>,
): Promise<string[]> {
  const differs = (hostId: string, name: string): boolean => {
    const column = name as keyof HostRecord;
    return before.get(hostId)?.[column] !== changes.get(hostId)?.[column];
  };
  const rows = [...changes].flatMap(([id, columns]) =>
    Object.keys(columns).some((name) => differs(id, name)) ? [{ id, ...columns }] : [],
  );
  for (const [, alike] of Map.groupBy(rows, (row) => Object.keys(row).toSorted().join()))
    await store.updateMany(trx as Transaction<FleetTables>, 'host', alike, 'id');
  return rows
    .filter((row) => Object.keys(row).some((name) => name !== 'id' && isShown(name) && differs(row.id, name)))
    .map((row) => row.id);
}

function isShown(column: string): boolean {
  return column !== 'seen_at_ms' && column !== 'timings';
}

type HostCounts = Pick<HostRecord, 'vms' | 'vms_running' | 'memory_sold_bytes' | 'cpu_sold'>;

const nothingThere: HostCounts = { vms: 0, vms_running: 0, memory_sold_bytes: 0, cpu_sold: 0 };

/** Counts what stands on a host; in the transaction that changed its VMs, which holds the host's lock: a count is not outrun by another. */
export async function hostCounts(trx: Kysely<FleetTables>, hostId: string): Promise<HostCounts> {
  const [counts] = await countsQuery(trx).where('host_id', '=', hostId).execute();
  return counts === undefined ? nothingThere : countsOf(counts);
}

/** The same of several hosts, each of which is among the answers. */
export async function countsOfHosts(
  trx: Kysely<FleetTables>,
  store: Pick<Store, 'kind'>,
  hostIds: readonly string[],
): Promise<ReadonlyMap<string, HostCounts>> {
  if (hostIds.length === 0) return new Map();
  const rows = await countsQuery(trx)
    .where(isAmong(store.kind, 'host_id', hostIds))
    .execute();
  const found = new Map(rows.map((row) => [row.host_id, countsOf(row)]));
  return new Map(hostIds.map((hostId) => [hostId, found.get(hostId) ?? nothingThere]));
}

function countsQuery(trx: Kysely<FleetTables>) {
  return trx
    .selectFrom('vm')
    .select(({ fn, eb }) => [
      'host_id',
      fn.countAll<number>().as('vms'),
      fn
        .sum<number>(eb.case().when('state', 'in', ['running', 'blocked']).then(1).else(0).end())
        .as('running'),
      fn.sum<number>(takenMemoryBytes).as('memory'),
      fn.sum<number>(takenVcpus).as('vcpus'),
    ])
    .where('state', '<>', 'missing')
    .groupBy('host_id');
}

/** PostgreSQL gives sums of bigint as numeric, which may come as text. */
function countsOf(counts: {
  vms: number;
  running: number | null;
  memory: number | null;
  vcpus: number | null;
}): HostCounts {
  return {
    vms: Number(counts.vms),
    vms_running: Number(counts.running ?? 0),
    memory_sold_bytes: Number(counts.memory ?? 0),
    cpu_sold: Number(counts.vcpus ?? 0),
  };
}
