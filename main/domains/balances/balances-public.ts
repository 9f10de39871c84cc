import type { Kysely } from 'kysely';
import type { BalanceEvent } from '../../../shared/domains/balances/balances-contract.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { balanceEvents } from './balance-events.ts';
import type { BalancesTables } from './balances-tables.ts';

/**
 * The events that a listener has not taken yet, in order; in the caller's transaction they are taken: what it does with them is done for
 * each once, or not at all. Two of one name take turns. A listener that is new hears all there ever was.
 */
export async function takeBalanceEvents(
  trx: AnyDatabase,
  listener: string,
  limit: number,
): Promise<BalanceEvent[]> {
  const db = trx as Kysely<BalancesTables>;
  const { seen_seq: seen } = await db
    .insertInto('balance_listener')
    .values({ name: listener, seen_seq: 0 })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((of) => ({ seen_seq: of.ref('balance_listener.seen_seq') })),
    )
    .returning('seen_seq')
    .executeTakeFirstOrThrow();
  const events = await balanceEvents(db, { after: Number(seen), limit });
  const last = events.at(-1);
  if (last === undefined) return [];
  await db.updateTable('balance_listener').set({ seen_seq: last.seq }).where('name', '=', listener).execute();
  return events;
}
