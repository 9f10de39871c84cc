import { forNoKeyUpdate, forUpdate } from '../../platform/store/for-update.ts';
import { textList } from '../../platform/store/update-many.ts';
import type { BulkDb, BulkTrx, ItemResult, StoreItem, StoreWork } from './bulk-action.ts';
import { endItems, vmGone, type EndedItem } from './bulk-item-store.ts';
import type { BulkHeld } from './bulk-run-task.ts';
import { BULK_TOPIC, changeBulk, lockOwnBulk } from './bulk-store.ts';

/** Rows of one transaction: short enough that nobody waits for it to be felt. */
const PAGE = 2_000;
/** More changes than this are told as one per host, as the collector does. */
const TOLD_ONE_BY_ONE = 200;

/** Work that only changes the store: a page of items, their results and their former values in one transaction each. */
export async function runStorePages(held: BulkHeld, work: StoreWork): Promise<void> {
  const { context, total } = held;
  for (;;) {
    if (context.signal.aborted) return;
    const left = await page(held, work);
    if (left === undefined) return;
    context.progress(total - left, total, 'items');
    if (left === 0) return;
    // Who else waits for this process has a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** How many are left to do; undefined where it is to stop. */
async function page(held: BulkHeld, { apply, lockFirst }: StoreWork): Promise<number | undefined> {
  const { parts, bulkId, what } = held;
  const { store } = parts;
  const nowMs = await store.nowMs();
  return await store.transaction<BulkDb, number | undefined>(
    async (trx) => {
      const bulk = await lockOwnBulk(trx, store, held);
      if (bulk.state !== 'running') return undefined;
      const rows = await trx
        .selectFrom('bulk_item')
        .select(['seq', 'vm_id', 'before'])
        .where('bulk_id', '=', bulkId)
        .where('state', '=', 'waiting')
        .orderBy('seq')
        .limit(PAGE)
        .execute();
      if (rows.length === 0) return 0;
      await lockHosts(trx, held, rows);
      await lockFirst?.({ trx, parts, what, befores: rows.map(({ before }) => before) });
      const vms = await lockVms(trx, held, rows);
      const items: StoreItem[] = [];
      const gone: EndedItem[] = [];
      for (const row of rows) {
        const vm = vms.get(row.vm_id);
        if (vm === undefined) gone.push({ seq: row.seq, vmId: row.vm_id, result: vmGone });
        else items.push({ seq: row.seq, vmId: row.vm_id, before: row.before, vm });
      }
      const results = await apply({ trx, parts, what, items });
      const ended = items.map(({ seq, vmId }) => ({ seq, vmId, result: resultOf(results, seq) }));
      const by = await endItems(trx, store, bulk, { items: [...gone, ...ended], from: 'waiting', nowMs });
      await changeBulk(trx, bulkId, { by, nowMs });
      await tell(
        held,
        trx,
        items.filter(({ seq }) => resultOf(results, seq).state === 'done'),
      );
      return bulk.waiting - rows.length;
    },
    { repeatable: true },
  );
}

function resultOf(results: ReadonlyMap<number, ItemResult>, seq: number): ItemResult {
  const result = results.get(seq);
  if (result === undefined) throw new Error(`The action said nothing of item ${seq}.`);
  return result;
}

type OfVms = readonly { readonly vm_id: string }[];

function idsOf({ parts }: BulkHeld, rows: OfVms) {
  return textList(
    parts.store.kind,
    rows.map(({ vm_id }) => vm_id),
  );
}

/** Hosts before their VMs, each in one order, so that nobody who looks at a host meanwhile waits in a circle. */
async function lockHosts(trx: BulkTrx, held: BulkHeld, rows: OfVms): Promise<void> {
  const hosts = trx
    .selectFrom('host')
    .select('host.id')
    .where('host.id', 'in', trx.selectFrom('vm').select('vm.host_id').where('vm.id', 'in', idsOf(held, rows)))
    .orderBy('host.id');
  await forNoKeyUpdate(hosts, held.parts.store.kind).execute();
}

async function lockVms(trx: BulkTrx, held: BulkHeld, rows: OfVms): Promise<Map<string, StoreItem['vm']>> {
  const vms = trx
    .selectFrom('vm')
    .select(['vm.id', 'vm.uuid', 'vm.host_id', 'vm.tags', 'vm.customer_id'])
    .where('vm.id', 'in', idsOf(held, rows))
    .orderBy('vm.uuid');
  return new Map((await forUpdate(vms, held.parts.store.kind).execute()).map((vm) => [vm.id, vm]));
}

async function tell({ parts, bulkId }: BulkHeld, trx: BulkTrx, changed: readonly StoreItem[]): Promise<void> {
  const { changes } = parts.store;
  const keys =
    changed.length > TOLD_ONE_BY_ONE
      ? [...new Set(changed.map(({ vm }) => vm.host_id))]
      : changed.map(({ vmId }) => vmId);
  await changes.note(trx, 'vm', keys);
  await changes.note(trx, BULK_TOPIC, bulkId);
}
