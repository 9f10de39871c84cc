import type { Kysely } from 'kysely';
import type { FleetTables } from './fleet-tables.ts';
import { placementOf, poolForVms } from './host-placement.ts';
import { findHost, type StoredFacts } from './host-store.ts';

/**
 * Why a host has no room for a VM that stands on it to be larger; empty where it has. Only what is more is asked for, and memory is never sold
 * twice.
 */
export async function roomForMore(
  db: Kysely<FleetTables>,
  vm: Pick<FleetTables['vm'], 'host_id' | 'vcpus' | 'memory_bytes'>,
  wanted: { readonly vcpus: number; readonly memoryBytes: number },
): Promise<string> {
  const moreBytes = wanted.memoryBytes - vm.memory_bytes;
  const moreCpus = wanted.vcpus - vm.vcpus;
  if (moreBytes <= 0 && moreCpus <= 0) return '';
  const host = await findHost(db, vm.host_id);
  if (host !== undefined && wanted.vcpus > host.cpu_count)
    return `it has ${host.cpu_count} CPUs, ${wanted.vcpus} wanted`;
  const more = { vcpus: Math.max(0, moreCpus), memoryBytes: Math.max(0, moreBytes), diskBytes: 0 };
  const anything = { customerId: null, templateId: null, os: '', tags: [] };
  const [place] = await placementOf(db, { ...more, ...anything }, { hostId: vm.host_id });
  // It stands there already: neither filters nor maintenance nor the room for disks are asked again.
  const isShort = place?.obstacle?.code === 'memory' || place?.obstacle?.code === 'cpu-sold';
  return isShort ? place.reason : '';
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
