import { sql } from 'kysely';
import type { BulkItemState } from '../../../shared/domains/bulk/bulk-rules.ts';
import { valueRows } from '../../platform/store/value-rows.ts';
import type { Store } from '../../platform/store/store.ts';
import { ClaimLost } from '../../platform/tasks/task-journal.ts';
import type { BulkTrx, HostItem, ItemResult } from './bulk-action.ts';
import { changeBulk, type BulkRecord, type Counts } from './bulk-store.ts';

export interface EndedItem {
  readonly seq: number;
  readonly vmId: string;
  readonly result: ItemResult;
}

/** An item that is to be worked on, and where its VM is now. */
export interface PlannedItem {
  readonly seq: number;
  readonly vmId: string;
  readonly hostId: string;
  readonly clusterId: string | null;
  /** An engine that died had begun it. */
  readonly begunBefore: boolean;
}

/** All that is waiting, and before it what an engine that died has left running; in the order it is begun. */
export async function plannedItems(db: BulkTrx, bulkId: string): Promise<PlannedItem[]> {
  const rows = await db
    .selectFrom('bulk_item')
    .leftJoin('vm', 'vm.id', 'bulk_item.vm_id')
    .leftJoin('host', 'host.id', 'vm.host_id')
    .select([
      'bulk_item.seq',
      'bulk_item.vm_id',
      'bulk_item.host_id',
      'bulk_item.state',
      'vm.host_id as host_now',
      'host.cluster_id',
    ])
    .where('bulk_item.bulk_id', '=', bulkId)
    .where('bulk_item.state', 'in', ['running', 'waiting'])
    .orderBy('bulk_item.state')
    .orderBy('bulk_item.seq')
    .execute();
  return rows.map((row) => ({
    seq: row.seq,
    vmId: row.vm_id,
    hostId: row.host_now ?? row.host_id,
    clusterId: row.cluster_id,
    begunBefore: row.state === 'running',
  }));
}

/** Takes items up under this fence and reads their VMs as they are now; those whose VM is gone end here. */
export async function takeItems(
  trx: BulkTrx,
  store: Pick<Store, 'kind'>,
  bulk: BulkRecord,
  items: readonly PlannedItem[],
): Promise<{ taken: HostItem[]; gone: EndedItem[]; begun: number }> {
  if (items.length === 0) return { taken: [], gone: [], begun: 0 };
  const rows = valueRows(store.kind, { seq: 'bigint' }, items, ({ seq }) => [seq]);
  const { rows: claimed } = await sql<{ seq: number; vm_id: string; before: string | null }>`
    update bulk_item set state = 'running', fence = cast(${bulk.fence} as bigint), attempts = attempts + 1, code = '', reason = ''
    from ${rows} as given
    where bulk_item.bulk_id = ${bulk.id} and bulk_item.seq = given.seq
      and bulk_item.state in ('waiting', 'running') and bulk_item.fence < cast(${bulk.fence} as bigint)
    returning bulk_item.seq as seq, bulk_item.vm_id as vm_id, bulk_item.before as before`.execute(trx);
  if (claimed.length === 0) return { taken: [], gone: [], begun: 0 };
  const planned = new Map(items.map((item) => [item.seq, item]));
  const vms = await trx
    .selectFrom('vm')
    .innerJoin('host', 'host.id', 'vm.host_id')
    .select(['vm.id', 'vm.uuid', 'vm.name', 'vm.host_id', 'vm.moving_to', 'host.name as host_name'])
    .where(
      'vm.id',
      'in',
      claimed.map((row) => row.vm_id),
    )
    .execute();
  const here = new Map(vms.map((vm) => [vm.id, vm]));
  const taken: HostItem[] = [];
  const gone: EndedItem[] = [];
  for (const row of claimed) {
    const vm = here.get(row.vm_id);
    const begunBefore = planned.get(Number(row.seq))?.begunBefore ?? false;
    if (vm === undefined) gone.push({ seq: Number(row.seq), vmId: row.vm_id, result: vmGone });
    else if (vm.moving_to !== null) gone.push({ seq: Number(row.seq), vmId: row.vm_id, result: moving });
    else {
      taken.push({
        seq: Number(row.seq),
        vmId: vm.id,
        uuid: vm.uuid,
        name: vm.name,
        hostId: vm.host_id,
        hostName: vm.host_name,
        before: row.before,
        begunBefore,
      });
    }
  }
  const begun = claimed.filter((row) => planned.get(Number(row.seq))?.begunBefore === false).length;
  return { taken, gone, begun };
}

/** Two hosts have a part in it meanwhile: nothing else is done to it. */
export const moving = {
  state: 'refused',
  code: 'moving',
  reason: 'It is being moved to another host.',
} as const satisfies ItemResult;

export const vmGone: ItemResult = { state: 'refused', code: 'gone', reason: 'The VM is not there any more.' };

/**
 * Writes what became of items that this engine had taken up, and the counts. What was done to take back another bulk action is
 * marked there, too.
 */
export async function endItems(
  trx: BulkTrx,
  store: Pick<Store, 'kind'>,
  bulk: BulkRecord,
  ended: {
    readonly items: readonly EndedItem[];
    readonly from: 'waiting' | 'running';
    readonly nowMs: number;
  },
): Promise<Partial<Counts>> {
  const { items, from, nowMs } = ended;
  if (items.length === 0) return {};
  const rows = valueRows(
    store.kind,
    { seq: 'bigint', state: 'text', code: 'text', reason: 'text', before: 'text' },
    items,
    ({ seq, result }) =>
      result.state === 'done'
        ? [seq, result.state, '', '', result.before ?? null]
        : [seq, result.state, result.code, result.reason, null],
  );
  const mine = from === 'running' ? sql`and bulk_item.fence = cast(${bulk.fence} as bigint)` : sql``;
  const { rows: written } = await sql<{ state: BulkItemState; vm_id: string }>`
    update bulk_item set state = given.state, code = given.code, reason = given.reason,
      before = coalesce(given.before, bulk_item.before), ended_at_ms = cast(${nowMs} as bigint)
    from ${rows} as given
    where bulk_item.bulk_id = ${bulk.id} and bulk_item.seq = given.seq and bulk_item.state = ${from} ${mine}
    returning bulk_item.state as state, bulk_item.vm_id as vm_id`.execute(trx);
  const by: Partial<Counts> = { [from]: -written.length };
  for (const { state } of written) by[state] = (by[state] ?? 0) + 1;
  if (bulk.undo_of !== null) {
    const done = written.filter((row) => row.state === 'done').map((row) => row.vm_id);
    await markUndone(trx, store, { bulkId: bulk.undo_of, vmIds: done, nowMs });
  }
  return by;
}

async function markUndone(
  trx: BulkTrx,
  store: Pick<Store, 'kind'>,
  undone: { readonly bulkId: string; readonly vmIds: readonly string[]; readonly nowMs: number },
): Promise<void> {
  if (undone.vmIds.length === 0) return;
  const rows = valueRows(store.kind, { id: 'text' }, undone.vmIds, (id) => [id]);
  const { numAffectedRows } = await sql`update bulk_item set state = 'undone' from ${rows} as given
    where bulk_item.bulk_id = ${undone.bulkId} and bulk_item.vm_id = given.id and bulk_item.state = 'done'`.execute(
    trx,
  );
  const moved = Number(numAffectedRows ?? 0);
  await changeBulk(trx, undone.bulkId, { by: { done: -moved, undone: moved }, nowMs: undone.nowMs });
}

/** Moves all items of some states to another at once; gives how many there were of each. */
export async function moveItems(
  trx: BulkTrx,
  bulkId: string,
  move: {
    readonly from: readonly BulkItemState[];
    readonly to: BulkItemState;
    readonly code?: string;
    readonly reason?: string;
    readonly nowMs: number;
  },
): Promise<Partial<Counts>> {
  const before = await trx
    .selectFrom('bulk_item')
    .select(['state', ({ fn }) => fn.countAll<number>().as('items')])
    .where('bulk_id', '=', bulkId)
    .where('state', 'in', move.from)
    .groupBy('state')
    .execute();
  if (before.length === 0) return {};
  await trx
    .updateTable('bulk_item')
    .set({
      state: move.to,
      code: move.code ?? '',
      reason: move.reason ?? '',
      ended_at_ms: move.to === 'waiting' ? null : move.nowMs,
    })
    .where('bulk_id', '=', bulkId)
    .where('state', 'in', move.from)
    .execute();
  const by: Partial<Counts> = {};
  let all = 0;
  for (const row of before) {
    by[row.state] = -Number(row.items);
    all += Number(row.items);
  }
  by[move.to] = (by[move.to] ?? 0) + all;
  return by;
}

/**
 * Keeps how far an item is, for whoever goes on after this engine; throws when the item is not this engine's any more, so that
 * nothing is done that nobody would know of.
 */
export async function noteItem(
  trx: BulkTrx,
  noted: {
    readonly bulkId: string;
    readonly taskId: string;
    readonly seq: number;
    readonly fence: number;
    readonly before: string;
  },
): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable('bulk_item')
    .set({ before: noted.before })
    .where('bulk_id', '=', noted.bulkId)
    .where('seq', '=', noted.seq)
    .where('fence', '=', noted.fence)
    .where('state', '=', 'running')
    .executeTakeFirst();
  if (Number(numUpdatedRows) === 0) throw new ClaimLost(noted.taskId);
}

/** Adds two changes of counts. */
export function bothOf(one: Partial<Counts>, other: Partial<Counts>): Partial<Counts> {
  const sum = { ...one };
  for (const [state, by] of Object.entries(other) as [BulkItemState, number][])
    sum[state] = (sum[state] ?? 0) + by;
  return sum;
}
