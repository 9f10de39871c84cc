import type { Kysely } from 'kysely';
import type { HostMaintenance } from '../../../../shared/domains/fleet/host-rules.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { AnyTransaction, Store } from '../../../platform/store/store.ts';
import { takenMemoryBytes, takenVcpus } from '../vms/vm-size.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { lockHost, noFacts, type StoredFacts } from './host-store.ts';

/** Opens or closes a host for VMs; gives its name and how it stood, or undefined for one that is not in the fleet. */
export async function setMaintenance(
  store: Pick<Store, 'kind' | 'changes'>,
  trx: AnyTransaction,
  hostId: string,
  maintenance: HostMaintenance,
): Promise<{ readonly name: string; readonly before: HostMaintenance } | undefined> {
  const db = trx as unknown as Kysely<FleetTables>;
  const host = await lockHost(db, store, hostId);
  if (host === undefined) return undefined;
  if (host.maintenance !== maintenance) {
    await db.updateTable('host').set({ maintenance }).where('id', '=', hostId).execute();
    await store.changes.note(trx, 'host', hostId);
  }
  return { name: host.name, before: host.maintenance };
}

/** A host as whoever looks after its maintenance sees it. */
export interface HostStanding {
  readonly id: string;
  readonly name: string;
  readonly clusterId: string;
  readonly maintenance: HostMaintenance;
  readonly state: string;
  readonly libvirtVersion: string;
  readonly clockOffsetMs: number | null;
  readonly bootId: string;
  readonly cpuUsedPercent: number;
  readonly memoryUsedBytes: number;
  readonly memoryBytes: number;
  readonly cpuCount: number;
}

export async function hostStandings(db: AnyDatabase, hostIds?: readonly string[]): Promise<HostStanding[]> {
  if (hostIds?.length === 0) return [];
  let query = (db as Kysely<FleetTables>).selectFrom('host').selectAll().where('removed_at_ms', 'is', null);
  if (hostIds !== undefined) query = query.where('id', 'in', [...hostIds]);
  return (await query.orderBy('name').execute()).map((host) => {
    const facts = host.facts === '' ? noFacts : (JSON.parse(host.facts) as StoredFacts);
    return {
      id: host.id,
      name: host.name,
      clusterId: host.cluster_id,
      maintenance: host.maintenance,
      state: host.state,
      libvirtVersion: host.libvirt_version,
      clockOffsetMs: facts.clockOffsetMs,
      bootId: facts.bootId,
      cpuUsedPercent: host.cpu_used_percent,
      memoryUsedBytes: host.memory_used_bytes,
      memoryBytes: host.memory_bytes,
      cpuCount: host.cpu_count,
    };
  });
}

/** A VM of a host, with what decides in which order VMs leave it. */
export interface VmOfHost {
  readonly id: string;
  readonly uuid: string;
  readonly name: string;
  readonly state: string;
  readonly hostId: string;
  readonly movingTo: string | null;
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly memoryUsedBytes: number;
  readonly cpuPercent: number;
}

/** VMs of these hosts that are there, the biggest first: small ones fit into what is left. */
export async function vmsOnHosts(db: AnyDatabase, hostIds: readonly string[]): Promise<VmOfHost[]> {
  return await vmsWhere(db, 'host_id', hostIds);
}

export async function vmsById(db: AnyDatabase, vmIds: readonly string[]): Promise<VmOfHost[]> {
  return await vmsWhere(db, 'id', vmIds);
}

async function vmsWhere(
  db: AnyDatabase,
  column: 'host_id' | 'id',
  ids: readonly string[],
): Promise<VmOfHost[]> {
  if (ids.length === 0) return [];
  const rows = await (db as Kysely<FleetTables>)
    .selectFrom('vm')
    .select([
      'id',
      'uuid',
      'name',
      'state',
      'host_id',
      'moving_to',
      takenVcpus.as('vcpus'),
      takenMemoryBytes.as('memory_bytes'),
      'memory_used_bytes',
      'cpu_percent',
    ])
    .where(column, 'in', [...ids])
    .where('state', '<>', 'missing')
    .orderBy('memory_bytes', 'desc')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    uuid: row.uuid,
    name: row.name,
    state: row.state,
    hostId: row.host_id,
    movingTo: row.moving_to,
    vcpus: row.vcpus,
    memoryBytes: row.memory_bytes,
    memoryUsedBytes: row.memory_used_bytes,
    cpuPercent: row.cpu_percent,
  }));
}

/** VMs that are on a host or on their way to it. */
export async function vmsBoundFor(db: AnyDatabase, hostId: string): Promise<string[]> {
  const rows = await (db as Kysely<FleetTables>)
    .selectFrom('vm')
    .select('id')
    .where((is) =>
      is.or([
        is('moving_to', '=', hostId),
        is.and([is('host_id', '=', hostId), is('state', '<>', 'missing')]),
      ]),
    )
    .execute();
  return rows.map((row) => row.id);
}

/** How many of these VMs are missing, or on a host that is not heard. */
export async function vmsUnheard(db: AnyDatabase, vmIds: readonly string[]): Promise<number> {
  if (vmIds.length === 0) return 0;
  const { count } = await (db as Kysely<FleetTables>)
    .selectFrom('vm')
    .innerJoin('host', 'host.id', 'vm.host_id')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('vm.id', 'in', [...new Set(vmIds)])
    .where((is) => is.or([is('vm.state', '=', 'missing'), is('host.state', 'not in', ['connected', 'slow'])]))
    .executeTakeFirstOrThrow();
  return Number(count);
}
