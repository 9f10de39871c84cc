import { sql, type Kysely } from 'kysely';
import type { ClusterFacts } from '../../../shared/domains/fleet/cluster-contract.ts';
import { vmState } from '../../../shared/domains/fleet/vm-contract.ts';
import { STATE_WORDS } from '../../../shared/domains/fleet/vm-rules.ts';
import type { SearchHit } from '../../../shared/domains/system/system-contract.ts';
import { foldText } from '../../../shared/kernel/fold-text.ts';
import { contains } from '../../platform/paging/list-query-filter.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { Store } from '../../platform/store/store.ts';
import { clusterFactsOf } from './clusters/cluster-store.ts';
import type { FleetTables } from './fleet-tables.ts';
import type { HostConnections } from './sweep/host-connections.ts';
import type { HostLink } from './sweep/host-link.ts';
import { lockHosts as lockHostRows, type HostRecord, type StoredFacts } from './hosts/host-store.ts';
import { deletionOf, lockVm } from './vms/vm-lock.ts';
import { vmHas } from './vms/vm-search.ts';

export { hostAway } from './hosts/host-failure.ts';
export { RecentCpu } from './sweep/recent-cpu.ts';
export { vmsMatching } from './vms/vm-list.ts';
export { noteVmStates, type NotedVmState } from './sweep/vm-states-note.ts';
export { vmStatesOnHost, type VmOnHostNow } from './sweep/vm-states-on-host.ts';
export { lockVm, whyVmNotKept } from './vms/vm-lock.ts';
export { noteDefinition } from './sweep/vm-note.ts';
export { onHostOf, type VmControlRefusal } from './vms/vm-on-host.ts';
export { findVm, type VmListTables, type VmWithNames } from './vms/vm-list.ts';
export { onHost, TRIES, type OnHost } from './vms/vm-provisioning-parts.ts';
export { dropUnfinished } from './hosts/host-volume.ts';
export { powerOff, undefineOf } from './vms/vm-provision-task.ts';
export { dropProvisioned, handOver, takeBack, type ReservedVm } from './vms/vm-provisioning-store.ts';
export { reserveVm } from './vms/vm-reserve.ts';
export { macOf } from './vms/vm-provision-input.ts';
export { vmStateOf, vmStatisticsOf } from './sweep/vm-statistics.ts';
export { hostFailure } from './hosts/host-failure.ts';
export { networksOfHost, poolsOfHost, roomForMore } from './hosts/host-room.ts';
export type { FleetTables } from './fleet-tables.ts';
export type { HostConnections } from './sweep/host-connections.ts';

/** For joins of other domains, which read them and never write them. */
export type FleetPublicTables = Pick<FleetTables, 'vm' | 'vm_detail' | 'host' | 'cluster'>;

interface VmFacts {
  readonly name: string;
  /** Whose it is; null: nobody's. */
  readonly customerId: string | null;
  readonly isBeingDeleted: boolean;
}

interface HostDoorFacts {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

function ours(db: AnyDatabase): Kysely<FleetTables> {
  return db as Kysely<FleetTables>;
}

/** A VM that cannot be deleted, forgotten or given away until the caller's transaction ends. */
export async function vmFactsLocked(db: AnyDatabase, vmId: string): Promise<VmFacts | undefined> {
  const vm = await lockVm(ours(db), vmId);
  if (vm === undefined) return undefined;
  const isBeingDeleted = (await deletionOf(db, vmId)) !== undefined;
  return { name: vm.name, customerId: vm.customer_id, isBeingDeleted };
}

/** The same to be read only. */
export async function vmFacts(db: AnyDatabase, vmId: string): Promise<VmFacts | undefined> {
  const vm = await ours(db)
    .selectFrom('vm')
    .select(['name', 'customer_id'])
    .where('id', '=', vmId)
    .executeTakeFirst();
  if (vm === undefined) return undefined;
  const isBeingDeleted = (await deletionOf(ours(db), vmId)) !== undefined;
  return { name: vm.name, customerId: vm.customer_id, isBeingDeleted };
}

/** Makes a VM the customer's, for whoever holds its lock. */
export async function giveVm(db: AnyDatabase, vmId: string, customerId: string): Promise<void> {
  await ours(db).updateTable('vm').set({ customer_id: customerId }).where('id', '=', vmId).execute();
}

/** Names by id, also of VMs that are gone; unknown ids are left out. */
export async function vmNames(db: AnyDatabase, vmIds: readonly string[]): Promise<Map<string, string>> {
  if (vmIds.length === 0) return new Map();
  const gone = await ours(db)
    .selectFrom('vm_gone')
    .select(['id', 'name'])
    .where('id', 'in', [...vmIds])
    .execute();
  const here = await ours(db)
    .selectFrom('vm')
    .select(['id', 'name'])
    .where('id', 'in', [...vmIds])
    .execute();
  return new Map([...gone, ...here].map((row) => [row.id, row.name]));
}

/** What these VMs have now; those that are gone are left out. */
export async function vmSizes(
  db: AnyDatabase,
  vmIds: readonly string[],
): Promise<
  Map<string, { readonly vcpus: number; readonly memoryBytes: number; readonly diskBytes: number }>
> {
  if (vmIds.length === 0) return new Map();
  const rows = await ours(db)
    .selectFrom('vm')
    .select(['id', 'vcpus', 'memory_bytes as memoryBytes', 'disk_bytes as diskBytes'])
    .where('id', 'in', [...vmIds])
    .execute();
  return new Map(rows.map(({ id, ...size }) => [id, size]));
}

/** VMs of each of these customers; those without any are left out. */
export async function vmCountsOfCustomers(
  db: AnyDatabase,
  customerIds: readonly string[],
): Promise<Map<string, number>> {
  return await vmCountsBy(db, 'customer_id', customerIds);
}

/** VMs made from each of these templates; those without any are left out. */
export async function vmCountsOfTemplates(
  db: AnyDatabase,
  templateIds: readonly string[],
): Promise<Map<string, number>> {
  return await vmCountsBy(db, 'template_id', templateIds);
}

async function vmCountsBy(
  db: AnyDatabase,
  column: 'customer_id' | 'template_id',
  ids: readonly string[],
): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await ours(db)
    .selectFrom('vm')
    .select(({ fn, ref }) => [ref(column).as('of'), fn.countAll<number>().as('vms')])
    .where(column, 'in', [...ids])
    .groupBy(column)
    .execute();
  return new Map(rows.flatMap((row) => (row.of === null ? [] : [[row.of, Number(row.vms)] as const])));
}

/** A cluster with what holds in it; undefined where there is none. */
export async function clusterFacts(db: AnyDatabase, clusterId: string): Promise<ClusterFacts | undefined> {
  const cluster = await ours(db)
    .selectFrom('cluster')
    .selectAll()
    .where('id', '=', clusterId)
    .executeTakeFirst();
  return cluster && clusterFactsOf(cluster);
}

/** Hosts that nobody else changes, nor what stands on them, until the caller's transaction ends; before the locks of VMs. */
export async function lockHosts(
  db: AnyDatabase,
  store: Pick<Store, 'kind'>,
  hostIds: readonly string[],
): Promise<ReadonlyMap<string, HostRecord>> {
  return await lockHostRows(ours(db), store, hostIds);
}

/** Hosts of the fleet by id. */
export async function hostNames(db: AnyDatabase, hostIds?: readonly string[]): Promise<Map<string, string>> {
  let query = ours(db).selectFrom('host').select(['id', 'name']);
  if (hostIds !== undefined) {
    if (hostIds.length === 0) return new Map();
    query = query.where('id', 'in', [...hostIds]);
  } else query = query.where('removed_at_ms', 'is', null);
  return new Map((await query.execute()).map((row) => [row.id, row.name]));
}

/** Hosts that are collected and answer, as the store knows them: whoever works on them connects by itself. */
export async function connectedHosts(db: AnyDatabase): Promise<HostDoorFacts[]> {
  return await ours(db)
    .selectFrom('host')
    .select(['id', 'name', 'state'])
    .where('removed_at_ms', 'is', null)
    .where('state', 'in', ['connected', 'slow'])
    .orderBy('name')
    .execute();
}

/** Runs `work` on a host over this engine's own connection. Throws why it cannot be reached, or what `work` throws. */
export async function withHost<T>(
  connections: HostConnections,
  on: { readonly hostId: string; readonly signal: AbortSignal },
  work: (link: HostLink) => Promise<T>,
): Promise<T> {
  return await connections.withHost(on.hostId, on.signal, work);
}

/** Of a host's stored facts (`host.facts`) those that are watched. */
export function watchedFacts(facts: string): Pick<StoredFacts, 'pools' | 'clockOffsetMs'> {
  const { pools, clockOffsetMs } = JSON.parse(facts) as StoredFacts;
  return { pools, clockOffsetMs };
}

/** VMs by name, address, UUID or tag; what begins with the words comes first. */
export async function vmHits(db: AnyDatabase, text: string, limit: number): Promise<SearchHit[]> {
  const begins = sql<number>`case when instr(vm.search, ${foldText(text)}) = 1 then 0 else 1 end`;
  const rows = await ours(db)
    .selectFrom('vm')
    .innerJoin('host', 'host.id', 'vm.host_id')
    .select(['vm.id', 'vm.name', 'vm.address', 'vm.state', 'host.name as host'])
    .where((is) => is.or([vmHas(text), contains(sql.ref('vm.uuid'), text)]))
    .orderBy(begins)
    .orderBy('vm.search')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: 'vm',
    id: row.id,
    title: row.name,
    subtitle: [row.host, row.address, STATE_WORDS[vmState.parse(row.state)].toLowerCase()]
      .filter(Boolean)
      .join(' · '),
  }));
}

/** Clusters by name or site. */
export async function clusterHits(db: AnyDatabase, text: string, limit: number): Promise<SearchHit[]> {
  const rows = await ours(db)
    .selectFrom('cluster')
    .select(['id', 'name', 'site'])
    .where((is) => is.or([contains(sql.ref('name'), text), contains(sql.ref('site'), text)]))
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map(({ id, name, site }) => ({ kind: 'cluster', id, title: name, subtitle: site }));
}

export async function hostHits(db: AnyDatabase, text: string, limit: number): Promise<SearchHit[]> {
  const rows = await ours(db)
    .selectFrom('host')
    .select(['id', 'name', 'address', 'state'])
    .where('removed_at_ms', 'is', null)
    .where((is) => is.or([contains(sql.ref('name'), text), contains(sql.ref('address'), text)]))
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: 'host',
    id: row.id,
    title: row.name,
    subtitle: `${row.address} · ${row.state}`,
  }));
}

export { moveFactsOf, moveHosts, type MoveFacts, type MoveHosts } from './hosts/move-hosts.ts';
export { recordMoved, setMovingTo, vmPlace } from './vms/vm-moved.ts';
export { definitionWith } from './vms/definition-with.ts';
export { volumeSharer, withSharedVolume } from './hosts/volume-sharer.ts';
export { dropVolume, findVolume, isCode } from './hosts/host-volume.ts';
export type { VmDisk } from './vms/vm-xml.ts';
export { volumeXml } from './vms/vm-domain-xml.ts';
export type { HostLink } from './sweep/host-link.ts';
export {
  hostStandings,
  setMaintenance,
  vmsBoundFor,
  vmsById,
  vmsUnheard,
  vmsOnHosts,
  type VmOfHost,
} from './hosts/host-maintenance.ts';
