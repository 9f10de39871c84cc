import { setImmediate as turn } from 'node:timers/promises';
import type { Store } from '../../platform/store/store.ts';
import type { BulkDb, BulkTrx } from './bulk-action.ts';
import { lockBulk } from './bulk-store.ts';

/** Items that go in one transaction: short enough that nobody waits for it to be felt. */
const SLICE = 5_000;

/**
 * Forgets bulk actions that ended before this instant, item by item; what one that is younger takes back stays as long as that. Gives
 * how many went.
 */
export async function forgetBulks(store: Store, beforeMs: number, signal: AbortSignal): Promise<number> {
  let forgotten = 0;
  while (!signal.aborted) {
    const slice = await store.transaction<BulkDb, 'none' | 'more' | 'gone'>(
      async (trx) => await forgetSlice(trx, store, beforeMs),
      { repeatable: true },
    );
    if (slice === 'none') break;
    if (slice === 'gone') forgotten += 1;
    await turn();
  }
  return forgotten;
}

async function forgetSlice(
  trx: BulkTrx,
  store: Pick<Store, 'kind'>,
  beforeMs: number,
): Promise<'none' | 'more' | 'gone'> {
  const found = await oldest(trx, beforeMs);
  if (found === undefined) return 'none';
  await lockBulk(trx, store, found.id);
  // Somebody may have gone on with it, or undone it, until it was locked.
  if ((await oldest(trx, beforeMs, found.id)) === undefined) return 'more';
  const items = trx.selectFrom('bulk_item').select('seq').where('bulk_id', '=', found.id);
  const { numDeletedRows } = await trx
    .deleteFrom('bulk_item')
    .where('bulk_id', '=', found.id)
    .where('seq', 'in', items.orderBy('seq').limit(SLICE))
    .executeTakeFirst();
  if (Number(numDeletedRows) === SLICE) return 'more';
  await trx.deleteFrom('bulk_action').where('id', '=', found.id).execute();
  return 'gone';
}

async function oldest(trx: BulkTrx, beforeMs: number, id?: string): Promise<{ id: string } | undefined> {
  let old = trx
    .selectFrom('bulk_action')
    .select('id')
    .where('ended_at_ms', '<', beforeMs)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('bulk_action as undo').select('undo.id').whereRef('undo.undo_of', '=', 'bulk_action.id'),
        ),
      ),
    );
  if (id !== undefined) old = old.where('id', '=', id);
  return await old.orderBy('started_at_ms').limit(1).executeTakeFirst();
}
