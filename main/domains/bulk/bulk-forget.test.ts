import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { closePressForTest } from '../../testing/billing-room.ts';
import { bulkVmId, insertBulkFleet, startBulk } from '../../testing/bulk-fleet.ts';
import { workingRoom, type DomainsRoom } from '../../testing/domains-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { whenTask } from '../../testing/tasks-for-test.ts';
import { forgetBulks } from './bulk-forget.ts';
import type { BulkTables } from './bulk-tables.ts';

const OLD_MS = 1_000;
const { signal } = new AbortController();

afterAll(closePressForTest);

describeOnBothStores('bulk actions of long ago', (stores) => {
  let room: DomainsRoom;
  beforeEach(async () => {
    room = await workingRoom(stores);
    await insertBulkFleet(room.store, 4);
  });
  afterEach(async () => await room.close());

  const ran = async (started: { bulkId: string; taskId: string } | string): Promise<string> => {
    if (typeof started === 'string') throw new Error(started);
    expect((await whenTask(room.store, started.taskId)).task.state).toBe('succeeded');
    return started.bulkId;
  };
  const tables = () => room.store.tables<BulkTables>();
  const isOld = async (...bulkIds: string[]): Promise<void> => {
    await tables()
      .updateTable('bulk_action')
      .set({ ended_at_ms: OLD_MS - 1 })
      .where('id', 'in', bulkIds)
      .execute();
  };
  const kept = async (): Promise<string[]> => {
    const bulks = await tables().selectFrom('bulk_action').select('id').orderBy('id').execute();
    const items = await tables()
      .selectFrom('bulk_item')
      .select('bulk_id')
      .distinct()
      .orderBy('bulk_id')
      .execute();
    expect(items.map(({ bulk_id }) => bulk_id)).toEqual(bulks.map(({ id }) => id));
    return bulks.map(({ id }) => id);
  };

  test('are forgotten with their items; what one that is younger takes back stays as long', async () => {
    const young = await ran(await startBulk(room, { action: 'tagsAdd', tags: ['a'] }, [0, 1]));
    const old = await ran(await startBulk(room, { action: 'tagsAdd', tags: ['b'] }, [0, 1]));
    const undone = await ran(await startBulk(room, { action: 'tagsAdd', tags: ['c'] }, [2, 3]));
    const undo = await ran(await room.call('bulk.bulkUndo', { bulkId: undone }));
    await isOld(old, undone);
    expect(await forgetBulks(room.store, OLD_MS, signal)).toBe(1);
    expect(await kept()).toEqual([young, undone, undo].toSorted());
    await isOld(undo);
    expect(await forgetBulks(room.store, OLD_MS, signal)).toBe(2);
    expect(await kept()).toEqual([young]);
    expect(await forgetBulks(room.store, OLD_MS, signal)).toBe(0);
  });

  test('with more items than go at once are forgotten whole', async () => {
    const bulkId = await ran(await startBulk(room, { action: 'tagsAdd', tags: ['a'] }, [0]));
    const [item] = await tables().selectFrom('bulk_item').selectAll().execute();
    const more = Array.from({ length: 10_001 }, (_, n) => ({ ...item!, seq: n + 2, vm_id: bulkVmId(n + 2) }));
    await room.store.transaction(async (trx) => await room.store.insertMany(trx, 'bulk_item', more));
    await isOld(bulkId);
    expect(await forgetBulks(room.store, OLD_MS, signal)).toBe(1);
    expect(await kept()).toEqual([]);
  });
});
