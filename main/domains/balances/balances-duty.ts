import { setTimeout as sleep } from 'node:timers/promises';
import { addDays, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { DutyGrant } from '../../platform/store/duty-hold.ts';
import { LeaseLost, StoreError } from '../../platform/store/store-error.ts';
import type { Store, StoreLog } from '../../platform/store/store.ts';
import { closedCalendars, type ClosedCalendar } from '../billing/billing-public.ts';
import { lookAtBalances } from './balance-look.ts';
import { customersOnTerms, type CustomerOnTerms } from './balance-terms-store.ts';
import { UnwellBalances } from './unwell-balances.ts';
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
  const unwell = new UnwellBalances();
  while (!grant.signal.aborted) {
    try {
      await burnDays(parts, grant);
      await lookAgain(parts, grant, unwell);
    } catch (error) {
      if (error instanceof LeaseLost || !(error instanceof StoreError)) throw error;
      parts.log.warn('Balances could not be looked at; trying again.', { error });
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: grant.signal }).catch(() => undefined);
  }
}

type Grant = Pick<DutyGrant, 'guard' | 'signal'>;

/**
 * Burns every closed day of every calendar (company and billing zone) that was not yet, in order, a page of customers a transaction. One that
 * dies between two pages is followed by one that does the day again: what is written stays, and nobody is told twice.
 */
export async function burnDays({ store }: Pick<DutyParts, 'store'>, grant: Grant): Promise<void> {
  const db = store.tables<BalancesTables>();
  for (const calendar of await closedCalendars(db)) {
    const { companyId, billingZone, closedUntil } = calendar;
    const mark = await db
      .selectFrom('balance_calendar_mark')
      .select('burned_until')
      .where('company_id', '=', companyId)
      .where('billing_zone', '=', billingZone)
      .executeTakeFirst();
    // What was before anybody looked is one sum, burned with the first day.
    let day = mark === undefined ? closedUntil : addDays(mark.burned_until, 1);
    for (; day <= closedUntil && !grant.signal.aborted; day = addDays(day, 1)) {
      await burnDay({ store }, grant, { calendar, day });
    }
  }
}

async function burnDay(
  { store }: Pick<DutyParts, 'store'>,
  grant: Grant,
  on: { readonly calendar: ClosedCalendar; readonly day: LocalDate },
): Promise<void> {
  const { companyId, billingZone } = on.calendar;
  const { day } = on;
  for (let after = ''; !grant.signal.aborted;) {
    const page = { companyId, billingZone, after, limit: PAGE };
    const customers = await customersOnTerms(store.tables(), store.kind, page);
    const last = customers.at(-1);
    if (last === undefined) break;
    await lookAt({ store }, grant, { companyId, day, customers, burns: true });
    after = last.id;
  }
  if (grant.signal.aborted) return;
  await store.transaction<BalancesTables, void>(
    async (trx) => {
      await grant.guard(trx);
      await trx
        .insertInto('balance_calendar_mark')
        .values({ company_id: companyId, billing_zone: billingZone, burned_until: day })
        .onConflict((conflict) =>
          conflict.columns(['company_id', 'billing_zone']).doUpdateSet({ burned_until: day }),
        )
        .execute();
      await store.changes.note(trx, 'balance-day', day);
    },
    { repeatable: true },
  );
}

/** Looks again at those who are not well and may be by now: who paid is well before the next day closes. */
export async function lookAgain(
  { store }: Pick<DutyParts, 'store'>,
  grant: Grant,
  unwell = new UnwellBalances(),
): Promise<void> {
  const db = store.tables<BalancesTables>();
  const closed = await closedCalendars(db);
  const nowMs = await store.nowMs(db);
  const moved = await unwell.whoMoved(db);
  for (let after = ''; !grant.signal.aborted;) {
    const rows = await db
      .selectFrom('balance_state')
      .select('customer_id')
      .where('state', '<>', 'ok')
      .where('customer_id', '>', after)
      .orderBy('customer_id')
      .limit(PAGE)
      .execute();
    const last = rows.at(-1)?.customer_id;
    if (last === undefined) break;
    const ids = rows.map((row) => row.customer_id);
    // What came in today counts at once: nobody who paid is told to pay.
    for (const { companyId, day, customers } of await unwell.toLookAt(db, store.kind, { ids, closed, moved }))
      await lookAt({ store }, grant, { companyId, day, customers, burns: false });
    after = last;
  }
  if (!grant.signal.aborted) unwell.looked(nowMs);
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
