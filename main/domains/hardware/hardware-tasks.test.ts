import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { newId } from '../../../shared/kernel/id.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { openStore } from '../../platform/store/store-open.ts';
import type { Store } from '../../platform/store/store.ts';
import type { AnyTaskDefinition, TaskDefinition, TaskStep } from '../../platform/tasks/task-definition.ts';
import { describeTask } from '../../testing/describe-task.ts';
import { fleetForTest, fleetTestSchema, type FleetForTest } from '../../testing/fleet-for-test.ts';
import { startPracticeFleet, type PracticeFleet } from '../../testing/practice/practice-fleet.ts';
import type { PracticeHost } from '../../testing/practice/practice-host.ts';
import type { SimulatedVm } from '../../testing/practice/simulated-vm.ts';
import { testProgram } from '../../testing/store-for-test.ts';
import {
  taskEngineForTest,
  tasksSchemaForTest,
  whenTask,
  type TaskAsSeen,
} from '../../testing/tasks-for-test.ts';
import type { VmTaskInput } from './task-on-vm.ts';
import { vmCloneTask, type VmCloneInput } from './vm-clone-task.ts';
import { vmDiskAddTask, type VmDiskAddInput } from './vm-disk-add-task.ts';
import { vmDiskDeleteTask } from './vm-disk-delete-task.ts';
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
}, 120_000);
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

function cloneInput(of: VmTaskInput, row: { vcpus: number }): VmCloneInput {
  return {
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
    const input = cloneInput(of, row);
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

describe('what a task on a VM leaves alone', () => {
  /** Runs a task in a store of its own, and looks at host and rows before and after. */
  async function run<Input, State extends object>(
    make: (of: Awaited<ReturnType<typeof world>>) => {
      definition: TaskDefinition<Input, State>;
      input: Input;
      first?: () => Promise<void>;
    },
    check: (seen: TaskAsSeen, of: Awaited<ReturnType<typeof world>>, store: Store) => Promise<void>,
    on = true,
  ): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'innkeeper-hardware-task-'));
    const address = `sqlite:${join(folder, 'store.db')}`;
    const all = [...tasksSchemaForTest, ...schema];
    const store = await openStore({ address, schema: all, program: testProgram });
    const of = await world(store, on);
    const { definition, input, first } = make(of);
    const engine = await taskEngineForTest({
      store,
      address,
      definitions: [definition as unknown as AnyTaskDefinition],
    });
    try {
      await first?.();
      await engine.begin();
      const { taskId } = await engine.start(definition, input, { startedBy: 'ada' });
      await check(await whenTask(store, taskId), of, store);
    } finally {
      await engine.stop();
      await of.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }

  const diskAdd = ({ of, parts }: Awaited<ReturnType<typeof world>>) => ({
    definition: vmDiskAddTask(parts),
    input: { ...of, pool: 'default', volume: 'kept-disk-1.qcow2', capacityBytes: 64 * MIB, bus: 'virtio' },
  });
  const diskDelete = ({ of, parts, world: { vm } }: Awaited<ReturnType<typeof world>>) => {
    const { source, target } = vm.persistent!.shape.disks[0]!;
    const volume = source!.split('/').at(-1)!;
    return {
      definition: vmDiskDeleteTask(parts),
      input: { ...of, target, source: source!, pool: 'default', volume },
    };
  };
  const clone = ({ of, parts, row }: Awaited<ReturnType<typeof world>>) => ({
    definition: vmCloneTask(parts),
    input: { ...cloneInput(of, row), name: 'kept-copy' },
  });

  test.each([
    ['vm-disk-add', diskAdd],
    ['vm-disk-delete', diskDelete],
    ['vm-clone', clone],
  ] as const)('%s does nothing to a VM that is on its way to another host', async (_, make) => {
    let before: unknown;
    await run(
      (of) => ({
        ...(make(of) as ReturnType<typeof diskAdd>),
        first: async () => {
          await of.world.fleet.tables.updateTable('vm').set({ moving_to: of.of.hostId }).execute();
          before = await observe(of.world);
        },
      }),
      async ({ task }, of) => {
        expect(task).toMatchObject({ state: 'failed', error_code: 'not-now' });
        expect(await observe(of.world)).toEqual(before);
      },
      make !== clone,
    );
  });

  test('a disk is not deleted when its VM has left the host unheard', async () => {
    await run(
      (of) => ({ ...diskDelete(of), first: async () => void host.machine.vms.delete(of.of.uuid) }),
      async ({ task }, { world: { vm } }) => {
        host.machine.vms.set(vm.uuid, vm);
        expect(task).toMatchObject({ state: 'failed', error_code: 'vm-gone' });
        const volume = vm.persistent!.shape.disks[0]!.source!;
        expect(host.machine.pool('default').volumes.map(({ path }) => path)).toContain(volume);
      },
    );
  });

  test('a new disk that the guest holds keeps its volume when the task is undone', async () => {
    await run(
      (of) => {
        const { definition, input } = diskAdd(of);
        const failing: TaskStep<VmDiskAddInput, object> = {
          name: 'broken',
          title: () => 'Break',
          run: async () => {
            await host.fault({ kind: 'guest-holds', vm: of.of.name });
            throw new OperatingFailure({ code: 'broken-by-test', sentence: 'The test broke this step.' });
          },
        };
        return { definition: { ...definition, steps: [...definition.steps, failing] }, input };
      },
      async ({ task }, { world: { vm } }) => {
        expect(task.state).toBe('failed');
        expect(task.error).toContain('holds on to its new disk');
        expect(
          vm.live!.definition.shape.disks.some(({ source }) => source?.endsWith('kept-disk-1.qcow2')),
        ).toBe(true);
        expect(host.machine.pool('default').volumes.map(({ name }) => name)).toContain('kept-disk-1.qcow2');
        await host.fault({ kind: 'heal' });
      },
    );
  });

  test('a clone that was handed over stays, though its row could not be told all', async () => {
    await run(
      (of) => ({
        ...clone(of),
        first: async () =>
          void (await sql`create trigger untold before update on vm_detail begin select raise(abort, 'no'); end`.execute(
            of.world.fleet.tables,
          )),
      }),
      async ({ task, log }) => {
        expect(task).toMatchObject({ state: 'succeeded', error: '' });
        expect(log.join('\n')).toContain('kept-copy is ready');
        expect(host.machine.vmByName('kept-copy')).toBeDefined();
      },
      false,
    );
  });
});
