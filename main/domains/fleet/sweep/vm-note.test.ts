import type { Transaction } from 'kysely';
import { expect, test } from 'vitest';
import type { Store } from '../../../platform/store/store.ts';
import { fleetTestSchema } from '../../../testing/fleet-for-test.ts';
import { hostRowForTest } from '../../../testing/host-row.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { whileOpen } from '../../../testing/two-at-once.ts';
import { FIRST_CLUSTER_ID } from '../clusters/cluster-store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { lockHost } from '../hosts/host-store.ts';
import { recordSighting } from './sighting-record.ts';
import { noteDefinition } from './vm-note.ts';
import { provisioningRow } from '../vms/vm-provisioning-store.ts';
import type { HostSighting } from './vm-sighting.ts';
import { insertVms } from '../vms/vm-store.ts';

const UUID = '00000000-0000-4000-8000-000000000001';
const MINUTE = 60_000;
const GIB = 1024 ** 3;

const xmlOf = (
  name: string,
  vcpus: number,
): string => `<domain type='kvm'><name>${name}</name><uuid>${UUID}</uuid>
<memory unit='GiB'>2</memory><vcpu current='${vcpus}'>8</vcpu><devices>
<disk type='file' device='disk'><source file='/p/a.qcow2'/><target dev='vda' bus='virtio'/></disk></devices></domain>`;

async function openRoom(store: Store) {
  const db = store.tables<FleetTables>();
  const nowMs = await store.nowMs();
  await db
    .insertInto('host')
    .values([hostRowForTest('hv1', nowMs), hostRowForTest('hv2', nowMs)])
    .execute();
  const size = { vcpus: 2, memoryBytes: 2 * GIB, diskBytes: 10 * GIB };
  const whose = { customerId: null, templateId: 'tpl_1', tags: ['gold'], os: 'Debian' };
  const row = provisioningRow(
    { vmId: 'vm_1', uuid: UUID, hostId: 'hv1', name: 'acct-1', ...size, ...whose },
    nowMs,
  );
  await store.transaction(
    async (trx) => await insertVms(trx, store, [{ ...row, state: 'running', notes: 'by ada' }]),
  );
  const sighting = (atMs: number, vcpus: number, autostart?: boolean): HostSighting => ({
    hostId: 'hv1',
    atMs,
    whole: true,
    vms: [
      {
        uuid: UUID,
        name: 'acct-1',
        state: 'running',
        boot: 'b/1',
        cpuTimeMs: 1,
        vcpus,
        memoryBytes: 2 * GIB,
        memoryUsedBytes: undefined,
        cpuPercent: undefined,
        blocks: [],
        shape: undefined,
        addresses: undefined,
        os: undefined,
        agent: undefined,
        autostart,
        persistent: undefined,
        startedAtMs: undefined,
        minutes: [],
      },
    ],
    undefinedUuids: [],
    switchedOff: [],
    events: [],
    host: {},
  });
  const parts = {
    store,
    clusterId: FIRST_CLUSTER_ID,
    grant: { guard: async () => undefined },
    isHeard: () => true,
    countEveryMs: 0,
    subscribed: async () => new Set<string>(),
  };
  const note = async (
    name: string,
    vcpus: number,
    more: { autostart?: boolean; nextVcpus?: number } = {},
  ): Promise<void> => {
    const blocks = [{ target: 'vda', capacityBytes: 20 * GIB, allocationBytes: GIB }];
    await noteDefinition(
      { store },
      { id: 'vm_1', host_id: 'hv1' },
      {
        xml: xmlOf(name, vcpus),
        nextXml: xmlOf(name, more.nextVcpus ?? vcpus),
        state: 'running',
        blocks,
        ...more,
      },
    );
  };
  const stored = async () =>
    await db.selectFrom('vm').selectAll().where('uuid', '=', UUID).executeTakeFirstOrThrow();
  return { db, nowMs, parts, sighting, note, stored };
}

describeOnBothStores('what a host has just told of a VM that was changed', ({ openStoreForTest }) => {
  const open = async () => await openRoom(await openStoreForTest(fleetTestSchema));

  test('is in its row, and what people wrote stays; what is sold on the host is counted anew', async () => {
    const { db, note, stored } = await open();
    await note('acct-2', 4);
    expect(await stored()).toMatchObject({
      name: 'acct-2',
      vcpus: 4,
      disk_bytes: 20 * GIB,
      tags: '["gold"]',
    });
    expect(await db.selectFrom('vm_detail').selectAll().executeTakeFirst()).toMatchObject({
      notes: 'by ada',
    });
    expect(
      await db.selectFrom('host').select(['cpu_sold', 'vms']).where('id', '=', 'hv1').executeTakeFirst(),
    ).toEqual({
      cpu_sold: 4,
      vms: 1,
    });
  });

  test('is counted with the size of its next start where that is more, until it is off', async () => {
    const { db, nowMs, note, parts, sighting, stored } = await open();
    const sold = async () =>
      (await db.selectFrom('host').select('cpu_sold').where('id', '=', 'hv1').executeTakeFirst())?.cpu_sold;
    await note('acct-2', 4, { nextVcpus: 6 });
    expect(await sold()).toBe(6);
    // A look that knows nothing of its next start leaves that alone.
    await recordSighting(parts, sighting(nowMs + MINUTE, 4, false));
    expect(await sold()).toBe(6);
    await note('acct-2', 4, { nextVcpus: 2 });
    expect(await sold()).toBe(4);
    await note('acct-2', 4, { nextVcpus: 8 });
    const off = sighting(nowMs + 2 * MINUTE, 3, false);
    await recordSighting(parts, { ...off, vms: off.vms.map((vm) => ({ ...vm, state: 'shut-off' })) });
    expect(await sold()).toBe(3);
    expect(await stored()).toMatchObject({ vcpus: 3, next_vcpus: 0, next_memory_bytes: 0 });
  });

  test('is not turned back by a look that began before it', async () => {
    const { nowMs, note, parts, sighting, stored } = await open();
    await note('acct-2', 4, { autostart: true });
    await recordSighting(parts, sighting(nowMs - 1000, 2, false));
    expect(await stored()).toMatchObject({ name: 'acct-2', vcpus: 4, autostart: 1 });
    await recordSighting(parts, sighting(nowMs + MINUTE, 4, false));
    expect(await stored()).toMatchObject({ autostart: 0 });
  });

  test('and a look at its host at the same time do not write over each other', async () => {
    const { db, nowMs, note, parts, sighting, stored } = await open();
    await whileOpen(
      parts.store,
      async (trx) => {
        await lockHost(trx as Transaction<FleetTables>, parts.store, 'hv1');
        await (trx as Transaction<FleetTables>)
          .updateTable('host')
          .set({ name: 'hv1' })
          .where('id', '=', 'hv1')
          .execute();
      },
      async () => {
        await Promise.all([note('acct-2', 4), recordSighting(parts, sighting(nowMs, 2))]);
      },
    );
    expect(await stored()).toMatchObject({ name: 'acct-2', vcpus: 4, state: 'running' });
    expect(await db.selectFrom('vm').select('uuid').execute()).toHaveLength(1);
  });

  test('is what is billed from then on', async () => {
    const { db, nowMs, note, parts, sighting } = await open();
    const from = Math.floor(nowMs / 3_600_000) * 3_600_000 + 10 * MINUTE;
    await recordSighting(parts, sighting(from, 2));
    await recordSighting(parts, sighting(from + MINUTE, 2));
    await note('acct-1', 4);
    for (const minute of [2, 3]) await recordSighting(parts, sighting(from + minute * MINUTE, 4));
    const [hour] = await db.selectFrom('usage_hour').selectAll().execute();
    expect(Number(hour?.running_ms)).toBe(3 * MINUTE);
    // Two vCPUs for a minute, and no less than four for the last one.
    expect(Number(hour?.vcpu_ms)).toBeGreaterThanOrEqual((2 + 2 + 4) * MINUTE);
  });

  test('of one that is still made, or has left the host, is left alone', async () => {
    const { db, note, stored } = await open();
    for (const left of [{ state: 'provisioning' }, { state: 'running', host_id: 'hv2' }]) {
      await db.updateTable('vm').set(left).where('uuid', '=', UUID).execute();
      await note('acct-2', 4);
      expect(await stored()).toMatchObject({ name: 'acct-1', vcpus: 2 });
    }
  });
});
