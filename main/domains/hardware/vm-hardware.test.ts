import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { VmHardware } from '../../../shared/domains/hardware/hardware-contract.ts';
import type { HardwareEffect } from '../../../shared/domains/hardware/resize-rules.ts';
import type { FleetTables } from '../fleet/fleet-public.ts';
import { openOneHostRoom, soon, type OneHostRoom, type Started } from '../../testing/one-host-room.ts';
import type { SimulatedVm } from '../../testing/practice/simulated-vm.ts';

const PATIENCE = { timeout: 180_000 };
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

let room: OneHostRoom;
/** Running, made from the template, with a seed in its CD drive. */
let vmId = '';
let guest: SimulatedVm;

async function made(name: string, more: object = {}): Promise<string> {
  const { taskId, vmId: id } = await room.make(name, more);
  expect(await room.ended(taskId)).toMatchObject({ state: 'succeeded', error: '' });
  return id;
}

async function removed(id: string, name: string): Promise<void> {
  const { taskId } = await room.value<Started>('fleet.vmDelete', { vmId: id, confirmName: name });
  expect((await room.ended(taskId)).state).toBe('succeeded');
}

beforeAll(async () => {
  room = await openOneHostRoom({ vms: 3 });
}, 120_000);
afterAll(async () => await room.stop());

beforeEach(async () => {
  vmId = await made('acct-hw');
  guest = room.host.machine.vmByName('acct-hw')!;
}, 120_000);
afterEach(async () => {
  await removed(vmId, room.host.machine.vms.get(guest.uuid)?.name ?? 'acct-hw');
  expect(room.onHost()).toEqual({ domains: [], volumes: [] });
}, 120_000);

const hardware = async (): Promise<VmHardware> => await room.value('hardware.vmHardware', { vmId });
const row = async () => await room.value<Record<string, unknown>>('fleet.vmGet', { vmId });
const change = async (op: string, input: object): Promise<HardwareEffect[]> =>
  (await room.value<{ effects: HardwareEffect[] }>(`hardware.${op}`, { vmId, ...input })).effects;
const refusalOf = async (op: string, input: object): Promise<unknown> => {
  const answer = await room.engine.call(`hardware.${op}`, { vmId, ...input });
  return answer.ok
    ? 'done'
    : answer.error.kind === 'refusal'
      ? [answer.error.code, answer.error.facts]
      : answer.error;
};
const off = async (): Promise<void> => void (await room.value('fleet.vmForceOff', { vmId }));
const task = async (op: string, input: object): Promise<Awaited<ReturnType<OneHostRoom['ended']>>> =>
  await room.ended((await room.value<Started>(`hardware.${op}`, { vmId, ...input })).taskId);
/** As an administrator with virsh would. */
const outside = (edit: (xml: string) => string): void => {
  const { definition } = room.host.machine.define(edit(guest.persistent!.xml));
  guest.persistent = definition;
};

describe('CPU and memory', () => {
  test('what was said before is what is done, and what both definitions say after', PATIENCE, async () => {
    const wanted = { vcpus: 3, memoryBytes: 128 * MIB, vcpusMax: 4 };
    const said = await room.value<{ effects: HardwareEffect[] }>('hardware.vmResizePlan', {
      vmId,
      ...wanted,
    });
    expect(said.effects.map(({ what, to, when }) => [what, to, when])).toEqual([
      ['Memory', '128 MiB', 'now'],
      ['vCPUs', '3', 'next-start'],
      ['Memory', '128 MiB', 'next-start'],
      ['Room for vCPUs', '4', 'next-start'],
    ]);
    const sold = async () =>
      (await room.value<{ rows: { cpuSold: number }[] }>('fleet.hostList')).rows[0]!.cpuSold;
    const before = await sold();
    expect(await change('vmResize', wanted)).toEqual(said.effects);
    // The host may not be sold to somebody else until then.
    expect(await sold()).toBe(before + 2);
    expect(await hardware()).toMatchObject({
      running: { vcpus: 1, vcpusMax: 1, memoryBytes: 128 * MIB, memoryMaxBytes: 256 * MIB },
      next: { vcpus: 3, vcpusMax: 4, memoryBytes: 128 * MIB, memoryMaxBytes: 128 * MIB },
    });
    expect(await row()).toMatchObject({ vcpus: 1, memoryBytes: 256 * MIB });
    await off();
    await room.value('fleet.vmStart', { vmId });
    await vi.waitFor(
      async () => expect(await row()).toMatchObject({ vcpus: 3, memoryBytes: 128 * MIB }),
      soon,
    );
    // Now there is room to add to it while it runs.
    expect((await change('vmResize', { vcpus: 4, memoryBytes: 128 * MIB })).map(({ when }) => when)).toEqual([
      'now',
    ]);
    expect(guest.live?.vcpus).toBe(4);
    // Billing counts by the row, which knows at once.
    expect(await row()).toMatchObject({ vcpus: 4 });
  });

  test('vCPUs that were added are taken back, and those it was started with stay', PATIENCE, async () => {
    await off();
    await change('vmResize', { vcpus: 2, vcpusMax: 6 });
    await room.value('fleet.vmStart', { vmId });
    await change('vmResize', { vcpus: 5 });
    const running = async () => (await hardware()).running!;
    expect(await running()).toMatchObject({ vcpus: 5, vcpusMax: 6, vcpusFixed: 2 });
    const said = async (vcpus: number) =>
      (await room.value<{ effects: HardwareEffect[] }>('hardware.vmResizePlan', { vmId, vcpus })).effects;
    const before = await said(3);
    expect(before).toMatchObject([{ from: '5', to: '3', when: 'now' }]);
    expect(await change('vmResize', { vcpus: 3 })).toEqual(before);
    expect(guest.live?.vcpus).toBe(3);
    expect(await row()).toMatchObject({ vcpus: 3 });
    expect(await change('vmResize', { vcpus: 1 })).toMatchObject([
      {
        from: '3',
        to: '1',
        when: 'next-start',
        why: 'it was started with 2, which a running guest does not give back',
      },
    ]);
    expect(guest.live?.vcpus).toBe(3);
    await off();
    await room.value('fleet.vmStart', { vmId });
    expect(await running()).toMatchObject({ vcpus: 1, vcpusFixed: 1 });
  });

  test('a guest that keeps its vCPUs loses them at its next start, and that is said', PATIENCE, async () => {
    await off();
    await change('vmResize', { vcpus: 1, vcpusMax: 4 });
    await room.value('fleet.vmStart', { vmId });
    await change('vmResize', { vcpus: 3 });
    await room.host.fault({ kind: 'guest-holds', vm: 'acct-hw' });
    expect(await change('vmResize', { vcpus: 2 })).toEqual([
      {
        what: 'vCPUs',
        from: '3',
        to: '2',
        when: 'next-start',
        why: expect.stringContaining('rejected by the guest') as string,
      },
    ]);
    await room.host.fault({ kind: 'heal' });
    expect(await hardware()).toMatchObject({ running: { vcpus: 3 }, next: { vcpus: 2 } });
  });

  test('memory that is not named stays to the byte', PATIENCE, async () => {
    await off();
    outside((xml) => xml.replace(/(<(?:memory|currentMemory) unit=.KiB.>)\d+</g, '$1300032<'));
    await change('vmResize', { vcpus: 2 });
    expect(await hardware()).toMatchObject({ next: { vcpus: 2, memoryMaxBytes: 300_032 * 1024 } });
    await change('vmResize', { vcpus: 2, memoryBytes: 300_096 * 1024 });
    expect(await hardware()).toMatchObject({ next: { memoryMaxBytes: 300_096 * 1024 } });
  });

  test('two that together want more than their host has are not both served', PATIENCE, async () => {
    const secondId = await made('acct-second');
    const ids = [vmId, secondId];
    for (const id of ids) await room.value('fleet.vmForceOff', { vmId: id });
    const size = { vcpus: 1, memoryBytes: GIB, diskBytes: GIB };
    const { rows } = await room.value<{ rows: { memoryFreeBytes: number }[] }>('fleet.hostPlacement', size);
    const memoryBytes = Math.floor((rows[0]!.memoryFreeBytes * 0.6) / MIB) * MIB;
    const answers = await Promise.all(
      ids.map(async (id) => await room.engine.call('hardware.vmResize', { vmId: id, vcpus: 1, memoryBytes })),
    );
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(answers.find((answer) => !answer.ok)).toMatchObject({ error: { code: 'no-room' } });
    await removed(secondId, 'acct-second');
  });

  test('is refused where the host has no room, and nothing is changed', PATIENCE, async () => {
    const before = await hardware();
    expect(await refusalOf('vmResize', { vcpus: 1, memoryBytes: 8192 * GIB })).toEqual([
      'no-room',
      expect.objectContaining({ reason: expect.stringContaining('of memory free') as string }),
    ]);
    expect(await hardware()).toEqual(before);
  });
});

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

describe('rescue', () => {
  test('starts from the image this once; the definition is what it was', PATIENCE, async () => {
    const { volume } = (await hardware()).disks.find((disk) => disk.device === 'cdrom')!;
    expect(await refusalOf('vmRescueStart', { pool: 'default', volume })).toMatchObject([
      'not-now',
      { reason: 'it is running: shut it down first, or force it off' },
    ]);
    await off();
    const defined = guest.persistent!.xml;
    await change('vmRescueStart', { pool: 'default', volume });
    expect(guest.live?.definition.xml).toMatch(/<boot order='1'\/>/);
    expect(guest.persistent!.xml).toBe(defined);
    expect(await hardware()).toMatchObject({ rescue: true, state: 'running' });
    expect(await row()).toMatchObject({ state: 'running' });
    await change('vmRescueEnd', {});
    expect(await hardware()).toMatchObject({ rescue: false, state: 'running' });
    expect(guest.live?.definition.xml).toBe(defined);
    expect(await refusalOf('vmRescueEnd', {})).toMatchObject(['not-in-rescue', {}]);
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

describe('name, password, autostart', () => {
  test('a VM that is off is renamed, and found by its new name', PATIENCE, async () => {
    expect(await refusalOf('vmRename', { name: 'acct-new' })).toMatchObject(['not-now', {}]);
    await off();
    const other = [...room.host.machine.vms.values()].find((vm) => vm !== guest)!;
    expect(await refusalOf('vmRename', { name: other.name })).toMatchObject([
      'name-taken',
      { name: other.name },
    ]);
    expect(await change('vmRename', { name: 'acct-new' })).toMatchObject([
      { from: 'acct-hw', to: 'acct-new' },
    ]);
    expect(await row()).toMatchObject({ name: 'acct-new', state: 'shut-off' });
  });

  test('a password goes into the guest and stands nowhere else', PATIENCE, async () => {
    const password = 'correct-horse-7421';
    await change('vmPassword', { user: 'root', password });
    expect(guest.accounts.get('root')).toMatchObject({ password });
    const audit = JSON.stringify(await room.value('system.auditList', {}));
    expect(audit).toContain('hardware.vmPassword');
    expect(audit).not.toContain(password);
    guest.live!.agentConnected = false;
    expect(await refusalOf('vmPassword', { password })).toMatchObject(['no-agent', { name: 'acct-hw' }]);
  });

  test('starts with its host, or not', PATIENCE, async () => {
    expect(await change('vmAutostart', { autostart: true })).toMatchObject([
      { from: 'by hand', to: 'with its host' },
    ]);
    expect(guest.autostart).toBe(true);
    expect(await row()).toMatchObject({ autostart: true });
    expect(await change('vmAutostart', { autostart: true })).toEqual([]);
  });
});
