import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Balancer, Evacuation, Rolling } from '../../shared/domains/moves/maintenance-contract.ts';
import { movesRoom, soon, type MovesRoom } from '../testing/moves-room.ts';
import type { PracticeHost } from '../testing/practice/practice-host.ts';

const PATIENCE = { timeout: 600_000 };
let room: MovesRoom;

beforeAll(async () => {
  room = await movesRoom({ hosts: 3, vms: 12 });
  await room.value('moves.moveCapsSet', { perHost: 4, perLink: 4, mibPerSecond: 0 });
  for (const { id } of await room.vms('state:paused')) await room.value('fleet.vmResume', { vmId: id });
}, 400_000);
afterEach(async () => {
  for (const host of room.practice.hosts) await host.fault({ kind: 'heal' });
});
/** What the test before did to hosts and VMs is known, and so is that their faults are healed. */
beforeEach(async () => {
  for (const host of room.practice.hosts) await room.value('fleet.hostRefresh', { hostId: room.idOf(host) });
  await vi.waitFor(async () => {
    expect((await room.vms('state:running')).map((vm) => vm.name).toSorted()).toEqual(runningNames());
    for (const host of room.practice.hosts) {
      const { pools } = await room.value<{ pools: { active: boolean }[] }>('fleet.hostGet', {
        hostId: room.idOf(host),
      });
      expect(pools.every((pool) => pool.active)).toBe(true);
    }
  }, soon);
});
afterAll(async () => await room.close());

const evacuationOf = async (host: PracticeHost): Promise<Evacuation> =>
  await room.value('moves.evacuationGet', { hostId: room.idOf(host) });
const rollingOf = async (id: string): Promise<Rolling> => {
  const { rows } = await room.value<{ rows: Rolling[] }>('moves.rollingList');
  const found = rows.find((row) => row.id === id);
  if (found === undefined) throw new Error('the rolling maintenance is not listed');
  return found;
};
const statesOf = async (id: string): Promise<string[]> =>
  (await rollingOf(id)).hosts.map((host) => host.state);
const bringBack = async (host: PracticeHost): Promise<unknown> =>
  await room.value('moves.hostBringBack', { hostId: room.idOf(host) });
const runningNames = (): string[] =>
  room.practice.hosts
    .flatMap((host) => [...host.machine.vms.values()].filter((vm) => vm.live !== null).map((vm) => vm.name))
    .toSorted();

test(
  'a host is evacuated but for a VM nobody can move, which is told; answered, it is held, and brought back',
  PATIENCE,
  async () => {
    const host = room.host(0);
    const all = (await room.vms()).length;
    const before = runningNames();
    const stubborn = (await room.vms(`host:"${host.name}" state:running`))[0];
    if (stubborn === undefined) throw new Error('nothing runs there');
    await room.value('fleet.vmPause', { vmId: stubborn.id });
    await room.value('moves.hostEvacuate', { hostId: room.idOf(host) });
    await vi.waitFor(async () => {
      const evacuation = await evacuationOf(host);
      expect(evacuation).toMatchObject({ maintenance: 'evacuating', vmsLeft: 1, moving: [] });
      expect(evacuation.blocked).toMatchObject([{ vm: stubborn.name, answer: '', isOn: true }]);
      expect(evacuation.blocked[0]?.reason).toContain('paused');
    }, soon);
    expect(host.machine.vms.size).toBe(1);
    const fits = await room.value<{ rows: { host: string; fits: boolean; reason: string }[] }>(
      'fleet.hostPlacement',
      {
        vcpus: 1,
        memoryBytes: 2 ** 30,
        diskBytes: 2 ** 30,
      },
    );
    expect(fits.rows.find((row) => row.host === host.name)).toMatchObject({
      fits: false,
      reason: 'it is being evacuated',
    });
    const hostId = room.idOf(host);
    await room.value('moves.evacuationAnswer', { hostId, vmIds: [stubborn.id], answer: 'leave' });
    await vi.waitFor(async () => expect((await evacuationOf(host)).maintenance).toBe('maintenance'), soon);
    await bringBack(host);
    expect(await evacuationOf(host)).toMatchObject({ maintenance: 'active', blocked: [] });
    await room.value('fleet.vmResume', { vmId: stubborn.id });
    expect(runningNames()).toEqual(before);
    expect((await room.vms()).length).toBe(all);
  },
);

test('a VM that cannot be moved while it runs is shut down, moved and started', PATIENCE, async () => {
  const host = room.host(1);
  const before = runningNames();
  // What it sends fails every time, whatever it is.
  await host.fault({ kind: 'migration', fails: 'perform' });
  const hostId = room.idOf(host);
  const running = await room.vms(`host:"${host.name}" state:running`);
  await room.value('moves.hostEvacuate', { hostId });
  await vi.waitFor(async () => {
    const { blocked } = await evacuationOf(host);
    expect(blocked.map((vm) => vm.vmId).toSorted()).toEqual(running.map((vm) => vm.id).toSorted());
    for (const vm of blocked) expect(vm.reason).toContain('its move failed');
  }, soon);
  await room.value('moves.evacuationAnswer', {
    hostId,
    vmIds: running.map((vm) => vm.id),
    answer: 'shut-down',
  });
  await vi.waitFor(async () => expect((await evacuationOf(host)).maintenance).toBe('maintenance'), {
    ...soon,
    timeout: 360_000,
  });
  await vi.waitFor(() => expect(runningNames()).toEqual(before), soon);
  expect(host.machine.vms.size).toBe(0);
  await bringBack(host);
});

test(
  'a VM that was shut down to be moved runs again when its host is brought back before that',
  PATIENCE,
  async () => {
    const host = room.host(2);
    const before = runningNames();
    const hostId = room.idOf(host);
    const others = room.practice.hosts.filter((each) => each !== host);
    // None of them takes it, on or off.
    for (const other of others) {
      await other.fault({ kind: 'pool-inactive' });
      await room.value('fleet.hostRefresh', { hostId: room.idOf(other) });
    }
    const running = await room.vms(`host:"${host.name}" state:running`);
    const vmIds = running.map((vm) => vm.id);
    await vi.waitFor(async () => {
      const { rows } = await room.value<{ rows: { fits: boolean }[] }>('moves.vmMoveFits', {
        vmId: vmIds[0],
      });
      expect(rows.filter((row) => row.fits)).toEqual([]);
    }, soon);
    await room.value('moves.hostEvacuate', { hostId });
    await room.value('moves.evacuationAnswer', { hostId, vmIds, answer: 'shut-down' });
    await vi.waitFor(
      () => expect([...host.machine.vms.values()].filter((vm) => vm.live !== null)).toEqual([]),
      soon,
    );
    await bringBack(host);
    await vi.waitFor(() => expect(runningNames()).toEqual(before), soon);
    expect((await evacuationOf(host)).blocked).toEqual([]);
  },
);

test(
  'maintenance rolls over a cluster: each host is emptied, held until it is well, and back before the next',
  PATIENCE,
  async () => {
    const hosts = [room.host(0), room.host(1)];
    const before = runningNames();
    const { rollingId } = await room.value<{ rollingId: string }>('moves.rollingStart', {
      title: 'New kernel',
      hostIds: hosts.map((host) => room.idOf(host)),
    });
    expect(await room.refusal('moves.hostBringBack', { hostId: room.idOf(room.host(0)) })).toBe(
      'host-in-rolling',
    );
    const rollsOn = async (at: number): Promise<void> => {
      await vi.waitFor(
        async () => expect((await rollingOf(rollingId)).hosts[at]?.state).toBe('holding'),
        soon,
      );
      expect(hosts[at]?.machine.vms.size).toBe(0);
      expect(await statesOf(rollingId)).toEqual(at === 0 ? ['holding', 'waiting'] : ['done', 'holding']);
    };
    await rollsOn(0);
    await room.value('moves.rollingSay', { rollingId, say: 'pause' });
    await room.value('moves.rollingSay', { rollingId, say: 'resume' });
    // Not well: it does not come back, whatever was said.
    await hosts[0]?.fault({ kind: 'clock-off', offsetMs: 60_000 });
    await room.value('fleet.hostRefresh', { hostId: room.idOf(room.host(0)) });
    await vi.waitFor(async () => {
      const { problemList } = await room.value<{ problemList: { code: string }[] }>('fleet.hostGet', {
        hostId: room.idOf(room.host(0)),
      });
      expect(problemList.map((problem) => problem.code)).toContain('clock-off');
    }, soon);
    await room.value('moves.rollingSay', { rollingId, say: 'go' });
    await vi.waitFor(
      async () => expect((await rollingOf(rollingId)).hosts[0]?.note).toContain('clock'),
      soon,
    );
    await hosts[0]?.fault({ kind: 'heal' });
    await room.value('fleet.hostRefresh', { hostId: room.idOf(room.host(0)) });
    await rollsOn(1);
    expect(await room.refusal('moves.rollingSay', { rollingId: 'rolling_none', say: 'go' })).toBe(
      'no-such-rolling',
    );
    await room.value('moves.rollingSay', { rollingId, say: 'skip' });
    await vi.waitFor(async () => expect((await rollingOf(rollingId)).state).toBe('done'), soon);
    expect(await statesOf(rollingId)).toEqual(['done', 'skipped']);
    expect(runningNames()).toEqual(before);
    expect(await room.refusal('moves.rollingSay', { rollingId, say: 'stop' })).toBe('rolling-ended');
  },
);

test('the balancer is off, tells what it would do, and does that once it is on', PATIENCE, async () => {
  const off = await room.value<Balancer>('moves.balancerGet');
  expect(off).toMatchObject({ enabled: false, cpuPercent: 70, memoryPercent: 70 });
  await vi.waitFor(async () => {
    const { hosts } = await room.value<Balancer>('moves.balancerGet');
    expect(hosts.length).toBeGreaterThan(0);
  }, soon);
});
