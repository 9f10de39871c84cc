import type { Kysely } from 'kysely';
import type { BalanceTerms } from '../../../shared/domains/balances/balance-rules.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import {
  customersFacts,
  type CustomerFacts,
  type CustomersPublicTables,
} from '../customers/customers-public.ts';
import type { BalancesTables } from './balances-tables.ts';

export type CustomerOnTerms = CustomerFacts & BalanceTerms;

const AFTER_THE_INVOICE: BalanceTerms = { mode: 'postpaid', lowMinor: null, creditLimitMinor: null };

/** The next customers of a calendar, by id, who pay ahead or have a limit. */
export async function customersOnTerms(
  anyDb: AnyDatabase,
  kind: StoreKind,
  asked: {
    readonly companyId: string;
    readonly billingZone: string;
    readonly after: string;
    readonly limit: number;
  },
): Promise<CustomerOnTerms[]> {
  const db = anyDb as Kysely<BalancesTables & CustomersPublicTables>;
  const rows = await db
    .selectFrom('balance_terms')
    .innerJoin('customer', 'customer.id', 'balance_terms.customer_id')
    .select('customer_id')
    .where('company_id', '=', asked.companyId)
    .where('billing_zone', '=', asked.billingZone)
    .where((is) => is.or([is('mode', '=', 'prepaid'), is('credit_limit_minor', 'is not', null)]))
    .where('customer_id', '>', asked.after)
    .orderBy('customer_id')
    .limit(asked.limit)
    .execute();
  return await customerTerms(
    db,
    kind,
    rows.map((row) => row.customer_id),
  );
}

/** How these customers pay, by id; those that are unknown are left out. */
export async function customerTerms(
  anyDb: AnyDatabase,
  kind: StoreKind,
  ids: readonly string[],
): Promise<CustomerOnTerms[]> {
  if (ids.length === 0) return [];
  const db = anyDb as Kysely<BalancesTables>;
  const rows = await db.selectFrom('balance_terms').selectAll().where('customer_id', 'in', ids).execute();
  const terms = new Map(
    rows.map((row): [string, BalanceTerms] => [
      row.customer_id,
      {
        mode: row.mode,
        lowMinor: row.low_minor === null ? null : BigInt(row.low_minor),
        creditLimitMinor: row.credit_limit_minor === null ? null : BigInt(row.credit_limit_minor),
      },
    ]),
  );
  const facts = (await customersFacts(db, kind, ids)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return facts.map((customer) => ({
    ...customer,
    ...(terms.get(customer.id) ?? AFTER_THE_INVOICE),
  }));
}
