import type { Kysely } from 'kysely';
import { PlacementTrial } from '../../../../shared/domains/fleet/placement-trial.ts';
import { formatBytes } from '../../../../shared/kernel/bytes.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { hostsToPlaceOn, poolForVms } from './host-placement.ts';
import { takenMemoryBytes, takenVcpus } from '../vms/vm-size.ts';
import { findHost, type StoredFacts } from './host-store.ts';

/**
 * Why a host has no room for a VM that stands on it to be larger; empty where it has. Only what is more is asked for, and memory is never sold
 * twice.
 */
export async function roomForMore(
  db: Kysely<FleetTables>,
  at: { readonly vmId: string; readonly hostId: string },
  wanted: { readonly vcpus: number; readonly memoryBytes: number | null },
): Promise<string> {
  const vm = await db
    .selectFrom('vm')
    .select([takenVcpus.as('vcpus'), takenMemoryBytes.as('memory_bytes')])
    .where('id', '=', at.vmId)
    .executeTakeFirst();
  if (vm === undefined) return '';
  const moreBytes = wanted.memoryBytes === null ? 0 : wanted.memoryBytes - vm.memory_bytes;
  const moreCpus = wanted.vcpus - vm.vcpus;
  if (moreBytes <= 0 && moreCpus <= 0) return '';
  // It stands there already: neither filters nor maintenance nor disks are asked again, only what is left to sell.
  const { hosts, clusters } = await hostsToPlaceOn(db, { hostId: at.hostId });
  const [host] = hosts.map(({ placement }) => placement);
  const room = host && new PlacementTrial([host], clusters).room(host.id);
  if (host === undefined || room === undefined) return '';
  if (moreBytes > room.memoryBytes)
    return `${formatBytes(room.memoryBytes)} of memory free, ${formatBytes(moreBytes)} more wanted`;
  if (moreCpus > 0 && wanted.vcpus > host.cpuCount)
    return `it has ${host.cpuCount} CPUs, ${wanted.vcpus} wanted`;
  return moreCpus > room.cpus ? `${room.cpus} vCPUs left to sell, ${moreCpus} more wanted` : '';
}

/** Networks and bridges of a host, as it was last looked at. */
export async function networksOfHost(
  db: Kysely<FleetTables>,
  hostId: string,
): Promise<StoredFacts['networks']> {
  const host = await findHost(db, hostId);
  return host === undefined || host.facts === '' ? [] : (JSON.parse(host.facts) as StoredFacts).networks;
}

/** Active pools of files of a host that disks are made in, as it was last looked at; the one VMs are made in first. */
export async function poolsOfHost(db: Kysely<FleetTables>, hostId: string): Promise<StoredFacts['pools']> {
  const host = await findHost(db, hostId);
  if (host === undefined || host.facts === '') return [];
  const facts = JSON.parse(host.facts) as StoredFacts;
  const first = poolForVms(facts);
  const usable = facts.pools.filter(
    (pool) => pool.active && pool.type === 'dir' && pool.name !== first?.name,
  );
  return first === undefined ? [] : [first, ...usable];
}
