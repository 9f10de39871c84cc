import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { newId } from '../../../shared/kernel/id.ts';
import type { Store } from '../../platform/store/store.ts';
import { describeTask } from '../../testing/describe-task.ts';
import { fleetForTest, fleetTestSchema, type FleetForTest } from '../../testing/fleet-for-test.ts';
import { startPracticeFleet, type PracticeFleet } from '../../testing/practice/practice-fleet.ts';
import type { PracticeHost } from '../../testing/practice/practice-host.ts';
import type { SimulatedVm } from '../../testing/practice/simulated-vm.ts';
import { tasksSchemaForTest } from '../../testing/tasks-for-test.ts';
import { vmCloneTask } from './vm-clone-task.ts';
import { vmDiskAddTask } from './vm-disk-add-task.ts';
import { vmSnapshotMakeTask } from './vm-snapshot-tasks.ts';
import { VmTurns } from './vm-turns.ts';

const soon = { timeout: 60_000, interval: 20 };
const MIB = 1024 ** 2;
const schema = fleetTestSchema.filter((step) => !tasksSchemaForTest.includes(step));

let practice: PracticeFleet;
let host: PracticeHost;

beforeAll(async () => {
  practice = await startPracticeFleet({ hosts: 1, vms: 2, bootMs: 20 });
  host = practice.hosts[0]!;
}, 60_000);
afterAll(async () => await practice.stop());

interface World {
  readonly fleet: FleetForTest;
  readonly vm: SimulatedVm;
}

/** A VM of the host as the fleet knows it; what the task makes on the host is taken away when the test is over. */
async function world(store: Store, on: boolean) {
  const fleet = fleetForTest(store);
  const { hosts, privateKey } = practice.describe();
  const { name, address, port, fingerprint } = hosts[0]!;
  const door = { name, address, port, auth: { kind: 'key' as const, privateKey } };
  await fleet.call('hostAdd', { ...door, acceptedFingerprint: fingerprint });
  const vm = [...host.machine.vms.values()][0]!;
  if (vm.live === null && on) await host.power.start(vm, 0);
  if (vm.live !== null && !on) host.power.destroy(vm);
  const stop = fleet.collect();
  const row = await vi.waitFor(async () => {
    const found = await fleet.tables
      .selectFrom('vm')
      .selectAll()
      .where('uuid', '=', vm.uuid)
      .executeTakeFirst();
    expect(found?.state).toBe(on ? 'running' : 'shut-off');
    expect(found?.disk_bytes).toBeGreaterThan(0);
    return found!;
  }, soon);
  await stop();
  const had = {
    volumes: new Set(host.machine.pool('default').volumes.map((volume) => volume.name)),
    domains: new Set(host.machine.vms.keys()),
    persistent: vm.persistent,
    live: vm.live?.definition,
  };
  const of = { vmId: row.id, uuid: vm.uuid, name: vm.name, hostId: row.host_id, hostName: name };
  return {
    world: { fleet, vm },
    row,
    of,
    parts: { store, connections: fleet.parts.connections, turns: new VmTurns() },
    close: async (): Promise<void> => {
      await fleet.close();
      for (const uuid of host.machine.vms.keys()) if (!had.domains.has(uuid)) host.machine.vms.delete(uuid);
      vm.persistent = had.persistent;
      if (vm.live !== null && had.live !== undefined) vm.live.definition = had.live;
      vm.snapshots = [];
      vm.currentSnapshot = null;
      const pool = host.machine.pool('default');
      for (const volume of pool.volumes) if (!had.volumes.has(volume.name)) pool.remove(volume.name);
    },
  };
}

/** What is on the host and in the store, without what is made up anew each time. */
async function observe({ fleet, vm }: World): Promise<unknown> {
  const plain = (text: string): string => text.replace(/-[0-9a-z]{8}(?=[.-])/g, '-…');
  const rows = await fleet.tables.selectFrom('vm').select(['name', 'state']).orderBy('name').execute();
  return {
    volumes: host.machine.pool('default').volumes.map((volume) => plain(volume.name)),
    domains: [...host.machine.vms.values()].map((one) => one.name),
    disks: [vm.live?.definition, vm.persistent].map((one) => one?.shape.disks.map((disk) => disk.target)),
    snapshots: vm.snapshots.map((snapshot) => snapshot.name),
    rows,
  };
}

describeTask({
  name: 'vm-disk-add',
  schema,
  steps: ['volume', 'attach'],
  prepare: async (store) => {
    const { of, parts, ...rest } = await world(store, true);
    const input = {
      ...of,
      pool: 'default',
      volume: `${of.name}-disk-${randomUUID().slice(0, 8)}.qcow2`,
      capacityBytes: 64 * MIB,
      bus: 'virtio',
    };
    return { ...rest, definition: vmDiskAddTask(parts), input };
  },
  observe,
  succeeded: async ({ vm }) => {
    for (const definition of [vm.live!.definition, vm.persistent!])
      expect(definition.shape.disks.filter((disk) => disk.source?.includes('-disk-'))).toHaveLength(1);
  },
});

describeTask({
  name: 'vm-snapshot-make',
  schema,
  steps: ['snapshot'],
  prepare: async (store) => {
    const { of, parts, ...rest } = await world(store, true);
    return {
      ...rest,
      definition: vmSnapshotMakeTask(parts),
      input: { ...of, snapshot: 'one', description: '' },
    };
  },
  observe,
  succeeded: async ({ vm }) => {
    expect(vm.snapshots.map((snapshot) => snapshot.state)).toEqual(['running']);
  },
});

describeTask({
  name: 'vm-clone',
  schema,
  steps: ['plan', 'copy', 'define', 'finish'],
  prepare: async (store) => {
    const { of, parts, row, ...rest } = await world(store, false);
    const input = {
      vmId: newId('vm'),
      uuid: randomUUID(),
      name: 'copied',
      hostId: of.hostId,
      hostName: of.hostName,
      vcpus: row.vcpus,
      memoryBytes: 64 * MIB,
      diskBytes: 64 * MIB,
      customerId: null,
      templateId: null,
      os: '',
      tags: [],
      start: false,
      source: of,
    };
    return { ...rest, definition: vmCloneTask(parts), input };
  },
  observe,
  succeeded: async ({ fleet }) => {
    const copy = await fleet.tables
      .selectFrom('vm')
      .selectAll()
      .where('name', '=', 'copied')
      .executeTakeFirst();
    expect(copy).toMatchObject({ state: 'shut-off' });
    expect(host.machine.vmByName('copied')?.persistent?.shape.disks[0]?.source).toContain('copied');
  },
});
