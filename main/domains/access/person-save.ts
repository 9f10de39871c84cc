import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { Person, accessContract } from '../../../shared/domains/access/access-contract.ts';
import { mergeEdit } from '../../../shared/kernel/edit-merge.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { AccessTables } from './access-tables.ts';
import { PERSON_TOPIC, lockAdministrators, personByLogin, savePerson, toPerson } from './person-store.ts';

type Operation = typeof accessContract.personSave;

/**
 * Adds or changes a person; what somebody else changed since they were seen stays, and where both changed the same, nothing is saved. The last active administrator cannot be lost, or nobody could give rights any more.
 */
export async function personSave(
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<Person, RefusalCodeOf<Operation>>> {
  const db = context.tables<AccessTables>();
  context.subject(input.login);
  const administrators = await lockAdministrators(db);
  const known = await personByLogin(db, input.login);
  const { login, before, ...mine } = input;
  if (before === null && known) return refuse('person-exists', { login, name: known.name });
  const now = known ? { name: known.name, role: known.role, active: known.active === 1 } : mine;
  const { merged, clashes } = mergeEdit({ before: before ?? undefined, mine, now });
  if (clashes.length > 0) return refuse('changed-meanwhile', { name: login, fields: clashes.join(', ') });
  const staysAdministrator = merged.role === 'administrator' && merged.active;
  if (!staysAdministrator && administrators.length === 1 && administrators[0] === login) {
    return refuse('last-administrator', { login });
  }
  const row = {
    id: known?.id ?? newId('person'),
    login,
    name: merged.name,
    role: merged.role,
    active: merged.active ? (1 as const) : (0 as const),
    last_seen_at_ms: known?.last_seen_at_ms ?? null,
  };
  await savePerson(db, row);
  await context.note(PERSON_TOPIC, row.id);
  return done(toPerson(row));
}
