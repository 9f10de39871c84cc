import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { movesRoom, soon, type MovesRoom, type RoomVm } from '../testing/moves-room.ts';
import type { TaskSeen } from '../testing/one-host-room.ts';
import type { PracticeHost } from '../testing/practice/practice-host.ts';
import { storageRefusal } from '../testing/practice/simulated-pool.ts';
import { describeOnBothStores } from '../testing/store-for-test.ts';
import { allSchema } from './all-schema.ts';

const PATIENCE = { timeout: 400_000 };
const IMAGES = '/var/lib/libvirt/images';

interface Ended extends TaskSeen {
  readonly id: string;
  readonly log: readonly { readonly text: string }[];
}

describeOnBothStores('disks of VMs', ({ newAddress }) => {
  let room: MovesRoom;

  beforeAll(async () => {
    room = await movesRoom({ hosts: 2, vms: 12, store: await newAddress(allSchema) });
  }, 400_000);
  afterAll(async () => await room.close());

  const ended = async (taskId: string): Promise<Ended> => {
    const task = async () => await room.value<Ended>('tasks.taskGet', { taskId });
    await vi.waitFor(async () => expect((await task()).endedAt).not.toBeNull(), soon);
    return await task();
  };
  const begun = async (op: string, input: object): Promise<Ended> =>
    await ended((await room.value<{ taskId: string }>(op, input)).taskId);
  const deleted = async ({ id, name }: RoomVm): Promise<Ended> =>
    await begun('fleet.vmDelete', { vmId: id, confirmName: name });
  const again = async ({ id }: Ended): Promise<Ended> => await begun('tasks.taskRetry', { taskId: id });
  const running = async (host: PracticeHost, but = ''): Promise<RoomVm> => {
    const rows = await room.vms(`host:"${host.name}" state:running`);
    const vm = rows.find(({ id, uuid }) => id !== but && host.machine.vms.has(uuid));
    if (vm === undefined) throw new Error(`nothing runs on ${host.name}`);
    return vm;
  };
  const has = ({ machine }: PracticeHost, volume: string): boolean =>
    machine.pool('default').find(volume) !== undefined;

  /** A deletion that fails at its disks, when the definition is gone. */
  async function failedAtDisks(host: PracticeHost): Promise<{ vm: RoomVm; xml: string; task: Ended }> {
    const vm = await running(host);
    const there = host.machine.vms.get(vm.uuid);
    if (there === undefined) throw new Error('it is not there');
    const xml = host.machine.vmXml(there, true);
    const broken = vi.spyOn(host.machine.pool('default'), 'remove').mockImplementation(() => {
      throw storageRefusal('VIR_ERR_OPERATION_FAILED', 'Input/output error');
    });
    const task = await deleted(vm);
    broken.mockRestore();
    expect([task.state, task.steps.find((step) => step.state === 'failed')?.name]).toEqual([
      'failed',
      'disks',
    ]);
    expect(host.machine.vms.has(vm.uuid)).toBe(false);
    expect(has(host, `${vm.name}.qcow2`)).toBe(true);
    return { vm, xml, task };
  }

  test(
    'a deletion that failed when the definition was gone deletes the disks when it is tried again',
    PATIENCE,
    async () => {
      const host = room.host(0);
      const { vm, task } = await failedAtDisks(host);
      // It is no longer told by the host, so it may be off the list already.
      expect(await again(task)).toMatchObject({ state: 'succeeded', error: '' });
      expect(has(host, `${vm.name}.qcow2`)).toBe(false);
      expect(await room.vms(`name:${vm.name}`)).toEqual([]);
    },
  );

  test('tried again, it leaves a disk that another VM has been given since', PATIENCE, async () => {
    const host = room.host(0);
    const { vm, xml, task } = await failedAtDisks(host);
    const uuid = '00000000-0000-4000-8000-0000000000aa';
    const heir = host.machine.define(
      xml.replace(vm.uuid, uuid).replace(`<name>${vm.name}<`, '<name>acct-heir<'),
    );
    heir.vm.persistent = heir.definition;
    host.machine.vms.set(uuid, heir.vm);
    const retried = await again(task);
    expect(retried).toMatchObject({ state: 'succeeded', error: '' });
    expect(retried.log.map(({ text }) => text)).toContain(
      `${vm.name}.qcow2 is a disk of acct-heir by now and stays where it is.`,
    );
    expect(has(host, `${vm.name}.qcow2`)).toBe(true);
  });

  test(
    'a disk on storage that two hosts share is neither attached, moved away nor deleted while a VM of the other host has it',
    PATIENCE,
    async () => {
      const [here, there] = [room.host(0), room.host(1)];
      const [mine, his] = [await running(here), await running(there)];
      const volume = `${his.name}.qcow2`;
      here.machine.pool('default').add({ name: volume, format: 'qcow2', capacityBytes: 2 ** 30 });
      const attach = { vmId: mine.id, pool: 'default', volume };
      // Each of a folder of its own, as far as is known: another file of the same name.
      const { effects } = await room.value<{ effects: object[] }>('hardware.vmDiskAttach', attach);
      expect(effects).toHaveLength(1);

      for (const host of [here, there]) {
        host.machine.mounts = [{ source: 'nfs1:/vms', path: IMAGES }];
        await room.value('fleet.hostRefresh', { hostId: room.idOf(host) });
        await vi.waitFor(async () => {
          const { pools } = await room.value<{ pools: object[] }>('fleet.hostGet', {
            hostId: room.idOf(host),
          });
          expect(pools).toMatchObject([{ name: 'default', sharedAs: 'nfs1:/vms' }]);
        }, soon);
      }
      const other = await running(here, mine.id);
      const stolen = { vmId: other.id, pool: 'default', volume: `${his.name}-2.qcow2` };
      for (const host of [here, there])
        host.machine.pool('default').add({ name: stolen.volume, format: 'qcow2', capacityBytes: 2 ** 30 });
      // Two that ask at once for what nobody has: one gets it.
      const both = await Promise.all(
        [stolen, { ...stolen, vmId: his.id }].map(
          async (input) => await room.engine.call('hardware.vmDiskAttach', input),
        ),
      );
      expect(both.map((answer) => (answer.ok ? 'done' : JSON.stringify(answer.error))).toSorted()).toEqual([
        'done',
        expect.stringMatching(/"volume-in-use".* on /) as string,
      ]);
      // Its first disk is that of `his`, whom nothing tells of it but the storage.
      expect(await room.engine.call('hardware.vmDiskAttach', { ...attach, vmId: other.id })).toMatchObject({
        error: { code: 'volume-in-use', facts: { vm: mine.name } },
      });
      await room.value('fleet.vmForceOff', { vmId: his.id });
      const { taskId } = await room.value<{ taskId: string }>('moves.vmMove', {
        vmId: his.id,
        hostId: room.idOf(here),
      });
      const moved = await ended(taskId);
      expect([moved.state, moved.error]).toEqual([
        'failed',
        expect.stringContaining(`is a disk of ${mine.name} on ${here.name} too`) as string,
      ]);
      const gone = await deleted(his);
      expect(gone).toMatchObject({ state: 'succeeded', error: '' });
      expect(gone.log.map(({ text }) => text)).toContain(
        `${IMAGES}/${volume} is a disk of ${mine.name} on ${here.name} too and stays where it is.`,
      );
      expect(has(there, volume)).toBe(true);
    },
  );
});
