import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EntryGate } from '../../../platform/ssh/entry-gate.ts';
import { openStore } from '../../../platform/store/store-open.ts';
import { fleetForTest, fleetTestSchema, type FleetForTest } from '../../../testing/fleet-for-test.ts';
import { startPracticeFleet, type PracticeFleet } from '../../../testing/practice/practice-fleet.ts';
import { testProgram } from '../../../testing/store-for-test.ts';
import { HostWatch } from './host-watch.ts';
import { StoreClock } from '../hosts/store-clock.ts';

const patience = { timeout: 60_000, interval: 20 };

let practice: PracticeFleet;
let fleet: FleetForTest;
let hostId: string;

beforeEach(async () => {
  practice = await startPracticeFleet({ hosts: 1, vms: 1, bootMs: 50 });
  const store = await openStore({
    address: 'sqlite::memory:',
    schema: fleetTestSchema,
    program: testProgram,
  });
  fleet = fleetForTest(store);
  const [host] = practice.describe().hosts;
  const added = await fleet.call('hostAdd', {
    name: host!.name,
    address: host!.address,
    port: host!.port,
    auth: { kind: 'key', privateKey: practice.describe().privateKey },
    acceptedFingerprint: host!.fingerprint,
  });
  if (!added.ok) throw new Error(JSON.stringify(added));
  ({ hostId } = added.value);
});
afterEach(async () => {
  await fleet.close();
  await fleet.store.close();
  await practice.stop();
});

test('a watch leaves nothing behind on the signal that ends it, however often it waits', async () => {
  const { connections, log } = fleet.parts;
  const clock = new StoreClock(fleet.store);
  await clock.adjust();
  let sweeps = 0;
  const stop = new AbortController();
  const watching = new HostWatch({
    hostId,
    standing: { state: 'connecting', reason: '' },
    connections,
    asking: new EntryGate(1),
    reading: new EntryGate(1),
    sweeping: new EntryGate(1),
    clock,
    log,
    settings: { sweepMs: 100, slowMs: 60_000, factsMs: 3_600_000, countEveryMs: 0 },
    record: async ({ whole }) => {
      if (whole) sweeps += 1;
    },
    recordHost: async () => undefined,
    recordLost: async () => undefined,
    departed: () => undefined,
  }).run(stop.signal);
  await vi.waitFor(() => expect(sweeps).toBeGreaterThan(30), patience);
  expect(getEventListeners(stop.signal, 'abort').length).toBeLessThan(20);
  stop.abort();
  await watching;
});

test('who asks for a host while the way to it is closed gets a new one that stays', async () => {
  const { connections } = fleet.parts;
  const signal = AbortSignal.timeout(60_000);
  await connections.withHost(hostId, signal, async ({ session }) => await session.host.hostname());
  const dropping = connections.drop(hostId);
  const link = connections.hold(hostId);
  const states: string[] = [];
  link.onState(({ state }) => states.push(state));
  await link.ready(signal);
  await dropping;
  await connections.withHost(hostId, signal, async ({ session }) => await session.host.hostname());
  expect(states.filter((state) => state === 'lost')).toEqual([]);
  link.release();
});
