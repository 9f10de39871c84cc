import type { Kysely } from 'kysely';
import {
  COMPONENTS,
  dayAmountMinor,
  dayQuantities,
  NOTHING_SO_FAR,
  unitPriceOf,
  type DayUsage,
  type MonthSoFar,
} from '../../../../shared/domains/billing/charge-rules.ts';
import { dailyTermsOn, type DailyTerms } from '../../../../shared/domains/billing/daily-terms-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, ChargeTable, SubscriptionTable } from '../billing-tables.ts';
import type { ChargePosting } from './charge-posting.ts';
import { monthKey, monthSoFar } from './charge-store.ts';
import type { CompanyRow } from '../companies/company-store.ts';
import { eventsOf, SoldPlans } from '../subscriptions/subscription-history.ts';
import { priceAsSold } from '../subscriptions/subscription-store.ts';
import { NO_USAGE, usageOfDay } from '../usage/usage-store.ts';

type Db = Kysely<BillingTables>;

/** Subscriptions whose usage and charges are in memory at once. */
const PAGE = 2000;

/** Whether it is, was or will be charged by what its VM uses: only then must its usage be complete. */
export function isMetered(subscription: SubscriptionTable): boolean {
  return subscription.is_metered === 1;
}

/**
 * Charges a day of those of these subscriptions whose plan on it is charged day by day. The charges of a month come to the same in
 * whatever order its days are charged (see charge-rules.ts). Returns the ids of those that are charged by the day on it.
 */
export async function chargeDay(
  parts: Pick<BillingParts, 'usage' | 'kind'>,
  trx: Db,
  on: {
    readonly company: CompanyRow;
    /** Where the day begins and ends. */
    readonly zone: string;
    readonly day: LocalDate;
    readonly subscriptions: readonly SubscriptionTable[];
    /** It was closed before: what rows say of prices is of days after it. */
    readonly isLate: boolean;
    readonly nowMs: number;
    readonly posting: ChargePosting;
  },
): Promise<ReadonlySet<string>> {
  const { company, day, subscriptions, nowMs } = on;
  const byDay = new Set<string>();
  if (subscriptions.length === 0) return byDay;
  const soFar = await monthSoFar(trx, company.id, day);
  for (let start = 0; start < subscriptions.length; start += PAGE) {
    const page = await withTerms(parts, trx, {
      day,
      isLate: on.isLate,
      subscriptions: subscriptions.slice(start, start + PAGE),
    });
    const metered = page.filter(({ terms }) => isByUse(terms)).map(({ subscription }) => subscription.vm_id);
    const usage = await usageOfDay(parts.usage, trx, { vmIds: metered, day, zone: on.zone });
    const charges = page.flatMap(({ subscription, terms }) =>
      chargesOn(day, subscription, {
        terms,
        usage: usage.get(subscription.vm_id) ?? NO_USAGE,
        soFar,
        nowMs,
      }),
    );
    await on.posting.add(charges);
    for (const { subscription } of page) byDay.add(subscription.id);
  }
  return byDay;
}

interface Charged {
  readonly subscription: SubscriptionTable;
  readonly terms: DailyTerms;
}

/**
 * Those that are charged by the day on it, each by what holds then. Of most their row says that; histories are read of those that
 * change.
 */
async function withTerms(
  parts: Pick<BillingParts, 'kind'>,
  trx: Db,
  of: {
    readonly day: LocalDate;
    readonly isLate: boolean;
    readonly subscriptions: readonly SubscriptionTable[];
  },
): Promise<Charged[]> {
  const { day, subscriptions } = of;
  const changing = subscriptions.filter(({ next_due: due }) => of.isLate || due !== null);
  const ids = changing.map(({ id }) => id);
  const histories = await new SoldPlans(trx).historiesOf(await eventsOf(trx, ids, parts.kind));
  return subscriptions.flatMap((subscription) => {
    const history = histories.get(subscription.id);
    const terms = history === undefined ? termsOfRow(subscription, day) : dailyTermsOn(history, day);
    return terms === undefined ? [] : [{ subscription, terms }];
  });
}

/** As its row says it of the day that closes and all after it, which nothing is decided for. */
function termsOfRow(row: SubscriptionTable, day: LocalDate): DailyTerms | undefined {
  const { paused_from: from, paused_until: until } = row;
  const isPaused = from !== null && from <= day && (until === null || day < until);
  if (row.charged !== 'daily' || isPaused) return undefined;
  return {
    planId: row.plan_id,
    version: row.price_id,
    price: priceAsSold(row),
    quantity: row.daily_quantity,
  };
}

function isByUse({ price }: DailyTerms): boolean {
  return price.perVcpuHour !== '0' || price.perGibHour !== '0';
}

/** The day's charges of one subscription. What costs nothing and what was not used leaves no row. */
function chargesOn(
  day: LocalDate,
  subscription: SubscriptionTable,
  known: { terms: DailyTerms; usage: DayUsage; soFar: ReadonlyMap<string, MonthSoFar>; nowMs: number },
): Omit<ChargeTable, 'entry_id'>[] {
  const { price, version, quantity: units } = known.terms;
  const quantities = dayQuantities(day, known.usage, units);
  return COMPONENTS.flatMap((component) => {
    const unitPrice = unitPriceOf(price, component);
    const quantity = quantities[component];
    if (unitPrice === '0' || quantity.numerator === 0n) return [];
    const soFar = known.soFar.get(monthKey(subscription.id, component, unitPrice)) ?? NOTHING_SO_FAR;
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
        version_id: version,
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
