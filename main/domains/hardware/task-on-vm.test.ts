import type { Transaction } from 'kysely';
import { expect, test } from 'vitest';
import type { Store } from '../../platform/store/store.ts';
import { fleetTestSchema } from '../../testing/fleet-for-test.ts';
import { hostRowForTest } from '../../testing/host-row.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import { lockVm, type FleetTables } from '../fleet/fleet-public.ts';
import { provisioningRow } from '../fleet/vms/vm-provisioning-store.ts';
import { insertVms } from '../fleet/vms/vm-store.ts';
import { taskRows } from '../tasks/tasks-public.ts';
import { requireKept } from './task-on-vm.ts';

const GIB = 1024 ** 3;
const VM = { vmId: 'vm_1', uuid: 'u-1', name: 'acct-1', hostId: 'hv1', hostName: 'hv1' };

async function openRoom(store: Store) {
  const db = store.tables<FleetTables>();
  await db
    .insertInto('host')
    .values([hostRowForTest('hv1'), hostRowForTest('hv2')])
    .execute();
  const size = { vcpus: 2, memoryBytes: 2 * GIB, diskBytes: 10 * GIB };
  const row = provisioningRow({ ...VM, ...size, customerId: null, templateId: null, tags: [], os: '' }, 0);
  await store.transaction(async (trx) => await insertVms(trx, store, [{ ...row, state: 'running' }]));
  const begin = async (kind: string, within?: Transaction<never>): Promise<void> => {
    const task = { kind, title: kind, subject: { kind: 'vm', id: VM.vmId, name: VM.name } as const };
    const more = { input: VM, startedBy: 'ada', key: undefined, retryOf: undefined, steps: [] };
    await taskRows({ store }).queue.record({ ...task, ...more }, within);
  };
  const change = async (columns: { host_id?: string; moving_to?: string }): Promise<void> =>
    void (await db.updateTable('vm').set(columns).where('id', '=', VM.vmId).execute());
  return { store, db, begin, change };
}
type Room = Awaited<ReturnType<typeof openRoom>>;

describeOnBothStores('the first step of a task on a VM', ({ openStoreForTest }) => {
  const open = async (): Promise<Room> => await openRoom(await openStoreForTest(fleetTestSchema));
  const answer = async ({ store }: Room): Promise<string> =>
    await requireKept({ store }, VM).then(
      () => 'goes on',
      (error: unknown) => String(error),
    );

  test.each<[string, (room: Room) => Promise<void>, RegExp]>([
    ['goes on where it was ordered', async () => undefined, /^goes on$/],
    ['goes on beside other work on it', async ({ begin }) => await begin('vm-disk-add'), /^goes on$/],
    ['refuses one that is gone', async ({ db }) => void (await db.deleteFrom('vm').execute()), /it is gone/],
    [
      'refuses one that is being deleted',
      async ({ begin }) => await begin('vm-delete'),
      /it is being deleted/,
    ],
    ['refuses one on its way', async ({ change }) => await change({ moving_to: 'hv2' }), /it is being moved/],
    ['refuses one that has left', async ({ change }) => await change({ host_id: 'hv2' }), /on another host/],
  ])('%s', async (_, happens, expected) => {
    const room = await open();
    await happens(room);
    expect(await answer(room)).toMatch(expected);
  });

  test('sees a deletion that is being recorded at the same time', async () => {
    const room = await open();
    const [, said] = await whileOpen(
      room.store,
      async (trx) => {
        await lockVm(trx as unknown as Transaction<FleetTables>, VM.vmId);
        await room.begin('vm-delete', trx as unknown as Transaction<never>);
      },
      async () => await answer(room),
    );
    expect(said).toMatch(/it is being deleted/);
  });
});
