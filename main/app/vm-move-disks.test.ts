import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { MoveRow } from '../../shared/domains/moves/moves-contract.ts';
import { drivesOf } from '../domains/moves/move-xml.ts';
import type { PracticeHost } from '../testing/practice/practice-host.ts';
import { SimulatedPool } from '../testing/practice/simulated-pool.ts';
import { movesRoom, soon, type MovesRoom, type RoomVm } from '../testing/moves-room.ts';

const PATIENCE = { timeout: 400_000 };
const IMAGES = '/var/lib/libvirt/images';
const BYTES = 65_536;
let room: MovesRoom;

beforeAll(async () => {
  room = await movesRoom({ hosts: 2, vms: 12 });
  for (const host of room.practice.hosts) for (const name of ['p1', 'p2']) addPool(host, name);
  for (const hostId of room.hostIds.values()) {
    await room.value('fleet.hostRefresh', { hostId });
    await vi.waitFor(async () => {
      const { pools } = await room.value<{ pools: { name: string }[] }>('fleet.hostGet', { hostId });
      expect(pools.map(({ name }) => name)).toEqual(['default', 'p1', 'p2']);
    }, soon);
  }
}, 400_000);
afterAll(async () => await room.close());

function addPool({ machine }: PracticeHost, name: string): void {
  const folder = join(machine.folder, name);
  const uuid = `00000000-0000-4000-8000-00000000000${name.slice(1)}`;
  const pool = new SimulatedPool({
    name,
    uuid,
    targetPath: `/${name}`,
    folder,
    diskBytes: 1e12,
    active: true,
  });
  pool.build();
  machine.pools.set(name, pool);
}

/** A volume with bytes that tell it from others. */
function put({ machine }: PracticeHost, pool: string, name: string, bytes: string): void {
  const volume = machine.pool(pool).add({ name, format: 'raw', capacityBytes: BYTES });
  volume.materialise();
  writeFileSync(volume.file, Buffer.alloc(BYTES, bytes));
}

const bytesAt = ({ machine }: PracticeHost, path: string): string => {
  const found = machine.volumeAt(path);
  return found === undefined ? 'nothing' : readFileSync(found.volume.file).toString('utf8', 0, 3);
};

const disk = (path: string, dev: string): string =>
  `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${path}'/><target dev='${dev}' bus='virtio'/></disk>`;
const cd = (path: string, dev: string): string =>
  `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='${path}'/><target dev='${dev}' bus='scsi'/><readonly/></disk>`;

/** A VM of the host that is off, with these drives and, in its `<os>`, this. */
async function vmWith(host: PracticeHost, drives: string, os = ''): Promise<RoomVm> {
  const vm = (await room.vms(`host:"${host.name}" state:running`))[0];
  if (vm === undefined) throw new Error(`nothing runs on ${host.name}`);
  await room.value('fleet.vmForceOff', { vmId: vm.id });
  redefine(host, vm, (xml) => xml.replace(/<disk [^]*<\/disk>/, drives).replace('</os>', `${os}</os>`));
  await room.value('fleet.hostRefresh', { hostId: room.idOf(host) });
  await vi.waitFor(async () => {
    const { disks } = await room.value<{ disks: { source: string }[] }>('fleet.vmGet', { vmId: vm.id });
    expect(disks.map(({ source }) => source)).toEqual(
      drivesOf(`<domain><devices>${drives}</devices></domain>`).map(({ source }) => source),
    );
  }, soon);
  return vm;
}

function redefine({ machine }: PracticeHost, { uuid }: RoomVm, change: (xml: string) => string): void {
  const vm = machine.vms.get(uuid);
  if (vm === undefined) throw new Error('it is not there');
  vm.persistent = machine.define(change(machine.vmXml(vm, true))).definition;
}

async function move(vm: RoomVm, to: PracticeHost): Promise<MoveRow> {
  const { moveId } = await room.value<{ moveId: string }>('moves.vmMove', {
    vmId: vm.id,
    hostId: room.idOf(to),
  });
  await vi.waitFor(async () => {
    expect((await room.value<MoveRow>('moves.moveGet', { moveId })).endedAt).not.toBeNull();
  }, soon);
  return await room.value<MoveRow>('moves.moveGet', { moveId });
}

const hostsOf = (vm: RoomVm): string[] =>
  room.practice.hosts.filter((host) => host.machine.vms.has(vm.uuid)).map((host) => host.name);
const volumesOf = ({ machine }: PracticeHost): string[] =>
  [...machine.pools.values()].flatMap((pool) => pool.volumes.map((volume) => volume.path)).toSorted();

test.each(['off', 'on'])(
  'a VM that is %s takes each disk along, writes over nobody’s, and leaves CDs of others',
  PATIENCE,
  async (power) => {
    const [from, to] = [room.host(0), room.host(1)];
    // Of the same name: two of its own in two pools, and one of somebody else where they go.
    for (const [pool, bytes] of [
      ['p1', 'one'],
      ['p2', 'two'],
    ] as const)
      put(from, pool, `d-${power}.raw`, bytes);
    for (const pool of ['p1', 'p2', 'default']) put(to, pool, `d-${power}.raw`, 'his');
    put(from, 'default', `tools-${power}.iso`, 'iso');
    put(from, 'default', `vm-${power}-seed.iso`, 'sow');
    const vm = await vmWith(
      from,
      disk(`/p1/d-${power}.raw`, 'vda') +
        disk(`/p2/d-${power}.raw`, 'vdb') +
        cd(`${IMAGES}/tools-${power}.iso`, 'sda') +
        cd(`${IMAGES}/vm-${power}-seed.iso`, 'sdb'),
    );
    if (power === 'on') await room.value('fleet.vmStart', { vmId: vm.id });
    const before = volumesOf(to);
    expect(await move(vm, to)).toMatchObject({
      state: 'done',
      note: '',
      live: power === 'on',
      storage: 'copy',
    });
    expect(hostsOf(vm)).toEqual([to.name]);
    const there = to.machine.vms.get(vm.uuid);
    if (there === undefined) throw new Error('it has not arrived');
    const drives = drivesOf(to.machine.vmXml(there, true));
    expect(drives.map(({ target, source }) => `${target} ${bytesAt(to, source)}`)).toEqual([
      'vda one',
      'vdb two',
      'sda iso',
      'sdb sow',
    ]);
    expect(drivesOf(there.definition.xml).map(({ source }) => source)).toEqual(
      drives.map(({ source }) => source),
    );
    for (const path of before.filter((each) => each.endsWith(`d-${power}.raw`)))
      expect(bytesAt(to, path)).toBe('his');
    expect(volumesOf(to)).toEqual([...before, ...drives.map(({ source }) => source)].toSorted());
    expect(
      [
        `/p1/d-${power}.raw`,
        `/p2/d-${power}.raw`,
        `${IMAGES}/tools-${power}.iso`,
        `${IMAGES}/vm-${power}-seed.iso`,
      ].map((path) => bytesAt(from, path)),
    ).toEqual(['nothing', 'nothing', 'iso', 'nothing']);
  },
);

test.each([
  [
    'a block device',
    "<disk type='block' device='disk'><source dev='/p1/lv'/><target dev='vda' bus='virtio'/></disk>",
    '',
    'is no file',
  ],
  [
    'firmware variables',
    disk('/p1/e.raw', 'vda'),
    '<nvram>/var/lib/libvirt/qemu/nvram/a_VARS.fd</nvram>',
    'the variables of its UEFI firmware',
  ],
] as const)('a VM that is off and has %s stays where it is', PATIENCE, async (_what, drives, os, words) => {
  const [from, to] = [room.host(0), room.host(1)];
  put(from, 'p1', 'e.raw', 'one');
  const vm = await vmWith(from, drives, os);
  const before = volumesOf(to);
  const moved = await move(vm, to);
  expect(moved).toMatchObject({ state: 'failed' });
  expect(moved.note).toContain(words);
  expect(hostsOf(vm)).toEqual([from.name]);
  expect(volumesOf(to)).toEqual(before);
});

/** Runs `then` when the bytes of a volume begin to be read. */
function whenRead({ machine }: PracticeHost, pool: string, name: string, then: () => void): void {
  const volume = machine.pool(pool).volume(name);
  const original = volume.materialise.bind(volume);
  volume.materialise = () => {
    original();
    then();
  };
}

/** Runs `then` once, right after somebody looked up a VM of the host when `isTime` said yes. */
function afterLook({ machine }: PracticeHost, isTime: () => boolean, then: () => void): void {
  const original = machine.vm.bind(machine);
  machine.vm = (...given) => {
    if (isTime()) {
      machine.vm = original;
      queueMicrotask(then);
    }
    return original(...given);
  };
}

test('a VM that is changed while its disks are copied stays where it is', PATIENCE, async () => {
  const [from, to] = [room.host(0), room.host(1)];
  put(from, 'p1', 'f.raw', 'one');
  const vm = await vmWith(from, disk('/p1/f.raw', 'vda'));
  const before = volumesOf(to);
  whenRead(from, 'p1', 'f.raw', () =>
    redefine(from, vm, (xml) => xml.replace('</name>', '</name><description>changed</description>')),
  );
  const moved = await move(vm, to);
  expect(moved).toMatchObject({ state: 'failed' });
  expect(moved.note).toContain('was changed on');
  expect(hostsOf(vm)).toEqual([from.name]);
  expect(volumesOf(to)).toEqual(before);
});

test(
  'a VM that is started in the last moment runs on where it was, and is defined there',
  PATIENCE,
  async () => {
    const [from, to] = [room.host(0), room.host(1)];
    put(from, 'p1', 'g.raw', 'one');
    const vm = await vmWith(from, disk('/p1/g.raw', 'vda'));
    const before = volumesOf(to);
    const here = from.machine.vms.get(vm.uuid);
    if (here === undefined) throw new Error('it is not there');
    // After the last look at its state, before its definition goes.
    afterLook(
      from,
      () => to.machine.vms.has(vm.uuid),
      () => void from.power.start(here, 0),
    );
    const moved = await move(vm, to);
    expect(moved).toMatchObject({ state: 'failed' });
    expect(moved.note).toContain('was started on');
    expect(hostsOf(vm)).toEqual([from.name]);
    expect(here.isRunning).toBe(true);
    expect(here.persistent?.shape.disks.map(({ source }) => source)).toEqual(['/p1/g.raw']);
    expect(volumesOf(to)).toEqual(before);
  },
);
