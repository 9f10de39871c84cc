import { afterEach, describe, expect, test } from 'vitest';
import {
  change,
  giveEachTestAVm,
  guest,
  hardware,
  made,
  off,
  outside,
  refusalOf,
  removed,
  room,
  row,
  task,
  vmId,
} from '../../testing/hardware-vm.ts';
import { type Started } from '../../testing/one-host-room.ts';

const PATIENCE = { timeout: 180_000 };
const GIB = 1024 ** 3;

giveEachTestAVm();

describe('disks', () => {
  test('are added, grown, detached and attached, the row with them', PATIENCE, async () => {
    const added = await task('vmDiskAdd', { capacityBytes: GIB });
    expect(added).toMatchObject({ state: 'succeeded', error: '', result: { target: 'vdb', when: 'now' } });
    const disk = (await hardware()).disks.find((one) => one.target === 'vdb');
    expect(disk).toMatchObject({ capacityBytes: GIB, stands: 'both', pool: 'default', format: 'qcow2' });
    expect(await row()).toMatchObject({ diskBytes: 3 * GIB });

    expect(await change('vmDiskGrow', { target: 'vdb', capacityBytes: 2 * GIB })).toMatchObject([
      { from: '1 GiB', to: '2 GiB', when: 'now' },
    ]);
    expect(await row()).toMatchObject({ diskBytes: 4 * GIB });
    expect(await refusalOf('vmDiskGrow', { target: 'vdb', capacityBytes: GIB })).toMatchObject([
      'not-larger',
      {},
    ]);
    await off();
    expect(await change('vmDiskGrow', { target: 'vdb', capacityBytes: 3 * GIB })).toMatchObject([
      { when: 'now' },
    ]);
    expect(await row()).toMatchObject({ diskBytes: 5 * GIB });

    expect(await change('vmDiskDetach', { target: 'vdb' })).toMatchObject([{ when: 'next-start' }]);
    const { volume } = disk!;
    expect(room.onHost().volumes).toContain(volume);
    const choices = await room.value<{ volumes: { name: string }[] }>('hardware.vmHardwareChoices', { vmId });
    expect(choices.volumes.map((one) => one.name)).toContain(volume);
    await change('vmDiskAttach', { pool: 'default', volume });
    expect(await refusalOf('vmDiskAttach', { pool: 'default', volume })).toMatchObject([
      'volume-in-use',
      { vm: 'acct-hw' },
    ]);
    expect(await refusalOf('vmDiskDelete', { target: 'vdb', confirmName: 'vdb' })).toEqual([
      'name-differs',
      { volume },
    ]);
    expect(await task('vmDiskDelete', { target: 'vdb', confirmName: volume })).toMatchObject({
      state: 'succeeded',
    });
    expect(room.onHost().volumes).not.toContain(volume);
    expect((await hardware()).disks.map((one) => one.target)).toEqual(['vda', 'sda']);
  });

  test('of another VM are not attached', PATIENCE, async () => {
    const other = [...room.host.machine.vms.values()].find((vm) => vm !== guest)!;
    const volume = other.persistent!.shape.disks[0]!.source!.split('/').at(-1)!;
    expect(await refusalOf('vmDiskAttach', { pool: 'default', volume })).toMatchObject([
      'volume-in-use',
      { vm: other.name },
    ]);
  });
});

describe('disks that are not deleted', () => {
  /** Another VM of the host, which is handed this disk of ours as well. */
  const shareWith = (target: string): string => {
    const other = [...room.host.machine.vms.values()].find((vm) => vm !== guest)!;
    const { source } = guest.persistent!.shape.disks.find((disk) => disk.target === target)!;
    const before = other.persistent!;
    const xml = `<disk type="file" device="disk"><driver name="qemu" type="qcow2"/><source file="${source}"/><target dev="vdz" bus="virtio"/></disk>`;
    other.persistent = room.host.machine.define(
      before.xml.replace('</devices>', `${xml}</devices>`),
    ).definition;
    undo.push(() => void (other.persistent = before));
    return other.name;
  };
  const undo: (() => void)[] = [];
  afterEach(() => {
    for (const each of undo.splice(0)) each();
  });

  test('a medium in a drive is somebody’s, and is taken out instead', PATIENCE, async () => {
    const drive = (await hardware()).disks.find((disk) => disk.device === 'cdrom')!;
    expect(
      await refusalOf('vmDiskDelete', { target: drive.target, confirmName: drive.volume }),
    ).toMatchObject(['no-such-disk', { target: drive.target }]);
  });

  test('one that another VM has in the definition of its next start', PATIENCE, async () => {
    const volume = (await hardware()).disks.find((disk) => disk.target === 'vda')!.volume;
    const other = shareWith('vda');
    const refused = ['volume-in-use', { volume, vm: other }];
    expect(await refusalOf('vmDiskDelete', { target: 'vda', confirmName: volume })).toEqual(refused);
  });

  test('nor by a task that finds it in use by then', PATIENCE, async () => {
    await task('vmDiskAdd', { capacityBytes: GIB });
    const { volume } = (await hardware()).disks.find((disk) => disk.target === 'vdb')!;
    await room.host.fault({ kind: 'slow', delayMs: 60 });
    const { taskId } = await room.value<Started>('hardware.vmDiskDelete', {
      vmId,
      target: 'vdb',
      confirmName: volume,
    });
    const other = shareWith('vdb');
    expect(await room.ended(taskId)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining(`also used by ${other}`) as string,
    });
    await room.host.fault({ kind: 'heal' });
    expect(room.onHost().volumes).toContain(volume);
    for (const each of undo.splice(0)) each();
    await change('vmDiskAttach', { pool: 'default', volume });
  });

  test('the image of a template, however it came to be a disk', PATIENCE, async () => {
    const pool = room.host.machine.pool('default');
    const { name, path } = pool.volumes.find((one) => one.name.startsWith('innkeeper-template-'))!;
    const before = guest.persistent!;
    await off();
    outside((xml) =>
      xml.replace(
        '</devices>',
        `<disk type="file" device="disk"><driver name="qemu" type="qcow2"/><source file="${path}"/><target dev="vdb" bus="virtio"/></disk></devices>`,
      ),
    );
    expect(await refusalOf('vmDiskDelete', { target: 'vdb', confirmName: name })).toEqual([
      'volume-in-use',
      { volume: name, vm: 'a template' },
    ]);
    expect(await refusalOf('vmDiskAttach', { pool: 'default', volume: name })).toMatchObject([
      'volume-in-use',
      {},
    ]);
    guest.persistent = before;
  });

  test('a volume is attached to one of two VMs that ask for it at once', PATIENCE, async () => {
    await task('vmDiskAdd', { capacityBytes: GIB });
    const { volume } = (await hardware()).disks.find((disk) => disk.target === 'vdb')!;
    await off();
    await change('vmDiskDetach', { target: 'vdb' });
    const secondId = await made('acct-second');
    await room.value('fleet.vmForceOff', { vmId: secondId });
    await room.host.fault({ kind: 'slow', delayMs: 20 });
    const answers = await Promise.all(
      [vmId, secondId].map(
        async (id) => await room.engine.call('hardware.vmDiskAttach', { vmId: id, pool: 'default', volume }),
      ),
    );
    await room.host.fault({ kind: 'heal' });
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(answers.find((answer) => !answer.ok)).toMatchObject({ error: { code: 'volume-in-use' } });
    await removed(secondId, 'acct-second');
    // Where the second had it, it went with it; else it goes with the first.
  });
});

describe('a VM that is deleted', () => {
  test('is not, while something is made for it', PATIENCE, async () => {
    await room.host.fault({ kind: 'slow', delayMs: 60 });
    const { taskId } = await room.value<Started>('hardware.vmDiskAdd', { vmId, capacityBytes: GIB });
    const answer = await room.engine.call('fleet.vmDelete', { vmId, confirmName: 'acct-hw' });
    expect(answer).toMatchObject({
      error: {
        code: 'not-now',
        facts: { reason: expect.stringContaining('“Add a disk of 1 GiB') as string },
      },
    });
    await room.host.fault({ kind: 'heal' });
    expect(await room.ended(taskId)).toMatchObject({ state: 'succeeded' });
  });

  test('takes along neither the rescue image it runs from nor a disk another VM has', PATIENCE, async () => {
    const pool = room.host.machine.pool('default');
    pool.add({ name: 'rescue.qcow2', format: 'qcow2', capacityBytes: GIB }).materialise();
    const id = await made('acct-rescued');
    const rescued = room.host.machine.vmByName('acct-rescued')!;
    const { source } = rescued.persistent!.shape.disks[0]!;
    await room.value('fleet.vmForceOff', { vmId: id });
    const before = guest.persistent!;
    await off();
    outside((xml) =>
      xml.replace(
        '</devices>',
        `<disk type="file" device="disk"><driver name="qemu" type="qcow2"/><source file="${source}"/><target dev="vdb" bus="virtio"/></disk></devices>`,
      ),
    );
    // The row is told of it by the next change.
    await change('vmAutostart', { autostart: true });
    await room.value('hardware.vmRescueStart', { vmId: id, pool: 'default', volume: 'rescue.qcow2' });
    await removed(id, 'acct-rescued');
    const left = pool.volumes.map((volume) => volume.path);
    expect(left).toContain(source);
    expect(left.some((path) => path.endsWith('/rescue.qcow2'))).toBe(true);
    guest.persistent = before;
    pool.remove('rescue.qcow2');
    pool.remove(source!.split('/').at(-1)!);
  });
});
