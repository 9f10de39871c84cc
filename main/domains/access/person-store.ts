import { sql, type Kysely, type Selectable } from 'kysely';
import type { Person } from '../../../shared/domains/access/access-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { Store } from '../../platform/store/store.ts';
import type { AccessTables } from './access-tables.ts';

/** Change feed topic; the key is the person's id. */
export const PERSON_TOPIC = 'person';

type Db = Kysely<AccessTables>;
type PersonRow = Selectable<AccessTables['person']>;

export async function personByLogin(db: Db, login: string): Promise<PersonRow | undefined> {
  return await db.selectFrom('person').selectAll().where('login', '=', login).executeTakeFirst();
}

export async function personRows(db: Db): Promise<PersonRow[]> {
  return await db.selectFrom('person').selectAll().orderBy('login').execute();
}

/**
 * Logins of all who can give rights, who keep them until the transaction ends: two administrators who strike each other off at
 * once do it one after the other.
 */
export async function lockAdministrators(db: Db): Promise<readonly string[]> {
  const rows = await db
    .updateTable('person')
    .set({ role: sql`role` })
    .where('role', '=', 'administrator')
    .where('active', '=', 1)
    .returning('login')
    .execute();
  return rows.map((row) => row.login);
}

/**
 * Adds a person: the first of a store as its administrator, everybody after as an observer. People are added one at a time, so
 * that two engines which start at once make one person of one login, and one administrator of two.
 */
export async function addPersonOnce(store: Store, login: string): Promise<void> {
  await store.transaction<AccessTables, void>(
    async (trx) => {
      // Its rows can still be read; there is no row yet that could be locked.
      if (store.kind === 'postgres') await sql`lock table person in share row exclusive mode`.execute(trx);
      const first = await trx.selectFrom('person').select('id').limit(1).executeTakeFirst();
      await trx
        .insertInto('person')
        .values({
          id: newId('person'),
          login,
          name: login,
          role: first === undefined ? 'administrator' : 'observer',
          active: 1,
          last_seen_at_ms: null,
        })
        .onConflict((conflict) => conflict.column('login').doNothing())
        .execute();
    },
    { repeatable: true },
  );
}

export async function savePerson(db: Db, row: PersonRow): Promise<void> {
  const { id: _id, login: _login, last_seen_at_ms: _seen, ...changed } = row;
  await db
    .insertInto('person')
    .values(row)
    .onConflict((conflict) => conflict.column('login').doUpdateSet(changed))
    .execute();
}

export async function markSeen(db: Db, login: string, nowMs: number): Promise<void> {
  await db.updateTable('person').set({ last_seen_at_ms: nowMs }).where('login', '=', login).execute();
}

export function toPerson(row: PersonRow): Person {
  return {
    id: row.id,
    login: row.login,
    name: row.name,
    role: row.role,
    active: row.active === 1,
    lastSeenAt: row.last_seen_at_ms === null ? null : new Date(row.last_seen_at_ms).toISOString(),
  };
}
