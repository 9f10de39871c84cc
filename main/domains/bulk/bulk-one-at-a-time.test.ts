import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { closePressForTest } from '../../testing/billing-room.ts';
import { bulkVmId, insertBulkFleet, startBulk } from '../../testing/bulk-fleet.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import type { BulkTables } from './bulk-tables.ts';

afterAll(closePressForTest);

/** Nobody works on the tasks: each stays open until the test says otherwise. */
describeOnBothStores('bulk actions whose work is tasks', (stores) => {
  let one: DomainsRoom;
  let two: DomainsRoom;
  beforeEach(async () => {
    [one, two] = await twoDomainsRooms(stores);
    await insertBulkFleet(one.store, 6, () => ({ state: 'shut-off' }));
  });
  afterEach(async () => {
    await one.close();
    await two.close();
  });

  const stands = async (bulkId: string): Promise<void> => {
    const bulks = one.store.tables<BulkTables>().updateTable('bulk_action');
    await bulks.set({ state: 'stopped' }).where('id', '=', bulkId).execute();
  };
  const begun = (started: { bulkId: string } | string): string => {
    if (typeof started === 'string') throw new Error(started);
    return started.bulkId;
  };

  test('are begun and gone on with one at a time; others beside them', async () => {
    const first = begun(await startBulk(one, { action: 'delete' }, [0, 1]));
    expect(await startBulk(two, { action: 'delete' }, [2, 3])).toBe('one-at-a-time');
    expect(await startBulk(two, { action: 'notes', notes: 'x' }, [2, 3])).toMatchObject({ total: 2 });
    await stands(first);
    const second = begun(await startBulk(two, { action: 'delete' }, [2, 3]));
    expect(await one.call('bulk.bulkGoOn', { bulkId: first })).toBe('not-now');
    await stands(second);
    expect(await one.call('bulk.bulkGoOn', { bulkId: first })).toMatchObject({
      taskId: expect.any(String) as string,
    });
  });

  test('two begun at the same time: one of them', async () => {
    const what = { action: 'delete' as const };
    const select = { query: '', vmIds: [bulkVmId(0)] };
    const seen = await one.call('bulk.bulkPreview', { what, select });
    if (typeof seen === 'string') throw new Error(seen);
    const input = {
      what,
      select,
      expected: { count: seen.will, digest: seen.digest },
      confirmCount: seen.will,
      pace: { perHost: 5, perCluster: null, atOnce: 100, stopAfterFailures: 20 },
    };
    const [first, second] = await whileOpen(
      one.store,
      async (trx) => await one.handlers.bulk.bulkStart(input, one.context(trx)),
      async () => await startBulk(two, what, [1, 2]),
    );
    expect(first).toMatchObject({ ok: true });
    expect(second).toBe('one-at-a-time');
  });
});
