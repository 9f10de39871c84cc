import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CallInputOf } from '../../../shared/contract/operation.ts';
import type { fleetContract } from '../../../shared/domains/fleet/fleet-contract.ts';
import {
  fleetForTest,
  fleetTestSchema,
  logForTest,
  type FleetForTest,
} from '../../testing/fleet-for-test.ts';
import { startPracticeFleet, type PracticeFleet } from '../../testing/practice/practice-fleet.ts';
import { describeOnBothStores, testWhen } from '../../testing/store-for-test.ts';
import type { HostWatchSettings } from './sweep/host-watch.ts';

const soon = { timeout: 60_000, interval: 20 };
const quick: Partial<HostWatchSettings> = { sweepMs: 300, slowMs: 5_000, factsMs: 2_000 };

describeOnBothStores('a collected fleet', ({ kind, openStoreForTest }) => {
  let practice: PracticeFleet;
  let fleet: FleetForTest;
  let heard: string[];
  const stops: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    heard = [];
    practice = await startPracticeFleet({ hosts: 2, vms: 12, bootMs: 50 });
    fleet = fleetForTest(await openStoreForTest(fleetTestSchema), logForTest(heard));
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await fleet.close();
    await practice.stop();
    expect(heard.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  const collect = (settings: Partial<HostWatchSettings> = quick): void =>
    void stops.push(fleet.collect(settings));
  const add = async (
    index: number,
    more: Partial<CallInputOf<typeof fleetContract.hostAdd>> = {},
  ): Promise<string> => {
    const { hosts, privateKey } = practice.describe();
    const { name, address, port, fingerprint } = hosts[index]!;
    const auth = { kind: 'key' as const, privateKey };
    const added = await fleet.call('hostAdd', {
      name,
      address,
      port,
      auth,
      acceptedFingerprint: fingerprint,
      ...more,
    });
    if (!added.ok) throw new Error(JSON.stringify(added));
    return added.value.hostId;
  };
  const host = async (id: string) =>
    await fleet.tables.selectFrom('host').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const total = async (query = ''): Promise<number> => {
    const listed = await fleet.call('vmList', { query });
    return listed.ok ? listed.value.total : -1;
  };

  test('shows every VM of every host, and what each host is', async () => {
    const first = await add(0);
    await add(1);
    collect();
    await vi.waitFor(async () => expect(await total()).toBe(12), soon);
    await vi.waitFor(async () => expect((await host(first)).cpu_sold).toBeGreaterThan(0), soon);
    const names = [...practice.hosts[0]!.machine.vms.values()].map((vm) => vm.name).sort();
    const listed = await fleet.call('vmList', { query: `host:${practice.hosts[0]!.name}`, sort: 'name' });
    expect(listed.ok && listed.value.rows.map((row) => row.name)).toEqual(names);
    expect(await fleet.call('hostGet', { hostId: first })).toMatchObject({
      ok: true,
      value: {
        state: 'connected',
        reason: '',
        vms: names.length,
        pools: expect.arrayContaining([expect.objectContaining({ name: 'default' })]),
      },
    });
  });

  test('pages through the list by any column, forwards and back', async () => {
    await add(0);
    await add(1);
    collect();
    await vi.waitFor(async () => expect(await total()).toBe(12), soon);
    for (const stop of stops.splice(0)) await stop();
    const sorts = [
      'name',
      'state',
      'host',
      'customer',
      'cpu',
      'memory',
      'vcpus',
      'disk',
      'uptime',
      'address',
    ] as const;
    for (const sort of sorts) {
      for (const direction of ['asc', 'desc'] as const) {
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await fleet.call('vmList', {
            sort,
            direction,
            limit: 5,
            ...(cursor === undefined ? {} : { cursor }),
          });
          if (!page.ok) throw new Error(page.code);
          seen.push(...page.value.rows.map((row) => row.id));
          cursor = page.value.nextCursor ?? undefined;
        } while (cursor !== undefined);
        expect(new Set(seen).size, `${sort} ${direction}`).toBe(12);
      }
    }
  });

  // Takes as long as silence has to last to be believed: once is enough.
  testWhen(kind === 'sqlite')(
    'a host that goes silent does not hold up the other, and comes back by itself',
    { timeout: 120_000 },
    async () => {
      const silent = await add(0);
      const other = await add(1);
      collect();
      await vi.waitFor(async () => expect(await total()).toBe(12), soon);
      await practice.fault(practice.hosts[0]!.name, { kind: 'silent' });
      const before = (await host(other)).seen_at_ms ?? 0;
      await vi.waitFor(async () => expect((await host(silent)).state).toBe('unreachable'), {
        timeout: 60_000,
        interval: 100,
      });
      expect((await host(other)).seen_at_ms).toBeGreaterThan(before + 2_000);
      expect(await host(silent)).toMatchObject({ reason: expect.stringMatching(/\S/) });
      expect(await total(`host:${practice.hosts[0]!.name}`)).toBe(6);
      await practice.fault(practice.hosts[0]!.name, { kind: 'heal' });
      await fleet.call('hostRefresh', { hostId: silent });
      await vi.waitFor(async () => expect((await host(silent)).state).toBe('connected'), soon);
    },
  );

  test('a host whose daemon is slow is called slow, by the call that takes so long', async () => {
    const slow = await add(0);
    await add(1);
    collect({ ...quick, slowMs: 1_500 });
    await vi.waitFor(async () => expect(await total()).toBe(12), soon);
    await practice.fault(practice.hosts[0]!.name, { kind: 'slow', delayMs: 2_500 });
    await vi.waitFor(
      async () =>
        expect(await host(slow)).toMatchObject({
          state: 'slow',
          reason: expect.stringContaining('CONNECT_'),
        }),
      soon,
    );
    await practice.fault(practice.hosts[0]!.name, { kind: 'heal' });
    await vi.waitFor(
      async () => expect(await host(slow)).toMatchObject({ state: 'connected', reason: '' }),
      soon,
    );
  });

  test('a host that refuses connections, and one that lets nobody in, say so', async () => {
    const refusing = await add(0);
    const locked = await add(1);
    collect();
    await vi.waitFor(async () => expect(await total()).toBe(12), soon);
    await practice.fault(practice.hosts[0]!.name, { kind: 'refuse' });
    await practice.fault(practice.hosts[1]!.name, { kind: 'auth-fail' });
    await practice.fault(practice.hosts[1]!.name, { kind: 'drop' });
    await vi.waitFor(async () => expect(await host(refusing)).toMatchObject({ state: 'unreachable' }), soon);
    await vi.waitFor(async () => expect(await host(locked)).toMatchObject({ state: 'refused' }), soon);
    await practice.fault(practice.hosts[1]!.name, { kind: 'heal' });
    await fleet.call('hostRefresh', { hostId: locked });
    await vi.waitFor(async () => expect((await host(locked)).state).toBe('connected'), soon);
  });

  test('a changed host key is refused until somebody replaces it', async () => {
    const changed = await add(0);
    collect();
    await vi.waitFor(async () => expect(await total()).toBe(6), soon);
    const { name } = practice.hosts[0]!;
    const before = practice.describe().hosts[0]!.fingerprint;
    await practice.fault(name, { kind: 'change-host-key' });
    await practice.fault(name, { kind: 'drop' });
    await vi.waitFor(async () => expect(await host(changed)).toMatchObject({ state: 'key-changed' }), soon);
    const { fingerprint } = practice.describe().hosts[0]!;
    expect((await host(changed)).reason).toContain(fingerprint);
    expect((await host(changed)).reason).toContain(before);
    expect(await fleet.call('hostKeyReplace', { hostId: changed, fingerprint })).toMatchObject({ ok: true });
    await vi.waitFor(
      async () =>
        expect(await host(changed)).toMatchObject({ state: 'connected', host_key_fingerprint: fingerprint }),
      soon,
    );
  });

  test('tells what changed, by VM', async () => {
    await add(0);
    collect({ ...quick, sweepMs: 60_000 });
    await vi.waitFor(async () => expect(await total()).toBe(6), soon);
    const running = await fleet.call('vmList', { query: 'state:running', limit: 1 });
    const vm = running.ok ? running.value.rows[0]! : undefined;
    const stop = new AbortController();
    const told: string[] = [];
    const listening = (async () => {
      for await (const item of fleet.store.changes.subscribe({ topics: ['vm'], signal: stop.signal })) {
        if (!('reset' in item)) told.push(item.key);
      }
    })();
    expect(await fleet.call('vmForceOff', { vmId: vm!.id })).toMatchObject({ ok: true });
    await vi.waitFor(() => expect(told).toContain(vm!.id), soon);
    stop.abort();
    await listening;
    expect(await total('state:shut-off')).toBeGreaterThan(0);
  });

  test('keeps tags, notes and customer of a VM, whatever its host says', async () => {
    await add(0);
    collect();
    await vi.waitFor(async () => expect(await total()).toBe(6), soon);
    const { id } = await fleet.tables.selectFrom('vm').select('id').executeTakeFirstOrThrow();
    expect(
      await fleet.call('vmNote', { vmId: id, notes: 'blue door', tags: ['web', 'web', 'eu'] }),
    ).toMatchObject({ ok: true });
    expect(await fleet.call('vmAssign', { vmId: id, customerId: 'cus_none' })).toMatchObject({
      code: 'no-such-customer',
    });
    fleet.billed.set(id, { id: 'sub_1', plan: 'Small' });
    expect(await fleet.call('vmAssign', { vmId: id, customerId: 'cus_none' })).toMatchObject({
      code: 'no-such-customer',
    });
    const swept =
      (await fleet.tables.selectFrom('host').select('seen_at_ms').executeTakeFirstOrThrow()).seen_at_ms ?? 0;
    await vi.waitFor(async () => {
      const row = await fleet.tables.selectFrom('host').select('seen_at_ms').executeTakeFirstOrThrow();
      expect(row.seen_at_ms).toBeGreaterThan(swept + 600);
    }, soon);
    expect(await fleet.call('vmGet', { vmId: id })).toMatchObject({
      value: { notes: 'blue door', tags: ['web', 'eu'], subscription: { id: 'sub_1', plan: 'Small' } },
    });
    expect(await total('tag:web')).toBe(1);
    // A part of a tag is not that tag, and neither is what stands between two in their JSON.
    for (const part of ['tag:we', 'tag:eb', 'tag:","', 'tag!=web,other -name:x tag:eu']) {
      expect(await total(part), part).toBe(0);
    }
    expect(await total('tag:other,EU')).toBe(1);
    expect(await total('-tag:eu')).toBe(5);
  });

  test('a host with billed VMs stays; without, it goes and its VMs with it', async () => {
    const hostId = await add(0);
    collect();
    await vi.waitFor(async () => expect(await total()).toBe(6), soon);
    const { name } = practice.hosts[0]!;
    const { id } = await fleet.tables.selectFrom('vm').select('id').executeTakeFirstOrThrow();
    fleet.billed.set(id, { id: 'sub_1', plan: 'Small' });
    expect(await fleet.call('hostRemove', { hostId, confirmName: name })).toMatchObject({
      code: 'host-has-billed-vms',
      facts: { count: 1, name },
    });
    fleet.billed.clear();
    expect(await fleet.call('hostRemove', { hostId, confirmName: name })).toMatchObject({ ok: true });
    expect(await total()).toBe(0);
    await vi.waitFor(() => expect(fleet.parts.connections.connected()).toEqual([]), soon);
    expect(await add(0)).not.toBe(hostId);
    await vi.waitFor(async () => expect(await total()).toBe(6), soon);
  });

  test('of two engines one collects; when it stops the other goes on', async () => {
    const hostId = await add(0);
    const stopFirst = fleet.collect(quick);
    await vi.waitFor(async () => expect(await total()).toBe(6), soon);
    stops.push(fleet.collect(quick));
    await stopFirst();
    const seen = (await host(hostId)).seen_at_ms ?? 0;
    await vi.waitFor(async () => expect((await host(hostId)).seen_at_ms).toBeGreaterThan(seen + 300), soon);
  });
});
