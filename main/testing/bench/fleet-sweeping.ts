import { setTimeout as pause } from 'node:timers/promises';
import { FIRST_CLUSTER_ID } from '../../domains/fleet/clusters/cluster-store.ts';
import type { FleetTables } from '../../domains/fleet/fleet-tables.ts';
import { recordSighting } from '../../domains/fleet/sweep/sighting-record.ts';
import type { VmSighting } from '../../domains/fleet/sweep/vm-sighting.ts';
import type { Store } from '../../platform/store/store.ts';
import { HOSTS } from './fleet-room.ts';

/** One sweep of the fleet, as it is by default. */
const SWEEP_MS = 30_000;

/**
 * Records one look at a host after another, all hosts in half a minute, until told to stop: as whoever collects does while
 * people look at lists. Every VM's load is another each time. Answers how many looks there were.
 */
export function sweepUntil(store: Store, signal: AbortSignal): Promise<number> {
  return (async () => {
    const uuids = await uuidsByHost(store);
    const lease = await store.leases.acquire({ name: 'collect:default', holder: 'bench', ttlMs: 3_600_000 });
    if (lease === undefined) throw new Error('Somebody else collects here.');
    const parts = {
      store,
      clusterId: FIRST_CLUSTER_ID,
      grant: {
        guard: async (trx: Parameters<Store['leases']['guard']>[0]) => await store.leases.guard(trx, lease),
      },
      countEveryMs: 120_000,
      isHeard: () => true,
      subscribed: async () => new Set<string>(),
    };
    const beganMs = performance.now();
    let looks = 0;
    while (!signal.aborted) {
      const hostId = `host_${looks % HOSTS}`;
      const vms = (uuids.get(hostId) ?? []).map((vm, at) => sightingOf(vm, looks + at));
      await recordSighting(parts, {
        hostId,
        atMs: Date.now(),
        whole: true,
        vms,
        undefinedUuids: [],
        switchedOff: [],
        events: [],
        host: { seen_at_ms: Date.now() },
      });
      looks += 1;
      const dueMs = beganMs + (looks * SWEEP_MS) / HOSTS;
      await pause(Math.max(1, dueMs - performance.now()));
    }
    return looks;
  })();
}

type Known = Pick<FleetTables['vm'], 'uuid' | 'name' | 'state' | 'vcpus' | 'memory_bytes' | 'started_at_ms'>;

async function uuidsByHost(store: Store): Promise<Map<string, Known[]>> {
  const rows = await store
    .tables<FleetTables>()
    .selectFrom('vm')
    .select(['host_id', 'uuid', 'name', 'state', 'vcpus', 'memory_bytes', 'started_at_ms'])
    .execute();
  return Map.groupBy(rows, (row) => row.host_id) as Map<string, Known[]>;
}

function sightingOf(vm: Known, salt: number): VmSighting {
  return {
    uuid: vm.uuid,
    name: vm.name,
    state: vm.state as VmSighting['state'],
    boot: 'bench/1',
    cpuTimeMs: 1,
    vcpus: vm.vcpus,
    memoryBytes: vm.memory_bytes,
    memoryUsedBytes: Math.round(vm.memory_bytes * ((salt % 90) / 100)),
    cpuPercent: (salt * 7) % 101,
    blocks: [],
    shape: undefined,
    addresses: undefined,
    os: undefined,
    agent: undefined,
    autostart: undefined,
    persistent: undefined,
    startedAtMs: vm.started_at_ms ?? undefined,
    minutes: [],
  };
}
