import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EntryGate } from '../../platform/ssh/entry-gate.ts';
import type { Lease } from '../../platform/store/leases.ts';
import { LeaseLost } from '../../platform/store/store-error.ts';
import type { Store } from '../../platform/store/store.ts';
import { fleetTestSchema } from '../../testing/fleet-for-test.ts';
import { hostRowForTest } from '../../testing/host-row.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { FleetTables } from './fleet-tables.ts';
import { FIRST_CLUSTER_ID } from './cluster-store.ts';
import { loadOf } from './load-meter.ts';
import { recordSighting, recordSightings, type SightingParts } from './sighting-record.ts';
import { SightingWriter } from './sighting-writer.ts';
import { HOUR_MS } from './usage-accrual.ts';
import { usageGaps, usageOf } from './usage-public.ts';
import { vmSeriesOf } from './vm-series.ts';
import { markProvisioned, provisioningRow } from './vm-provisioning-store.ts';
import { noteState } from './vm-on-host.ts';
import type { HostSighting, VmSighting } from './vm-sighting.ts';
import { insertVms, vmsWhole } from './vm-store.ts';
import type { VmShape } from './vm-xml.ts';

const T0 = Date.UTC(2026, 10, 22, 9, 0, 0);
const MINUTE = 60_000;
const uuidOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

function vm(n: number, more: Partial<VmSighting> = {}): VmSighting {
  return {
    uuid: uuidOf(n),
    name: `vm${n}`,
    state: 'running',
    boot: 'hv1/boot/1',
    cpuTimeMs: 1,
    vcpus: 2,
    memoryBytes: 1024 ** 3,
    memoryUsedBytes: undefined,
    cpuPercent: undefined,
    blocks: [],
    shape: undefined,
    addresses: undefined,
    os: undefined,
    agent: undefined,
    autostart: undefined,
    persistent: undefined,
    startedAtMs: undefined,
    minutes: [],
    ...more,
  };
}

const bareShape: VmShape = {
  uuid: uuidOf(9),
  name: 'vm9',
  memoryBytes: 1024 ** 3,
  vcpus: 2,
  disks: [],
  nics: [],
  graphics: [],
  hasSerial: true,
  agentChannel: true,
  agentConnected: false,
};

const inTheMaking = {
  hostId: 'hv1',
  customerId: null,
  templateId: 'tpl_1',
  vcpus: 2,
  memoryBytes: 1024 ** 3,
  diskBytes: 10 * 1024 ** 3,
  tags: [],
  os: '',
};

function seen(atMs: number, vms: readonly VmSighting[], more: Partial<HostSighting> = {}): HostSighting {
  return {
    hostId: 'hv1',
    atMs,
    whole: true,
    vms,
    undefinedUuids: [],
    switchedOff: [],
    events: [],
    host: {},
    ...more,
  };
}

interface More {
  readonly lease?: Lease;
  readonly deaf?: readonly string[];
  readonly store?: Store;
  readonly isHeard?: SightingParts['isHeard'];
  readonly countEveryMs?: number;
}

interface Room {
  readonly store: Store;
  readonly lease: Lease;
  parts(more?: More): SightingParts;
  record(sighting: HostSighting, more?: More): Promise<void>;
}

async function roomOn(store: Store): Promise<Room> {
  const db = store.tables<FleetTables>();
  await db
    .insertInto('host')
    .values([hostRowForTest('hv1', T0), hostRowForTest('hv2', T0)])
    .execute();
  const lease = await store.leases.acquire({ name: 'collect:default', holder: 'first', ttlMs: 1 });
  if (lease === undefined) throw new Error('the lease is free');
  const parts: Room['parts'] = (more = {}) => ({
    store: more.store ?? store,
    clusterId: FIRST_CLUSTER_ID,
    grant: { guard: async (trx) => await store.leases.guard(trx, more.lease ?? lease) },
    isHeard: more.isHeard ?? ((id) => !(more.deaf ?? []).includes(id)),
    countEveryMs: more.countEveryMs ?? 0,
    subscribed: async () => new Set(),
  });
  return {
    store,
    lease,
    parts,
    record: async (sighting, more) => await recordSighting(parts(more), sighting),
  };
}

describeOnBothStores('what was seen on a host', ({ openStoreForTest }) => {
  const open = async (): Promise<Room> => await roomOn(await openStoreForTest(fleetTestSchema));
  const vms = async ({ store }: Room) =>
    await vmsWhole(store.tables<FleetTables>()).orderBy('name').execute();

  test('is nothing from the collector of a cluster the host has left', async () => {
    const room = await open();
    await room.store.tables<FleetTables>().updateTable('host').set({ cluster_id: 'cluster_2' }).execute();
    await room.record(seen(T0, [vm(1)]));
    expect(await vms(room)).toEqual([]);
  });

  test('on a host of another collector, a VM stays where its row says it is heard', async () => {
    const room = await open();
    const elsewhere = { isHeard: () => undefined };
    await room.record(seen(T0, [vm(1)]));
    await room.record(seen(T0 + 1000, [vm(1)], { hostId: 'hv2' }), elsewhere);
    expect(await vms(room)).toMatchObject([{ host_id: 'hv1' }]);
    // Whoever collected it has stopped long ago.
    await room.record(seen(T0 + 3_600_000, [vm(1)], { hostId: 'hv2' }), elsewhere);
    expect(await vms(room)).toMatchObject([{ host_id: 'hv2' }]);
  });

  test('becomes rows, and only what changed is written and told', async () => {
    const room = await open();
    await room.record(seen(T0, [vm(1), vm(2)]));
    const cursor = await room.store.changes.cursor();
    await room.record(seen(T0 + 1000, [vm(1, { cpuPercent: 12.4 }), vm(2)]));
    const [first] = await vms(room);
    expect(first).toMatchObject({
      name: 'vm1',
      cpu_percent: 12,
      vcpus: 2,
      memory_bytes: 1024 ** 3,
      state: 'running',
    });
    // Loads move all the time: of them it is only told that something on that host did.
    expect(await told(room.store, cursor)).toEqual(['vm hv1']);
    const later = await room.store.changes.cursor();
    await room.record(seen(T0 + 2000, [vm(1, { cpuPercent: 13.4 }), vm(2)]));
    expect(await told(room.store, later)).toEqual([]);
    const afterwards = await room.store.changes.cursor();
    await room.record(
      seen(T0 + 3000, [vm(1, { state: 'paused', cpuPercent: 40 }), vm(2, { cpuPercent: 5 })]),
    );
    expect(await told(room.store, afterwards)).toEqual([`vm ${first?.id}`, 'host hv1']);
    expect((await vms(room))[1]).toMatchObject({ name: 'vm2', state: 'running', cpu_percent: 5 });
    await room.record(seen(T0 + 4000, [vm(1, { cpuPercent: 12.4 }), vm(2)]));
    const host = await room.store
      .tables<FleetTables>()
      .selectFrom('host')
      .selectAll()
      .where('id', '=', 'hv1')
      .executeTakeFirst();
    expect(host).toMatchObject({ vms: 2, vms_running: 2, cpu_sold: 4, memory_sold_bytes: 2 * 1024 ** 3 });
  });

  test('is told as one when much changed', async () => {
    const room = await open();
    const cursor = await room.store.changes.cursor();
    await room.record(
      seen(
        T0,
        Array.from({ length: 21 }, (_, n) => vm(n)),
      ),
    );
    expect(await told(room.store, cursor)).toEqual(['vm hv1', 'host hv1']);
  });

  test('follows a VM by its UUID: renamed, and moved to another host', async () => {
    const room = await open();
    await room.record(seen(T0, [vm(1)]));
    const [before] = await vms(room);
    await room.record(seen(T0 + 1000, [vm(1, { name: 'renamed' })]));
    // Both hosts know it while it moves; the one it ran on keeps it until it says that it is off.
    await room.record(seen(T0 + 2000, [vm(1, { boot: 'hv2/boot/9', state: 'paused' })], { hostId: 'hv2' }));
    expect(await vms(room)).toMatchObject([{ id: before?.id, host_id: 'hv1', name: 'renamed' }]);
    await room.record(seen(T0 + 3000, [vm(1, { state: 'shut-off', boot: '' })]));
    await room.record(seen(T0 + 4000, [vm(1, { boot: 'hv2/boot/9' })], { hostId: 'hv2' }));
    expect(await vms(room)).toMatchObject([
      { id: before?.id, host_id: 'hv2', state: 'running', name: 'vm1' },
    ]);
    // What stays behind, switched off, changes nothing.
    await room.record(seen(T0 + 5000, [vm(1, { state: 'shut-off', boot: '' })]));
    expect(await vms(room)).toMatchObject([{ host_id: 'hv2', state: 'running' }]);
  });

  test('on several hosts at once is as if one had been written after the other', async () => {
    const room = await open();
    await room.record(seen(T0, [vm(1), vm(2), vm(3)]));
    const ids = new Map((await vms(room)).map((row) => [row.name, row.id]));
    const cursor = await room.store.changes.cursor();
    const minutes = [{ minute: T0 / MINUTE, load: loadOf(() => 7) }];
    await recordSightings(room.parts(), [
      // It gives away one, and has one more.
      seen(T0 + MINUTE, [vm(1, { cpuPercent: 50, minutes }), vm(4)], { undefinedUuids: [uuidOf(3)] }),
      seen(T0 + MINUTE, [vm(2, { boot: 'hv2/b/1', minutes }), vm(5)], { hostId: 'hv2' }),
      // Removed meanwhile: nothing is known of it.
      seen(T0 + MINUTE, [vm(6)], { hostId: 'hv9' }),
    ]);
    expect((await vms(room)).map((row) => `${row.name} ${row.host_id} ${row.state}`)).toEqual([
      'vm1 hv1 running',
      'vm2 hv2 running',
      'vm4 hv1 running',
      'vm5 hv2 running',
    ]);
    expect((await vms(room)).slice(0, 2).map((row) => row.id)).toEqual([ids.get('vm1'), ids.get('vm2')]);
    const db = room.store.tables<FleetTables>();
    expect(await db.selectFrom('host').select(['id', 'vms', 'cpu_sold']).orderBy('id').execute()).toEqual([
      { id: 'hv1', vms: 2, cpu_sold: 4 },
      { id: 'hv2', vms: 2, cpu_sold: 4 },
    ]);
    const hours = await db.selectFrom('usage_hour').select(['vm_uuid', 'running_ms']).execute();
    expect(hours).toEqual([{ vm_uuid: uuidOf(1), running_ms: MINUTE }]);
    const blocks = await db.selectFrom('series_host_block').select(['host_id', 'step']).execute();
    expect(blocks.map((block) => block.host_id).toSorted()).toEqual(['hv1', 'hv2']);
    expect((await told(room.store, cursor)).filter((key) => key.startsWith('host'))).toHaveLength(2);
  });

  test('on one host cannot be written: the others of the same sweep are', async () => {
    const room = await open();
    const writer = new SightingWriter({ ...room.parts(), writes: new EntryGate(1) });
    const first = writer.write(seen(T0, [vm(1)]));
    const broken = expect(
      writer.write(seen(T0, [vm(2, { name: null as unknown as string })], { hostId: 'hv2' })),
    ).rejects.toThrow();
    await room.store
      .tables<FleetTables>()
      .insertInto('host')
      .values({ ...hostRowForTest('hv3', T0) })
      .execute();
    const third = writer.write(seen(T0, [vm(3)], { hostId: 'hv3' }));
    await first;
    await broken;
    await third;
    expect((await vms(room)).map((row) => row.name)).toEqual(['vm1', 'vm3']);
  });

  test('after an event is written before the sweeps of other hosts, and after what its own host showed before', async () => {
    const room = await open();
    const began = Promise.withResolvers<void>();
    const turn = Promise.withResolvers<void>();
    const order: string[] = [];
    // The first write holds the turn until all others wait for it.
    const writer = new SightingWriter({
      ...room.parts({ isHeard: () => true }),
      writes: new EntryGate(1),
      grant: {
        guard: async (trx) => {
          began.resolve();
          await turn.promise;
          await room.store.leases.guard(trx, room.lease);
        },
      },
    });
    const write = async (what: string, sighting: HostSighting): Promise<void> => {
      await writer.write(sighting);
      order.push(what);
    };
    const many = Array.from({ length: 1600 }, (_, n) => vm(1000 + n, { boot: 'hv1/b/1' }));
    const first = write('first', seen(T0, [vm(9)]));
    await began.promise;
    const writing = [
      first,
      write('big sweep', seen(T0 + 1, many)),
      write('its sweep', seen(T0 + 1, [vm(2), vm(3)], { hostId: 'hv2', host: { seen_at_ms: T0 + 1 } })),
      write(
        'its event',
        seen(T0 + 2, [vm(2, { state: 'paused' })], { hostId: 'hv2', whole: false, isHeard: true }),
      ),
    ];
    turn.resolve();
    await Promise.all(writing);
    expect(order).toEqual(['first', 'its sweep', 'its event', 'big sweep']);
    const [second] = (await vms(room)).filter((row) => row.name === 'vm2');
    expect(second).toMatchObject({ state: 'paused' });
    // Both were one transaction: what the sweep said of the host itself stands.
    const hosts = room.store.tables<FleetTables>().selectFrom('host').select(['id', 'seen_at_ms', 'vms']);
    expect(await hosts.where('id', '=', 'hv2').execute()).toEqual([
      { id: 'hv2', seen_at_ms: T0 + 1, vms: 2 },
    ]);
  });

  test('leaves alone what a later look at its host tells of', async () => {
    const room = await open();
    await room.record(seen(T0, [vm(1), vm(2)]));
    await room.record(seen(T0 + 1000, [], { leftOut: [uuidOf(1)] }));
    expect((await vms(room)).map((row) => `${row.name} ${row.state}`)).toEqual([
      'vm1 running',
      'vm2 missing',
    ]);
  });

  test('takes a VM from a host that is no longer heard', async () => {
    const room = await open();
    await room.record(seen(T0, [vm(1)]));
    await room.record(seen(T0 + 1000, [vm(1, { boot: 'hv2/b/1' })], { hostId: 'hv2' }), { deaf: ['hv1'] });
    expect(await vms(room)).toMatchObject([{ host_id: 'hv2', state: 'running' }]);
  });

  test('calls missing what vanished, and forgets in time what nobody owns', async () => {
    const room = await open();
    await room.record(seen(T0, [vm(1), vm(2), vm(3), vm(4)]));
    const db = room.store.tables<FleetTables>();
    await db.updateTable('vm').set({ customer_id: 'cus_1' }).where('name', '=', 'vm1').execute();
    await db.updateTable('vm').set({ state: 'provisioning' }).where('name', '=', 'vm3').execute();
    await room.record(seen(T0 + 1000, [], { undefinedUuids: [uuidOf(4)] }));
    const states = async () => (await vms(room)).map((row) => `${row.name} ${row.state}`);
    expect(await states()).toEqual(['vm1 missing', 'vm2 missing', 'vm3 provisioning']);
    await room.record(seen(T0 + 400_000, []));
    expect(await states()).toEqual(['vm1 missing', 'vm3 provisioning']);
    await room.record(seen(T0 + 401_000, [vm(1), vm(3)]));
    expect(await states()).toEqual(['vm1 running', 'vm3 provisioning']);
  });

  test('keeps the address a new VM answered at, and hands it over even while it is being looked at', async () => {
    const room = await open();
    const made = {
      vmId: 'vm_new',
      hostId: 'hv1',
      mac: '52:54:00:00:00:01',
      source: 'br0',
      address: '10.0.0.7',
    };
    await room.store.transaction(async (trx) => {
      const row = provisioningRow({ ...inTheMaking, vmId: made.vmId, uuid: uuidOf(9), name: 'vm9' }, T0);
      await insertVms(trx, room.store, [row]);
    });
    // Rounds of looks while it is handed over: whichever is first, none of them puts it back into the making.
    const looks = Array.from({ length: 12 }, async (_, n) => await room.record(seen(T0 + n, [vm(9)])));
    await Promise.all([...looks, markProvisioned(room.store, made)]);
    const nic = { mac: made.mac, model: 'virtio', source: 'br0', target: 'vnet1' };
    await room.record(seen(T0 + MINUTE, [vm(9, { shape: { ...bareShape, nics: [nic] } })]));
    const [row] = await vms(room);
    expect(row).toMatchObject({ id: 'vm_new', state: 'running', address: '10.0.0.7' });
    expect(JSON.parse(row!.nics)).toEqual([{ ...nic, addresses: ['10.0.0.7'] }]);
  });

  test.each([
    ['during our own action does not turn its row back', -200, 0, 'running'],
    ['after it, asked before it, neither', 200, 250, 'running'],
    ['after it says what the VM is', 200, 0, 'shut-off'],
    ['counts where a clock was set back since', -3_600_000, 0, 'shut-off'],
  ])('what was seen %s', async (_when, laterMs, tookMs, expected) => {
    const room = await open();
    await room.record(seen(T0, [vm(1, { state: 'shut-off', boot: '' })]));
    const [row] = await vms(room);
    await noteState({ store: room.store }, row!, 'running');
    const { noted_at_ms: notedAtMs } = (await vms(room))[0]!;
    const atMs = notedAtMs + laterMs;
    const off = vm(1, { state: 'shut-off', boot: '' });
    await room.record(seen(atMs, [off], { beganAtMs: atMs - tookMs }));
    expect(await vms(room)).toMatchObject([{ state: expected }]);
  });

  test('counts usage by the hour, also of a VM that is gone by now', async () => {
    const room = await open();
    await room.record(seen(T0 + 30 * MINUTE, [vm(1)]));
    const [row] = await vms(room);
    await room.record(seen(T0 + 90 * MINUTE, [vm(1)]));
    await room.record(
      seen(T0 + 91 * MINUTE, [vm(1, { state: 'shut-off', boot: '' })], {
        switchedOff: [{ uuid: uuidOf(1), atMs: T0 + 90.5 * MINUTE, boot: 'hv1/boot/1' }],
      }),
    );
    await room.record(seen(T0 + 92 * MINUTE, [], { undefinedUuids: [uuidOf(1)] }));
    expect(await vms(room)).toEqual([]);
    const range = { startMs: T0, endMs: T0 + 2 * HOUR_MS };
    const gib = (ms: number) => ({ runningMs: ms, vcpuMs: 2 * ms, mibMs: 1024 * ms });
    expect(await usageOf(room.store.tables(), [row!.id], range)).toEqual([
      { vmId: row!.id, hourAtMs: T0, ...gib(30 * MINUTE) },
      { vmId: row!.id, hourAtMs: T0 + HOUR_MS, ...gib(30.5 * MINUTE) },
    ]);
    expect(await usageOf(room.store.tables(), [row!.id], { ...range, endMs: T0 + HOUR_MS })).toHaveLength(1);
  });

  test('says whose usage is not counted to an instant, and whether their host is away', async () => {
    const room = await open();
    const db = room.store.tables<FleetTables>();
    await room.record(seen(T0, [vm(1)]));
    await room.record(seen(T0 + MINUTE, [vm(2)], { hostId: 'hv2' }));
    const ids = (await vms(room)).map(({ id }) => id);
    const gaps = async (endMs: number, asked: readonly string[] = ids) =>
      (await usageGaps(db, asked, { endMs, nowMs: Date.now() })).map(
        ({ vmId, isAway }) => [ids.indexOf(vmId) + 1, isAway] as const,
      );
    expect(await gaps(T0)).toEqual([]);
    expect(await gaps(T0 + MINUTE)).toEqual([[1, false]]);
    expect(new Map(await gaps(T0 + 2 * MINUTE))).toEqual(
      new Map([
        [1, false],
        [2, false],
      ]),
    );
    expect(await gaps(T0 + MINUTE, [ids[1]!, 'vm_never_seen'])).toEqual([]);
    const [gap] = await usageGaps(db, ids, { endMs: T0 + MINUTE, nowMs: Date.now() });
    expect(gap?.reason).toMatch(/^hv1 was last heard at 2026-11-22 09:00 UTC$/);
    const states = [
      ['connected', T0, false],
      ['connecting', T0, false],
      ['slow', Date.now(), false],
      ['slow', T0 - 30 * 24 * HOUR_MS, true],
      ['unreachable', Date.now(), true],
      ['refused', Date.now(), true],
      ['key-changed', Date.now(), true],
    ] as const;
    for (const [state, seenAtMs, isAway] of states) {
      await db.updateTable('host').set({ state, seen_at_ms: seenAtMs }).where('id', '=', 'hv1').execute();
      expect([state, await gaps(T0 + MINUTE)]).toEqual([state, [[1, isAway]]]);
    }
    // More than a statement takes values; a VM that is lost is no longer waited for.
    const many = [...Array.from({ length: 40_000 }, (_, n) => `vm_${n}`), ...ids];
    expect(await gaps(T0 + MINUTE, many)).toHaveLength(1);
    await room.record(seen(T0 + 2 * MINUTE, []));
    expect(await gaps(T0 + MINUTE)).toEqual([]);
  });

  test('is not written by a collector that has lost its duty, nor counted twice', async () => {
    const room = await open();
    await room.record(seen(T0, [vm(1)]));
    await expect
      .poll(
        async () =>
          await room.store.leases.acquire({ name: 'collect:default', holder: 'second', ttlMs: 60_000 }),
      )
      .toBeDefined();
    const current = (await room.store.leases.list())[0]!;
    const second: Lease = { name: current.name, holder: 'second', ttlMs: 60_000, token: current.token };
    await expect(room.record(seen(T0 + MINUTE, [vm(1, { name: 'late' })]))).rejects.toThrow(LeaseLost);
    expect(await vms(room)).toMatchObject([{ name: 'vm1' }]);
    await room.record(seen(T0 + MINUTE, [vm(1)]), { lease: second });
    const hours = await room.store.tables<FleetTables>().selectFrom('usage_hour').selectAll().execute();
    expect(hours).toMatchObject([{ running_ms: MINUTE }]);
  });

  test('keeps the load of complete minutes for the charts', async () => {
    const room = await open();
    const load = loadOf((field) => (field === 'cpuPercent' ? 12.5 : null));
    await room.record(seen(T0, [vm(1, { minutes: [{ minute: T0 / MINUTE - 1, load }] })]));
    const series = await vmSeriesOf(room.store.tables(), { uuid: uuidOf(1), range: '1h', nowMs: T0 });
    expect(series.cpuPercent.filter((value) => value !== null)).toEqual([12.5]);
  });
});

describe('usage', () => {
  describeOnBothStores('whatever happens to the collectors', ({ kind, openStoreForTest }) => {
    const step = fc.record({
      afterMs: fc.integer({ min: 1, max: 40 * MINUTE }),
      /** The write fails at its end, as if the process had been killed there. */
      dies: fc.boolean(),
      /** Another collector takes over. */
      other: fc.boolean(),
      repeats: fc.integer({ min: 0, max: 2 }),
      /** Marks may wait this long. */
      countEveryMs: fc.constantFrom(0, 10 * MINUTE),
    });

    test('is the time a VM was on, no more and no less', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
          const room = await roomOn(await openStoreForTest(fleetTestSchema));
          const dying = dyingStore(room.store);
          let lease = room.lease;
          let at = T0 + 7 * MINUTE;
          await room.record(seen(at, [vm(1)]), { lease });
          for (const [index, one] of steps.entries()) {
            if (one.other) lease = await takeOver(room.store, `collector ${index}`);
            at += one.afterMs;
            const sighting = seen(at, [vm(1, { cpuTimeMs: at - T0 })]);
            if (one.dies)
              await expect(room.record(sighting, { lease, store: dying })).rejects.toThrow('killed');
            else {
              const { countEveryMs } = one;
              for (let n = 0; n <= one.repeats; n += 1) await room.record(sighting, { lease, countEveryMs });
            }
          }
          at += 1;
          await room.record(seen(at, [vm(1, { cpuTimeMs: at - T0 })]), { lease });
          const hours = await room.store.tables<FleetTables>().selectFrom('usage_hour').selectAll().execute();
          const total = hours.reduce((sum, hour) => sum + hour.running_ms, 0);
          expect(total).toBe(at - (T0 + 7 * MINUTE));
          expect(
            hours.every(
              (hour) => hour.vcpu_ms === 2 * hour.running_ms && hour.memory_mib_ms === 1024 * hour.running_ms,
            ),
          ).toBe(true);
        }),
        { numRuns: kind === 'sqlite' ? 30 : 5 },
      );
    });
  });
});

/** Its transactions do everything and then break off before the commit. */
function dyingStore(store: Store): Store {
  return {
    ...store,
    transaction: (async (work: (trx: never) => Promise<unknown>) =>
      await store.transaction(async (trx) => {
        await work(trx as never);
        throw new Error('killed');
      })) as Store['transaction'],
  };
}

async function takeOver(store: Store, holder: string): Promise<Lease> {
  for (;;) {
    const lease = await store.leases.acquire({ name: 'collect:default', holder, ttlMs: 1 });
    if (lease !== undefined) return lease;
  }
}

async function told(store: Store, after: string): Promise<string[]> {
  const stop = new AbortController();
  const items: string[] = [];
  await store.transaction(async (trx) => await store.changes.note(trx, 'end', 'end'));
  for await (const item of store.changes.subscribe({ after, signal: stop.signal })) {
    if ('reset' in item || item.topic === 'end') stop.abort();
    else items.push(`${item.topic} ${item.key}`);
  }
  return items;
}
