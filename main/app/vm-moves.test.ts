import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { MoveRow } from '../../shared/domains/moves/moves-contract.ts';
import { migrateFlags } from '../platform/libvirt/flags.ts';
import type { PracticeHost } from '../testing/practice/practice-host.ts';
import { movesRoom, soon, type MovesRoom, type RoomVm } from '../testing/moves-room.ts';

const PATIENCE = { timeout: 400_000 };
let room: MovesRoom;

beforeAll(async () => {
  room = await movesRoom({ hosts: 3, vms: 18 });
}, 400_000);
afterEach(async () => {
  for (const host of room.practice.hosts) await host.fault({ kind: 'heal' });
});
afterAll(async () => await room.close());

async function move(vm: RoomVm, to: PracticeHost, more: object = {}): Promise<MoveRow> {
  const { moveId } = await room.value<{ moveId: string }>('moves.vmMove', {
    vmId: vm.id,
    hostId: room.idOf(to),
    ...more,
  });
  await vi.waitFor(async () => {
    const { endedAt } = await room.value<MoveRow>('moves.moveGet', { moveId });
    expect(endedAt).not.toBeNull();
  }, soon);
  return await room.value<MoveRow>('moves.moveGet', { moveId });
}

async function vmOn(host: PracticeHost, state = 'running'): Promise<RoomVm> {
  const found = (await room.vms(`host:"${host.name}" state:${state}`))[0];
  if (found === undefined) throw new Error(`no VM of ${host.name} is ${state}`);
  return found;
}

/** Where it is and runs by what the hosts themselves have, and whose volumes are there under its name. */
function where(vm: RoomVm): { on: string[]; runs: string[]; volumes: string[] } {
  const { hosts } = room.practice;
  return {
    on: hosts.filter((host) => host.machine.vms.has(vm.uuid)).map((host) => host.name),
    runs: hosts.filter((host) => host.machine.vms.get(vm.uuid)?.isRunning === true).map((host) => host.name),
    volumes: hosts
      .filter((host) =>
        host.machine.pool('default').volumes.some((volume) => volume.name.startsWith(vm.name)),
      )
      .map((host) => host.name),
  };
}

test('a running VM moves with its disks and runs on', PATIENCE, async () => {
  const [from, to] = [room.host(0), room.host(1)];
  const vm = await vmOn(from);
  const boot = from.machine.vms.get(vm.uuid)?.live?.bootStartedAtMs;
  const fits = await room.value<{ rows: { host: string; fits: boolean; problems: { check: string }[] }[] }>(
    'moves.vmMoveFits',
    { vmId: vm.id },
  );
  expect(fits.rows.find((row) => row.host === to.name)).toMatchObject({ fits: true, problems: [] });
  expect(fits.rows.find((row) => row.host === from.name)?.problems.map((one) => one.check)).toEqual(['host']);
  const moved = await move(vm, to);
  expect(moved).toMatchObject({ state: 'done', live: true, storage: 'copy', note: '', downtimeMs: 40 });
  expect(where(vm)).toEqual({ on: [to.name], runs: [to.name], volumes: [to.name] });
  expect(to.machine.vms.get(vm.uuid)?.live?.bootStartedAtMs).toBe(boot);
  expect(to.machine.vms.get(vm.uuid)?.autostart).toBe(true);
  expect((await room.vms(`host:"${to.name}"`)).map((row) => row.id)).toContain(vm.id);
});

/** For ever, until the fault is taken away. */
const SLOW_MS = 600_000;

async function begin(vm: RoomVm, to: PracticeHost): Promise<string> {
  return (await room.value<{ moveId: string }>('moves.vmMove', { vmId: vm.id, hostId: room.idOf(to) }))
    .moveId;
}

async function ended(moveId: string): Promise<MoveRow> {
  await vi.waitFor(async () => {
    const { endedAt } = await room.value<MoveRow>('moves.moveGet', { moveId });
    expect(endedAt).not.toBeNull();
  }, soon);
  return await room.value<MoveRow>('moves.moveGet', { moveId });
}

/** The move is sending: its progress was told. */
async function sending(moveId: string): Promise<void> {
  await vi.waitFor(async () => {
    const { doneBytes } = await room.value<MoveRow>('moves.moveGet', { moveId });
    expect(doneBytes).toBeGreaterThan(0);
  }, soon);
}

test.each([
  ['prepare', 1],
  ['perform', 0],
  ['finish', 1],
] as const)('a move that fails to %s leaves the VM running where it was', PATIENCE, async (fails, at) => {
  const [from, to] = [room.host(0), room.host(1)];
  const vm = await vmOn(from);
  await room.host(at).fault({ kind: 'migration', fails });
  const moved = await move(vm, to);
  expect(moved).toMatchObject({ state: 'failed' });
  expect(moved.note).not.toBe('');
  expect(where(vm)).toEqual({ on: [from.name], runs: [from.name], volumes: [from.name] });
});

test(
  'a move the source does not confirm is brought to its end by a look at both hosts',
  PATIENCE,
  async () => {
    const [from, to] = [room.host(0), room.host(2)];
    const vm = await vmOn(from);
    await from.fault({ kind: 'migration', fails: 'confirm' });
    expect(await move(vm, to)).toMatchObject({ state: 'done', note: '' });
    expect(where(vm)).toEqual({ on: [to.name], runs: [to.name], volumes: [to.name] });
  },
);

test(
  'one that has arrived starts with its host, even if its old disks cannot be removed',
  PATIENCE,
  async () => {
    const [from, to] = [room.host(0), room.host(2)];
    const vm = await vmOn(from);
    await from.fault({ kind: 'migration', lastsMs: SLOW_MS });
    const moveId = await begin(vm, to);
    await sending(moveId);
    await from.fault({ kind: 'pool-inactive' });
    await from.fault({ kind: 'migration' });
    expect(await ended(moveId)).toMatchObject({ state: 'done' });
    await from.fault({ kind: 'heal' });
    expect(where(vm)).toMatchObject({ on: [to.name], runs: [to.name] });
    expect(to.machine.vms.get(vm.uuid)?.autostart).toBe(true);
  },
);

test('a cancelled move leaves the VM running where it was', PATIENCE, async () => {
  const [from, to] = [room.host(0), room.host(1)];
  const vm = await vmOn(from);
  await from.fault({ kind: 'migration', lastsMs: SLOW_MS });
  const moveId = await begin(vm, to);
  await sending(moveId);
  expect(await room.refusal('fleet.vmDelete', { vmId: vm.id, confirmName: vm.name })).toBe('not-now');
  await room.value('moves.moveCancel', { moveId });
  expect(await ended(moveId)).toMatchObject({ state: 'cancelled' });
  expect(where(vm)).toEqual({ on: [from.name], runs: [from.name], volumes: [from.name] });
  expect(await room.refusal('moves.moveCancel', { moveId })).toBe('move-ended');
});

test.each([
  ['the daemon of the source dies', 0, 'kill-daemon'],
  ['the daemon of the target dies', 1, 'kill-daemon'],
  ['the connections to the source break', 0, 'drop'],
  ['the connections to the target break', 1, 'drop'],
] as const)('%s in the middle: the VM runs once and the move goes on', PATIENCE, async (_what, at, kind) => {
  const [from, to] = [room.host(0), room.host(1)];
  const vm = await vmOn(from);
  await from.fault({ kind: 'migration', lastsMs: SLOW_MS });
  const moveId = await begin(vm, to);
  await sending(moveId);
  await room.host(at).fault({ kind });
  expect(where(vm).runs).toEqual([from.name]);
  await from.fault({ kind: 'migration' });
  await room.host(at).fault({ kind: 'heal' });
  expect(await ended(moveId)).toMatchObject({ state: 'done' });
  expect(where(vm)).toEqual({ on: [to.name], runs: [to.name], volumes: [to.name] });
  // Back, so that the next has something to move: once it is known to run there, and not only to have come there to be started.
  await vi.waitFor(
    async () =>
      expect((await room.vms(`host:"${to.name}" state:running`)).map(({ id }) => id)).toContain(vm.id),
    soon,
  );
  await move({ ...vm, hostId: room.idOf(to) }, from);
});

test(
  'the engine stops in the middle: the VM runs on, and the next engine goes on with the move',
  PATIENCE,
  async () => {
    const [from, to] = [room.host(0), room.host(1)];
    const vm = await vmOn(from);
    await from.fault({ kind: 'migration', lastsMs: SLOW_MS });
    const moveId = await begin(vm, to);
    await sending(moveId);
    await room.engine.stop();
    expect(where(vm).runs).toEqual([from.name]);
    await from.fault({ kind: 'migration' });
    room.engine = await room.startEngine();
    expect(await ended(moveId)).toMatchObject({ state: 'done' });
    expect(where(vm)).toEqual({ on: [to.name], runs: [to.name], volumes: [to.name] });
  },
);

test('a VM that is off moves by a copy of its disks', PATIENCE, async () => {
  const [from, to] = [room.host(0), room.host(1)];
  const vm = await vmOn(from);
  await room.value('fleet.vmForceOff', { vmId: vm.id });
  expect(await move(vm, to)).toMatchObject({ state: 'done', live: false, storage: 'copy', downtimeMs: null });
  expect(where(vm)).toEqual({ on: [to.name], runs: [], volumes: [to.name] });
  await room.value('fleet.vmStart', { vmId: vm.id });
  expect(where(vm).runs).toEqual([to.name]);
});

test('memory and disks go to the address for moves that a host was given', PATIENCE, async () => {
  const [from, to] = [room.host(1), room.host(0)];
  const hostId = room.idOf(to);
  const vm = await vmOn(from);
  // Nobody has this one (RFC 5737).
  await room.value('fleet.hostMoveAddress', { hostId, address: '192.0.2.1' });
  expect(await room.value('fleet.hostGet', { hostId })).toMatchObject({ moveAddress: '192.0.2.1' });
  expect(await move(vm, to)).toMatchObject({ state: 'failed' });
  expect(where(vm)).toEqual({ on: [from.name], runs: [from.name], volumes: [from.name] });
  // This machine by another address than the host was added by.
  await room.value('fleet.hostMoveAddress', { hostId, address: '127.0.0.2' });
  expect(await move(vm, to)).toMatchObject({ state: 'done' });
  await room.value('fleet.hostMoveAddress', { hostId, address: '' });
  expect(await room.refusal('fleet.hostMoveAddress', { hostId: 'host_none', address: '' })).toBe(
    'no-such-host',
  );
});

test(
  'where moves have to be encrypted, hosts without a certificate are refused and the others told to',
  PATIENCE,
  async () => {
    const [from, to, other] = [room.host(1), room.host(0), room.host(2)];
    const caps = { perHost: 2, perLink: 1, mibPerSecond: 0 };
    await room.value('moves.moveCapsSet', { ...caps, encrypt: true });
    // Left out, it stays as it is.
    await room.value('moves.moveCapsSet', caps);
    const vm = await vmOn(from);
    const fits = async () =>
      (
        await room.value<{ rows: { host: string; problems: { check: string }[] }[] }>('moves.vmMoveFits', {
          vmId: vm.id,
        })
      ).rows
        .filter(({ problems }) => problems.some(({ check }) => check === 'encryption'))
        .map(({ host }) => host)
        .toSorted();
    expect(await fits()).toEqual([to.name, other.name].toSorted());
    expect(await room.refusal('moves.vmMove', { vmId: vm.id, hostId: room.idOf(to) })).toBe(
      'host-does-not-fit',
    );
    for (const host of [from, to]) {
      host.machine.movesTls = true;
      await room.value('fleet.hostRefresh', { hostId: room.idOf(host) });
    }
    await vi.waitFor(async () => expect(await fits()).toEqual([other.name]), soon);
    const prepare = vi.spyOn(to.migrations, 'prepare');
    expect(await move(vm, to)).toMatchObject({ state: 'done', live: true });
    expect(prepare.mock.calls.map(([args]) => (args.flags & migrateFlags.tls) !== 0)).toEqual([true]);
    await room.value('moves.moveCapsSet', { ...caps, encrypt: false });
  },
);

test('caps hold: moves of one host wait for each other, and go on by themselves', PATIENCE, async () => {
  const from = room.host(1);
  await room.value('moves.moveCapsSet', { perHost: 1, perLink: 1, mibPerSecond: 0 });
  await from.fault({ kind: 'migration', lastsMs: SLOW_MS });
  const vms = (await room.vms(`host:"${from.name}" state:running`)).slice(0, 3);
  expect(vms).toHaveLength(3);
  const moves: string[] = [];
  for (const vm of vms) moves.push(await begin(vm, room.host(2)));
  const states = async (): Promise<string[]> =>
    await Promise.all(
      moves.map(async (moveId) => (await room.value<MoveRow>('moves.moveGet', { moveId })).state),
    );
  await sending(moves[0] ?? '');
  expect((await states()).toSorted()).toEqual(['queued', 'queued', 'running']);
  await from.fault({ kind: 'migration' });
  let most = 0;
  await vi.waitFor(async () => {
    const now = await states();
    most = Math.max(most, now.filter((state) => state === 'running').length);
    expect(now).toEqual(['done', 'done', 'done']);
  }, soon);
  expect(most).toBe(1);
});

test('a host that does not fit says why, and takes nothing', PATIENCE, async () => {
  const to = room.host(1);
  const vm = await vmOn(room.host(2));
  await to.fault({ kind: 'pool-inactive' });
  await room.value('fleet.hostRefresh', { hostId: room.idOf(to) });
  await vi.waitFor(async () => {
    const { rows } = await room.value<{
      rows: { host: string; problems: { check: string; reason: string }[] }[];
    }>('moves.vmMoveFits', { vmId: vm.id });
    expect(rows.find((row) => row.host === to.name)?.problems.map((one) => one.check)).toContain('storage');
  }, soon);
  expect(await room.refusal('moves.vmMove', { vmId: vm.id, hostId: room.idOf(to) })).toBe(
    'host-does-not-fit',
  );
});
