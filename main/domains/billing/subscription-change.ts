import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import { isMeteredByVm } from '../../../shared/domains/billing/meter-rules.ts';
import { periodEndOf } from '../../../shared/domains/billing/rating-rules.ts';
import type { HistoryEvent } from '../../../shared/domains/billing/segment-rules.ts';
import type { SubscriptionChangeInput } from '../../../shared/domains/billing/subscription-contract.ts';
import { addDays, dayAt, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { planFactsLocked, planVersionOn, type PlanFacts } from '../catalog/catalog-public.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables, SubscriptionTable } from './billing-tables.ts';
import { openLinesOf } from './charge-lines.ts';
import { billingZone, calendarOfSubscription, lockCalendar } from './company-store.ts';
import { addEvent, historyOf, type StoredChange } from './subscription-history.ts';
import { subscriptionById, updateSubscription } from './subscription-store.ts';
import { termsRefusal } from './subscription-terms.ts';
import { holdMisplaced } from './usage-terms.ts';

type Db = Kysely<BillingTables>;
type Operation = typeof billingContract.subscriptionChange;
type Refusal = RefusalCodeOf<Operation>;

/** What a change does to the row of its subscription, beside its place in the history. */
interface Prepared {
  readonly change: StoredChange;
  readonly row: Partial<SubscriptionTable>;
}

/**
 * Adds a change to the history of a subscription that is charged by the period, on a day that is not closed yet; what it comes to is
 * charged and credited when that day closes. Behind the calendar's lock, so that no day closes meanwhile.
 */
export async function subscriptionChange(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, Refusal>> {
  const db = context.tables<BillingTables>();
  const { subscriptionId } = input;
  const calendar = await lockCalendar(db, await calendarOfSubscription(db, subscriptionId));
  const nowMs = await parts.nowMs(db);
  const asked = await changeAsked(db, input, {
    closedUntil: calendar?.closedUntil ?? null,
    today: dayAt(nowMs, calendar?.timeZone ?? (await billingZone(db))),
    planOf: planFactsLocked,
    subject: context.subject,
  });
  if (!asked.ok) return asked;
  const { found, on, known, change, row } = asked.value;
  await addEvent(db, { subscriptionId, on, known, madeAtMs: nowMs, change });
  await holdMisplaced(parts, db, { subscriptionId, on, nowMs });
  const due = found.next_due !== null && found.next_due < known ? found.next_due : known;
  await updateSubscription(db, subscriptionId, { ...row, next_due: due });
  await context.note('subscription', subscriptionId);
  return done({ on });
}

/** A change that nothing speaks against, and what it would be added as. */
export interface AskedChange extends Prepared {
  readonly found: SubscriptionTable;
  readonly on: LocalDate;
  readonly known: LocalDate;
}

interface Circumstances {
  readonly closedUntil: LocalDate | null;
  readonly today: LocalDate;
  /** Reads a plan, locked where something is to be written. */
  readonly planOf: (db: Db, planId: string) => Promise<PlanFacts | undefined>;
  readonly subject?: (words: string) => void;
}

/** Whether a change can be made, and on which day it takes effect; writes nothing. */
export async function changeAsked(
  db: Db,
  input: InputOf<Operation>,
  of: Circumstances,
): Promise<Outcome<AskedChange, Refusal>> {
  const { subscriptionId } = input;
  const { closedUntil, today, planOf } = of;
  const found = await subscriptionById(db, subscriptionId);
  if (found === undefined) return refuse('no-such-subscription', { subscriptionId });
  of.subject?.(found.vm_name === '' ? found.plan_name : `${found.plan_name} for ${found.vm_name}`);
  if (found.charged !== 'by-period') return refuse('charged-daily', { plan: found.plan_name });
  const on = input.on === 'period-end' ? await periodEndFrom(db, found, today) : (input.on ?? today);
  if (closedUntil !== null && on <= closedUntil) {
    return refuse('day-closed', { on, firstOpenDay: addDays(closedUntil, 1) });
  }
  if (on < found.starts_on) return refuse('before-start', { startsOn: found.starts_on });
  if (found.ends_on !== null && on >= found.ends_on)
    return refuse('already-ended', { endsOn: found.ends_on });
  const prepared = await prepare(db, found, { change: input.change, on, today, planOf });
  if (!prepared.ok) return prepared;
  // What holds from an open day before today on is reckoned with when that day closes.
  return done({ ...prepared.value, found, on, known: on < today ? on : today });
}

interface Asked<Change = SubscriptionChangeInput> {
  readonly change: Change;
  readonly on: LocalDate;
  readonly today: LocalDate;
  readonly planOf: Circumstances['planOf'];
}

async function prepare(db: Db, found: SubscriptionTable, asked: Asked): Promise<Outcome<Prepared, Refusal>> {
  const { change, on } = asked;
  const { paused_from: from, paused_until: until } = found;
  const isPaused = from !== null && from <= on && (until === null || on < until);
  switch (change.do) {
    case 'pause':
      if (from !== null && (isPaused || on < from)) return refuse('already-paused', { on: from });
      return done({ change, row: { paused_from: on, paused_until: null } });
    case 'resume':
      return isPaused ? done({ change, row: { paused_until: on } }) : refuse('not-paused', { on });
    case 'anchor':
      return done({ change, row: {} });
    case 'discount': {
      const history = await historyOf(db, found.id);
      const { id } = change.discount;
      const isTwice = history.some((event) => event.do === 'discount' && event.discount.id === id);
      return isTwice ? refuse('discount-twice', { discountId: id }) : done({ change, row: {} });
    }
    case 'change':
      return await prepareTerms(db, found, { ...asked, change });
  }
}

async function prepareTerms(
  db: Db,
  found: SubscriptionTable,
  { change, on, today, planOf }: Asked<Extract<SubscriptionChangeInput, { do: 'change' }>>,
): Promise<Outcome<Prepared, Refusal>> {
  const { planId, quantity, allocations } = change;
  if (planId === undefined && quantity === undefined && allocations === undefined)
    return refuse('nothing-changed');
  if (planId === undefined) {
    const plan = planAt(await historyOf(db, found.id), on);
    const asked = { allocations, vmId: found.vm_id };
    const refusal = plan && (await termsRefusal(db, { name: found.plan_name, priced: plan }, asked));
    return refusal ?? done({ change: { do: 'change', quantity, allocations }, row: {} });
  }
  const plan = await planOf(db, planId);
  if (plan === undefined) return refuse('no-such-plan', { planId });
  if (!plan.active && planId !== found.plan_id) return refuse('plan-retired', { plan: plan.name });
  const { currency } = found;
  const version = await planVersionOn(db, { planId, currency, day: on });
  if (version === undefined) return refuse('no-price', { plan: plan.name, currency, startsOn: on });
  if (version.charged === 'daily') return refuse('charged-daily', { plan: plan.name });
  const { priced } = version;
  const refusal = await termsRefusal(db, { name: plan.name, priced }, { allocations, vmId: found.vm_id });
  if (refusal !== undefined) return refusal;
  const isMetered = found.vm_id !== '' && isMeteredByVm(priced);
  return done({
    change: { do: 'change', version: version.id, quantity, allocations },
    row: {
      ...(isMetered && { is_metered: 1 }),
      // What begins later is shown from its day on.
      ...(on <= today && { plan_id: planId, plan_name: plan.name, price_id: version.id }),
    },
  });
}

/** The plan that holds on a day, by all that is decided. */
function planAt(
  history: readonly HistoryEvent[],
  on: LocalDate,
): Extract<HistoryEvent, { do: 'start' }>['plan'] | undefined {
  return history
    .filter((event) => event.on <= on)
    .flatMap((event) =>
      'plan' in event && event.plan !== undefined ? [{ on: event.on, plan: event.plan }] : [],
    )
    .toSorted((one, other) => (one.on < other.on ? -1 : one.on > other.on ? 1 : 0))
    .at(-1)?.plan;
}

/** The day on which the billing period of a subscription ends that `at` is in; of one charged day by day the day after. */
export async function periodEndFrom(
  db: Db,
  subscription: SubscriptionTable,
  at: LocalDate,
): Promise<LocalDate> {
  const from = at < subscription.starts_on ? subscription.starts_on : at;
  if (subscription.charged === 'daily') return addDays(from, 1);
  const open = await openLinesOf(db, [subscription.id], addDays(from, -1));
  return periodEndOf({
    history: await historyOf(db, subscription.id),
    at: from,
    charged: (open.get(subscription.id) ?? []).map(({ line }) => line),
    currency: subscription.currency,
  });
}
