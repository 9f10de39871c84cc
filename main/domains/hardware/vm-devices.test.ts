import { describe, expect, test } from 'vitest';
import type { FleetTables } from '../fleet/fleet-public.ts';
import {
  change,
  giveEachTestAVm,
  guest,
  hardware,
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
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

giveEachTestAVm();

describe('a VM that is being moved', () => {
  test('is changed only afterwards', PATIENCE, async () => {
    const movingTo = async (to: string | null): Promise<void> =>
      void (await room.engine.store
        .tables<FleetTables>()
        .updateTable('vm')
        .set({ moving_to: to })
        .where('id', '=', vmId)
        .execute());
    await movingTo((await row())['hostId'] as string);
    const refused = ['not-now', { name: 'acct-hw', reason: 'it is being moved: wait, or cancel that' }];
    for (const [op, input] of [
      ['vmResize', { vcpus: 2 }],
      ['vmDiskAdd', { capacityBytes: GIB }],
      ['vmAutostart', { autostart: true }],
    ] as const)
      expect(await refusalOf(op, input)).toEqual(refused);
    await movingTo(null);
    expect(await change('vmAutostart', { autostart: true })).toHaveLength(1);
  });
});

describe('network cards, media and boot order', () => {
  test('a card is added, plugged in elsewhere, its cable pulled, and removed', PATIENCE, async () => {
    await change('vmNicAdd', { network: { kind: 'network', name: 'default' } });
    const mac = (await hardware()).nics.at(-1)!.mac;
    await change('vmNicChange', { mac, network: { kind: 'bridge', name: 'br0' }, linkUp: false });
    expect((await hardware()).nics.at(-1)).toMatchObject({
      mac,
      kind: 'bridge',
      source: 'br0',
      linkUp: false,
      stands: 'both',
    });
    expect(await refusalOf('vmNicChange', { mac, network: { kind: 'bridge', name: 'br9' } })).toMatchObject([
      'no-such-network',
      { network: 'br9' },
    ]);
    await change('vmNicRemove', { mac });
    expect((await hardware()).nics).toHaveLength(1);
    expect(await refusalOf('vmNicRemove', { mac })).toMatchObject(['no-such-nic', { mac }]);
  });

  test('a medium goes out and in, in the running guest and for its next start', PATIENCE, async () => {
    const drive = async () => (await hardware()).disks.find((disk) => disk.device === 'cdrom');
    const { volume } = (await drive())!;
    await change('vmMediaEject', { target: 'sda' });
    expect(await drive()).toMatchObject({ source: '', stands: 'both', capacityBytes: null });
    await change('vmMediaInsert', { pool: 'default', volume });
    expect(await drive()).toMatchObject({ volume });
    expect(await refusalOf('vmMediaInsert', { pool: 'default', volume: 'none.iso' })).toMatchObject([
      'no-such-volume',
      {},
    ]);
  });

  test('the boot order is of the next start, and what virsh wrote meanwhile stays', PATIENCE, async () => {
    const [nic] = (await hardware()).nics;
    outside((xml) =>
      xml.replace('<metadata>', "<title>by hand</title><metadata><mine:note xmlns:mine='urn:mine' a='1'/>"),
    );
    const order = [
      { kind: 'nic', id: nic!.mac },
      { kind: 'disk', id: 'vda' },
    ];
    expect(await change('vmBootOrder', { order })).toMatchObject([
      { from: 'vda', to: `${nic!.mac}, vda`, when: 'next-start' },
    ]);
    expect((await hardware()).boot).toEqual(order);
    // From now on each device is changed by itself: nothing is written but it, whatever others change in that moment.
    const others = (xml: string): string =>
      xml.replaceAll(/<boot order=.\d+.\/>/g, '').replaceAll(/\s+/g, '');
    for (const wanted of [order.toReversed(), [order[1]!], order, order.toReversed()]) {
      const before = guest.persistent!.xml;
      await change('vmBootOrder', { order: wanted });
      expect((await hardware()).boot).toEqual(wanted);
      expect(others(guest.persistent!.xml)).toBe(others(before));
    }
    expect(guest.persistent!.xml).toContain('<mine:note xmlns:mine="urn:mine" a="1"/>');
    expect(guest.persistent!.xml).toContain('<title>by hand</title>');
    expect(await refusalOf('vmBootOrder', { order: [{ kind: 'disk', id: 'vdq' }] })).toMatchObject([
      'no-such-device',
      {},
    ]);
  });
});

describe('snapshots', () => {
  test('are made with memory, reverted to and deleted', PATIENCE, async () => {
    expect(await task('vmSnapshotMake', { name: 'before upgrade', description: 'by ada' })).toMatchObject({
      state: 'succeeded',
      error: '',
    });
    expect(await refusalOf('vmSnapshotMake', { name: 'before upgrade' })).toMatchObject([
      'snapshot-exists',
      {},
    ]);
    await change('vmResize', { vcpus: 2, memoryBytes: 256 * MIB });
    expect(await refusalOf('vmSnapshotRevert', { name: 'before upgrade', confirmName: '' })).toEqual([
      'name-differs',
      { name: 'acct-hw' },
    ]);
    await change('vmSnapshotRevert', { name: 'before upgrade', confirmName: 'acct-hw' });
    expect(await hardware()).toMatchObject({ state: 'running', next: { vcpus: 1 } });
    const listed = await room.value<{ snapshots: object[]; whyNone: string | null }>('hardware.vmSnapshots', {
      vmId,
    });
    expect(listed).toMatchObject({
      snapshots: [
        {
          name: 'before upgrade',
          description: 'by ada',
          withMemory: true,
          isCurrent: true,
          state: 'running',
        },
      ],
      checkpoints: [],
      whyNone: null,
    });
    const { volume } = (await hardware()).disks.find((disk) => disk.target === 'vda')!;
    expect(await refusalOf('vmDiskDelete', { target: 'vda', confirmName: volume })).toMatchObject([
      'held-by-snapshot',
      {},
    ]);
    expect(await task('vmSnapshotDelete', { name: 'before upgrade' })).toMatchObject({ state: 'succeeded' });
    expect(guest.snapshots).toEqual([]);
    expect(await refusalOf('vmSnapshotDelete', { name: 'before upgrade' })).toMatchObject([
      'no-such-snapshot',
      {},
    ]);
  });

  test('are refused beside the checkpoints of a backup chain, which is named', PATIENCE, async () => {
    const at = { createdAtSeconds: 1_700_000_000, description: '', disks: ['vda'] };
    guest.checkpoints.push({ ...at, name: 'cp-1', parent: null }, { ...at, name: 'cp-2', parent: 'cp-1' });
    const chain = 'cp-1 → cp-2 (2 checkpoints since 2023-11-14)';
    expect(await refusalOf('vmSnapshotMake', { name: 'one' })).toEqual([
      'checkpoints-in-the-way',
      { name: 'acct-hw', chain },
    ]);
    expect(await room.value('hardware.vmSnapshots', { vmId })).toMatchObject({
      checkpoints: [{ name: 'cp-1' }, { name: 'cp-2' }],
      whyNone: expect.stringContaining(chain) as string,
    });
    guest.checkpoints = [];
  });
});

describe('a clone', () => {
  test('is a VM of its own: names, addresses, disks, seed', PATIENCE, async () => {
    expect(await refusalOf('vmClone', { name: 'acct-copy' })).toMatchObject(['not-now', {}]);
    await off();
    const started = await room.value<{ taskId: string; newVmId: string }>('hardware.vmClone', {
      vmId,
      name: 'acct-copy',
      start: true,
    });
    expect(await refusalOf('vmClone', { name: 'acct-copy' })).toMatchObject(['name-taken', {}]);
    expect(await room.ended(started.taskId)).toMatchObject({ state: 'succeeded', error: '' });
    const copy = room.host.machine.vmByName('acct-copy')!;
    expect(copy.uuid).not.toBe(guest.uuid);
    const mine = guest.persistent!.shape;
    const its = copy.persistent!.shape;
    expect(its.disks.map((disk) => disk.target)).toEqual(mine.disks.map((disk) => disk.target));
    const sources = [...its.disks, ...mine.disks].map((disk) => disk.source);
    expect(new Set(sources).size).toBe(sources.length);
    expect(its.nics[0]?.mac).not.toBe(mine.nics[0]?.mac);
    expect(await room.value('fleet.vmGet', { vmId: started.newVmId })).toMatchObject({
      name: 'acct-copy',
      state: 'running',
      diskBytes: 2 * GIB,
      template: 'Small',
    });
    await removed(started.newVmId, 'acct-copy');
  });

  test('of a VM that is started while it is copied is not kept', PATIENCE, async () => {
    await off();
    await room.host.fault({ kind: 'slow', delayMs: 60 });
    const { taskId } = await room.value<Started>('hardware.vmClone', { vmId, name: 'acct-torn' });
    await room.when(taskId, 'copy');
    await room.host.power.start(guest, 0);
    expect(await room.ended(taskId)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('was used while it was copied') as string,
    });
    await room.host.fault({ kind: 'heal' });
    expect(room.onHost().domains).toEqual(['acct-hw']);
    expect(await room.value('fleet.vmList', { query: 'name:acct-torn' })).toMatchObject({ total: 0 });
  });
});
