import { sql, type Kysely } from 'kysely';
import type { ChargeRow } from '../../../../shared/domains/billing/billing-contract.ts';
import {
  COMPONENTS,
  quantityText,
  type LineKind,
  type MonthSoFar,
} from '../../../../shared/domains/billing/charge-rules.ts';
import { addDays, firstOfMonth, type LocalDate, type Period } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { textList } from '../../../platform/store/update-many.ts';
import { planNames, planVersionsById } from '../../catalog/catalog-public.ts';
import type { BillingTables, ChargeTable } from '../billing-tables.ts';
import { deskLine } from './charge-desk-line.ts';
import { plansOfDays } from './charge-plans.ts';
import { lineFacts, takenFrom, type LineFacts } from './charge-lines.ts';

type Db = Kysely<BillingTables>;

export function monthKey(subscriptionId: string, component: string, unitPrice: string): string {
  return `${subscriptionId} ${component} ${unitPrice}`;
}

/** What each subscription's components came to by each price in the month of `day`, all charges of that month together, by {@link monthKey}. */
export async function monthSoFar(
  db: Db,
  companyId: string,
  day: LocalDate,
): Promise<ReadonlyMap<string, MonthSoFar>> {
  const month = firstOfMonth(day);
  const rows = await db
    .selectFrom('charge')
    .select(['subscription_id', 'component', 'unit_price'])
    // As text: a month of MiB-milliseconds of a very large VM is beyond 2^53.
    .select(sql<string>`cast(sum(numerator) as text)`.as('numerator'))
    .select(sql<string>`cast(sum(amount_minor) as text)`.as('amount'))
    .where('company_id', '=', companyId)
    .where('open_until', 'is', null)
    .where('day', '>=', month)
    .where('day', '<=', `${month.slice(0, 8)}31` as LocalDate)
    .groupBy(['subscription_id', 'component', 'unit_price'])
    .execute();
  return new Map(
    rows.map((row) => [
      monthKey(row.subscription_id, row.component, row.unit_price),
      { numerator: BigInt(row.numerator), amountMinor: BigInt(row.amount) },
    ]),
  );
}

/** Of a day and a component what is taken back comes first, then what is charged, and what is beyond that last. */
const ORDER: readonly LineFacts['reason'][] = [
  'repair',
  'adjustment',
  'set-up',
  'service',
  'usage',
  'overage',
  'true-up',
  'again',
  'by-hand',
];

/** Charges of one subscription with the invoice each is on, by day. */
export async function chargesOf(
  db: Db,
  subscriptionId: string,
  of: Partial<Period> & { readonly ids?: readonly string[] },
): Promise<ChargeRow[]> {
  let query = db
    .selectFrom('charge')
    .leftJoin('invoice_charge', 'invoice_charge.charge_id', 'charge.id')
    .selectAll('charge')
    .select('invoice_charge.invoice_id')
    .where('subscription_id', '=', subscriptionId);
  if (of.start !== undefined) query = query.where('day', '>=', of.start);
  if (of.endExclusive !== undefined) query = query.where('day', '<', of.endExclusive);
  if (of.ids !== undefined) query = query.where('charge.id', 'in', of.ids);
  const rows = await query.orderBy('day').orderBy('component').orderBy('charge.reason').execute();
  const known = rows.map((row) => ({ row, facts: lineFacts(row) }));
  const together = Map.groupBy(known, ({ row }) => `${row.day} ${row.component}`);
  const rank = ({ facts }: { readonly facts: LineFacts | null }): number =>
    ORDER.indexOf(facts?.reason ?? 'service');
  return [...together.values()]
    .flatMap((ofDay) => ofDay.toSorted((one, other) => rank(one) - rank(other)))
    .map(({ row, facts }) => ({
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
    }));
}

/** What a document says a charge is of. */
export function lineKind(
  row: Pick<ChargeTable, 'component' | 'amount_minor' | 'line'>,
  facts: LineFacts | null,
): LineKind {
  if (facts === null) return COMPONENTS.find((component) => component === row.component) ?? 'month';
  const desk = deskLine(row);
  if (desk !== null) return desk.kind;
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
  readonly currency: Currency;
  readonly plan: string;
  /** What it is of, where a person said so of a line by hand; null: its plan tells. */
  readonly productId: string | null;
  readonly vm: string;
  readonly component: string;
  /** What documents call it: an option's name, else the component's own. */
  readonly part: string;
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
  /** Rating's, of a charge it made before: what changes of a subscription took back. */
  readonly isRepair: boolean;
}

/** Charges of these customers, posted in a period, that are on no invoice. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- the builder's type is the query itself
function unbilled(
  db: Db,
  of: { readonly kind: StoreKind; readonly customerIds: readonly string[]; readonly period: Period },
) {
  return db
    .selectFrom('charge')
    .where('charge.customer_id', 'in', textList(of.kind, of.customerIds))
    .where('charge.day', '>=', of.period.start)
    .where('charge.day', '<', of.period.endExclusive)
    .where(
      sql<boolean>`not exists (select 1 from invoice_charge where invoice_charge.charge_id = charge.id)`,
    );
}

/** Ids and currencies of them by customer: what an invoice that was drafted is compared with before it is issued. */
export async function unbilledIds(
  db: Db,
  of: Parameters<typeof unbilled>[1],
): Promise<ReadonlyMap<string, readonly { readonly id: string; readonly currency: Currency }[]>> {
  const rows = await unbilled(db, of)
    .select(['charge.id as id', 'charge.customer_id as customerId', 'charge.currency as currency'])
    .execute();
  return Map.groupBy(rows, ({ customerId }) => customerId);
}

/**
 * Charges of these customers, posted in a period, that are on no invoice, in the order they are shown in, by customer. The one place
 * where documents read charges; some hundreds of customers at once.
 */
export async function unbilledCharges(
  db: Db,
  scope: Parameters<typeof unbilled>[1],
): Promise<ReadonlyMap<string, readonly UnbilledCharge[]>> {
  const rows = await unbilled(db, scope)
    .innerJoin('subscription', 'subscription.id', 'charge.subscription_id')
    .select([
      'charge.id',
      'charge.subscription_id',
      'charge.customer_id',
      'charge.component',
      'charge.day',
      'charge.numerator',
      'charge.denominator',
      'charge.unit_price',
      'charge.currency',
      'charge.amount_minor',
      'charge.gross_minor',
      'charge.line',
      'charge.version_id',
      'plan_name',
      'vm_name',
    ])
    .orderBy('vm_name')
    .orderBy('charge.subscription_id')
    .orderBy('day')
    .orderBy('charge.id')
    .execute();
  const names = rows.some((row) => row.line !== null) ? await planNames(db) : new Map<string, string>();
  const options = await optionNames(db, rows);
  const days = await plansOfDays(db, scope.kind, rows);
  const charges = rows.map((row) => {
    const facts = lineFacts(row);
    const desk = deskLine(row);
    return {
      id: row.id,
      subscriptionId: row.subscription_id,
      customerId: row.customer_id,
      currency: row.currency,
      plan: desk?.plan ?? (facts && names.get(facts.planId)) ?? days.get(row.id) ?? row.plan_name,
      productId: desk?.productId ?? null,
      vm: desk?.vm ?? row.vm_name,
      component: row.component,
      part: (facts && options.get(`${facts.planVersion} ${row.component}`)) ?? row.component,
      kind: lineKind(row, facts),
      day: row.day,
      service: facts ?? { start: row.day, endExclusive: addDays(row.day, 1) },
      month: facts === null ? row.day.slice(0, 7) : null,
      ...quantityOf(row),
      unitPrice: row.unit_price,
      amountMinor: BigInt(row.amount_minor),
      grossMinor: row.gross_minor === null ? null : BigInt(row.gross_minor),
      isRepair: row.amount_minor < 0 && desk === null && takenFrom(row) !== null,
    };
  });
  return Map.groupBy(charges, ({ customerId }) => customerId);
}

/** Names of options by version and component, of the versions these were sold by. */
async function optionNames(
  db: Db,
  rows: readonly Pick<ChargeTable, 'line'>[],
): Promise<ReadonlyMap<string, string>> {
  const versions = new Set(rows.flatMap((row) => lineFacts(row)?.planVersion ?? []));
  return new Map(
    [...(await planVersionsById(db, [...versions])).values()].flatMap(({ id, priced }) =>
      priced.components.flatMap((one) =>
        one.kind === 'option' ? [[`${id} ${one.id}`, one.name] as const] : [],
      ),
    ),
  );
}

export function quantityOf(row: Pick<ChargeTable, 'numerator' | 'denominator'>): {
  numerator: bigint;
  denominator: bigint;
} {
  return { numerator: BigInt(row.numerator), denominator: BigInt(row.denominator) };
}
