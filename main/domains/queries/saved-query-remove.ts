import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { queriesContract } from '../../../shared/domains/queries/queries-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { QueriesParts } from './queries-handlers.ts';
import type { QueriesTables } from './queries-tables.ts';
import { whyNotTheirs } from './saved-query-own.ts';
import { isNameTaken, lockSavedQuery, updateSavedQuery } from './saved-query-store.ts';

type Remove = typeof queriesContract.savedQueryRemove;
type Restore = typeof queriesContract.savedQueryRestore;

/** Removes a saved query; twice is once. */
export async function savedQueryRemove(
  parts: QueriesParts,
  { id }: InputOf<Remove>,
  context: CallContext,
): Promise<Outcome<OutputOf<Remove>, RefusalCodeOf<Remove>>> {
  const db = context.tables<QueriesTables>();
  const row = await lockSavedQuery(db, id);
  if (row === undefined) return refuse('no-such-query', { id });
  const theirs = whyNotTheirs(row, context.actor);
  if (theirs) return theirs;
  context.subject(row.name);
  if (row.removed_at_ms === null) {
    await updateSavedQuery(db, id, { removed_at_ms: await parts.nowMs(db) });
    await context.note('saved', id);
  }
  return done({});
}

/** Brings a removed one back; the lists that opened with it do so again. */
export async function savedQueryRestore(
  { id }: InputOf<Restore>,
  context: CallContext,
): Promise<Outcome<OutputOf<Restore>, RefusalCodeOf<Restore>>> {
  const db = context.tables<QueriesTables>();
  const row = await lockSavedQuery(db, id);
  if (row === undefined) return refuse('no-such-query', { id });
  const theirs = whyNotTheirs(row, context.actor);
  if (theirs) return theirs;
  context.subject(row.name);
  if (row.removed_at_ms === null) return done({});
  if (await isNameTaken(db, { list: row.list, nameKey: row.name_key, but: id }))
    return refuse('name-taken', { name: row.name });
  if (!(await updateSavedQuery(db, id, { removed_at_ms: null })))
    return refuse('name-taken', { name: row.name });
  await context.note('saved', id);
  return done({});
}
