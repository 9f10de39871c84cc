import type { Kysely } from 'kysely';
import {
  COMPONENTS,
  dayAmountMinor,
  dayQuantities,
  NOTHING_SO_FAR,
  unitPriceOf,
  type DayUsage,
  type MonthSoFar,
} from '../../../shared/domains/billing/charge-rules.ts';
import { chargesPosting } from '../../../shared/domains/billing/ledger-rules.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables, ChargeTable, SubscriptionTable } from './billing-tables.ts';
import { monthKey, monthSoFar } from './charge-store.ts';
import type { CompanyRow } from './company-store.ts';
import { post } from './ledger-store.ts';
import { priceAsSold } from './subscription-store.ts';
import { NO_USAGE, usageOfDay } from './usage-store.ts';

type Db = Kysely<BillingTables>;

/** Whether it has a price per hour: only then must its usage be complete. */
export function isMetered(subscription: SubscriptionTable): boolean {
  return subscription.per_vcpu_hour !== '0' || subscription.per_gib_hour !== '0';
}

/**
 * Charges a day of these subscriptions and posts it. `late` for those that were held when the day closed: the charges of a
 * month come to the same in whatever order its days are charged (see charge-rules.ts). Returns how many charges it made.
 */
export async function chargeDay(
  parts: BillingParts,
  trx: Db,
  on: {
    readonly company: CompanyRow;
    readonly day: LocalDate;
    readonly subscriptions: readonly SubscriptionTable[];
    readonly late: boolean;
  },
): Promise<number> {
  const { company, day, subscriptions } = on;
  const metered = subscriptions.filter(isMetered).map((subscription) => subscription.vm_id);
  const usage = await usageOfDay(parts.usage, trx, { vmIds: metered, day, zone: company.time_zone });
  const soFar = await monthSoFar(trx, company.id, day);
  const nowMs = await parts.nowMs(trx);
  const charges = subscriptions.flatMap((subscription) =>
    chargesOn(day, subscription, { usage: usage.get(subscription.vm_id) ?? NO_USAGE, soFar, nowMs }),
  );
  const first = subscriptions[0];
  // No subscription is charged twice for a day, so the first of those charged late names them all.
  const suffix = on.late && first !== undefined ? ` from ${first.id}` : '';
  await postCharges(parts, trx, company, { day, charges, nowMs, suffix });
  return charges.length;
}

/** The day's charges of one subscription. What costs nothing and what was not used leaves no row. */
function chargesOn(
  day: LocalDate,
  subscription: SubscriptionTable,
  known: { usage: DayUsage; soFar: ReadonlyMap<string, MonthSoFar>; nowMs: number },
): ChargeTable[] {
  const price = priceAsSold(subscription);
  const quantities = dayQuantities(day, known.usage);
  return COMPONENTS.flatMap((component) => {
    const unitPrice = unitPriceOf(price, component);
    const quantity = quantities[component];
    if (unitPrice === '0' || quantity.numerator === 0n) return [];
    const soFar = known.soFar.get(monthKey(subscription.id, component)) ?? NOTHING_SO_FAR;
    const amount = dayAmountMinor(unitPrice, quantity, { soFar, currency: price.currency });
    return [
      {
        id: newId('chg', known.nowMs),
        company_id: subscription.company_id,
        subscription_id: subscription.id,
        customer_id: subscription.customer_id,
        component,
        day,
        reason: 'service',
        numerator: Number(quantity.numerator),
        denominator: Number(quantity.denominator),
        unit_price: unitPrice,
        currency: price.currency,
        amount_minor: Number(amount),
        entry_id: null,
        posted_at_ms: known.nowMs,
      },
    ];
  });
}

/** One entry per currency and closing; the charges are its subsidiary ledger, and name it. */
async function postCharges(
  parts: BillingParts,
  trx: Db,
  company: CompanyRow,
  closing: { day: LocalDate; charges: readonly ChargeTable[]; nowMs: number; suffix: string },
): Promise<void> {
  const { day, nowMs, suffix } = closing;
  const byCurrency = Map.groupBy(closing.charges, (charge) => charge.currency);
  const entries = new Map<Currency, string>();
  for (const [currency, charges] of byCurrency) {
    const total = charges.reduce((sum, charge) => sum + BigInt(charge.amount_minor), 0n);
    if (total === 0n) continue;
    const entryId = await post(trx, {
      companyId: company.id,
      currency,
      bookedOn: day,
      kind: 'charges',
      source: `charges ${day} ${currency}${suffix}`,
      memo: `Charges of ${day}: ${charges.length}`,
      lines: chargesPosting(total),
      postedAtMs: nowMs,
    });
    entries.set(currency, entryId);
  }
  const rows = closing.charges.map((charge) => ({
    ...charge,
    entry_id: charge.amount_minor === 0 ? null : (entries.get(charge.currency) ?? null),
  }));
  await parts.insertMany(trx as unknown as AnyTransaction, 'charge', rows);
}
