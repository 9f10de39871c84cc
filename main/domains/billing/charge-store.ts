import { sql, type Kysely } from 'kysely';
import type { ChargeRow } from '../../../shared/domains/billing/billing-contract.ts';
import {
  quantityText,
  type Component,
  type MonthSoFar,
} from '../../../shared/domains/billing/charge-rules.ts';
import { firstOfMonth, type LocalDate, type Period } from '../../../shared/kernel/local-date.ts';
import type { BillingTables, ChargeTable } from './billing-tables.ts';

type Db = Kysely<BillingTables>;

export function monthKey(subscriptionId: string, component: Component): string {
  return `${subscriptionId} ${component}`;
}

/** What each subscription's components came to in the month of `day`, all charges of that month together, by {@link monthKey}. */
export async function monthSoFar(
  db: Db,
  companyId: string,
  day: LocalDate,
): Promise<ReadonlyMap<string, MonthSoFar>> {
  const month = firstOfMonth(day);
  const rows = await db
    .selectFrom('charge')
    .select(['subscription_id', 'component'])
    // As text: a month of MiB-milliseconds of a very large VM is beyond 2^53.
    .select(sql<string>`cast(sum(numerator) as text)`.as('numerator'))
    .select(sql<string>`cast(sum(amount_minor) as text)`.as('amount'))
    .where('company_id', '=', companyId)
    .where('day', '>=', month)
    .where('day', '<=', `${month.slice(0, 8)}31` as LocalDate)
    .groupBy(['subscription_id', 'component'])
    .execute();
  return new Map(
    rows.map((row) => [
      monthKey(row.subscription_id, row.component),
      { numerator: BigInt(row.numerator), amountMinor: BigInt(row.amount) },
    ]),
  );
}

/** Charges of one subscription with the invoice each is on, by day. */
export async function chargesOf(
  db: Db,
  subscriptionId: string,
  period: Partial<Period>,
): Promise<ChargeRow[]> {
  let query = db
    .selectFrom('charge')
    .leftJoin('invoice_charge', 'invoice_charge.charge_id', 'charge.id')
    .selectAll('charge')
    .select('invoice_charge.invoice_id')
    .where('subscription_id', '=', subscriptionId);
  if (period.start !== undefined) query = query.where('day', '>=', period.start);
  if (period.endExclusive !== undefined) query = query.where('day', '<', period.endExclusive);
  const rows = await query.orderBy('day').orderBy('component').execute();
  return rows.map((row) => ({
    id: row.id,
    day: row.day,
    component: row.component,
    quantity: quantityText(row.component, quantityOf(row)),
    unitPrice: row.unit_price,
    amount: { amountMinor: String(row.amount_minor), currency: row.currency },
    invoiceId: row.invoice_id,
  }));
}

export function quantityOf(row: Pick<ChargeTable, 'numerator' | 'denominator'>): {
  numerator: bigint;
  denominator: bigint;
} {
  return { numerator: BigInt(row.numerator), denominator: BigInt(row.denominator) };
}
