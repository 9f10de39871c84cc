import { sql, type Kysely } from 'kysely';
import type { ChargeRow } from '../../../shared/domains/billing/billing-contract.ts';
import {
  COMPONENTS,
  quantityText,
  type LineKind,
  type MonthSoFar,
} from '../../../shared/domains/billing/charge-rules.ts';
import { addDays, firstOfMonth, type LocalDate, type Period } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import { planNames } from '../catalog/catalog-public.ts';
import type { BillingTables, ChargeTable } from './billing-tables.ts';
import { lineFacts, type LineFacts } from './charge-lines.ts';

type Db = Kysely<BillingTables>;

export function monthKey(subscriptionId: string, component: string): string {
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
    .where('open_until', 'is', null)
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
  return rows.map((row) => {
    const facts = lineFacts(row);
    return {
      id: row.id,
      day: row.day,
      serviceStart: facts?.start ?? row.day,
      serviceEndExclusive: facts?.endExclusive ?? addDays(row.day, 1),
      component: row.component,
      quantity: quantityText(lineKind(row, facts), quantityOf(row)),
      unitPrice: row.unit_price,
      amount: { amountMinor: String(row.amount_minor), currency: row.currency },
      gross:
        row.gross_minor === null ? null : { amountMinor: String(row.gross_minor), currency: row.currency },
      reason: facts?.reason ?? row.reason,
      explanation: row.explanation === null ? null : (JSON.parse(row.explanation) as unknown),
      invoiceId: row.invoice_id,
    };
  });
}

/** What a document says a charge is of. */
export function lineKind(
  row: Pick<ChargeTable, 'component' | 'amount_minor'>,
  facts: LineFacts | null,
): LineKind {
  if (facts === null) return COMPONENTS.find((component) => component === row.component) ?? 'month';
  if (row.amount_minor < 0) return 'credit';
  switch (facts.reason) {
    case 'usage':
    case 'overage':
      return 'metered';
    case 'set-up':
    case 'true-up':
      return facts.reason;
    default:
      return 'service';
  }
}

/** A charge as an invoice takes it, whether it is of a day or of a line by the period. */
export interface UnbilledCharge {
  readonly id: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly plan: string;
  readonly vm: string;
  readonly component: string;
  readonly kind: LineKind;
  readonly day: LocalDate;
  readonly service: Period;
  /** Charges of one day each that make one line together have the same; null: a line of its own. */
  readonly month: string | null;
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly unitPrice: string;
  readonly amountMinor: bigint;
  /** By a price that has VAT in it; null of others. */
  readonly grossMinor: bigint | null;
}

/** Charges posted in a period that are on no invoice, in the order they are shown in. The one place where documents read charges. */
export async function unbilledCharges(
  db: Db,
  scope: { readonly customerId: string; readonly currency: Currency; readonly period: Period },
): Promise<UnbilledCharge[]> {
  const rows = await db
    .selectFrom('charge')
    .innerJoin('subscription', 'subscription.id', 'charge.subscription_id')
    .selectAll('charge')
    .select(['plan_name', 'vm_name'])
    .where('charge.customer_id', '=', scope.customerId)
    .where('charge.currency', '=', scope.currency)
    .where('day', '>=', scope.period.start)
    .where('day', '<', scope.period.endExclusive)
    .where(sql<boolean>`not exists (select 1 from invoice_charge where invoice_charge.charge_id = charge.id)`)
    .orderBy('vm_name')
    .orderBy('charge.subscription_id')
    .orderBy('day')
    .orderBy('charge.id')
    .execute();
  const names = rows.some((row) => row.line !== null) ? await planNames(db) : new Map<string, string>();
  return rows.map((row) => {
    const facts = lineFacts(row);
    return {
      id: row.id,
      subscriptionId: row.subscription_id,
      customerId: row.customer_id,
      plan: (facts && names.get(facts.planId)) ?? row.plan_name,
      vm: row.vm_name,
      component: row.component,
      kind: lineKind(row, facts),
      day: row.day,
      service: facts ?? { start: row.day, endExclusive: addDays(row.day, 1) },
      month: facts === null ? row.day.slice(0, 7) : null,
      ...quantityOf(row),
      unitPrice: row.unit_price,
      amountMinor: BigInt(row.amount_minor),
      grossMinor: row.gross_minor === null ? null : BigInt(row.gross_minor),
    };
  });
}

export function quantityOf(row: Pick<ChargeTable, 'numerator' | 'denominator'>): {
  numerator: bigint;
  denominator: bigint;
} {
  return { numerator: BigInt(row.numerator), denominator: BigInt(row.denominator) };
}
