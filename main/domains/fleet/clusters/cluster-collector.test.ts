import { sql, type Transaction } from 'kysely';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EntryGate } from '../../../platform/ssh/entry-gate.ts';
import { fleetForTest, fleetTestSchema, type FleetForTest } from '../../../testing/fleet-for-test.ts';
import { startPracticeFleet, type PracticeFleet } from '../../../testing/practice/practice-fleet.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { Store } from '../../../platform/store/store.ts';
import { ClusterCollector } from './cluster-collector.ts';
import { FIRST_CLUSTER_ID } from './cluster-store.ts';
import { collectDuty, runFleetDuty } from '../fleet-duty.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { HostConnections } from '../sweep/host-connections.ts';
import { StoreClock } from '../hosts/store-clock.ts';

const soon = { timeout: 60_000, interval: 20 };
const settings = { sweepMs: 200, slowMs: 5_000, factsMs: 60_000, countEveryMs: 0 };

type Engine = Pick<FleetForTest, 'parts'>;

interface Counts {
  readonly marks: readonly FleetTables['usage_mark'][];
  readonly hours: readonly FleetTables['usage_hour'][];
}

/** Locked, so that no sweep moves them between this reading and the next. */
async function lockMarks(trx: Transaction<FleetTables>): Promise<FleetTables['usage_mark'][]> {
  return await trx
    .updateTable('usage_mark')
    .set({ at_ms: sql`at_ms` })
    .returningAll()
    .execute();
}

describeOnBothStores('clusters are collected', ({ openStoreForTest }) => {
  let practice: PracticeFleet;
  let store: Store;
  let one: FleetForTest;
  /** Another engine on the same store: the same keys, connections of its own. */
  let other: Engine;
  let closeOther: () => Promise<void>;
  let second: string;
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    practice = await startPracticeFleet({ hosts: 2, vms: 8, bootMs: 50 });
    store = await openStoreForTest(fleetTestSchema);
    one = fleetForTest(store);
    const connections = new HostConnections({ store, keys: one.parts.keys, log: one.parts.log });
    const stop = new AbortController();
    const following = connections.run(stop.signal);
    other = { parts: { ...one.parts, connections } };
    closeOther = async () => {
      stop.abort();
      await following;
    };
    const made = await one.call('clusterCreate', { name: 'Second' });
    if (!made.ok) throw new Error(made.code);
    second = made.value.clusterId;
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await closeOther();
    await one.close();
    await practice.stop();
  });

  const add = async (index: number, clusterId: string): Promise<string> => {
    const { hosts, privateKey } = practice.describe();
    const { name, address, port, fingerprint } = hosts[index]!;
    const auth = { kind: 'key' as const, privateKey };
    const door = { name, address, port, auth, acceptedFingerprint: fingerprint, clusterId };
    const added = await one.call('hostAdd', door);
    if (!added.ok) throw new Error(JSON.stringify(added));
    return added.value.hostId;
  };
  const seenAt = async (hostId: string): Promise<number> => {
    const found = one.tables.selectFrom('host').select('seen_at_ms').where('id', '=', hostId);
    return (await found.executeTakeFirstOrThrow()).seen_at_ms ?? 0;
  };
  const seenAgain = async (hostId: string): Promise<void> => {
    const before = await seenAt(hostId);
    await vi.waitFor(async () => expect(await seenAt(hostId)).toBeGreaterThan(before + 300), soon);
  };
  /** What FleetDuty does with the duty of a cluster, under a lease taken by hand. */
  const collect = async (fleet: Engine, clusterId: string): Promise<ClusterCollector> => {
    const lease = await store.leases.acquire({
      name: collectDuty(clusterId),
      holder: clusterId,
      ttlMs: 120_000,
    });
    if (lease === undefined) throw new Error('the lease is free');
    const stop = new AbortController();
    const collector = new ClusterCollector(
      {
        ...fleet.parts,
        clusterId,
        settings,
        clock: new StoreClock(store),
        subscribed: async () => new Set(),
        isHeard: () => undefined,
        writes: new EntryGate(2),
        asking: new EntryGate(2),
        reading: new EntryGate(2),
        sweeping: new EntryGate(2),
        departed: () => undefined,
      },
      { token: lease.token, signal: stop.signal, guard: async (trx) => await store.leases.guard(trx, lease) },
    );
    const ended = collector.run();
    closing.push(async () => {
      stop.abort();
      await ended;
    });
    return collector;
  };
  /** Milliseconds that were counted of each VM that is on, and the time its mark has moved since `from`. */
  const counted = async (from: ReadonlyMap<string, number>) => {
    const { marks, hours } = await store.transaction<FleetTables, Counts>(async (trx) => ({
      marks: await lockMarks(trx),
      hours: await trx.selectFrom('usage_hour').selectAll().execute(),
    }));
    return [...from].map(([uuid, fromMs]) => ({
      counted: hours.filter((row) => row.vm_uuid === uuid).reduce((sum, row) => sum + row.running_ms, 0),
      passed: (marks.find((row) => row.vm_uuid === uuid)?.at_ms ?? 0) - fromMs,
    }));
  };

  test('a host that moves to another cluster is collected there, and no moment of its VMs is lost or counted twice', async () => {
    const hostId = await add(0, FIRST_CLUSTER_ID);
    const first = await collect(one, FIRST_CLUSTER_ID);
    const marks = async () =>
      await one.tables
        .selectFrom('usage_mark')
        .select(['vm_uuid', 'at_ms'])
        .where('powered', '=', 1)
        .execute();
    await vi.waitFor(async () => expect(await marks()).not.toEqual([]), soon);
    // From here on all is counted: both are read and cleared while no sweep can come between.
    const from = await store.transaction<FleetTables, Map<string, number>>(async (trx) => {
      const rows = await lockMarks(trx);
      await trx.deleteFrom('usage_hour').execute();
      return new Map(rows.filter((row) => row.powered === 1).map((row) => [row.vm_uuid, row.at_ms]));
    });
    await seenAgain(hostId);
    const next = await collect(other, second);
    for (const clusterId of [second, FIRST_CLUSTER_ID, second]) {
      expect(await one.call('hostMoveToCluster', { hostIds: [hostId], clusterId })).toMatchObject({
        ok: true,
      });
      // In either order: the new collector may be told first.
      first.meetHosts();
      next.meetHosts();
      await seenAgain(hostId);
      expect([first, next].map((each) => each.isHeard(hostId))).toEqual(
        clusterId === second ? [undefined, true] : [true, undefined],
      );
    }
    for (const { counted: ms, passed } of await counted(from)) {
      expect(ms).toBe(passed);
      expect(ms).toBeGreaterThan(1000);
    }
  });

  const run = (fleet: Engine, engineId: string, more: { priority: number; leaseMs: number }) => {
    const stop = new AbortController();
    const parts = { ...fleet.parts, ...more, settings, subscribed: async () => new Set<string>(), engineId };
    const ended = runFleetDuty(parts, stop.signal);
    const end = async (): Promise<void> => {
      stop.abort();
      await ended;
    };
    closing.push(end);
    return end;
  };
  const holders = async (): Promise<string[]> =>
    (await store.leases.list())
      .filter(({ name, holder }) => name.startsWith('collect:') && holder !== undefined)
      .map(({ holder }) => holder?.split(' ')[0] ?? '')
      .toSorted();

  test('a worker that comes gets its share of the clusters, and one that goes leaves its own; nothing is counted twice', async () => {
    const hosts = [await add(0, FIRST_CLUSTER_ID), await add(1, second)];
    for (const name of ['Third', 'Fourth']) await one.call('clusterCreate', { name });
    // Nobody dies here, and nobody waits to find out: leases outlast the test.
    const worker = { priority: 0, leaseMs: 600_000 };
    const leave = run(one, 'worker-1', worker);
    await vi.waitFor(async () => expect(await holders()).toEqual(Array(4).fill('worker-1')), soon);
    for (const hostId of hosts) await seenAgain(hostId);
    const from = await store.transaction<FleetTables, Map<string, number>>(async (trx) => {
      const rows = await lockMarks(trx);
      await trx.deleteFrom('usage_hour').execute();
      return new Map(rows.filter((row) => row.powered === 1).map((row) => [row.vm_uuid, row.at_ms]));
    });
    run(other, 'worker-2', worker);
    const shared = ['worker-1', 'worker-1', 'worker-2', 'worker-2'];
    await vi.waitFor(async () => expect(await holders()).toEqual(shared), soon);
    for (const hostId of hosts) await seenAgain(hostId);
    // One made now is whoever's who has the fewest by right.
    await one.call('clusterCreate', { name: 'Fifth' });
    await vi.waitFor(async () => expect(await holders()).toEqual(['worker-1', ...shared]), soon);
    await leave();
    await vi.waitFor(async () => expect(await holders()).toEqual(Array(5).fill('worker-2')), soon);
    for (const hostId of hosts) await seenAgain(hostId);
    expect(from.size).toBeGreaterThan(0);
    for (const { counted: ms, passed } of await counted(from)) expect(ms).toBe(passed);
  });

  test('a console collects what no worker does; a worker takes over, and clusters come and go', async () => {
    const hosts = [await add(0, FIRST_CLUSTER_ID), await add(1, second)];
    // One cluster is somebody else's for now.
    await store.leases.acquire({ name: collectDuty(second), holder: 'worker-2 x', ttlMs: 600_000 });
    run(one, 'console', { priority: 1, leaseMs: 5000 });
    await seenAgain(hosts[0]!);
    expect(await seenAt(hosts[1]!)).toBe(0);
    run(other, 'worker-1', { priority: 0, leaseMs: 5000 });
    await vi.waitFor(async () => expect(await holders()).toEqual(['worker-1', 'worker-2']), soon);
    await seenAgain(hosts[0]!);
    // A cluster that is made now is taken up, and a host that goes there with it.
    const made = await one.call('clusterCreate', { name: 'Third' });
    const third = made.ok ? made.value.clusterId : '';
    await one.call('hostMoveToCluster', { hostIds: [hosts[1]!], clusterId: third });
    await seenAgain(hosts[1]!);
    await one.call('hostMoveToCluster', { hostIds: [hosts[1]!], clusterId: FIRST_CLUSTER_ID });
    await one.call('clusterRemove', { clusterId: third });
    await vi.waitFor(async () => expect(await holders()).toHaveLength(2), soon);
    await seenAgain(hosts[1]!);
  });
});
