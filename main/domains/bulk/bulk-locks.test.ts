import { sql } from 'kysely';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { ClaimLost } from '../../platform/tasks/task-journal.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import { insertBulkFleet, startBulk } from '../../testing/bulk-fleet.ts';
import { twoDomainsRooms, workingRoom, type DomainsRoom } from '../../testing/domains-room.ts';
import { describeOnBothStores, describeOnPostgres } from '../../testing/store-for-test.ts';
import { whenTask } from '../../testing/tasks-for-test.ts';
import { somebodyWaits } from '../../testing/two-at-once.ts';
import { lockCustomers } from '../customers/customers-public.ts';
import { noteItem } from './bulk-item-store.ts';
import type { BulkDb } from './bulk-action.ts';

afterAll(closePressForTest);

describeOnPostgres('VMs that change hands', (stores) => {
  let room: DomainsRoom;
  beforeEach(async () => {
    room = await workingRoom(stores);
    await insertBulkFleet(room.store, 3);
  });
  afterEach(async () => await room.close());

  const ran = async (started: { bulkId: string; taskId: string } | string): Promise<string> => {
    if (typeof started === 'string') throw new Error(started);
    await whenTask(room.store, started.taskId);
    return started.bulkId;
  };

  test('wait for their customer before any of them is locked: who sells one does it in that order', async () => {
    const acme = { name: 'Acme', country: 'PL', currency: 'PLN' } as const;
    const made = await room.call('customers.customerCreate', acme);
    if (typeof made === 'string') throw new Error(made);
    const { customerId } = made;
    /** What it does while somebody else has the customer and then wants the VMs. */
    const besides = async (
      start: () => Promise<{ bulkId: string; taskId: string } | string>,
    ): Promise<string> => {
      const locked = Promise.withResolvers<void>();
      const waits = Promise.withResolvers<void>();
      const other = room.store.transaction(async (trx) => {
        await lockCustomers(trx, room.store, [customerId]);
        locked.resolve();
        await waits.promise;
        await sql`select id from vm order by id for update nowait`.execute(trx);
      });
      await Promise.race([locked.promise, other]);
      const started = await start();
      await somebodyWaits(room.store);
      waits.resolve();
      await other;
      if (typeof started === 'string') throw new Error(started);
      expect((await whenTask(room.store, started.taskId)).task.state).toBe('succeeded');
      return started.bulkId;
    };
    await besides(async () => await startBulk(room, { action: 'owner', customerId }, [0, 1, 2]));
    const bulkId = await ran(await startBulk(room, { action: 'owner', customerId: null }, [0, 1, 2]));
    await besides(async () => await room.call('bulk.bulkUndo', { bulkId }));
    const { rows } = await sql<{ customer_id: string }>`select distinct customer_id from vm`.execute(
      room.store.tables(),
    );
    expect(rows).toEqual([{ customer_id: customerId }]);
  });
});

describeOnBothStores('how far an item is', (stores) => {
  let rooms: readonly DomainsRoom[] = [];
  afterEach(async () => {
    for (const room of rooms) await room.close();
  });

  test('is kept by the engine that has it, and by no other', async () => {
    rooms = await twoDomainsRooms(stores);
    const [room] = rooms;
    const { store } = room!;
    await insertBulkFleet(store, 1);
    const started = await startBulk(room!, { action: 'shutdown' }, [0]);
    if (typeof started === 'string') throw new Error(started);
    const { bulkId, taskId } = started;
    const items = store.tables<BulkDb>();
    await items.updateTable('bulk_item').set({ state: 'running', fence: 2 }).execute();
    const note = async (fence: number, before: string): Promise<void> =>
      await store.transaction<BulkDb, void>(
        async (trx) => await noteItem(trx, { bulkId, taskId, seq: 1, fence, before }),
      );
    await note(2, 'mine');
    await expect(note(1, 'of an engine that slept')).rejects.toThrow(ClaimLost);
    await items.updateTable('bulk_item').set({ state: 'failed' }).execute();
    await expect(note(2, 'after its task was cancelled')).rejects.toThrow(ClaimLost);
    expect(await items.selectFrom('bulk_item').select('before').execute()).toEqual([{ before: 'mine' }]);
  });
});
