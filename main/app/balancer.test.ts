import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Balancer } from '../../shared/domains/moves/maintenance-contract.ts';
import type { MoveRow } from '../../shared/domains/moves/moves-contract.ts';
import type { PracticeHost } from '../testing/practice/practice-host.ts';
import { movesRoom, soon, type MovesRoom } from '../testing/moves-room.ts';

let room: MovesRoom;

beforeAll(async () => {
  room = await movesRoom({ hosts: 3, vms: 12, environment: { INNKEEPER_SWEEP_SECONDS: '2' } });
  await room.value('moves.moveCapsSet', { perHost: 4, perLink: 4, mibPerSecond: 0 });
}, 400_000);
afterAll(async () => await room.close());

/** For ever, until the fault is taken away. */
const SLOW_MS = 600_000;

/** At any hour of the day the same. */
function busy({ machine }: PracticeHost, cpuShare: number): void {
  machine.day = { ...machine.day, daySwing: 0 };
  for (const vm of machine.vms.values()) vm.load = { ...vm.load, cpuShare, daySwing: 0 };
}
const seen = async (): Promise<Balancer> => await room.value('moves.balancerGet');
const moves = async (): Promise<MoveRow[]> =>
  (await room.value<{ rows: MoveRow[] }>('moves.moveList', { query: '', limit: 100 })).rows;
const openMoves = async (): Promise<MoveRow[]> => (await moves()).filter((move) => move.endedAt === null);
/** Until it has measured so often more, and acted each time. */
async function rounds(count: number): Promise<void> {
  const samples = async (): Promise<number> =>
    Math.max(0, ...(await seen()).hosts.map((host) => host.samples));
  const before = await samples();
  await vi.waitFor(async () => expect(await samples()).toBeGreaterThanOrEqual(before + count), soon);
}

test(
  'the balancer says what it would do, then does it: two moves at once, and each VM once in half an hour',
  { timeout: 600_000 },
  async () => {
    const [hot, ...cool] = room.practice.hosts;
    if (hot === undefined) throw new Error('there are three hosts');
    for (const host of cool) busy(host, 0.01);
    busy(hot, 1);
    // Its ten vCPUs are a sixth of it; a VM of two brings another host to a twentieth.
    const cpuPercent = 9;
    await room.value('moves.balancerSet', { enabled: false, cpuPercent, memoryPercent: 100 });
    await vi.waitFor(async () => {
      const { plan } = await seen();
      expect(plan.map((move) => move.from)).toEqual([hot.name]);
      expect(plan[0]?.why).toContain(`above ${cpuPercent} %`);
    }, soon);
    await rounds(2);
    expect(await moves()).toEqual([]);

    // Moves that do not end: however often it looks, two of its own are open.
    await hot.fault({ kind: 'migration', lastsMs: SLOW_MS });
    await room.value('moves.balancerSet', { enabled: true, cpuPercent, memoryPercent: 100 });
    await vi.waitFor(async () => expect(await openMoves()).toHaveLength(2), soon);
    await rounds(3);
    const first = await openMoves();
    expect(first).toHaveLength(2);
    for (const move of first)
      expect(move).toMatchObject({
        cause: 'balancer',
        askedBy: 'balancer',
        from: hot.name,
        state: 'running',
      });

    // They arrive, and are all that makes their new hosts busy: nothing else would help there, and they rest.
    await hot.fault({ kind: 'migration' });
    await vi.waitFor(async () => {
      const ended = await moves();
      for (const { id } of first)
        expect(ended.find((move) => move.id === id)).toMatchObject({ state: 'done' });
    }, soon);
    busy(hot, 0.01);
    await room.value('moves.balancerSet', { enabled: true, cpuPercent: 2, memoryPercent: 100 });
    await vi.waitFor(async () => {
      const { notes } = await seen();
      const told = notes.filter((note) => note.startsWith(`${first[0]?.to} is at`));
      expect(told.join()).toContain('none of its VMs that may move now (they rest 30 min after a move)');
    }, soon);
    await rounds(2);
    const vmIds = (await moves()).map((move) => move.vmId);
    expect(vmIds).toEqual(expect.arrayContaining(first.map((move) => move.vmId)));
    expect(new Set(vmIds).size).toBe(vmIds.length);
  },
);
