import { expect, test } from 'vitest';
import { EntryGate } from '../../../platform/ssh/entry-gate.ts';
import type { Lease } from '../../../platform/store/leases.ts';
import { LeaseLost } from '../../../platform/store/store-error.ts';
import type { Store } from '../../../platform/store/store.ts';
import { fleetTestSchema } from '../../../testing/fleet-for-test.ts';
import { hostRowForTest } from '../../../testing/host-row.ts';
import {
  hostSeen,
  MINUTE_MS,
  sightingRoom,
  T0,
  uuidOf,
  vmSeen,
  type SightingRoom,
} from '../../../testing/sightings-for-test.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { loadOf } from './load-meter.ts';
import { recordSightings } from './sighting-record.ts';
import { SightingWriter } from './sighting-writer.ts';
import { vmSeriesOf } from '../series/vm-series.ts';
import { markProvisioned, provisioningRow } from '../vms/vm-provisioning-store.ts';
import { noteState } from '../vms/vm-on-host.ts';
import { insertVms, vmsWhole } from '../vms/vm-store.ts';
import type { VmShape } from '../vms/vm-xml.ts';

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

describeOnBothStores('what was seen on a host', ({ openStoreForTest }) => {
  const open = async (): Promise<SightingRoom> => await sightingRoom(await openStoreForTest(fleetTestSchema));
  const vms = async ({ store }: SightingRoom) =>
    await vmsWhole(store.tables<FleetTables>()).orderBy('name').execute();

  test('is nothing from the collector of a cluster the host has left', async () => {
    const room = await open();
    await room.store.tables<FleetTables>().updateTable('host').set({ cluster_id: 'cluster_2' }).execute();
    await room.record(hostSeen(T0, [vmSeen(1)]));
    expect(await vms(room)).toEqual([]);
  });

  test('on a host of another collector, a VM stays where its row says it is heard', async () => {
    const room = await open();
    const elsewhere = { isHeard: () => undefined };
    await room.record(hostSeen(T0, [vmSeen(1)]));
    await room.record(hostSeen(T0 + 1000, [vmSeen(1)], { hostId: 'hv2' }), elsewhere);
    expect(await vms(room)).toMatchObject([{ host_id: 'hv1' }]);
    // Whoever collected it has stopped long ago.
    await room.record(hostSeen(T0 + 3_600_000, [vmSeen(1)], { hostId: 'hv2' }), elsewhere);
    expect(await vms(room)).toMatchObject([{ host_id: 'hv2' }]);
  });

  test('becomes rows, and only what changed is written and told', async () => {
    const room = await open();
    await room.record(hostSeen(T0, [vmSeen(1), vmSeen(2)]));
    const cursor = await room.store.changes.cursor();
    await room.record(hostSeen(T0 + 1000, [vmSeen(1, { cpuPercent: 12.4 }), vmSeen(2)]));
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
    await room.record(hostSeen(T0 + 2000, [vmSeen(1, { cpuPercent: 13.4 }), vmSeen(2)]));
    expect(await told(room.store, later)).toEqual([]);
    const afterwards = await room.store.changes.cursor();
    await room.record(
      hostSeen(T0 + 3000, [vmSeen(1, { state: 'paused', cpuPercent: 40 }), vmSeen(2, { cpuPercent: 5 })]),
    );
    expect(await told(room.store, afterwards)).toEqual([`vm ${first?.id}`, 'host hv1']);
    expect((await vms(room))[1]).toMatchObject({ name: 'vm2', state: 'running', cpu_percent: 5 });
    await room.record(hostSeen(T0 + 4000, [vmSeen(1, { cpuPercent: 12.4 }), vmSeen(2)]));
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
      hostSeen(
        T0,
        Array.from({ length: 21 }, (_, n) => vmSeen(n)),
      ),
    );
    expect(await told(room.store, cursor)).toEqual(['vm hv1', 'host hv1']);
  });

  test('follows a VM by its UUID: renamed, and moved to another host', async () => {
    const room = await open();
    await room.record(hostSeen(T0, [vmSeen(1)]));
    const [before] = await vms(room);
    await room.record(hostSeen(T0 + 1000, [vmSeen(1, { name: 'renamed' })]));
    // Both hosts know it while it moves; the one it ran on keeps it until it says that it is off.
    await room.record(
      hostSeen(T0 + 2000, [vmSeen(1, { boot: 'hv2/boot/9', state: 'paused' })], { hostId: 'hv2' }),
    );
    expect(await vms(room)).toMatchObject([{ id: before?.id, host_id: 'hv1', name: 'renamed' }]);
    await room.record(hostSeen(T0 + 3000, [vmSeen(1, { state: 'shut-off', boot: '' })]));
    await room.record(hostSeen(T0 + 4000, [vmSeen(1, { boot: 'hv2/boot/9' })], { hostId: 'hv2' }));
    expect(await vms(room)).toMatchObject([
      { id: before?.id, host_id: 'hv2', state: 'running', name: 'vm1' },
    ]);
    // What stays behind, switched off, changes nothing.
    await room.record(hostSeen(T0 + 5000, [vmSeen(1, { state: 'shut-off', boot: '' })]));
    expect(await vms(room)).toMatchObject([{ host_id: 'hv2', state: 'running' }]);
  });

  test('on several hosts at once is as if one had been written after the other', async () => {
    const room = await open();
    await room.record(hostSeen(T0, [vmSeen(1), vmSeen(2), vmSeen(3)]));
    const ids = new Map((await vms(room)).map((row) => [row.name, row.id]));
    const cursor = await room.store.changes.cursor();
    const minutes = [{ minute: T0 / MINUTE_MS, load: loadOf(() => 7) }];
    await recordSightings(room.parts(), [
      // It gives away one, and has one more.
      hostSeen(T0 + MINUTE_MS, [vmSeen(1, { cpuPercent: 50, minutes }), vmSeen(4)], {
        undefinedUuids: [uuidOf(3)],
      }),
      hostSeen(T0 + MINUTE_MS, [vmSeen(2, { boot: 'hv2/b/1', minutes }), vmSeen(5)], { hostId: 'hv2' }),
      // Removed meanwhile: nothing is known of it.
      hostSeen(T0 + MINUTE_MS, [vmSeen(6)], { hostId: 'hv9' }),
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
    expect(hours).toEqual([{ vm_uuid: uuidOf(1), running_ms: MINUTE_MS }]);
    const blocks = await db.selectFrom('series_host_block').select(['host_id', 'step']).execute();
    expect(blocks.map((block) => block.host_id).toSorted()).toEqual(['hv1', 'hv2']);
    expect((await told(room.store, cursor)).filter((key) => key.startsWith('host'))).toHaveLength(2);
  });

  test('on one host cannot be written: the others of the same sweep are', async () => {
    const room = await open();
    const writer = new SightingWriter({ ...room.parts(), writes: new EntryGate(1) });
    const first = writer.write(hostSeen(T0, [vmSeen(1)]));
    const broken = expect(
      writer.write(hostSeen(T0, [vmSeen(2, { name: null as unknown as string })], { hostId: 'hv2' })),
    ).rejects.toThrow();
    await room.store
      .tables<FleetTables>()
      .insertInto('host')
      .values({ ...hostRowForTest('hv3', T0) })
      .execute();
    const third = writer.write(hostSeen(T0, [vmSeen(3)], { hostId: 'hv3' }));
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
    const write = async (what: string, sighting: ReturnType<typeof hostSeen>): Promise<void> => {
      await writer.write(sighting);
      order.push(what);
    };
    const many = Array.from({ length: 1600 }, (_, n) => vmSeen(1000 + n, { boot: 'hv1/b/1' }));
    const first = write('first', hostSeen(T0, [vmSeen(9)]));
    await began.promise;
    const writing = [
      first,
      write('big sweep', hostSeen(T0 + 1, many)),
      write(
        'its sweep',
        hostSeen(T0 + 1, [vmSeen(2), vmSeen(3)], { hostId: 'hv2', host: { seen_at_ms: T0 + 1 } }),
      ),
      write(
        'its event',
        hostSeen(T0 + 2, [vmSeen(2, { state: 'paused' })], { hostId: 'hv2', whole: false, isHeard: true }),
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
    await room.record(hostSeen(T0, [vmSeen(1), vmSeen(2)]));
    await room.record(hostSeen(T0 + 1000, [], { leftOut: [uuidOf(1)] }));
    expect((await vms(room)).map((row) => `${row.name} ${row.state}`)).toEqual([
      'vm1 running',
      'vm2 missing',
    ]);
  });

  test('takes a VM from a host that is no longer heard', async () => {
    const room = await open();
    await room.record(hostSeen(T0, [vmSeen(1)]));
    await room.record(hostSeen(T0 + 1000, [vmSeen(1, { boot: 'hv2/b/1' })], { hostId: 'hv2' }), {
      deaf: ['hv1'],
    });
    expect(await vms(room)).toMatchObject([{ host_id: 'hv2', state: 'running' }]);
  });

  test('calls missing what vanished, and forgets in time what nobody owns', async () => {
    const room = await open();
    await room.record(hostSeen(T0, [vmSeen(1), vmSeen(2), vmSeen(3), vmSeen(4)]));
    const db = room.store.tables<FleetTables>();
    await db.updateTable('vm').set({ customer_id: 'cus_1' }).where('name', '=', 'vm1').execute();
    await db.updateTable('vm').set({ state: 'provisioning' }).where('name', '=', 'vm3').execute();
    await room.record(hostSeen(T0 + 1000, [], { undefinedUuids: [uuidOf(4)] }));
    const states = async () => (await vms(room)).map((row) => `${row.name} ${row.state}`);
    expect(await states()).toEqual(['vm1 missing', 'vm2 missing', 'vm3 provisioning']);
    await room.record(hostSeen(T0 + 400_000, []));
    expect(await states()).toEqual(['vm1 missing', 'vm3 provisioning']);
    await room.record(hostSeen(T0 + 401_000, [vmSeen(1), vmSeen(3)]));
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
    const looks = Array.from(
      { length: 12 },
      async (_, n) => await room.record(hostSeen(T0 + n, [vmSeen(9)])),
    );
    await Promise.all([...looks, markProvisioned(room.store, made)]);
    const nic = { mac: made.mac, model: 'virtio', source: 'br0', target: 'vnet1' };
    await room.record(hostSeen(T0 + MINUTE_MS, [vmSeen(9, { shape: { ...bareShape, nics: [nic] } })]));
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
    await room.record(hostSeen(T0, [vmSeen(1, { state: 'shut-off', boot: '' })]));
    const [row] = await vms(room);
    await noteState({ store: room.store }, row!, 'running');
    const { noted_at_ms: notedAtMs } = (await vms(room))[0]!;
    const atMs = notedAtMs + laterMs;
    const off = vmSeen(1, { state: 'shut-off', boot: '' });
    await room.record(hostSeen(atMs, [off], { beganAtMs: atMs - tookMs }));
    expect(await vms(room)).toMatchObject([{ state: expected }]);
  });

  test('is not written by a collector that has lost its duty, nor counted twice', async () => {
    const room = await open();
    await room.record(hostSeen(T0, [vmSeen(1)]));
    await expect
      .poll(
        async () =>
          await room.store.leases.acquire({ name: 'collect:default', holder: 'second', ttlMs: 60_000 }),
      )
      .toBeDefined();
    const current = (await room.store.leases.list())[0]!;
    const second: Lease = { name: current.name, holder: 'second', ttlMs: 60_000, token: current.token };
    await expect(room.record(hostSeen(T0 + MINUTE_MS, [vmSeen(1, { name: 'late' })]))).rejects.toThrow(
      LeaseLost,
    );
    expect(await vms(room)).toMatchObject([{ name: 'vm1' }]);
    await room.record(hostSeen(T0 + MINUTE_MS, [vmSeen(1)]), { lease: second });
    const hours = await room.store.tables<FleetTables>().selectFrom('usage_hour').selectAll().execute();
    expect(hours).toMatchObject([{ running_ms: MINUTE_MS }]);
  });

  test('keeps the load of complete minutes for the charts', async () => {
    const room = await open();
    const load = loadOf((field) => (field === 'cpuPercent' ? 12.5 : null));
    await room.record(hostSeen(T0, [vmSeen(1, { minutes: [{ minute: T0 / MINUTE_MS - 1, load }] })]));
    const series = await vmSeriesOf(room.store.tables(), { uuid: uuidOf(1), range: '1h', nowMs: T0 });
    expect(series.cpuPercent.filter((value) => value !== null)).toEqual([12.5]);
  });
});

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
