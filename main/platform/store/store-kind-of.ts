import { PostgresAdapter, type Kysely } from 'kysely';
import type { AnyDatabase } from './any-database.ts';
import type { StoreKind } from './store.ts';

/** Which database this is of, or this transaction. */
export function storeKindOf(db: AnyDatabase): StoreKind {
  const { adapter } = (db as Kysely<unknown>).getExecutor();
  return adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite';
}
