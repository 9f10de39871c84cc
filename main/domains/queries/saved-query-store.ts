import { sql, type Kysely } from 'kysely';
import {
  queriedList,
  type QueriedList,
  type SavedFields,
  type SavedQuery,
} from '../../../shared/domains/queries/queries-contract.ts';
import { foldText } from '../../../shared/kernel/fold-text.ts';
import { isDuplicate } from '../../platform/store/store-error.ts';
import type { QueriesTables } from './queries-tables.ts';

type Db = Kysely<QueriesTables>;
export type SavedQueryRow = QueriesTables['saved_query'];

const KEPT_MS = 30 * 24 * 3_600_000;

/** Names are one without regard to letters' case and accents: among the shared ones, and among each person's own. */
export function nameKey(named: { name: string; shared: boolean; owner: string }): string {
  return `${named.shared ? '' : named.owner}\n${foldText(named.name)}`;
}

/** Those a person sees, by name. */
export async function savedQueriesFor(
  db: Db,
  login: string,
  list: QueriedList | undefined,
): Promise<SavedQueryRow[]> {
  let rows = db
    .selectFrom('saved_query')
    .selectAll()
    .where('removed_at_ms', 'is', null)
    .where((is) => is.or([is('shared', '=', 1), is('owner', '=', login)]));
  if (list !== undefined) rows = rows.where('list', '=', list);
  return await rows.orderBy('name_key').execute();
}

/** Reads one, removed or not, and keeps it from being changed until the transaction ends. */
export async function lockSavedQuery(db: Db, id: string): Promise<SavedQueryRow | undefined> {
  return await db
    .updateTable('saved_query')
    .set({ name: sql`name` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** Whether another one has the name; one that is being given it just now is seen when it is written. */
export async function isNameTaken(
  db: Db,
  asked: { list: string; nameKey: string; but: string },
): Promise<boolean> {
  const found = await db
    .selectFrom('saved_query')
    .select('id')
    .where('list', '=', asked.list)
    .where('name_key', '=', asked.nameKey)
    .where('removed_at_ms', 'is', null)
    .where('id', '<>', asked.but)
    .executeTakeFirst();
  return found !== undefined;
}

/** False where somebody else took the name at the same time. */
export async function insertSavedQuery(db: Db, row: SavedQueryRow): Promise<boolean> {
  const made = await db
    .insertInto('saved_query')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(made.numInsertedOrUpdatedRows ?? 0) > 0;
}

/** False where somebody else took the name at the same time; the transaction can then only be rolled back. */
export async function updateSavedQuery(
  db: Db,
  id: string,
  columns: Partial<SavedQueryRow>,
): Promise<boolean> {
  try {
    await db.updateTable('saved_query').set(columns).where('id', '=', id).execute();
    return true;
  } catch (error) {
    if (isDuplicate(error, 'saved_query', 'list', 'name_key')) return false;
    throw error;
  }
}

/** Forgets what was removed so long ago that nobody brings it back. */
export async function forgetRemoved(db: Db, nowMs: number): Promise<void> {
  await db
    .deleteFrom('saved_query')
    .where('removed_at_ms', '<', nowMs - KEPT_MS)
    .execute();
}

export async function defaultsOf(db: Db, login: string): Promise<Partial<Record<QueriedList, string>>> {
  const rows = await db.selectFrom('saved_query_default').selectAll().where('owner', '=', login).execute();
  return Object.fromEntries(rows.map((row) => [queriedList.parse(row.list), row.saved_query_id]));
}

export async function setDefault(
  db: Db,
  chosen: { owner: string; list: QueriedList; id: string | null },
): Promise<void> {
  const { owner, list, id } = chosen;
  if (id === null) {
    await db.deleteFrom('saved_query_default').where('owner', '=', owner).where('list', '=', list).execute();
    return;
  }
  await db
    .insertInto('saved_query_default')
    .values({ owner, list, saved_query_id: id })
    .onConflict((conflict) => conflict.columns(['owner', 'list']).doUpdateSet({ saved_query_id: id }))
    .execute();
}

export function fieldsOfRow(row: SavedQueryRow): SavedFields {
  return { name: row.name, query: row.query, sort: row.sort, shared: row.shared === 1 };
}

export function savedQueryOf(row: SavedQueryRow, mine: boolean): SavedQuery {
  return { ...fieldsOfRow(row), id: row.id, list: queriedList.parse(row.list), owner: row.owner, mine };
}
