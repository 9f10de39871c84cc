import { sql, type Expression, type Kysely, type RawBuilder } from 'kysely';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { textList } from '../../../platform/store/update-many.ts';
import type { BillingTables } from '../billing-tables.ts';

/**
 * SQL of lines of the ledger: what they add to what a customer owes, receivables less advances. A payment that stands on no invoice yet is a
 * debt of ours; putting it on one moves nothing.
 */
export const netOwed = sql<number>`sum((case when debit in ('receivables', 'advances') then amount_minor else 0 end)
  - (case when credit in ('receivables', 'advances') then amount_minor else 0 end))`;

export const movesOwed = sql<boolean>`(debit in ('receivables', 'advances') or credit in ('receivables', 'advances'))`;

/** SQL: what a customer owes by the ledger in a currency less what it has paid in advance in that, in minor units. */
export function owedMinor(customer: {
  readonly id: Expression<unknown>;
  readonly currency: Expression<unknown>;
}): RawBuilder<number> {
  return sql<number>`coalesce((
    select cast(${netOwed} as bigint) from ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
    where ledger_line.customer_id = ${customer.id} and ledger_entry.currency = ${customer.currency} and ${movesOwed}), 0)`;
}

/** What each of these customers owes by the ledger less what it has paid in advance, by its id and the currency (`cus_1 EUR`), in minor units. One statement for some hundreds. */
export async function owedByCustomers(
  any: AnyDatabase,
  kind: StoreKind,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, bigint>> {
  if (customerIds.length === 0) return new Map();
  const { rows } = await sql<{ customer_id: string; currency: Currency; owed: string }>`
    select customer_id, currency, cast(${netOwed} as text) as owed
    from ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
    where customer_id in ${textList(kind, customerIds)} and ${movesOwed} group by customer_id, currency`.execute(
    any as Kysely<BillingTables>,
  );
  return new Map(rows.map((row) => [`${row.customer_id} ${row.currency}`, BigInt(row.owed)]));
}
