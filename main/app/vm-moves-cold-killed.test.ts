import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startPracticeFleet, type PracticeFleet } from '../testing/practice/practice-fleet.ts';
import type { PracticeHost } from '../testing/practice/practice-host.ts';
import type { SimulatedVm } from '../testing/practice/simulated-vm.ts';
import { programForTest, type ProgramForTest, type WorkerForTest } from '../testing/program-for-test.ts';
import { describeOnBothStores } from '../testing/store-for-test.ts';
import { allSchema } from './all-schema.ts';

const soon = { timeout: 240_000, interval: 1_000 };

describeOnBothStores('an engine that is killed when a VM that is off changes hosts', ({ newAddress }) => {
  let practice: PracticeFleet;
  let program: ProgramForTest;
  let worker: WorkerForTest;
  let from: PracticeHost;
  let to: PracticeHost;
  let vm: { readonly id: string; readonly name: string; readonly uuid: string };
  let moving: SimulatedVm;
  const ids = new Map<string, string>();

  beforeEach(async () => {
    practice = await startPracticeFleet({ hosts: 2, vms: 2, bootMs: 100 });
    [from, to] = practice.hosts as [PracticeHost, PracticeHost];
    program = programForTest({
      store: await newAddress(allSchema),
      environment: { INNKEEPER_SWEEP_SECONDS: '2' },
    });
    worker = await program.startWorker();
    const { hosts, privateKey } = practice.describe();
    for (const { name, address, port, fingerprint } of hosts) {
      const auth = { kind: 'key', privateKey };
      const door = { name, address, port, auth, acceptedFingerprint: fingerprint };
      ids.set(name, (await program.callHere<{ hostId: string }>('fleet.hostAdd', door)).hostId);
    }
    const query = `host:"${from.name}" state:running`;
    const list = async () =>
      (await program.callHere<{ rows: (typeof vm)[] }>('fleet.vmList', { query })).rows;
    await expect.poll(async () => (await list()).length, soon).toBeGreaterThan(0);
    [vm] = (await list()) as [typeof vm];
    const disks = async () =>
      (await program.callHere<{ disks: unknown[] }>('fleet.vmGet', { vmId: vm.id })).disks.length;
    await expect.poll(disks, soon).toBeGreaterThan(0);
    const states = async () =>
      (await program.callHere<{ rows: { state: string }[] }>('fleet.hostList')).rows.map((row) => row.state);
    await expect.poll(states, soon).toEqual(['connected', 'connected']);
    await program.callHere('fleet.vmForceOff', { vmId: vm.id });
    moving = from.machine.vms.get(vm.uuid)!;
  }, 600_000);
  afterEach(async () => {
    vi.restoreAllMocks();
    await program.close();
    await practice.stop();
  });

  /** Begins the move; the engine dies with the definition at the old host. */
  async function moveAndKill(): Promise<string> {
    const { lifecycle } = from.machine.events;
    vi.spyOn(from.machine.events, 'lifecycle').mockImplementation((one, event) => {
      if (event === 'undefinedRemoved') worker.process.kill('SIGKILL');
      lifecycle.call(from.machine.events, one, event);
    });
    const asked = { vmId: vm.id, hostId: ids.get(to.name) };
    const { moveId } = await program.callHere<{ moveId: string }>('moves.vmMove', asked);
    await expect.poll(() => worker.process.signalCode, soon).toBe('SIGKILL');
    vi.restoreAllMocks();
    expect(to.machine.vms.has(vm.uuid)).toBe(true);
    return moveId;
  }
  const ended = async (moveId: string): Promise<string> => {
    const move = async () =>
      await program.callHere<{ state: string; endedAt: string | null }>('moves.moveGet', { moveId });
    await expect.poll(async () => (await move()).endedAt, soon).not.toBeNull();
    return (await move()).state;
  };
  const disk = ({ machine }: PracticeHost): string[] =>
    machine
      .pool('default')
      .volumes.map(({ name }) => name)
      .filter((name) => name.startsWith(vm.name));

  test('it arrives on the disks that were copied, and the old ones stay', { timeout: 800_000 }, async () => {
    const moveId = await moveAndKill();
    const copied = disk(to);
    expect(copied).toHaveLength(disk(from).length);
    const made = vi.spyOn(to.machine.pool('default'), 'remove');
    worker = await program.startWorker();
    expect(await ended(moveId)).toBe('done');
    expect(made).not.toHaveBeenCalled();
    expect(disk(to)).toEqual(copied);
    expect(disk(from)).not.toEqual([]);
    expect(from.machine.vms.has(vm.uuid)).toBe(false);
    await program.callHere('fleet.vmStart', { vmId: vm.id });
    expect(to.machine.vms.get(vm.uuid)?.isRunning).toBe(true);
  });

  test(
    'started from outside in that moment, it runs on and gets its definition back',
    { timeout: 800_000 },
    async () => {
      // After the last look at the old definition, and before it is taken away.
      const { vmXml } = from.machine;
      vi.spyOn(from.machine, 'vmXml').mockImplementation((one, inactive) => {
        const xml = vmXml.call(from.machine, one, inactive);
        if (to.machine.vms.has(vm.uuid) && one.live === null) void from.power.start(moving, 0);
        return xml;
      });
      const moveId = await moveAndKill();
      expect(moving.isRunning).toBe(true);
      expect(moving.persistent).toBeNull();
      worker = await program.startWorker();
      expect(await ended(moveId)).toBe('failed');
      expect(moving.isRunning).toBe(true);
      expect(moving.persistent).not.toBeNull();
      expect(to.machine.vms.has(vm.uuid)).toBe(false);
      expect(disk(to)).toEqual([]);
      expect(disk(from)).not.toEqual([]);
      expect(await program.callHere('fleet.vmGet', { vmId: vm.id })).toMatchObject({
        hostId: ids.get(from.name),
        persistent: true,
      });
    },
  );
});
