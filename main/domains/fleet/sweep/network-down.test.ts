import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openStore } from '../../../platform/store/store-open.ts';
import {
  fleetForTest,
  fleetTestSchema,
  logForTest,
  type FleetForTest,
} from '../../../testing/fleet-for-test.ts';
import { startPracticeFleet, type PracticeFleet } from '../../../testing/practice/practice-fleet.ts';
import { testProgram } from '../../../testing/store-for-test.ts';
import { fleetExceptions } from '../fleet-overview.ts';

// Silence has to last before it is believed.
const PATIENCE = { timeout: 240_000 };
const patient = { timeout: 120_000, interval: 100 };

let practice: PracticeFleet;
let fleet: FleetForTest;
let heard: string[];
let stop: () => Promise<void>;

beforeEach(async () => {
  heard = [];
  practice = await startPracticeFleet({ hosts: 3, vms: 6, bootMs: 50 });
  const store = await openStore({
    address: 'sqlite::memory:',
    schema: fleetTestSchema,
    program: testProgram,
  });
  fleet = fleetForTest(store, logForTest(heard));
  for (const { name, address, port, fingerprint } of practice.describe().hosts) {
    const auth = { kind: 'key' as const, privateKey: practice.describe().privateKey };
    await fleet.call('hostAdd', { name, address, port, auth, acceptedFingerprint: fingerprint });
  }
  stop = fleet.collect({ sweepMs: 500, slowMs: 5_000, factsMs: 60_000 });
  await vi.waitFor(
    async () => expect(await states()).toEqual(['connected', 'connected', 'connected']),
    patient,
  );
});
afterEach(async () => {
  await stop();
  await fleet.close();
  await fleet.store.close();
  await practice.stop();
});

async function states(): Promise<string[]> {
  const rows = await fleet.tables.selectFrom('host').select('state').execute();
  return rows.map((row) => row.state);
}

async function standing(): Promise<{ key: string; count: number; detail: string }[]> {
  return (await fleetExceptions(fleet.tables as never, Date.now())).filter(({ count }) => count > 0);
}

test('when no host answers it is said once, and it is your network', PATIENCE, async () => {
  const names = practice.hosts.map((host) => host.name);
  await practice.fault(names[0]!, { kind: 'silent' });
  await vi.waitFor(
    async () => expect(await standing()).toMatchObject([{ key: 'hosts-unreachable', count: 1 }]),
    patient,
  );
  await practice.fault(names[1]!, { kind: 'silent' });
  await practice.fault(names[2]!, { kind: 'silent' });
  await vi.waitFor(
    async () =>
      expect(await standing()).toMatchObject([
        { key: 'network-down', count: 3, detail: expect.stringContaining('VPN') as string },
      ]),
    patient,
  );
  const told = await fleet.tables
    .selectFrom('host')
    .select('reason')
    .where('reason_code', '=', 'network-down')
    .execute();
  expect(told[0]?.reason).toMatch(/^Your network is down: none of 3 hosts answers\./);
  expect(heard.filter((line) => line.includes('our own network is down'))).toHaveLength(1);

  for (const name of names) await practice.fault(name, { kind: 'heal' });
  const first = await fleet.tables.selectFrom('host').select('id').executeTakeFirstOrThrow();
  await fleet.call('hostRefresh', { hostId: first.id });
  await vi.waitFor(
    async () => expect(await states()).toEqual(['connected', 'connected', 'connected']),
    patient,
  );
  expect(await standing()).toEqual([]);
});
