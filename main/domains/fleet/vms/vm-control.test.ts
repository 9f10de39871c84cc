import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openStore } from '../../../platform/store/store-open.ts';
import { fleetForTest, fleetTestSchema, type FleetForTest } from '../../../testing/fleet-for-test.ts';
import { startPracticeFleet, type PracticeFleet } from '../../../testing/practice/practice-fleet.ts';

const soon = { timeout: 60_000, interval: 20 };

describe('a VM of a fleet', () => {
  let practice: PracticeFleet;
  let fleet: FleetForTest;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    practice = await startPracticeFleet({ hosts: 1, vms: 6, bootMs: 50 });
    const program = { name: 'Innkeeper', version: '1.0.0' };
    fleet = fleetForTest(await openStore({ address: 'sqlite::memory:', schema: fleetTestSchema, program }));
    const { hosts, privateKey } = practice.describe();
    const { name, address, port, fingerprint } = hosts[0]!;
    const auth = { kind: 'key' as const, privateKey };
    expect(
      await fleet.call('hostAdd', { name, address, port, auth, acceptedFingerprint: fingerprint }),
    ).toMatchObject({ ok: true });
    stop = fleet.collect();
    await vi.waitFor(async () => expect((await rows('')).length).toBe(6), soon);
  });
  afterAll(async () => {
    await stop();
    await fleet.close();
    await fleet.store.close();
    await practice.stop();
  });

  const rows = async (query: string) => {
    const listed = await fleet.call('vmList', { query });
    return listed.ok ? listed.value.rows : [];
  };
  const stateOf = async (vmId: string): Promise<string> => {
    const got = await fleet.call('vmGet', { vmId });
    return got.ok ? got.value.state : got.code;
  };
  const running = async (): Promise<string> => (await rows('state:running'))[0]!.id;

  test('goes through its states by our hand, the row with it at once', async () => {
    const vmId = await running();
    const steps = [
      ['vmPause', 'paused'],
      ['vmResume', 'running'],
      ['vmReset', 'running'],
      ['vmForceOff', 'shut-off'],
      ['vmStart', 'running'],
    ] as const;
    for (const [operation, state] of steps) {
      expect(await fleet.call(operation, { vmId }), operation).toMatchObject({ ok: true });
      expect(await stateOf(vmId), operation).toBe(state);
    }
  });

  test('is refused what its state does not allow, with the reason a button would give', async () => {
    const vmId = await running();
    expect(await fleet.call('vmStart', { vmId })).toMatchObject({
      code: 'not-now',
      facts: { reason: 'it is on already' },
    });
    expect(await fleet.call('vmResume', { vmId })).toMatchObject({
      code: 'not-now',
      facts: { reason: 'it is not paused' },
    });
    await fleet.call('vmForceOff', { vmId });
    for (const operation of ['vmForceOff', 'vmReboot', 'vmReset', 'vmPause'] as const) {
      expect(await fleet.call(operation, { vmId }), operation).toMatchObject({
        code: 'not-now',
        facts: { reason: 'it is stopped' },
      });
    }
    await fleet.call('vmStart', { vmId });
  });

  test('that two people start at once is started once', async () => {
    const vmId = await running();
    await fleet.call('vmForceOff', { vmId });
    const both = await Promise.all([fleet.call('vmStart', { vmId }), fleet.call('vmStart', { vmId })]);
    expect(both.map((one) => (one.ok ? 'done' : one.code)).sort()).toEqual(['done', 'not-now']);
    // A look at the host that began before the start may be written after it; what the host tells next sets it right.
    await expect.poll(async () => await stateOf(vmId), { timeout: 60_000 }).toBe('running');
  });

  test('is watched by many with one question to its host', async () => {
    const vmId = await running();
    const watch = async (): Promise<string[]> => {
      const leave = new AbortController();
      const seen: string[] = [];
      const upstream = (async function* () {
        // Nothing is sent.
      })();
      for await (const { item } of fleet.handlers.vmLive({ vmId }, fleet.context(leave.signal), {
        upstream,
      })) {
        seen.push(item.at);
        if (seen.length === 2) break;
      }
      return seen;
    };
    const [one, two, three] = await Promise.all([watch(), watch(), watch()]);
    expect(one).toEqual(two);
    expect(one).toEqual(three);
  });

  test('that is no more says so', async () => {
    const vmId = await running();
    await fleet.tables.updateTable('vm').set({ state: 'missing' }).where('id', '=', vmId).execute();
    expect(await fleet.call('vmStart', { vmId })).toMatchObject({
      code: 'not-now',
      facts: { reason: 'it is no longer on its host' },
    });
    expect(await fleet.call('vmXml', { vmId })).toMatchObject({ code: 'not-now' });
    await fleet.tables.updateTable('vm').set({ state: 'running' }).where('id', '=', vmId).execute();
  });

  test('on a host that dies in the middle of it: what happened is not known, and it says so', async () => {
    const vmId = await running();
    const { name } = practice.hosts[0]!;
    await practice.fault(name, { kind: 'slow', delayMs: 1_000 });
    const pausing = fleet.call('vmPause', { vmId }).then(
      (answer) => JSON.stringify(answer),
      (error: unknown) => (error as { code?: string }).code,
    );
    await practice.fault(name, { kind: 'kill-daemon' });
    expect(await pausing).toMatch(/host-lost|host-away/);
    expect(await fleet.call('vmPause', { vmId })).toMatchObject({ code: 'host-away', facts: { host: name } });
    await practice.fault(name, { kind: 'heal' });
  });
});
