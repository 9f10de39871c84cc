import type { Kysely } from 'kysely';
import { linesNeededFrom, usageNeededFrom } from '../../../../shared/domains/billing/day-rating-rules.ts';
import { pausesOf, pauseToldOn } from '../../../../shared/domains/billing/pause-rules.ts';
import { isDailyAfter } from '../../../../shared/domains/billing/daily-terms-rules.ts';
import { nextDueAfter } from '../../../../shared/domains/billing/next-due-rules.ts';
import { rate, usageRated, type RatingInput } from '../../../../shared/domains/billing/rating-rules.ts';
import { dayOf } from '../../../../shared/domains/billing/day-number-rules.ts';
import { historyKnownOn, type HistoryEvent } from '../../../../shared/domains/billing/segment-rules.ts';
import { isCountedByHosts, isMeteredByEvents } from '../../../../shared/domains/billing/meter-rules.ts';
import type { HeldUsage, UsageEvent } from '../../../../shared/domains/billing/rating-lines.ts';
import { addDays, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { AnyTransaction } from '../../../platform/store/store.ts';
import { planNames } from '../../catalog/catalog-public.ts';
import { holdUsage, usageTold } from '../../metering/metering-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { chargeOfLine, openLinesOf, type PostedLine } from './charge-lines.ts';
import type { ChargePosting } from './charge-posting.ts';
import { vatRatesInPrices, versionsWithVat, type RatesInPrices } from '../invoices/price-vat.ts';
import { soldBefore, soldBy } from '../subscriptions/subscription-course.ts';
import { eventsOf, SoldPlans } from '../subscriptions/subscription-history.ts';
import { subscriptionsByIds } from '../subscriptions/subscription-store.ts';
import { readingsOf } from '../usage/usage-reading-store.ts';

type Db = Kysely<BillingTables>;

/** Subscriptions rated together: their rows are read with one statement each kind, and are forgotten before the next. */
const BATCH = 500;
interface Rating {
  /** Lines are posted on this day. */
  readonly day: LocalDate;
  /** The last closed day, or the one that is closing: all that is due by its end is charged. */
  readonly until: LocalDate;
  /** Nothing that ended before changes any more, but for what late usage of a subscription began. */
  readonly settledBefore: LocalDate;
  readonly late: ReadonlyMap<string, LocalDate>;
  /** The day they were rated last. */
  readonly ratedUntil: LocalDate;
  readonly nowMs: number;
}

interface Rated {
  readonly subscription: SubscriptionTable;
  readonly history: readonly HistoryEvent[];
}

/**
 * Rates these subscriptions to the end of a day and posts what is due, in batches. What each comes to depends on its own history, usage
 * and lines alone, so neither order nor size of batches can be seen in it; nor whether it was rated on days on which nothing was due.
 */
export async function chargePeriods(
  parts: Pick<BillingParts, 'kind' | 'insertMany' | 'updateMany'>,
  trx: Db,
  on: Rating & { readonly subscriptionIds: readonly string[]; readonly posting: ChargePosting },
): Promise<void> {
  const plans = new SoldPlans(trx);
  const names = await planNames(trx);
  for (let start = 0; start < on.subscriptionIds.length; start += BATCH) {
    const ids = on.subscriptionIds.slice(start, start + BATCH);
    const batch = await subscriptionsByIds(trx, parts.kind, ids);
    const histories = await plans.historiesOf(await eventsOf(trx, ids, parts.kind));
    const rated = batch.map((subscription) => ({
      subscription,
      history: histories.get(subscription.id) ?? [],
    }));
    const open = await neededFor(
      rated,
      ({ subscription, history }) => linesNeededFrom(history, settledBefore(on, subscription)),
      async (of, from) => await openLinesOf(trx, of, from),
    );
    const counted = await countedFor(parts, trx, { rated, on });
    const told = await neededFor(
      rated.filter(({ history }) =>
        history.some((event) => 'plan' in event && event.plan !== undefined && isMeteredByEvents(event.plan)),
      ),
      ({ subscription, history }) => usageNeededFrom(history, settledBefore(on, subscription)),
      async (subscriptionIds, from) =>
        await usageTold(trx, parts.kind, { subscriptionIds, from, knownUntil: on.until }),
    );
    const vatRates = await vatRatesInPrices(trx, parts.kind, { rated, day: on.day });
    const results = rated.map(({ subscription, history }) =>
      chargesOf({ subscription, history }, on, {
        vatRates,
        open: open.get(subscription.id) ?? [],
        usage: [...(counted.get(subscription.id) ?? []), ...(told.get(subscription.id) ?? [])],
      }),
    );
    await on.posting.add(results.flatMap(({ charges }) => charges));
    await holdUsage(parts, trx, { held: results.flatMap(({ held }) => held), nowMs: on.nowMs });
    await noteRated(parts, trx, { rated, names, until: on.until });
  }
}

function chargesOf(
  { subscription, history }: Rated,
  on: Rating,
  known: {
    readonly open: readonly PostedLine[];
    readonly usage: readonly UsageEvent[];
    /** In prices that have VAT in them. */
    readonly vatRates: RatesInPrices;
  },
): {
  readonly charges: readonly ReturnType<typeof chargeOfLine>[];
  readonly held: readonly (HeldUsage & { readonly subscriptionId: string })[];
} {
  const { open, usage } = known;
  const { lines, held } = rate({
    ...ratedAs(on, subscription),
    subscriptionId: subscription.id,
    currency: subscription.currency,
    history,
    usage,
    charged: open.map(({ line }) => line),
  });
  const withVat = versionsWithVat(history);
  return {
    charges: lines.map((line) => {
      const { planId } = line;
      const vatRate = withVat.has(line.planVersion)
        ? known.vatRates({ customerId: subscription.customer_id, planId })
        : null;
      return chargeOfLine(line, { subscription, day: on.day, nowMs: on.nowMs, open, vatRate });
    }),
    // Hosts count all of a VM, whatever its plan charges by.
    held: held
      .filter(({ meter }) => !isCountedByHosts(meter))
      .map((one) => ({ ...one, subscriptionId: subscription.id })),
  };
}

function ratedAs(
  on: Rating,
  subscription: SubscriptionTable,
): Pick<RatingInput, 'ratedUntil' | 'target' | 'isDayOver' | 'settledBefore'> {
  return {
    ratedUntil: on.ratedUntil,
    target: on.until,
    isDayOver: true,
    settledBefore: settledBefore(on, subscription),
  };
}

/**
 * What hosts counted of those whose bill it changes, by subscription: of most days that is nobody. Those who need the same meters from the
 * same day on are asked for together.
 */
async function countedFor(
  parts: Pick<BillingParts, 'kind'>,
  trx: Db,
  { rated, on }: { readonly rated: readonly Rated[]; readonly on: Rating },
): Promise<ReadonlyMap<string, readonly UsageEvent[]>> {
  const needed = rated.flatMap(({ subscription, history }) => {
    const usage =
      subscription.is_metered === 1 ? usageRated({ ...ratedAs(on, subscription), history }) : null;
    return usage === null ? [] : [{ ...usage, id: subscription.id }];
  });
  const found = new Map<string, readonly UsageEvent[]>();
  for (const together of Map.groupBy(needed, ({ from, meters }) => [from, ...meters].join(' ')).values()) {
    const [{ from, meters }] = together as [(typeof together)[number]];
    const subscriptionIds = together.map(({ id }) => id);
    for (const [id, usage] of await readingsOf(trx, parts.kind, { subscriptionIds, from, meters }))
      found.set(id, usage);
  }
  return found;
}

/** Late usage opens the period of its day again, and all that came after; so does a charge of which more is left than there was. */
function settledBefore(
  { settledBefore: settled, late }: Rating,
  { id, reopened_from: reopened }: SubscriptionTable,
): LocalDate {
  const [first = settled] = [settled, late.get(id) ?? settled, reopened ?? settled].toSorted();
  return first;
}

/**
 * What is needed from a day on, by subscription. Those with longer periods are asked apart: a year is not read for somebody who pays by
 * the month.
 */
async function neededFor<Needed>(
  rated: readonly Rated[],
  neededFrom: (of: Rated) => LocalDate,
  read: (ids: readonly string[], from: LocalDate) => Promise<ReadonlyMap<string, Needed>>,
): Promise<ReadonlyMap<string, Needed>> {
  const found = new Map<string, Needed>();
  for (const [from, together] of Map.groupBy(rated, neededFrom)) {
    const ids = together.map(({ subscription }) => subscription.id);
    for (const [id, needed] of await read(ids, from)) found.set(id, needed);
  }
  return found;
}

/** Says when each is due next, and what it is by now: a plan changes on its day, whoever decided it when. */
async function noteRated(
  parts: Pick<BillingParts, 'updateMany'>,
  trx: Db,
  of: {
    readonly rated: readonly Rated[];
    readonly names: ReadonlyMap<string, string>;
    readonly until: LocalDate;
  },
): Promise<void> {
  const { rated, names, until } = of;
  const dueOnly: Said[] = [];
  const others: Said[] = [];
  for (const { subscription, history } of rated) {
    const next = dayOf(until) + 1;
    const { segments } = historyKnownOn(history, next - 1);
    const served = segments.findLast(({ from }) => from < next);
    const plan = served?.plan;
    // Of the next pause as soon as one is over.
    const pause = pauseToldOn(pausesOf(history), addDays(until, 1));
    const due = { id: subscription.id, next_due: nextDueAfter(history, until) };
    const by = {
      reopened_from: null,
      paused_from: pause?.from ?? null,
      paused_until: pause?.until ?? null,
      plan_id: plan?.id ?? subscription.plan_id,
      plan_name: (plan && names.get(plan.id)) ?? subscription.plan_name,
      price_id: plan?.version ?? subscription.price_id,
      ...(served === undefined ? soldBefore(subscription) : soldBy(served.plan, served.quantity)),
      is_daily: isDailyAfter(history, until) ? (1 as const) : (0 as const),
    };
    if (!isSaidBy(subscription, by)) others.push({ ...due, ...by });
    else if (!isSaidBy(subscription, due)) dueOnly.push(due);
  }
  // Nearly all differ in when they are due alone, and what is not written is written in no index.
  await parts.updateMany(trx as unknown as AnyTransaction, 'subscription', dueOnly, 'id');
  await parts.updateMany(trx as unknown as AnyTransaction, 'subscription', others, 'id');
}

type Said = Pick<SubscriptionTable, 'id'> & Partial<SubscriptionTable>;

/** Whether a row says all this already. */
function isSaidBy(row: SubscriptionTable, said: Partial<SubscriptionTable>): boolean {
  return Object.entries(said).every(([column, value]) => row[column as keyof SubscriptionTable] === value);
}
