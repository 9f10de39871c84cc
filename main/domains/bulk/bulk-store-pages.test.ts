import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { BulkState } from '../../../shared/domains/bulk/bulk-rules.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import { insertBulkFleet, startBulk } from '../../testing/bulk-fleet.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { StoreWork } from './bulk-action.ts';
import type { BulkParts } from './bulk-parts.ts';
import { bulkActionOf } from './bulk-registry.ts';
import type { BulkHeld } from './bulk-run-task.ts';
import { runStorePages } from './bulk-store-run.ts';
import type { BulkTables } from './bulk-tables.ts';

afterAll(closePressForTest);

describeOnBothStores('pages of a bulk action', (stores) => {
  let rooms: readonly DomainsRoom[];
  beforeEach(async () => {
    rooms = await twoDomainsRooms(stores);
  });
  afterEach(async () => {
    for (const room of rooms) await room.close();
  });

  test.each<[BulkState, readonly number[]]>([
    ['running', [3]],
    ['stopping', []],
    ['cancelling', []],
  ])('of one that is %s: how far it is', async (state, told) => {
    const [room] = rooms;
    const { store } = room!;
    await insertBulkFleet(store, 3);
    const what = { action: 'tagsAdd' as const, tags: ['x'] };
    const started = await startBulk(room!, what, [0, 1, 2]);
    if (typeof started === 'string') throw new Error(started);
    const { bulkId, taskId } = started;
    await store.tables<BulkTables>().updateTable('bulk_action').set({ state, fence: 1 }).execute();
    const seen: number[] = [];
    const held: BulkHeld = {
      // Of its parts, tagging uses the store alone.
      parts: { store } as BulkParts,
      context: {
        taskId,
        input: { bulkId, round: 1, action: 'tagsAdd', total: 3, of: '' },
        startedBy: 'test',
        signal: new AbortController().signal,
        attempt: 1,
        stillOurs: async () => undefined,
        log: () => undefined,
        progress: (done) => seen.push(done),
      },
      bulkId,
      taskId,
      fence: 1,
      what,
      total: 3,
    };
    await runStorePages(held, bulkActionOf.tagsAdd.work as StoreWork);
    expect(seen).toEqual(told);
  });
});
