import { setTimeout as sleep } from 'node:timers/promises';
import { addDays, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { DutyGrant } from '../../platform/store/duty-hold.ts';
import { LeaseLost, StoreError } from '../../platform/store/store-error.ts';
import type { Store, StoreLog } from '../../platform/store/store.ts';
import { daysClosedBy } from '../billing/billing-public.ts';
import { lookAtBalances } from './balance-look.ts';
import { customersOnTerms, customerTerms, type CustomerOnTerms } from './balance-terms-store.ts';
import type { BalancesTables } from './balances-tables.ts';

export const BALANCES_DUTY = 'balances:days';

const LOOK_EVERY_MS = 60_000;
/** Customers of one transaction. */
const PAGE = 500;

interface DutyParts {
  readonly store: Store;
  readonly log: StoreLog;
}

/** The work of the duty `balances:days`: burns balances as days close, and sees within a minute who paid. */
export async function keepBalances(parts: DutyParts, grant: DutyGrant): Promise<void> {
  while (!grant.signal.aborted) {
    try {
      await burnDays(parts, grant);
      await lookAgain(parts, grant);
    } catch (error) {
      if (error instanceof LeaseLost || !(error instanceof StoreError)) throw error;
      parts.log.warn('Balances could not be looked at; trying again.', { error });
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: grant.signal }).catch(() => undefined);
  }
}

type Grant = Pick<DutyGrant, 'guard' | 'signal'>;

/**
 * Burns every closed day of every company that was not yet, in order, a page of customers a transaction. One that dies between two pages is
 * followed by one that does the day again: what is written stays, and nobody is told twice.
 */
export async function burnDays({ store }: Pick<DutyParts, 'store'>, grant: Grant): Promise<void> {
  const db = store.tables<BalancesTables>();
  for (const [companyId, closedUntil] of await daysClosedBy(db)) {
    const mark = await db
      .selectFrom('balance_mark')
      .select('burned_until')
      .where('company_id', '=', companyId)
      .executeTakeFirst();
    // What was before anybody looked is one sum, burned with the first day.
    let day = mark === undefined ? closedUntil : addDays(mark.burned_until, 1);
    for (; day <= closedUntil && !grant.signal.aborted; day = addDays(day, 1)) {
      await burnDay({ store }, grant, { companyId, day });
    }
  }
}

async function burnDay(
  { store }: Pick<DutyParts, 'store'>,
  grant: Grant,
  on: { readonly companyId: string; readonly day: LocalDate },
): Promise<void> {
  for (let after = ''; !grant.signal.aborted;) {
    const customers = await customersOnTerms(store.tables(), store.kind, { after, limit: PAGE });
    const last = customers.at(-1);
    if (last === undefined) break;
    const ours = customers.filter(({ companyId }) => companyId === on.companyId);
    await lookAt({ store }, grant, { ...on, customers: ours, burns: true });
    after = last.id;
  }
  if (grant.signal.aborted) return;
  await store.transaction<BalancesTables, void>(
    async (trx) => {
      await grant.guard(trx);
      await trx
        .insertInto('balance_mark')
        .values({ company_id: on.companyId, burned_until: on.day })
        .onConflict((conflict) => conflict.column('company_id').doUpdateSet({ burned_until: on.day }))
        .execute();
      await store.changes.note(trx, 'balance-day', on.day);
    },
    { repeatable: true },
  );
}

/** Looks again at those who are not well: who paid is well before the next day closes. */
export async function lookAgain({ store }: Pick<DutyParts, 'store'>, grant: Grant): Promise<void> {
  const db = store.tables<BalancesTables>();
  const closed = await daysClosedBy(db);
  for (let after = ''; !grant.signal.aborted;) {
    const rows = await db
      .selectFrom('balance_state')
      .select('customer_id')
      .where('state', '<>', 'ok')
      .where('customer_id', '>', after)
      .orderBy('customer_id')
      .limit(PAGE)
      .execute();
    const ids = rows.map((row) => row.customer_id);
    const last = ids.at(-1);
    if (last === undefined) return;
    const customers = await customerTerms(db, store.kind, ids);
    for (const [companyId, of] of Map.groupBy(customers, (customer) => customer.companyId)) {
      const day = companyId === undefined ? undefined : closed.get(companyId);
      // What came in today counts at once: nobody who paid is told to pay.
      if (companyId !== undefined && day !== undefined)
        await lookAt({ store }, grant, { companyId, day: addDays(day, 1), customers: of, burns: false });
    }
    after = last;
  }
}

async function lookAt(
  { store }: Pick<DutyParts, 'store'>,
  grant: Grant,
  on: {
    readonly companyId: string;
    readonly day: LocalDate;
    readonly customers: readonly CustomerOnTerms[];
    readonly burns: boolean;
  },
): Promise<void> {
  const { kind, insertMany } = store;
  await store.transaction<BalancesTables, void>(
    async (trx) => {
      await grant.guard(trx);
      const nowMs = await store.nowMs(trx);
      const news = await lookAtBalances(trx, { ...on, kind, insertMany, nowMs });
      if (news.length > 0) await store.changes.note(trx, 'balance', news);
    },
    { repeatable: true },
  );
}
