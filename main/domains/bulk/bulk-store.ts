import { sql, type Kysely } from 'kysely';
import { newId } from '../../../shared/kernel/id.ts';
import {
  BULK_ITEM_STATES,
  type BulkItemState,
  type BulkPace,
  type BulkState,
} from '../../../shared/domains/bulk/bulk-rules.ts';
import { forUpdate } from '../../platform/store/for-update.ts';
import type { Store } from '../../platform/store/store.ts';
import { ClaimLost } from '../../platform/tasks/task-journal.ts';
import type { BulkDb, BulkTrx, StoredWhat } from './bulk-action.ts';
import type { Chosen, ChosenSet } from './bulk-set.ts';
import type { BulkTables } from './bulk-tables.ts';

export type BulkRecord = BulkTables['bulk_action'];
export type Counts = Record<BulkItemState, number>;

/** Fewer items change nothing of how the database goes about it, and looking at the table takes longer than writing them. */
const MANY = 1_000;

/** Topic of the change feed; the key is the bulk action's id. */
export const BULK_TOPIC = 'bulk';

export async function findBulk(db: Kysely<BulkDb>, bulkId: string): Promise<BulkRecord | undefined> {
  return await db.selectFrom('bulk_action').selectAll().where('id', '=', bulkId).executeTakeFirst();
}

/** Reads a bulk action and keeps everybody else from changing it or its items until the transaction ends. */
export async function lockBulk(
  trx: Kysely<BulkDb>,
  store: Pick<Store, 'kind'>,
  bulkId: string,
): Promise<BulkRecord | undefined> {
  const bulk = trx.selectFrom('bulk_action').selectAll().where('id', '=', bulkId);
  return await forUpdate(bulk, store.kind).executeTakeFirst();
}

/** The same for the engine that has taken the work up under this fence; throws when another one has since. */
export async function lockOwnBulk(
  trx: Kysely<BulkDb>,
  store: Pick<Store, 'kind'>,
  held: { readonly bulkId: string; readonly fence: number; readonly taskId: string },
): Promise<BulkRecord> {
  const bulk = await lockBulk(trx, store, held.bulkId);
  if (bulk === undefined || bulk.fence !== held.fence) throw new ClaimLost(held.taskId);
  return bulk;
}

export interface NewBulk {
  readonly what: StoredWhat;
  readonly chosen: Chosen;
  readonly set: ChosenSet;
  /** On hosts, so that they are begun in turns; else host by host. */
  readonly inTurns: boolean;
  readonly pace: BulkPace;
  readonly startedBy: string;
  readonly nowMs: number;
}

/** Writes down a bulk action and the set as it is at this moment, within the database; gives the row with its counts. */
export async function freeze(trx: BulkTrx, store: Pick<Store, 'kind'>, bulk: NewBulk): Promise<BulkRecord> {
  const row = rowOf(bulk);
  await trx.insertInto('bulk_action').values(row).execute();
  await insertItems(trx, row.id, bulk);
  const counts = await countItems(trx, row.id);
  const total = BULK_ITEM_STATES.reduce((sum, state) => sum + counts[state], 0);
  // PostgreSQL would go by what it knew of the table before, and look for each of the items given among all of them.
  if (store.kind === 'postgres' && total > MANY) await sql`analyze bulk_item`.execute(trx);
  await trx
    .updateTable('bulk_action')
    .set({ ...counts, total })
    .where('id', '=', row.id)
    .execute();
  return { ...row, ...counts, total };
}

function rowOf({ what, chosen, pace, startedBy, nowMs }: NewBulk): BulkRecord {
  return {
    id: newId('bulk', nowMs),
    action: what.action,
    what: JSON.stringify(what),
    query: 'undoOf' in chosen ? '' : chosen.query,
    ticked: 'undoOf' in chosen || chosen.vmIds !== undefined ? 1 : 0,
    state: 'running',
    state_reason: '',
    undo_of: 'undoOf' in chosen ? chosen.undoOf : null,
    round: 1,
    fence: 0,
    task_id: '',
    per_host: pace.perHost,
    per_cluster: pace.perCluster,
    at_once: pace.atOnce,
    stop_after_failures: pace.stopAfterFailures,
    started_by: startedBy,
    started_at_ms: nowMs,
    changed_at_ms: nowMs,
    ended_at_ms: null,
    total: 0,
    ...noCounts(),
  };
}

async function insertItems(trx: BulkTrx, bulkId: string, { set, inTurns, chosen }: NewBulk): Promise<void> {
  const of = (what: 'kind' | 'code' | 'why', otherwise: string) =>
    set.verdicts.length === 0
      ? sql.lit(otherwise)
      : sql`case verdict ${sql.join(
          set.verdicts.map((verdict, index) => sql`when ${sql.lit(index)} then ${sql.lit(verdict[what])}`),
          sql` `,
        )} else ${sql.lit(otherwise)} end`;
  // One of each host, then the second of each host, and so on.
  const turn = inTurns ? sql`row_number() over (partition by verdict, host_id order by uuid)` : sql`0`;
  // What the undone action had replaced is what is given back.
  const before =
    'undoOf' in chosen
      ? sql`(select former.before from bulk_item as former where former.bulk_id = ${chosen.undoOf} and former.vm_id = chosen.id)`
      : sql`cast(null as text)`;
  await sql`insert into bulk_item
      (bulk_id, seq, vm_id, uuid, name, host_id, state, code, reason, before, fence, attempts, ended_at_ms)
    with chosen as ${set.rows}, in_order as (select chosen.*, ${turn} as turn from chosen)
    select cast(${bulkId} as text), row_number() over (order by turn, host_id, uuid), id, uuid, name, host_id,
      ${of('kind', 'waiting')}, ${of('code', '')}, ${of('why', '')}, ${before}, 0, 0, null
    from in_order as chosen`.execute(trx);
}

/** Ids that will be acted on, in order and separated by commas. */
export async function waitingIds(trx: BulkTrx, bulkId: string, isSqlite: boolean): Promise<string> {
  const listed = isSqlite ? sql`group_concat(vm_id, ',')` : sql`string_agg(vm_id, ',' order by vm_id)`;
  const { rows } = await sql<{ ids: string | null }>`select ${listed} as ids from
    (select vm_id from bulk_item where bulk_id = ${bulkId} and state = 'waiting' order by vm_id) as one`.execute(
    trx,
  );
  return rows[0]?.ids ?? '';
}

export function noCounts(): Counts {
  return Object.fromEntries(BULK_ITEM_STATES.map((state) => [state, 0])) as Counts;
}

export async function countItems(db: Kysely<BulkDb>, bulkId: string): Promise<Counts> {
  const rows = await db
    .selectFrom('bulk_item')
    .select(['state', ({ fn }) => fn.countAll<number>().as('items')])
    .where('bulk_id', '=', bulkId)
    .groupBy('state')
    .execute();
  return { ...noCounts(), ...Object.fromEntries(rows.map((row) => [row.state, Number(row.items)])) };
}

/** Changes the counts by so much, and more columns; for whoever holds the lock. */
export async function changeBulk(
  trx: Kysely<BulkDb>,
  bulkId: string,
  change: { readonly by?: Partial<Counts>; readonly set?: Partial<BulkRecord>; readonly nowMs: number },
): Promise<void> {
  const moved = Object.entries(change.by ?? {}).filter(([, by]) => by !== 0);
  const counts = Object.fromEntries(
    moved.map(([state, by]) => [state, sql<number>`${sql.ref(state)} + cast(${by} as bigint)`]),
  ) as Partial<Record<BulkItemState, never>>;
  await trx
    .updateTable('bulk_action')
    .set({ ...counts, ...change.set, changed_at_ms: change.nowMs })
    .where('id', '=', bulkId)
    .execute();
}

export async function setBulkState(
  trx: Kysely<BulkDb>,
  bulkId: string,
  to: { readonly state: BulkState; readonly reason?: string; readonly nowMs: number },
): Promise<void> {
  const isOver = to.state === 'done' || to.state === 'cancelled' || to.state === 'stopped';
  await changeBulk(trx, bulkId, {
    set: {
      state: to.state,
      ...(to.reason === undefined ? {} : { state_reason: to.reason }),
      ended_at_ms: isOver ? to.nowMs : null,
    },
    nowMs: to.nowMs,
  });
}
