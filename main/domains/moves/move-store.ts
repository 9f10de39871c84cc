import type { Kysely } from 'kysely';
import type { MoveRow } from '../../../shared/domains/moves/moves-contract.ts';
import { DEFAULT_CAPS, type MoveCaps, type RunningMove } from '../../../shared/domains/moves/move-rules.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { Store } from '../../platform/store/store.ts';
import { forUpdate } from '../../platform/store/for-update.ts';
import type { MoveRecord, MovesTables } from './moves-tables.ts';

/** Topic of the change feed: a move was asked for, went on or ended; the key is its id. */
export const MOVE_TOPIC = 'move';

type Db = Kysely<MovesTables>;

export function movesOf(db: AnyDatabase): Db {
  return db as Db;
}

export async function insertMove(db: Db, move: MoveRecord): Promise<void> {
  await db.insertInto('vm_move').values(move).execute();
}

export async function findMove(db: Db, moveId: string): Promise<MoveRecord | undefined> {
  return await db.selectFrom('vm_move').selectAll().where('id', '=', moveId).executeTakeFirst();
}

export async function lockMove(
  db: Db,
  store: Pick<Store, 'kind'>,
  moveId: string,
): Promise<MoveRecord | undefined> {
  return await forUpdate(
    db.selectFrom('vm_move').selectAll().where('id', '=', moveId),
    store.kind,
  ).executeTakeFirst();
}

/** The move of a VM that has not ended. */
export async function openMoveOf(db: Db, vmId: string): Promise<MoveRecord | undefined> {
  return await db
    .selectFrom('vm_move')
    .selectAll()
    .where('vm_id', '=', vmId)
    .where('state', 'in', ['queued', 'running'])
    .executeTakeFirst();
}

/** All that wait or run, oldest first. */
export async function openMoves(db: Db): Promise<MoveRecord[]> {
  return await db
    .selectFrom('vm_move')
    .selectAll()
    .where('state', 'in', ['queued', 'running'])
    .orderBy('asked_at_ms')
    .orderBy('id')
    .execute();
}

export async function runningMoves(db: Db): Promise<RunningMove[]> {
  const rows = await db
    .selectFrom('vm_move')
    .select(['from_host_id', 'to_host_id'])
    .where('state', '=', 'running')
    .execute();
  return rows.map((row) => ({ fromHostId: row.from_host_id, toHostId: row.to_host_id }));
}

/** Changes a move and tells whoever looks at it. */
export async function changeMove(
  db: Db,
  store: Pick<Store, 'changes'>,
  moveId: string,
  columns: Partial<MoveRecord>,
): Promise<void> {
  await db.updateTable('vm_move').set(columns).where('id', '=', moveId).execute();
  await store.changes.note(db as unknown as Parameters<Store['changes']['note']>[0], MOVE_TOPIC, moveId);
}

/** As the host tells it, at most once a second: nobody else writes these. */
export async function noteProgress(
  store: Pick<Store, 'transaction' | 'changes'>,
  moveId: string,
  progress: { totalBytes: number; doneBytes: number; bytesPerSecond: number },
): Promise<void> {
  await store.transaction<MovesTables, void>(
    async (trx) => {
      await trx
        .updateTable('vm_move')
        .set({
          total_bytes: Math.round(progress.totalBytes),
          done_bytes: Math.round(progress.doneBytes),
          bytes_per_second: Math.round(progress.bytesPerSecond),
        })
        .where('id', '=', moveId)
        .execute();
      await store.changes.note(trx, MOVE_TOPIC, moveId);
    },
    { repeatable: true },
  );
}

const KEEP_MS = 90 * 86_400_000;

/** Moves that ended long ago are forgotten, as their tasks are. */
export async function forgetMoves(db: Db, nowMs: number): Promise<void> {
  await db
    .deleteFrom('vm_move')
    .where('asked_at_ms', '<', nowMs - KEEP_MS)
    .where('state', 'in', ['done', 'failed', 'cancelled'])
    .execute();
}

export async function readSetting<T>(db: Db, name: string, otherwise: T): Promise<T> {
  const row = await db.selectFrom('move_setting').select('value').where('name', '=', name).executeTakeFirst();
  return row === undefined ? otherwise : { ...otherwise, ...(JSON.parse(row.value) as T) };
}

export async function writeSetting(db: Db, name: string, value: object): Promise<void> {
  const text = JSON.stringify(value);
  await db
    .insertInto('move_setting')
    .values({ name, value: text })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: text }))
    .execute();
}

export async function readCaps(db: Db): Promise<MoveCaps> {
  return await readSetting(db, 'caps', DEFAULT_CAPS);
}

export function moveRowOf(row: MoveRecord): MoveRow {
  return {
    id: row.id,
    vmId: row.vm_id,
    vm: row.vm_name,
    fromHostId: row.from_host_id,
    from: row.from_name,
    toHostId: row.to_host_id,
    to: row.to_name,
    state: row.state,
    cause: row.cause,
    live: row.live === 1,
    storage: row.storage,
    taskId: row.task_id,
    askedBy: row.asked_by,
    askedAt: instantOf(row.asked_at_ms),
    beganAt: row.began_at_ms === null ? null : instantOf(row.began_at_ms),
    endedAt: row.ended_at_ms === null ? null : instantOf(row.ended_at_ms),
    totalBytes: row.total_bytes,
    doneBytes: row.done_bytes,
    bytesPerSecond: row.bytes_per_second,
    downtimeMs: row.downtime_ms,
    note: row.note,
  };
}

function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}
