import type { Kysely } from 'kysely';
import { dailyFees } from '../../../../shared/domains/billing/daily-terms-rules.ts';
import { linesNeededFrom } from '../../../../shared/domains/billing/day-rating-rules.ts';
import { netInMinor } from '../../../../shared/domains/billing/price-vat-rules.ts';
import type { ChargedLine, RatedLine } from '../../../../shared/domains/billing/rating-lines.ts';
import { rate } from '../../../../shared/domains/billing/rating-rules.ts';
import type { HistoryEvent } from '../../../../shared/domains/billing/segment-rules.ts';
import type { ChangedMoney } from '../../../../shared/domains/billing/subscription-contract.ts';
import { addDays, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { planNames } from '../../catalog/catalog-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { openLinesOf } from '../charges/charge-lines.ts';
import { vatRatesByDay, versionsWithVat, type RatesInPrices } from '../invoices/price-vat.ts';
import { SoldPlans, type StoredEvent } from './subscription-history.ts';

/** What a subscription comes to with all that is decided about it, and what the money of any part of that is worked out by. */
export interface MoneyFacts {
  readonly found: SubscriptionTable;
  readonly plans: SoldPlans;
  readonly history: readonly HistoryEvent[];
  readonly closedUntil: LocalDate | null;
  readonly settledBefore: LocalDate;
  readonly charged: readonly ChargedLine[];
  readonly names: ReadonlyMap<string, string>;
  readonly ratesOn: (day: LocalDate) => RatesInPrices;
}

/** Reads them, once for however many changes are asked about. */
export async function moneyFacts(
  parts: Pick<BillingParts, 'kind'>,
  db: Kysely<BillingTables>,
  of: {
    readonly found: SubscriptionTable;
    readonly events: readonly StoredEvent[];
    readonly closedUntil: LocalDate | null;
  },
): Promise<MoneyFacts> {
  const { found, closedUntil } = of;
  const plans = new SoldPlans(db);
  const history = (await plans.historiesOf(new Map([['all', of.events]]))).get('all') ?? [];
  const settledBefore = closedUntil ?? addDays(found.starts_on, -1);
  const open = await openLinesOf(db, [found.id], linesNeededFrom(history, settledBefore));
  return {
    found,
    plans,
    history,
    closedUntil,
    settledBefore,
    charged: (open.get(found.id) ?? []).map(({ line }) => line),
    names: await planNames(db),
    ratesOn: await vatRatesByDay(db, parts.kind, [{ subscription: found, history }]),
  };
}

/**
 * What a change moves: what is due by the end of a day with all that is decided, and without that change, by the same rule that charges
 * days as they close; of what is charged day by day, of the days from `on` on. What they have in common is left out. Writes nothing.
 */
export async function moneyOfChange(
  facts: MoneyFacts,
  of: { readonly without: readonly StoredEvent[]; readonly on: LocalDate; readonly until: LocalDate },
): Promise<ChangedMoney> {
  const { found, history, closedUntil, settledBefore, charged, names } = facts;
  const { until } = of;
  const without = (await facts.plans.historiesOf(new Map([['without', of.without]]))).get('without') ?? [];
  const due = (all: readonly HistoryEvent[]): readonly MovedLine[] => [
    ...dayLines(found, all, of),
    ...rate({
      subscriptionId: found.id,
      currency: found.currency,
      history: all,
      charged,
      target: until,
      isDayOver: true,
      settledBefore,
      ...(closedUntil !== null && { ratedUntil: closedUntil }),
    }).lines.filter(isOfPeriods),
  ];
  const [before, after] = [due(without), due(history)];
  const withVat = versionsWithVat(history);
  const ratesOn = facts.ratesOn(until);
  const netOf = (line: MovedLine): bigint =>
    withVat.has(line.planVersion)
      ? netInMinor(line.amountMinor, ratesOn({ customerId: found.customer_id, planId: line.planId }))
      : line.amountMinor;
  const options = optionNamesIn(history);
  const words = (line: MovedLine): ChangedMoney['lines'][number] => ({
    component: options.get(`${line.planVersion} ${line.component}`) ?? line.component,
    plan: names.get(line.planId) ?? '',
    reason: line.reason,
    start: line.from,
    endExclusive: line.toExclusive,
    amount: { amountMinor: line.amountMinor.toString(), currency: found.currency },
    hasVat: withVat.has(line.planVersion),
    net: { amountMinor: netOf(line).toString(), currency: found.currency },
  });
  const lines = after.filter((line) => !before.some((other) => isSame(other, line)));
  const instead = before.filter((line) => !after.some((other) => isSame(other, line)));
  const sum = (all: readonly MovedLine[]): bigint => all.reduce((all, line) => all + netOf(line), 0n);
  return {
    until,
    lines: lines.map(words),
    instead: instead.map(words),
    difference: { amountMinor: (sum(lines) - sum(instead)).toString(), currency: found.currency },
  };
}

/** Usage is not looked at: what was used is charged whatever changes. */
function isOfPeriods(line: RatedLine): boolean {
  return line.reason === 'set-up' || line.reason === 'service' || line.explanation.kind === 'repair';
}

type MovedLine = Pick<
  RatedLine,
  'key' | 'component' | 'planId' | 'planVersion' | 'reason' | 'from' | 'toExclusive' | 'amountMinor'
>;

/** Days from a change on that are charged by the day, until the one that is looked at. */
function dayLines(
  { currency }: SubscriptionTable,
  history: readonly HistoryEvent[],
  { on, until }: { readonly on: LocalDate; readonly until: LocalDate },
): MovedLine[] {
  const period = { start: on, endExclusive: addDays(until, 1) };
  return dailyFees(history, { period, currency }).map(({ terms, days, component, amountMinor }) => ({
    key: `${terms.version} ${terms.quantity} ${component} ${days.start}/${days.endExclusive}`,
    component,
    planId: terms.planId,
    planVersion: terms.version,
    reason: 'service',
    from: days.start,
    toExclusive: days.endExclusive,
    amountMinor,
  }));
}

function isSame(one: MovedLine, other: MovedLine): boolean {
  return one.key === other.key && one.amountMinor === other.amountMinor;
}

/** What customers read of options, by version and component. */
function optionNamesIn(history: readonly HistoryEvent[]): ReadonlyMap<string, string> {
  const plans = history.flatMap((event) => ('plan' in event && event.plan !== undefined ? [event.plan] : []));
  return new Map(
    plans.flatMap(({ version, components }) =>
      components.flatMap((one) =>
        one.kind === 'option' ? [[`${version} ${one.id}`, one.name] as const] : [],
      ),
    ),
  );
}
