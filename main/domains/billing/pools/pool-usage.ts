import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { isCountedByHosts } from '../../../../shared/domains/billing/meter-rules.ts';
import { conditionsOn } from '../../../../shared/domains/billing/period-price-rules.ts';
import type { PoolDay, PoolPart } from '../../../../shared/domains/billing/pool-contract.ts';
import type { PriceComponent } from '../../../../shared/domains/billing/price-component.ts';
import type { HistoryEvent } from '../../../../shared/domains/billing/segment-rules.ts';
import { addDays, daysBetween, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import {
  add,
  compareRatios,
  larger,
  multiply,
  ratioFrom,
  ratioText,
  subtract,
  ZERO,
  type Ratio,
} from '../../../../shared/kernel/ratio.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { BillingTables } from '../billing-tables.ts';
import { calendarOfSubscription, readCalendar } from '../companies/company-store.ts';
import { historyOf } from '../subscriptions/subscription-history.ts';
import { subscriptionById } from '../subscriptions/subscription-store.ts';
import { PoolDays, type PoolDayRead } from './pool-days.ts';

type Operation = typeof billingContract.poolUsage;
type Pool = Extract<PriceComponent, { kind: 'pool' }>;

const DAYS_MAX = 400;

/** Beside what was bought on each day, whatever the component makes of a period of them. */
export async function poolUsageOf(
  { subscriptionId, start, endExclusive }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  if ((await subscriptionById(db, subscriptionId)) === undefined)
    return refuse('no-such-subscription', { subscriptionId });
  if (daysBetween(start, endExclusive) > DAYS_MAX) return refuse('too-many-days', { most: DAYS_MAX });
  const history = await historyOf(db, subscriptionId);
  const read = await PoolDays.read(db, subscriptionId, { from: start, toExclusive: endExclusive });
  const calendar = await readCalendar(db, await calendarOfSubscription(db, subscriptionId));
  const lastDay = lastClosed({ start, endExclusive }, calendar?.closedUntil ?? null);
  const pools = conditionsOn(history, lastDay)?.plan.components.flatMap((component) =>
    component.kind === 'pool' ? [component] : [],
  );
  return done({
    parts: (pools ?? []).flatMap((pool) => {
      const { meter } = pool;
      if (!isCountedByHosts(meter)) return [];
      return [partOf(pool, history, { days: read.of(meter), lastDay })];
    }),
  });
}

/** Of these days the last that is closed, as what is shown beside what was bought; the first where none is. */
function lastClosed(
  days: { readonly start: LocalDate; readonly endExclusive: LocalDate },
  closedUntil: LocalDate | null,
): LocalDate {
  const last = addDays(days.endExclusive, -1);
  if (closedUntil === null || closedUntil < days.start) return days.start;
  return closedUntil < last ? closedUntil : last;
}

function partOf(
  pool: Pool,
  history: readonly HistoryEvent[],
  of: { readonly days: readonly PoolDayRead[]; readonly lastDay: LocalDate },
): PoolPart {
  const days = of.days.map((read) => {
    const bought = boughtOn(history, pool, read.day);
    return { read, bought, beyond: larger(subtract(read.quantity, bought), ZERO) };
  });
  const highest = days.reduce<(typeof days)[number] | undefined>(
    (most, day) =>
      most === undefined || compareRatios(day.read.quantity, most.read.quantity) > 0 ? day : most,
    undefined,
  );
  return {
    component: pool.id,
    meter: pool.meter,
    measuredBy: pool.aggregate,
    bought: ratioText(boughtOn(history, pool, of.lastDay)),
    highest: highest === undefined ? null : dayOf(highest),
    daysBeyond: days.filter(({ beyond }) => compareRatios(beyond, ZERO) > 0).length,
    beyond: ratioText(days.map(({ beyond }) => beyond).reduce(add, ZERO)),
    days: days.map(dayOf),
  };
}

function dayOf({
  read,
  bought,
  beyond,
}: {
  readonly read: PoolDayRead;
  readonly bought: Ratio;
  readonly beyond: Ratio;
}): PoolDay {
  return {
    day: read.day,
    hour: read.hour,
    quantity: ratioText(read.quantity),
    bought: ratioText(bought),
    beyond: ratioText(beyond),
    members: [...read.members],
    others: read.others,
  };
}

/** What the plan of a day, in its quantity, has of the same component; nothing where it has not. */
function boughtOn(history: readonly HistoryEvent[], { id, meter }: Pool, day: LocalDate): Ratio {
  const now = conditionsOn(history, day);
  const then = now?.plan.components.find(
    (each) => each.kind === 'pool' && each.id === id && each.meter === meter,
  );
  if (now === undefined || then?.kind !== 'pool') return ZERO;
  return multiply(ratioFrom(then.bought), ratioFrom(now.quantity));
}
