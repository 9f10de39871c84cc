import type { Kysely } from 'kysely';
import type { BalanceEvent } from '../../../shared/domains/balances/balances-contract.ts';
import { customerNames } from '../customers/customers-public.ts';
import type { BalancesTables } from './balances-tables.ts';

type Db = Kysely<BalancesTables>;

/** Events in order after one; of one customer where it is said, and then the newest where `newest`. */
export async function balanceEvents(
  db: Db,
  asked: {
    readonly after: number;
    readonly limit: number;
    readonly customerId?: string | undefined;
    readonly newest?: boolean;
  },
): Promise<BalanceEvent[]> {
  let query = db.selectFrom('balance_event').selectAll().where('seq', '>', asked.after);
  if (asked.customerId !== undefined) query = query.where('customer_id', '=', asked.customerId);
  const rows = await query
    .orderBy('seq', asked.newest === true ? 'desc' : 'asc')
    .limit(asked.limit)
    .execute();
  const names = await customerNames(
    db,
    rows.map((row) => row.customer_id),
  );
  return rows.map((row) => ({
    seq: Number(row.seq),
    customerId: row.customer_id,
    customer: names.get(row.customer_id)?.name ?? '',
    kind: row.kind,
    was: row.was,
    day: row.on_day,
    balance: { amountMinor: String(row.balance_minor), currency: row.currency },
    bound: { amountMinor: String(row.bound_minor), currency: row.currency },
    noticedAt: new Date(Number(row.noticed_at_ms)).toISOString(),
  }));
}
