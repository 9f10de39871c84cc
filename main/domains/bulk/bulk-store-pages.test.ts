import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { BulkState } from '../../../shared/domains/bulk/bulk-rules.ts';
import { ClaimLost } from '../../platform/tasks/task-journal.ts';
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

  /** Taken up by this engine; `told` is how far it said that it is. */
  const takenUp = async (vms: {
    readonly bulkId: string;
    readonly taskId: string;
    readonly total: number;
  }) => {
    const told: number[] = [];
    const { bulkId, taskId, total } = vms;
    const { store } = rooms[0]!;
    await store.tables<BulkTables>().updateTable('bulk_action').set({ fence: 1 }).execute();
    const held: BulkHeld = {
      // Of its parts, tagging uses the store alone.
      parts: { store } as BulkParts,
      context: {
        taskId,
        input: { bulkId, round: 1, action: 'tagsAdd', total, of: '' },
        startedBy: 'test',
        signal: new AbortController().signal,
        attempt: 1,
        stillOurs: async () => undefined,
        log: () => undefined,
        progress: (done) => told.push(done),
      },
      bulkId,
      taskId,
      fence: 1,
      what,
      total,
    };
    return { held, told };
  };
  const what = { action: 'tagsAdd' as const, tags: ['x'] };
  const work = bulkActionOf.tagsAdd.work as StoreWork;
  const tagged = async (): Promise<number> => {
    const answer = await rooms[0]!.call('fleet.vmList', { query: 'tag:x', limit: 1 });
    return typeof answer === 'string' ? -1 : answer.total;
  };

  test.each<[BulkState, readonly number[]]>([
    ['running', [3]],
    ['stopping', []],
    ['cancelling', []],
  ])('of one that is %s: how far it is', async (state, told) => {
    const [room] = rooms;
    await insertBulkFleet(room!.store, 3);
    const started = await startBulk(room!, what, [0, 1, 2]);
    if (typeof started === 'string') throw new Error(started);
    await room!.store.tables<BulkTables>().updateTable('bulk_action').set({ state }).execute();
    const taken = await takenUp({ ...started, total: 3 });
    await runStorePages(taken.held, work);
    expect(taken.told).toEqual(told);
    expect(await tagged()).toBe(told.length === 0 ? 0 : 3);
  });

  test('more than one page of them: each VM once, however many are written at a time', async () => {
    const [room] = rooms;
    const vms = 4_500;
    await insertBulkFleet(room!.store, vms, (n) => ({ host_id: `host_${n % 7}` }));
    const select = { query: '' };
    const seen = await room!.call('bulk.bulkPreview', { what, select });
    if (typeof seen === 'string') throw new Error(seen);
    const expected = { count: seen.will, digest: seen.digest };
    const started = await room!.call('bulk.bulkStart', { what, select, expected });
    if (typeof started === 'string') throw new Error(started);
    const { held, told } = await takenUp({ ...started, total: vms });
    await runStorePages(held, work);
    expect(Math.max(...told)).toBe(vms);
    expect(await tagged()).toBe(vms);
    expect(await room!.call('bulk.bulkGet', started)).toMatchObject({ counts: { done: vms, waiting: 0 } });
  });

  test('are not written by an engine that has lost them to another one', async () => {
    const [room] = rooms;
    await insertBulkFleet(room!.store, 3);
    const started = await startBulk(room!, what, [0, 1, 2]);
    if (typeof started === 'string') throw new Error(started);
    const { held, told } = await takenUp({ ...started, total: 3 });
    await room!.store.tables<BulkTables>().updateTable('bulk_action').set({ fence: 2 }).execute();
    await expect(runStorePages(held, work)).rejects.toThrow(ClaimLost);
    expect({ told, tagged: await tagged() }).toEqual({ told: [], tagged: 0 });
  });
});
