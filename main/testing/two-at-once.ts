import { sql } from 'kysely';
import { vi } from 'vitest';
import type { AnyTransaction, Store } from '../platform/store/store.ts';

/**
 * Runs `first` in a transaction of `store` and, before that commits, begins `second` on another engine's store. On PostgreSQL
 * the first one commits only when the second has ended or waits for it (or `waiters` do, where the second one begins several); on SQLite
 * the second one always waits.
 */
export async function whileOpen<A, B>(
  store: Store,
  first: (trx: AnyTransaction) => Promise<A>,
  second: () => Promise<B>,
  waiters = 1,
): Promise<readonly [A, B]> {
  const written = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const one = store.transaction<never, A>(async (trx) => {
    const answer = await first(trx);
    written.resolve();
    await mayCommit.promise;
    return answer;
  });
  await Promise.race([written.promise, one]);
  const two = second();
  if (store.kind === 'postgres')
    await Promise.race([two.catch(() => undefined), somebodyWaits(store, waiters)]);
  mayCommit.resolve();
  return [await one, await two];
}

/** On PostgreSQL: resolves when one of this database's connections waits for another one, or as many as are said. */
export async function somebodyWaits(store: Store, atLeast = 1): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await sql<{ waiting: number }>`
        select count(*) as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(store.tables());
      if (Number(rows[0]?.waiting ?? 0) < atLeast) throw new Error(`fewer than ${atLeast} wait for a lock`);
    },
    { timeout: 60_000, interval: 10 },
  );
}
