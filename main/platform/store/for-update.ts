import type { SelectQueryBuilder } from 'kysely';
import type { StoreKind } from './store.ts';

/**
 * Locks the rows read until the transaction ends, for whoever reads, computes and writes back. SQLite has one writer at a time
 * and no such clause.
 */
export function forUpdate<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  kind: StoreKind,
): SelectQueryBuilder<DB, TB, O> {
  return kind === 'postgres' ? query.forUpdate() : query;
}

/**
 * The same for rows that are never deleted: rows that refer to these may be written meanwhile.
 * https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS
 */
export function forNoKeyUpdate<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  kind: StoreKind,
): SelectQueryBuilder<DB, TB, O> {
  return kind === 'postgres' ? query.forNoKeyUpdate() : query;
}
