import type { Kysely } from 'kysely';
import { openUntil, type OpenLine } from '../../../../shared/domains/billing/day-rating-rules.ts';
import { lineQuantity } from '../../../../shared/domains/billing/line-quantity-rules.ts';
import { netInMinor } from '../../../../shared/domains/billing/price-vat-rules.ts';
import type {
  ChargedLine,
  Explanation,
  LineReason,
  RatedLine,
} from '../../../../shared/domains/billing/rating-lines.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { BillingTables, ChargeTable, SubscriptionTable } from '../billing-tables.ts';
import type { NewCharge } from './charge-posting.ts';

type Db = Kysely<BillingTables>;

/** How the source of a credit ends (`charge_credit.source`) that gave back what a repair took. */
export const REPAIRED_AGAIN = ' repaired-again';

/** What a line keeps beside its columns. */
type KeptLine = Omit<ChargedLine, 'key' | 'subscriptionId' | 'amountMinor'>;

/** With the rate that was taken out of its price, where that has VAT in it. */
export type PostedLine = OpenLine & { readonly vatRate: string | null };

/** Lines of these subscriptions of which something can still be charged or repaired from `from` on, with what was credited of them; some hundreds of subscriptions at once. */
export async function openLinesOf(
  db: Db,
  subscriptionIds: readonly string[],
  from: LocalDate,
): Promise<ReadonlyMap<string, readonly PostedLine[]>> {
  if (subscriptionIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('charge')
    .select([
      'subscription_id',
      'reason',
      'amount_minor',
      'gross_minor',
      'price_vat_rate',
      'line',
      'open_until',
    ])
    .where('subscription_id', 'in', subscriptionIds)
    .where('open_until', '>', from)
    .orderBy('subscription_id')
    .orderBy('posted_at_ms')
    .orderBy('reason')
    .execute();
  const lines = rows.flatMap((row) =>
    row.line === null || row.open_until === null
      ? []
      : [
          {
            openUntil: row.open_until,
            vatRate: row.price_vat_rate,
            line: {
              ...(JSON.parse(row.line) as KeptLine),
              key: `${row.subscription_id} ${row.reason}`,
              subscriptionId: row.subscription_id,
              amountMinor: BigInt(row.gross_minor ?? row.amount_minor),
            },
          },
        ],
  );
  const adjustments = await adjustmentsOf(db, subscriptionIds, lines);
  return Map.groupBy([...lines, ...adjustments], ({ line }) => line.subscriptionId);
}

/** What credit notes took of these lines, and what was billed again of them, as rating knows it: as adjustments. */
async function adjustmentsOf(
  db: Db,
  subscriptionIds: readonly string[],
  lines: readonly PostedLine[],
): Promise<PostedLine[]> {
  const rows = await db
    .selectFrom('charge_credit')
    .innerJoin('charge', 'charge.id', 'charge_credit.charge_id')
    .select(['charge_credit.subscription_id', 'reason', 'source', 'charge_credit.amount_minor'])
    .where('charge_credit.subscription_id', 'in', subscriptionIds)
    .orderBy('charge_credit.charge_id')
    .orderBy('source')
    .execute();
  if (rows.length === 0) return [];
  const byKey = new Map(lines.map((open) => [open.line.key, open]));
  return rows.flatMap((row) => {
    const origin = byKey.get(`${row.subscription_id} ${row.reason}`);
    if (origin === undefined) return [];
    const { key, subscriptionId, component, planId, planVersion, from, toExclusive } = origin.line;
    const of = { subscriptionId, component, planId, planVersion, from, toExclusive };
    return [
      {
        openUntil: origin.openUntil,
        vatRate: origin.vatRate,
        line: {
          ...of,
          key: `${key} ${row.source}`,
          // What a credit note gave back of a repair was not taken, and is taken again; all else is a credit of what was charged.
          reason: row.source.endsWith(REPAIRED_AGAIN) ? ('repair' as const) : ('adjustment' as const),
          amountMinor: BigInt(row.amount_minor),
          of: key,
        },
      },
    ];
  });
}

/** What is posted of a rated line. */
export function chargeOfLine(
  line: RatedLine,
  of: {
    readonly subscription: SubscriptionTable;
    readonly day: LocalDate;
    readonly nowMs: number;
    readonly open: readonly PostedLine[];
    /** Rate in the price it is charged by; null where VAT comes on top. */
    readonly vatRate: string | null;
  },
): NewCharge {
  const { subscription, day, nowMs } = of;
  // What takes something back takes it back at the rate it was charged at.
  const origin = line.of === undefined ? undefined : of.open.find((open) => open.line.key === line.of);
  const vatRate = origin === undefined ? of.vatRate : origin.vatRate;
  const { key, subscriptionId, amountMinor, explanation, ...kept } = line;
  const quantity = lineQuantity(line, subscription.currency);
  return {
    id: newId('chg', nowMs),
    company_id: subscription.company_id,
    subscription_id: subscriptionId,
    customer_id: subscription.customer_id,
    component: line.component,
    day,
    reason: key.slice(subscriptionId.length + 1),
    version_id: null,
    numerator: Number(quantity.numerator),
    denominator: Number(quantity.denominator),
    unit_price: quantity.unitPrice,
    currency: subscription.currency,
    amount_minor: Number(vatRate === null ? amountMinor : netInMinor(amountMinor, vatRate)),
    gross_minor: vatRate === null ? null : Number(amountMinor),
    price_vat_rate: vatRate,
    posted_at_ms: nowMs,
    line: JSON.stringify(kept),
    explanation: explanationText(explanation),
    open_until: openUntil(line, of.open),
    served: { start: line.from, endExclusive: line.toExclusive },
  };
}

function explanationText(explanation: Explanation): string {
  return JSON.stringify(explanation, (_name, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

/** What a charge is of, as documents and lists say it: its reason, the days it is for, and its plan by id. */
export interface LineFacts {
  readonly reason: LineReason | 'by-hand' | 'again';
  readonly planId: string;
  readonly planVersion: string;
  readonly start: LocalDate;
  readonly endExclusive: LocalDate;
}

/** Null of a charge of one day. */
export function lineFacts(row: Pick<ChargeTable, 'line'>): LineFacts | null {
  if (row.line === null) return null;
  const { reason, planId, planVersion, from, toExclusive } = JSON.parse(row.line) as KeptLine;
  return { reason, planId, planVersion, start: from, endExclusive: toExclusive };
}

/** Natural key of the charge that one takes something back from; null where it takes nothing back. */
export function takenFrom(row: Pick<ChargeTable, 'line'>): string | null {
  return row.line === null ? null : ((JSON.parse(row.line) as KeptLine).of ?? null);
}
