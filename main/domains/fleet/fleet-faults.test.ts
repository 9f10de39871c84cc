import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { makePostgresCluster } from '../../testing/postgres-cluster.ts';
import {
  fleetForTest,
  fleetTestSchema,
  logForTest,
  type FleetForTest,
} from '../../testing/fleet-for-test.ts';
import { startPracticeFleet, type PracticeFleet } from '../../testing/practice/practice-fleet.ts';
import { describeOnBothStores, describeOnPostgres, testProgram } from '../../testing/store-for-test.ts';
import { openStore } from '../../platform/store/store-open.ts';
import type { Store } from '../../platform/store/store.ts';
import type { FleetTables } from './fleet-tables.ts';
import { inTurns } from './hosts/in-turns.ts';
import { MINUTE_MS } from './sweep/load-meter.ts';

const PATIENCE = { timeout: 120_000 };
const soon = { timeout: 60_000, interval: 20 };
/** For as many hosts as a machine that is ten times slower has to connect one by one. */
const MANY_HOSTS = { timeout: 1_200_000 };
const inTime = { timeout: 600_000, interval: 200 };
const HOUR_MS = 3_600_000;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Room {
  readonly fleet: FleetForTest;
  readonly practice: PracticeFleet;
  readonly heard: readonly string[];
  /** Ids in the order of the practice hosts. */
  readonly hostIds: readonly string[];
}

async function roomOn(store: Store, size: { hosts: number; vms: number }): Promise<Room> {
  const practice = await startPracticeFleet({ ...size, bootMs: 50 });
  closing.push(practice.stop);
  const heard: string[] = [];
  const fleet = fleetForTest(store, logForTest(heard));
  closing.push(fleet.close);
  const { hosts, privateKey } = practice.describe();
  const hostIds: string[] = [];
  await inTurns(hosts, 8, async ({ name, address, port, fingerprint }, at) => {
    const auth = { kind: 'key' as const, privateKey };
    const added = await fleet.call('hostAdd', {
      name,
      address,
      port,
      auth,
      acceptedFingerprint: fingerprint,
    });
    if (!added.ok) throw new Error(JSON.stringify(added));
    hostIds[at] = added.value.hostId;
  });
  return { fleet, practice, heard, hostIds };
}

async function hostOf({ fleet }: Room, id: string | undefined) {
  return await fleet.tables
    .selectFrom('host')
    .selectAll()
    .where('id', '=', id ?? '')
    .executeTakeFirstOrThrow();
}

async function allSeen(room: Room, within = soon): Promise<void> {
  await vi.waitFor(async () => {
    const rows = await room.fleet.tables.selectFrom('host').select(['state', 'seen_at_ms', 'vms']).execute();
    for (const row of rows) expect(row).toMatchObject({ state: 'connected', seen_at_ms: expect.any(Number) });
    expect(rows.reduce((sum, row) => sum + row.vms, 0)).toBe(vmsOf(room).length);
  }, within);
}

function vmsOf({ practice }: Room) {
  return practice.hosts.flatMap((host) => [...host.machine.vms.values()]);
}

interface Counted {
  readonly untilMs: number;
  readonly runningMs: number;
}

/** How far each VM that is on was counted, and how much, read at one moment. */
async function counted({ fleet }: Room): Promise<Map<string, Counted>> {
  return await fleet.store.transaction<FleetTables, Map<string, Counted>>(
    async (trx) => {
      const marks = await trx.selectFrom('usage_mark').selectAll().where('powered', '=', 1).execute();
      const hours = await trx.selectFrom('usage_hour').selectAll().execute();
      return new Map(
        marks.map(({ vm_uuid, at_ms }) => {
          const own = hours.filter((hour) => hour.vm_uuid === vm_uuid);
          return [
            vm_uuid,
            { untilMs: at_ms, runningMs: own.reduce((sum, hour) => sum + hour.running_ms, 0) },
          ];
        }),
      );
    },
    { isolation: 'repeatable read' },
  );
}

/** Of every VM that was on all the time, exactly the time from one look at what was counted to the next was counted in between. */
async function expectCountedOnce(room: Room, before: Map<string, Counted>): Promise<number> {
  const after = await counted(room);
  expect(before.size).toBeGreaterThan(0);
  let longestMs = 0;
  for (const [uuid, { untilMs, runningMs }] of before) {
    const now = after.get(uuid);
    expect(now, uuid).toBeDefined();
    const spanMs = (now?.untilMs ?? 0) - untilMs;
    expect((now?.runningMs ?? 0) - runningMs, uuid).toBe(spanMs);
    longestMs = Math.max(longestMs, spanMs);
  }
  return longestMs;
}

async function sweptSince(room: Room, hostId: string | undefined, atMs: number): Promise<void> {
  await vi.waitFor(async () => expect((await hostOf(room, hostId)).seen_at_ms).toBeGreaterThan(atMs), soon);
}

describeOnBothStores('a fleet in trouble', ({ openStoreForTest }) => {
  const open = async (size: { hosts: number; vms: number }): Promise<Room> =>
    await roomOn(await openStoreForTest(fleetTestSchema), size);

  test('somebody else acts on a VM while we do: the row says what the host says', PATIENCE, async () => {
    const room = await open({ hosts: 1, vms: 6 });
    closing.push(room.fleet.collect({ sweepMs: 1_000, slowMs: 5_000, factsMs: 600_000 }));
    await allSeen(room);
    const [host] = room.practice.hosts;
    const vm = vmsOf(room).find((one) => one.isRunning)!;
    const { id: vmId } = await room.fleet.tables
      .selectFrom('vm')
      .select('id')
      .where('uuid', '=', vm.uuid)
      .executeTakeFirstOrThrow();
    // Answers that take a while, so that the other's action falls into ours.
    await room.practice.fault(host!.name, { kind: 'slow', delayMs: 40 });
    for (let round = 0; round < 4; round += 1) {
      const ours = room.fleet.call(round % 2 === 0 ? 'vmPause' : 'vmForceOff', { vmId });
      const theirs = vi.waitFor(async () => {
        if (vm.live === null) await host!.power.start(vm, 0);
        else if (vm.isRunning) host!.power.suspend(vm);
        else host!.power.resume(vm);
      }, soon);
      await Promise.all([ours, theirs]);
      await vi.waitFor(async () => {
        const got = await room.fleet.call('vmGet', { vmId });
        const truth = vm.live === null ? 'shut-off' : vm.isRunning ? 'running' : 'paused';
        expect(got).toMatchObject({ value: { state: truth } });
      }, soon);
      if (vm.live === null) await host!.power.start(vm, 0);
      else if (!vm.isRunning) host!.power.resume(vm);
      await vi.waitFor(
        async () =>
          expect(await room.fleet.call('vmGet', { vmId })).toMatchObject({ value: { state: 'running' } }),
        soon,
      );
    }
  });
});

/** An embedded store whose clock the test moves; intervals are not moved, as in life. */
async function shiftedStore(): Promise<{ store: Store; shift(ms: number): void }> {
  let shiftMs = 0;
  const store = await openStore({
    address: 'sqlite::memory:',
    schema: fleetTestSchema,
    program: testProgram,
    clock: { nowMs: () => Date.now() + shiftMs },
  });
  closing.push(store.close);
  return { store, shift: (ms) => (shiftMs += ms) };
}

test(
  'a host dies and boots an hour later: its guests are not counted while it was off',
  PATIENCE,
  async () => {
    const { store, shift } = await shiftedStore();
    const room = await roomOn(store, { hosts: 1, vms: 4 });
    closing.push(room.fleet.collect({ sweepMs: 200, slowMs: 5_000, factsMs: 600_000 }));
    await allSeen(room);
    const [host] = room.practice.hosts;
    const [hostId] = room.hostIds;
    await room.practice.fault(host!.name, { kind: 'power-cut' });
    const told = expect.stringMatching(/\S/) as string;
    await vi.waitFor(
      async () => expect(await hostOf(room, hostId)).toMatchObject({ state: 'unreachable', reason: told }),
      soon,
    );
    // What was known stays, and each VM's own record says what happened.
    const before = await counted(room);
    expect(await room.fleet.call('vmList', {})).toMatchObject({ value: { total: 4 } });
    await vi.waitFor(async () => {
      const lost = await room.fleet.tables
        .selectFrom('vm_event')
        .select('vm_uuid')
        .where('event', '=', 'host-lost')
        .execute();
      expect(lost.map((one) => one.vm_uuid).toSorted()).toEqual([...before.keys()].toSorted());
    }, soon);
    shift(HOUR_MS);
    await room.practice.fault(host!.name, { kind: 'heal' });
    const onAtMs = await store.nowMs();
    await room.fleet.call('hostRefresh', { hostId: hostId! });
    await sweptSince(room, hostId, onAtMs);
    // Told after what the sweep saw.
    await vi.waitFor(
      async () => expect(await hostOf(room, hostId)).toMatchObject({ state: 'connected', reason: '' }),
      soon,
    );
    for (const [uuid, { runningMs }] of await counted(room))
      expect(runningMs - (before.get(uuid)?.runningMs ?? 0), uuid).toBeLessThan(HOUR_MS / 2);
  },
);

test.each([
  ['jumps an hour ahead', HOUR_MS],
  ['jumps an hour back', -HOUR_MS],
  ['is set back by seconds', -5_000],
])('the clock %s while we collect: no time is counted twice', PATIENCE, async (_what, jumpMs) => {
  const { store, shift } = await shiftedStore();
  const beganAtMs = await store.nowMs();
  const room = await roomOn(store, { hosts: 1, vms: 4 });
  closing.push(room.fleet.collect({ sweepMs: 200, slowMs: 5_000, factsMs: 600_000 }));
  await allSeen(room);
  const before = await counted(room);
  const jumpsAtMs = await store.nowMs();
  shift(jumpMs);
  const jumpedAtMs = await store.nowMs();
  await vi.waitFor(async () => {
    const seenAtMs = (await hostOf(room, room.hostIds[0])).seen_at_ms ?? 0;
    expect(seenAtMs - jumpedAtMs).toBeGreaterThan(300);
    expect(seenAtMs - jumpedAtMs).toBeLessThan(HOUR_MS / 2);
  }, soon);
  await expectCountedOnce(room, before);
  // Nothing is drawn into the hole, or over what was there.
  const minutes = [beganAtMs, jumpsAtMs, jumpedAtMs, await store.nowMs()].map((atMs) =>
    Math.floor(atMs / MINUTE_MS),
  );
  const drawn = await store
    .tables<FleetTables>()
    .selectFrom('series_host_block')
    .select('step')
    .where('step_minutes', '=', 1)
    .execute();
  const [began = 0, jumps = 0, jumped = 0, ended = 0] = minutes;
  for (const { step } of drawn)
    expect((step >= began && step <= jumps) || (step >= jumped && step <= ended), String(step)).toBe(true);
});

test(
  'a console sleeps for an hour: all is swept when it wakes, and the hour is counted once',
  PATIENCE,
  async () => {
    const { store, shift } = await shiftedStore();
    const room = await roomOn(store, { hosts: 3, vms: 6 });
    const wakes = new Set<() => void>();
    const onWake = (listener: () => void): (() => void) => {
      wakes.add(listener);
      return () => wakes.delete(listener);
    };
    closing.push(room.fleet.collect({ sweepMs: 60_000, slowMs: 5_000, factsMs: 3_600_000 }, { onWake }));
    await allSeen(room);
    await vi.waitFor(async () => expect((await counted(room)).size).toBeGreaterThan(0), soon);
    const before = await counted(room);
    // Asleep: the way to one host dies, the others stay open.
    await room.practice.fault(room.practice.hosts[0]!.name, { kind: 'drop' });
    shift(HOUR_MS);
    const wokenAtMs = await store.nowMs();
    for (const wake of wakes) wake();
    for (const id of room.hostIds) await sweptSince(room, id, wokenAtMs - 1);
    expect(await expectCountedOnce(room, before)).toBeGreaterThanOrEqual(HOUR_MS);
    const steps = await store.tables<FleetTables>().selectFrom('series_host_block').select('step').execute();
    const asleep = steps.filter(({ step }) => (step + 2) * MINUTE_MS < wokenAtMs);
    expect(asleep.filter(({ step }) => step * MINUTE_MS > wokenAtMs - HOUR_MS + MINUTE_MS)).toEqual([]);
  },
);

// As many hosts are nobody's on SQLite, and the collector is the same.
describeOnPostgres('a large fleet in trouble', ({ openStoreForTest }) => {
  test('of 350 hosts 100 answer slowly: the others are swept as if nothing were', MANY_HOSTS, async () => {
    const room = await roomOn(await openStoreForTest(fleetTestSchema), { hosts: 350, vms: 350 });
    // A busy machine takes seconds for any of them: slow is what takes longer than that, and one round follows another with time between.
    closing.push(room.fleet.collect({ sweepMs: 6_000, slowMs: 8_000, factsMs: 600_000 }));
    await allSeen(room, inTime);
    const slowIds = new Set(room.hostIds.slice(0, 100));
    const looks = async () =>
      await room.fleet.tables.selectFrom('host').select(['id', 'state', 'reason', 'seen_at_ms']).execute();
    const fault = async (kind: Parameters<PracticeFleet['fault']>[1]): Promise<void> => {
      for (const host of room.practice.hosts.slice(0, 100)) await room.practice.fault(host.name, kind);
    };
    /** Until each of the hosts in question was found so at some look: a busy machine may make any of them slow for a moment. */
    const eachOnce = async (
      which: (hostId: string) => boolean,
      isSo: (host: Awaited<ReturnType<typeof looks>>[number]) => boolean,
    ): Promise<void> => {
      const left = new Set(room.hostIds.filter(which));
      await vi.waitFor(async () => {
        for (const host of await looks()) if (isSo(host)) left.delete(host.id);
        expect([...left]).toEqual([]);
      }, inTime);
    };
    await fault({ kind: 'slow', delayMs: 12_000 });
    const named = /the slowest call was \w+ with \d+\.\d s\.$/;
    await eachOnce(
      (id) => slowIds.has(id),
      ({ state, reason }) => state === 'slow' && named.test(reason),
    );
    // Rounds of every other host go on while those are waited for.
    const before = new Map((await looks()).map((host) => [host.id, Number(host.seen_at_ms)]));
    const rounds = new Map<string, Set<number>>();
    await eachOnce(
      (id) => !slowIds.has(id),
      ({ id, seen_at_ms: atMs }) => {
        if (Number(atMs) > (before.get(id) ?? 0))
          rounds.set(id, (rounds.get(id) ?? new Set()).add(Number(atMs)));
        return (rounds.get(id)?.size ?? 0) >= 3;
      },
    );
    const others = async (): Promise<void> =>
      await eachOnce(
        (id) => !slowIds.has(id),
        ({ state }) => state === 'connected',
      );
    await Promise.all([
      others(),
      eachOnce(
        (id) => slowIds.has(id),
        ({ state }) => state === 'slow',
      ),
    ]);
    await fault({ kind: 'heal' });
    await eachOnce(
      () => true,
      ({ state }) => state === 'connected',
    );
    expect(room.heard.filter((line) => line.startsWith('error'))).toEqual([]);
  });
});

describeOnPostgres('a collector is killed in the middle of a sweep', ({ newAddress }) => {
  test('another goes on, and no time is lost or counted twice', PATIENCE, async () => {
    const address = await newAddress(fleetTestSchema);
    const store = await openStore({ address, schema: fleetTestSchema, program: testProgram });
    closing.push(store.close);
    const room = await roomOn(store, { hosts: 2, vms: 6 });
    const script = fileURLToPath(new URL('../../testing/fleet-collector-process.ts', import.meta.url));
    const child = spawn(process.execPath, [script, address, room.fleet.keyFile], { stdio: 'ignore' });
    const gone = once(child, 'exit');
    closing.push(async () => child.kill('SIGKILL') && (await gone));
    await allSeen(room);
    const before = await counted(room);
    // The sweep under way lasts until long after the next was due: it was asked for, and not one answer has come.
    const [slow] = room.practice.hosts;
    await room.practice.fault(slow!.name, { kind: 'slow', delayMs: 3_000 });
    await vi.waitFor(async () => {
      const seenAtMs = (await hostOf(room, room.hostIds[0])).seen_at_ms ?? 0;
      expect((await store.nowMs()) - seenAtMs).toBeGreaterThan(1_000);
    }, soon);
    child.kill('SIGKILL');
    await gone;
    await room.practice.fault(slow!.name, { kind: 'heal' });
    const killedAtMs = await store.nowMs();
    closing.push(room.fleet.collect({ sweepMs: 200 }));
    for (const id of room.hostIds) await sweptSince(room, id, killedAtMs);
    expect(await expectCountedOnce(room, before)).toBeGreaterThan(1_000);
  });
});

describeOnPostgres('PostgreSQL restarts under a collector', () => {
  test('it goes on, and no time is lost or counted twice', PATIENCE, async () => {
    const cluster = await makePostgresCluster();
    if (cluster === undefined) throw new Error('this machine has no PostgreSQL of its own');
    closing.push(cluster.remove);
    const store = await openStore({ address: cluster.url, schema: fleetTestSchema, program: testProgram });
    closing.push(store.close);
    const room = await roomOn(store, { hosts: 3, vms: 9 });
    closing.push(room.fleet.collect({ sweepMs: 150, slowMs: 5_000, factsMs: 600_000 }));
    await allSeen(room);
    const before = await counted(room);
    await cluster.restart();
    const nowMs = await vi.waitFor(async () => await store.nowMs(), soon);
    for (const id of room.hostIds) await sweptSince(room, id, nowMs);
    expect(await expectCountedOnce(room, before)).toBeGreaterThan(0);
    expect(room.heard.filter((line) => line.startsWith('error'))).toEqual([]);
  });
});
