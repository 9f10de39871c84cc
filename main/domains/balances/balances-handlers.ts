import type { Kysely } from 'kysely';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done } from '../../../shared/contract/outcome.ts';
import type { OutputOf } from '../../../shared/contract/operation.ts';
import type { balancesContract } from '../../../shared/domains/balances/balances-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { Store } from '../../platform/store/store.ts';
import { customerNames } from '../customers/customers-public.ts';
import { balanceEvents } from './balance-events.ts';
import { balanceGet } from './balance-get.ts';
import type { BalancesTables } from './balances-tables.ts';
import { termsSave } from './terms-save.ts';

export function balancesHandlers(
  store: Pick<Store, 'kind' | 'nowMs'>,
): DomainHandlers<typeof balancesContract, CallContext> {
  return {
    balanceGet: async (input, context) => await balanceGet(store, input, context.tables()),
    termsSave: async (input, context) => await termsSave(input, context),
    eventList: async (input, context) =>
      done({ rows: await balanceEvents(context.tables<BalancesTables>(), input) }),
    watchList: async ({ limit }, context) => done(await watchList(context.tables<BalancesTables>(), limit)),
  };
}

async function watchList(
  db: Kysely<BalancesTables>,
  limit: number,
): Promise<OutputOf<typeof balancesContract.watchList>> {
  const watched = db.selectFrom('balance_state').where('state', '<>', 'ok');
  const { total } = await watched
    .select((of) => of.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const rows = await watched
    .selectAll()
    .orderBy('balance_minor')
    .orderBy('customer_id')
    .limit(limit)
    .execute();
  const names = await customerNames(
    db,
    rows.map((row) => row.customer_id),
  );
  return {
    total: Number(total),
    rows: rows.map((row) => ({
      customerId: row.customer_id,
      customer: names.get(row.customer_id)?.name ?? '',
      state: row.state,
      balance: { amountMinor: String(row.balance_minor), currency: row.currency },
      since: row.since,
    })),
  };
}
