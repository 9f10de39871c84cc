import type { Kysely } from 'kysely';
import type { BalanceEvent } from '../../../shared/domains/balances/balances-contract.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import { balanceEvents } from './balance-events.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { moneyToDecimalText, type Currency } from '../../../shared/kernel/money.ts';
import { balanceMinor, type BalanceState } from '../../../shared/domains/balances/balance-rules.ts';
import type { CustomersPublicTables } from '../customers/customers-public.ts';
import { customerStandings } from '../billing/billing-public.ts';
import { customerTerms } from './balance-terms-store.ts';
import type { BalancesTables } from './balances-tables.ts';

/** Whether amounts were said of how a customer pays (what is low, what it may owe), which are of the currency it had then. */
export async function hasBalanceAmounts(any: AnyDatabase, customerId: string): Promise<boolean> {
  const row = await (any as Kysely<BalancesTables>)
    .selectFrom('balance_terms')
    .select('customer_id')
    .where('customer_id', '=', customerId)
    .where((is) => is.or([is('low_minor', 'is not', null), is('credit_limit_minor', 'is not', null)]))
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * What a customer who pays ahead has left in a currency after what it used, invoiced or not, at the end of a day, in minor units; undefined
 * of one who pays after the invoice.
 */
export async function unusedBalanceMinor(
  any: AnyDatabase,
  kind: StoreKind,
  of: { readonly customerId: string; readonly currency: Currency; readonly day: LocalDate },
): Promise<bigint | undefined> {
  const [customer] = await customerTerms(any as Kysely<BalancesTables>, kind, [of.customerId]);
  if (customer === undefined || customer.mode !== 'prepaid') return undefined;
  const { companyId } = customer;
  const standings = await customerStandings(any, { kind, companyId, customers: [customer], day: of.day });
  const own = standings.find(({ currency }) => currency === of.currency);
  return own === undefined ? 0n : balanceMinor(own);
}

/** The most that those of these customers may owe who pay after the invoice and have a limit, by id; minor units of the customer's currency. */
export async function creditLimitsOf(
  any: AnyDatabase,
  kind: StoreKind,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, bigint>> {
  const rows = await (any as Kysely<BalancesTables>)
    .selectFrom('balance_terms')
    .select(['customer_id', 'credit_limit_minor'])
    .where('customer_id', 'in', textList(kind, customerIds))
    .where('mode', '=', 'postpaid')
    .where('credit_limit_minor', 'is not', null)
    .execute();
  return new Map(rows.map((row) => [row.customer_id, BigInt(row.credit_limit_minor ?? 0)]));
}

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

/** Customers whose balance stood so when it was looked at last, by name, each with what there is to say of it. */
export async function unwellBalances(
  db: AnyDatabase,
  states: readonly Exclude<BalanceState, 'ok'>[],
): Promise<{ readonly customerId: string; readonly customer: string; readonly detail: string }[]> {
  const rows = await (db as Kysely<BalancesTables & CustomersPublicTables>)
    .selectFrom('balance_state')
    .innerJoin('customer', 'customer.id', 'balance_state.customer_id')
    .select(['customer_id', 'customer.name', 'state', 'balance_minor', 'balance_state.currency', 'since'])
    .where('state', 'in', states)
    .orderBy('customer.name')
    .orderBy('customer_id')
    .execute();
  return rows.map((row) => ({ customerId: row.customer_id, customer: row.name, detail: detailOf(row) }));
}

function detailOf(
  row: Pick<BalancesTables['balance_state'], 'state' | 'balance_minor' | 'currency' | 'since'>,
): string {
  const amountMinor = BigInt(row.balance_minor);
  const words = (minor: bigint): string => moneyToDecimalText({ amountMinor: minor, currency: row.currency });
  if (row.state === 'over-limit')
    return `${words(-amountMinor)} ${row.currency} are owed, more than the credit limit, since ${row.since}.`;
  const what = row.state === 'low' ? 'is low' : 'is used up';
  return `The balance ${what} since ${row.since}: ${words(amountMinor)} ${row.currency}.`;
}
