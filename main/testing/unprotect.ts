import { sql } from 'kysely';
import type { Store } from '../platform/store/store.ts';

/** Switches the protection of an append-only table off, as somebody with the database's password could. */
export async function unprotect({ store }: { readonly store: Store }, table: string): Promise<void> {
  const db = store.tables();
  if (store.kind === 'postgres') {
    await sql`alter table ${sql.table(table)} disable trigger user`.execute(db);
    return;
  }
  for (const suffix of ['no_update', 'no_delete'])
    await sql`drop trigger if exists ${sql.ref(`${table}_${suffix}`)}`.execute(db);
}
