import { expect, test } from 'vitest';
import type { Store } from '../../../platform/store/store.ts';
import { fleetTestSchema } from '../../../testing/fleet-for-test.ts';
import { hostRowForTest } from '../../../testing/host-row.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { FIRST_CLUSTER_ID } from '../clusters/cluster-store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { roomForMore } from './host-room.ts';
import { provisioningRow } from '../vms/vm-provisioning-store.ts';
import { insertVms } from '../vms/vm-store.ts';

const GIB = 1024 ** 3;

/** A host of 8 CPUs and 64 GiB, of which it keeps 2, with a VM of 2 vCPUs and 40 GiB and another of 2 GiB. */
async function openRoom(store: Store) {
  const db = store.tables<FleetTables>();
  await db.insertInto('host').values(hostRowForTest('hv1')).execute();
  const rows = [40, 2].map((gib) => ({
    ...provisioningRow(
      {
        vmId: `vm_${gib}`,
        uuid: `u-${gib}`,
        hostId: 'hv1',
        name: `acct-${gib}`,
        vcpus: 2,
        memoryBytes: gib * GIB,
        diskBytes: GIB,
        customerId: null,
        templateId: null,
        tags: [],
        os: '',
      },
      0,
    ),
    state: 'running' as const,
  }));
  await store.transaction(async (trx) => await insertVms(trx, store, rows));
  return {
    db,
    grown: async (vcpus: number, gib: number | null) =>
      await roomForMore(
        db,
        { vmId: 'vm_2', hostId: 'hv1' },
        { vcpus, memoryBytes: gib === null ? null : gib * GIB },
      ),
    host: async (columns: Partial<FleetTables['host']>) => {
      await db.updateTable('host').set(columns).execute();
    },
  };
}

describeOnBothStores('room for a VM to be larger where it stands', ({ openStoreForTest }) => {
  const open = async () => await openRoom(await openStoreForTest(fleetTestSchema));

  test.each<[string, number, number | null, RegExp]>([
    ['what it has', 2, 2, /^$/],
    ['less', 1, 1, /^$/],
    ['what is left', 2, 22, /^$/],
    ['more than is left', 2, 23, /^20 GiB of memory free, 21 GiB more wanted$/],
    ['memory as it is', 4, null, /^$/],
    ['more CPUs than the host has', 9, 2, /^it has 8 CPUs, 9 wanted$/],
  ])('%s', async (_, vcpus, gib, reason) => {
    expect(await (await open()).grown(vcpus, gib)).toMatch(reason);
  });

  test('what waits for the next start of a VM is taken already, its own as that of others', async () => {
    const { db, grown } = await open();
    const waiting = async (uuid: string, gib: number): Promise<unknown> =>
      await db
        .updateTable('vm')
        .set({ next_vcpus: 4, next_memory_bytes: gib * GIB })
        .where('uuid', '=', uuid)
        .execute();
    await waiting('u-40', 50);
    expect(await grown(2, 12)).toBe('');
    expect(await grown(2, 13)).toBe('10 GiB of memory free, 11 GiB more wanted');
    await waiting('u-2', 12);
    expect(await grown(4, 12)).toBe('');
    expect(await grown(4, 13)).toBe('0 B of memory free, 1 GiB more wanted');
  });

  const closed: [string, Partial<FleetTables['host']>][] = [
    ['is held for maintenance', { maintenance: 'maintenance' }],
    ['is being emptied', { maintenance: 'evacuating' }],
    ['is not heard', { state: 'unreachable' }],
  ];
  test.each(closed)('of a host that %s is counted all the same', async (_, columns) => {
    const { host, grown } = await open();
    await host(columns);
    expect(await grown(2, 22)).toBe('');
    expect(await grown(2, 23)).toMatch(/of memory free/);
  });

  test('of a host its cluster’s filters keep such VMs off, too', async () => {
    const { db, host, grown } = await open();
    await host({ labels: '["gpu"]' });
    await db
      .updateTable('cluster')
      .set({ filters: JSON.stringify([{ subject: 'any', value: '', verb: 'avoids', label: 'gpu' }]) })
      .where('id', '=', FIRST_CLUSTER_ID)
      .execute();
    expect(await grown(2, 22)).toBe('');
    expect(await grown(2, 23)).toMatch(/of memory free/);
  });
});
