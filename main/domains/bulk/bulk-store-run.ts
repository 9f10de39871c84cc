import { forNoKeyUpdate, forUpdate } from '../../platform/store/for-update.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import type { BulkDb, BulkTrx, ItemResult, StoreItem, StoreWork } from './bulk-action.ts';
import { endItems, vmGone, type EndedItem } from './bulk-item-store.ts';
import type { BulkHeld } from './bulk-run-task.ts';
import { BULK_TOPIC, changeBulk, findBulk, lockOwnBulk } from './bulk-store.ts';

/** Rows of one transaction: short enough that nobody waits for it to be felt. */
const PAGE = 2_000;
/** More changes than this are told as one per host, as the collector does. */
const TOLD_ONE_BY_ONE = 200;

/** Part of the items, worked off page by page in their order. */
interface Lane {
  readonly after: number;
  readonly upTo: number;
}

/**
 * Work that only changes the store: a page of items, their results and their former values in one transaction each. PostgreSQL works
 * on two of them at a time, each on its half of the items and so on hosts of its own; SQLite has one writer.
 */
export async function runStorePages(held: BulkHeld, work: StoreWork): Promise<void> {
  const { parts, context, total } = held;
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const ends = await Promise.allSettled(
    lanesOf(parts.store.kind, total).map(async (lane) => {
      try {
        await runLane(held, work, lane, signal);
      } catch (error) {
        failed.abort();
        throw error;
      }
    }),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

function lanesOf(kind: StoreKind, total: number): readonly Lane[] {
  const last = Number.MAX_SAFE_INTEGER;
  if (kind === 'sqlite' || total <= PAGE) return [{ after: 0, upTo: last }];
  const half = Math.ceil(total / 2);
  return [
    { after: 0, upTo: half },
    { after: half, upTo: last },
  ];
}

async function runLane(held: BulkHeld, work: StoreWork, lane: Lane, signal: AbortSignal): Promise<void> {
  for (let { after } = lane; !signal.aborted;) {
    const done = await page(held, work, { after, upTo: lane.upTo });
    if (done === undefined) return;
    held.context.progress(held.total - done.left, held.total, 'items');
    if (done.last === undefined) return;
    after = done.last;
    // Who else waits for this process has a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Page {
  /** How many are left to do of all. */
  readonly left: number;
  /** The next page begins after this item; undefined after the last page. */
  readonly last: number | undefined;
}

/**
 * The next items of a lane; undefined where it is to stop. The bulk action is locked last, when all is written, so that lanes do not
 * wait for each other: who has lost it to another engine learns that there, and nothing of the page stays.
 */
async function page(held: BulkHeld, { apply, lockFirst }: StoreWork, lane: Lane): Promise<Page | undefined> {
  const { parts, bulkId, what } = held;
  const { store } = parts;
  const nowMs = await store.nowMs();
  return await store.transaction<BulkDb, Page | undefined>(
    async (trx) => {
      const bulk = await findBulk(trx, bulkId);
      if (bulk?.state !== 'running') return undefined;
      const rows = await trx
        .selectFrom('bulk_item')
        .select(['seq', 'vm_id', 'host_id', 'before'])
        .where('bulk_id', '=', bulkId)
        .where('seq', '>', lane.after)
        .where('seq', '<=', lane.upTo)
        .where('state', '=', 'waiting')
        .orderBy('seq')
        .limit(PAGE)
        .execute();
      if (rows.length === 0) return undefined;
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
      const { waiting } = await lockOwnBulk(trx, store, held);
      await changeBulk(trx, bulkId, { by, nowMs });
      await tell(
        held,
        trx,
        items.filter(({ seq }) => resultOf(results, seq).state === 'done'),
      );
      return { left: waiting - rows.length, last: rows.length < PAGE ? undefined : rows.at(-1)?.seq };
    },
    { repeatable: true },
  );
}

function resultOf(results: ReadonlyMap<number, ItemResult>, seq: number): ItemResult {
  const result = results.get(seq);
  if (result === undefined) throw new Error(`The action said nothing of item ${seq}.`);
  return result;
}

type Items = readonly { readonly vm_id: string; readonly host_id: string }[];

/**
 * Hosts before their VMs, each in one order, so that nobody who looks at a host meanwhile waits in a circle. Those where the VMs were
 * when it was approved: of one that has moved since the database breaks the circle, and the page is tried again.
 */
async function lockHosts(trx: BulkTrx, { parts }: BulkHeld, rows: Items): Promise<void> {
  const { kind } = parts.store;
  const hosts = trx
    .selectFrom('host')
    .select('host.id')
    .where('host.id', 'in', textList(kind, [...new Set(rows.map(({ host_id }) => host_id))]))
    .orderBy('host.id');
  await forNoKeyUpdate(hosts, kind).execute();
}

async function lockVms(
  trx: BulkTrx,
  { parts }: BulkHeld,
  rows: Items,
): Promise<Map<string, StoreItem['vm']>> {
  const { kind } = parts.store;
  const ids = textList(
    kind,
    rows.map(({ vm_id }) => vm_id),
  );
  const vms = trx
    .selectFrom('vm')
    .select(['vm.id', 'vm.uuid', 'vm.host_id', 'vm.tags', 'vm.customer_id'])
    .where('vm.id', 'in', ids)
    .orderBy('vm.uuid');
  return new Map((await forUpdate(vms, kind).execute()).map((vm) => [vm.id, vm]));
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
