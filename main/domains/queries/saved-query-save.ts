import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { queriesContract } from '../../../shared/domains/queries/queries-contract.ts';
import { mergeEdit } from '../../../shared/kernel/edit-merge.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { QueriesParts } from './queries-handlers.ts';
import type { QueriesTables } from './queries-tables.ts';
import {
  fieldsOfRow,
  forgetRemoved,
  insertSavedQuery,
  isNameTaken,
  lockSavedQuery,
  nameKey,
  updateSavedQuery,
} from './saved-query-store.ts';
import { whyNotTheirs } from './saved-query-own.ts';

type Operation = typeof queriesContract.savedQuerySave;
type Answer = Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>;

/** Saves a query under a name, or changes one: what somebody else changed since it was seen stays. */
export async function savedQuerySave(
  parts: QueriesParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Answer> {
  const { id, list, before, ...mine } = input;
  if (id === undefined) return await saveNew(parts, { list, ...mine }, context);
  const db = context.tables<QueriesTables>();
  const row = await lockSavedQuery(db, id);
  if (row === undefined || row.removed_at_ms !== null) return refuse('no-such-query', { id });
  const theirs = whyNotTheirs(row, context.actor);
  if (theirs) return theirs;
  const { merged, clashes } = mergeEdit({ before, mine, now: fieldsOfRow(row) });
  if (clashes.length > 0) return refuse('changed-meanwhile', { name: row.name, fields: clashes.join(', ') });
  const key = nameKey({ ...merged, owner: row.owner });
  if (await isNameTaken(db, { list: row.list, nameKey: key, but: id }))
    return refuse('name-taken', { name: merged.name });
  context.subject(merged.name);
  const columns = { ...merged, shared: merged.shared ? 1 : 0, name_key: key };
  if (!(await updateSavedQuery(db, id, columns))) return refuse('name-taken', { name: merged.name });
  await context.note('saved', id);
  return done({ id });
}

async function saveNew(
  parts: QueriesParts,
  fields: Omit<InputOf<Operation>, 'id' | 'before'>,
  context: CallContext,
): Promise<Answer> {
  const db = context.tables<QueriesTables>();
  const nowMs = await parts.nowMs(db);
  await forgetRemoved(db, nowMs);
  const owner = context.actor.login;
  const id = newId('qry');
  context.subject(fields.name);
  const isMade = await insertSavedQuery(db, {
    ...fields,
    id,
    owner,
    shared: fields.shared ? 1 : 0,
    name_key: nameKey({ ...fields, owner }),
    made_at_ms: nowMs,
    removed_at_ms: null,
  });
  if (!isMade) return refuse('name-taken', { name: fields.name });
  await context.note('saved', id);
  return done({ id });
}
