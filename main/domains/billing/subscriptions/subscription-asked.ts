import type { Kysely } from 'kysely';
import { done, refuse, sentenceOf, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { dateOf } from '../../../../shared/domains/billing/day-number-rules.ts';
import { discountAsGiven, discountFault } from '../../../../shared/domains/billing/discount-fit-rules.ts';
import { pauseOn, pausesOf } from '../../../../shared/domains/billing/pause-rules.ts';
import { orderFault } from '../../../../shared/domains/billing/order-rules.ts';
import { conditionsOn } from '../../../../shared/domains/billing/period-price-rules.ts';
import type { Discount } from '../../../../shared/domains/billing/price-component.ts';
import { periodEndOf } from '../../../../shared/domains/billing/rating-rules.ts';
import { effectiveOn, type HistoryEvent } from '../../../../shared/domains/billing/segment-rules.ts';
import type { SubscriptionChangeInput } from '../../../../shared/domains/billing/subscription-contract.ts';
import { changing } from '../../../../shared/domains/billing/subscription-reasons.ts';
import { addDays, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { planNames, planVersionOn, type PlanFacts } from '../../catalog/catalog-public.ts';
import { customerNames } from '../../customers/customers-public.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { openLinesOf } from '../charges/charge-lines.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { poolTermsOf } from '../pools/pool-terms.ts';
import { misfitAfter, termsOn, type TermsMisfit } from './subscription-course.ts';
import { withChange, type Decided } from './subscription-decided.ts';
import { eventsOf, historyOf, type StoredChange, type StoredEvent } from './subscription-history.ts';
import { subscriptionById } from './subscription-store.ts';
import { termsRefusal } from './subscription-terms.ts';

type Db = Kysely<BillingTables>;
type Operation = typeof billingContract.subscriptionChange;
type Refusal = RefusalCodeOf<Operation>;

interface Circumstances {
  readonly kind: StoreKind;
  readonly nowMs: number;
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
): Promise<Outcome<Decided, Refusal>> {
  const { subscriptionId, change } = input;
  const { closedUntil, today } = of;
  const found = await subscriptionById(db, subscriptionId);
  if (found === undefined) return refuse('no-such-subscription', { subscriptionId });
  of.subject?.(found.vm_name === '' ? found.plan_name : `${found.plan_name} for ${found.vm_name}`);
  const from = input.on === 'period-end' ? await periodEndFrom(db, found, today) : (input.on ?? today);
  // Periods begin anew on the first such day of a month; until then nothing is other than it was.
  const on = change.do === 'anchor' ? dateOf(effectiveOn({ ...change, on: from })) : from;
  if (closedUntil !== null && on <= closedUntil) {
    return refuse('day-closed', { on, firstOpenDay: addDays(closedUntil, 1) });
  }
  if (on < found.starts_on) return refuse('before-start', { startsOn: found.starts_on });
  if (found.ends_on !== null && on >= found.ends_on)
    return refuse('already-ended', { endsOn: found.ends_on });
  const events = (await eventsOf(db, [subscriptionId])).get(subscriptionId) ?? [];
  const stored = await storedChange(db, { found, change, on, planOf: of.planOf });
  if (!stored.ok) return stored;
  const decided = await withChange(db, { found, events, on, change: stored.value });
  if (change.do !== 'change') return done(decided);
  return (await termsMisfitOf(db, decided, of)) ?? done(decided);
}

async function storedChange(
  db: Db,
  of: {
    readonly found: SubscriptionTable;
    readonly change: SubscriptionChangeInput;
    readonly on: LocalDate;
    readonly planOf: Circumstances['planOf'];
  },
): Promise<Outcome<StoredChange, Refusal>> {
  const { found, change, on } = of;
  switch (change.do) {
    case 'pause': {
      const pauses = pausesOf(await historyOf(db, found.id));
      const other = pauseOn(pauses, on) ?? pauses.find(({ from }) => from > on);
      return other === undefined ? done(change) : refuse('already-paused', { on: other.from });
    }
    case 'resume': {
      const isPaused = pauseOn(pausesOf(await historyOf(db, found.id)), on) !== undefined;
      return isPaused ? done(change) : refuse('not-paused', { on });
    }
    case 'anchor': {
      const plan = await dailyPlanOn(db, found, on);
      return plan === undefined ? done(change) : refuse('daily-anchor', { plan });
    }
    case 'discount': {
      const plan = await dailyPlanOn(db, found, on);
      if (plan !== undefined) return refuse('daily-discount', { plan });
      return await storedDiscount(db, { ...of, discount: change.discount });
    }
    case 'discount-end':
      return endedDiscount(await historyOf(db, found.id), change, on);
    case 'change':
      return await storedTerms(db, { ...of, change });
  }
}

/** Name of the plan that holds on a day, where that is charged day by day. */
async function dailyPlanOn(db: Db, found: SubscriptionTable, on: LocalDate): Promise<string | undefined> {
  const plan = conditionsOn(await historyOf(db, found.id), on)?.plan;
  return plan?.isDaily === true ? ((await planNames(db)).get(plan.id) ?? found.plan_name) : undefined;
}

/** Names are for one discount of a subscription; what it is on is a component of the plan that holds on its day. */
async function storedDiscount(
  db: Db,
  of: { readonly found: SubscriptionTable; readonly discount: Discount; readonly on: LocalDate },
): Promise<Outcome<StoredChange, Refusal>> {
  const { found, discount, on } = of;
  const history = await historyOf(db, found.id);
  const { id } = discount;
  if (history.some((event) => event.do === 'discount' && event.discount.id === id))
    return refuse('discount-twice', { discountId: id });
  const plan = conditionsOn(history, on)?.plan;
  if (plan === undefined) return done({ do: 'discount', discount });
  const { components } = plan;
  const name = (await planNames(db)).get(plan.id) ?? found.plan_name;
  return (
    discountFault({ name, components }, discount) ??
    done({ do: 'discount', discount: discountAsGiven(discount, components) })
  );
}

/** It ends once, and after it began: until then its being given is taken back. */
function endedDiscount(
  history: readonly HistoryEvent[],
  change: Extract<SubscriptionChangeInput, { do: 'discount-end' }>,
  on: LocalDate,
): Outcome<StoredChange, Refusal> {
  const { discountId } = change;
  const given = history.find((event) => event.do === 'discount' && event.discount.id === discountId);
  if (given === undefined) {
    const ids = history.flatMap((event) => (event.do === 'discount' ? [event.discount.id] : []));
    return refuse('no-such-discount', { discountId, discounts: ids.length === 0 ? 'none' : ids.join(', ') });
  }
  if (on <= given.on) return refuse('discount-later', { discountId, on: given.on });
  const end = history.find((event) => event.do === 'discount-end' && event.discountId === discountId);
  return end === undefined ? done(change) : refuse('discount-ended', { discountId, on: end.on });
}

async function storedTerms(
  db: Db,
  of: {
    readonly found: SubscriptionTable;
    readonly change: Extract<SubscriptionChangeInput, { do: 'change' }>;
    readonly on: LocalDate;
    readonly planOf: Circumstances['planOf'];
  },
): Promise<Outcome<StoredChange, Refusal>> {
  const { found, on } = of;
  const { planId, quantity, allocations: units } = of.change;
  if (planId === undefined && quantity === undefined && units === undefined) return refuse('nothing-changed');
  const below = orderFault(of.change);
  if (below !== undefined) {
    const [plans, customers] = [await planNames(db), await customerNames(db, [found.customer_id])];
    const plan = plans.get(planId ?? found.plan_id) ?? found.plan_name;
    return refuse('ordered-below', {
      customer: customers.get(found.customer_id)?.name ?? '',
      plan,
      ...below,
    });
  }
  if (planId === undefined) return done({ do: 'change', quantity, units });
  const plan = await of.planOf(db, planId);
  if (plan === undefined) return refuse('no-such-plan', { planId });
  if (!plan.active && planId !== found.plan_id) return refuse('plan-retired', { plan: plan.name });
  const { currency } = found;
  const version = await planVersionOn(db, { planId, currency, day: on });
  if (version === undefined) return refuse('no-price', { plan: plan.name, currency, startsOn: on });
  return done({ do: 'change', version: version.id, quantity, units });
}

/** Why terms do not fit on the day they are changed, or on a later one for which something is decided. */
async function termsMisfitOf(
  db: Db,
  { found, on, history }: Decided,
  { kind, nowMs }: Pick<Circumstances, 'kind' | 'nowMs'>,
) {
  const terms = termsOn(history, on);
  if (terms === undefined) return undefined;
  const names = await planNames(db);
  const { plan: priced, allocations, quantity } = terms;
  const name = names.get(priced.id) ?? found.plan_name;
  const pool = (await poolTermsOf({ kind }, db, { rows: [found], atMs: nowMs })).get(found.id);
  const refusal = await termsRefusal(
    db,
    { name, priced },
    { allocations, quantity, vmId: found.vm_id, pool, on },
  );
  if (refusal !== undefined) return refusal;
  const later = misfitAfter(history, { day: on, vmId: found.vm_id, names });
  return later && refuse('later-terms', laterFacts(later));
}

/** Facts of the sentence `later-terms`. */
export function laterFacts({ on, fault }: TermsMisfit): { on: LocalDate; why: string } {
  return { on, why: sentenceOf(changing[fault.code], fault.facts) };
}

/** Whether a subscription can be ended on a day, or at the end of its period; writes nothing. */
export async function endAsked(
  db: Db,
  of: {
    readonly subscriptionId: string;
    readonly endsOn: LocalDate | 'period-end';
    readonly closedUntil: LocalDate | null;
    readonly today: LocalDate;
    readonly subject?: (words: string) => void;
  },
): Promise<Outcome<Decided, RefusalCodeOf<typeof billingContract.subscriptionEnd>>> {
  const { subscriptionId, closedUntil } = of;
  const found = await subscriptionById(db, subscriptionId);
  if (found === undefined) return refuse('no-such-subscription', { subscriptionId });
  of.subject?.(found.vm_name === '' ? found.plan_name : `${found.plan_name} for ${found.vm_name}`);
  if (found.ends_on !== null) return refuse('already-ended', { endsOn: found.ends_on });
  const on = of.endsOn === 'period-end' ? await periodEndFrom(db, found, of.today) : of.endsOn;
  if (on < found.starts_on) return refuse('before-start', { startsOn: found.starts_on });
  if (closedUntil !== null && on <= closedUntil)
    return refuse('day-closed', { on, endsOn: on, firstOpenDay: addDays(closedUntil, 1) });
  const events: readonly StoredEvent[] = (await eventsOf(db, [subscriptionId])).get(subscriptionId) ?? [];
  return done(await withChange(db, { found, events, on, change: { do: 'cancel' } }));
}

/** The day on which the billing period of a subscription ends that `at` is in. */
async function periodEndFrom(db: Db, subscription: SubscriptionTable, at: LocalDate): Promise<LocalDate> {
  const from = at < subscription.starts_on ? subscription.starts_on : at;
  const open = await openLinesOf(db, [subscription.id], addDays(from, -1));
  return periodEndOf({
    history: await historyOf(db, subscription.id),
    at: from,
    charged: (open.get(subscription.id) ?? []).map(({ line }) => line),
    currency: subscription.currency,
  });
}
