import { FIRST_CLUSTER_ID } from '../domains/fleet/clusters/cluster-store.ts';
import type { FleetTables } from '../domains/fleet/fleet-tables.ts';
import { recordSighting, type SightingParts } from '../domains/fleet/sweep/sighting-record.ts';
import type { HostSighting, VmSighting } from '../domains/fleet/sweep/vm-sighting.ts';
import type { Lease } from '../platform/store/leases.ts';
import type { Store } from '../platform/store/store.ts';
import { hostRowForTest } from './host-row.ts';

/** A moment at which a host was looked at. */
export const T0 = Date.UTC(2026, 10, 22, 9, 0, 0);
export const MINUTE_MS = 60_000;
export const uuidOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** A VM as it was seen: on, with nothing said that need not be. */
export function vmSeen(n: number, more: Partial<VmSighting> = {}): VmSighting {
  return {
    uuid: uuidOf(n),
    name: `vm${n}`,
    state: 'running',
    boot: 'hv1/boot/1',
    cpuTimeMs: 1,
    vcpus: 2,
    memoryBytes: 1024 ** 3,
    memoryUsedBytes: undefined,
    cpuPercent: undefined,
    blocks: [],
    shape: undefined,
    addresses: undefined,
    os: undefined,
    agent: undefined,
    autostart: undefined,
    persistent: undefined,
    startedAtMs: undefined,
    minutes: [],
    ...more,
  };
}

/** One look at hv1, with all VMs that are there. */
export function hostSeen(
  atMs: number,
  vms: readonly VmSighting[],
  more: Partial<HostSighting> = {},
): HostSighting {
  return {
    hostId: 'hv1',
    atMs,
    whole: true,
    vms,
    undefinedUuids: [],
    switchedOff: [],
    events: [],
    host: {},
    ...more,
  };
}

/** What whoever records sightings is given, where nobody contends for the duty. */
export function sightingParts(store: Store, more: Partial<SightingParts> = {}): SightingParts {
  return {
    store,
    clusterId: FIRST_CLUSTER_ID,
    grant: { guard: async () => undefined },
    isHeard: () => true,
    countEveryMs: 0,
    subscribed: async () => new Set(),
    ...more,
  };
}

export interface SightingMore {
  readonly lease?: Lease;
  /** Hosts that are not heard. */
  readonly deaf?: readonly string[];
  readonly store?: Store;
  readonly isHeard?: SightingParts['isHeard'];
  readonly countEveryMs?: number;
}

export interface SightingRoom {
  readonly store: Store;
  readonly lease: Lease;
  parts(more?: SightingMore): SightingParts;
  record(sighting: HostSighting, more?: SightingMore): Promise<void>;
}

/** hv1 and hv2 on a store, and one collector that holds the duty. */
export async function sightingRoom(store: Store): Promise<SightingRoom> {
  await store
    .tables<FleetTables>()
    .insertInto('host')
    .values([hostRowForTest('hv1', T0), hostRowForTest('hv2', T0)])
    .execute();
  const lease = await store.leases.acquire({ name: 'collect:default', holder: 'first', ttlMs: 1 });
  if (lease === undefined) throw new Error('the lease is free');
  const parts: SightingRoom['parts'] = (more = {}) =>
    sightingParts(more.store ?? store, {
      grant: { guard: async (trx) => await store.leases.guard(trx, more.lease ?? lease) },
      isHeard: more.isHeard ?? ((id) => !(more.deaf ?? []).includes(id)),
      countEveryMs: more.countEveryMs ?? 0,
    });
  return {
    store,
    lease,
    parts,
    record: async (sighting, more) => await recordSighting(parts(more), sighting),
  };
}
