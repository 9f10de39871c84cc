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
import { newId } from '../../../shared/kernel/id.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables, ChargeTable, SubscriptionTable } from './billing-tables.ts';
import type { ChargePosting } from './charge-posting.ts';
import { monthKey, monthSoFar } from './charge-store.ts';
import type { CompanyRow } from './company-store.ts';
import { priceAsSold } from './subscription-store.ts';
import { NO_USAGE, usageOfDay } from './usage-store.ts';

type Db = Kysely<BillingTables>;

/** Whether it is charged by what its VM uses: only then must its usage be complete. */
export function isMetered(subscription: SubscriptionTable): boolean {
  if (subscription.charged === 'by-period') return subscription.is_metered === 1;
  return subscription.per_vcpu_hour !== '0' || subscription.per_gib_hour !== '0';
}

/**
 * Charges a day of these subscriptions, which are charged day by day. The charges of a month come to the same in whatever order its days
 * are charged (see charge-rules.ts).
 */
export async function chargeDay(
  parts: Pick<BillingParts, 'usage'>,
  trx: Db,
  on: {
    readonly company: CompanyRow;
    /** Where the day begins and ends. */
    readonly zone: string;
    readonly day: LocalDate;
    readonly subscriptions: readonly SubscriptionTable[];
    readonly nowMs: number;
    readonly posting: ChargePosting;
  },
): Promise<void> {
  const { company, day, subscriptions, nowMs } = on;
  if (subscriptions.length === 0) return;
  const metered = subscriptions.filter(isMetered).map((subscription) => subscription.vm_id);
  const usage = await usageOfDay(parts.usage, trx, { vmIds: metered, day, zone: on.zone });
  const soFar = await monthSoFar(trx, company.id, day);
  const charges = subscriptions.flatMap((subscription) =>
    chargesOn(day, subscription, { usage: usage.get(subscription.vm_id) ?? NO_USAGE, soFar, nowMs }),
  );
  await on.posting.add(charges);
}

/** The day's charges of one subscription. What costs nothing and what was not used leaves no row. */
function chargesOn(
  day: LocalDate,
  subscription: SubscriptionTable,
  known: { usage: DayUsage; soFar: ReadonlyMap<string, MonthSoFar>; nowMs: number },
): Omit<ChargeTable, 'entry_id'>[] {
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
        gross_minor: null,
        price_vat_rate: null,
        posted_at_ms: known.nowMs,
        line: null,
        explanation: null,
        open_until: null,
      },
    ];
  });
}
