import type { Kysely } from 'kysely';
import { done, refuse, sentenceOf, type Outcome, type Refused } from '../../../../shared/contract/outcome.ts';
import { conditionsOn } from '../../../../shared/domains/billing/period-price-rules.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { pauseMisfit } from '../../../../shared/domains/billing/pause-rules.ts';
import type { HistoryEvent } from '../../../../shared/domains/billing/segment-rules.ts';
import { changing, type takeBackReasons } from '../../../../shared/domains/billing/subscription-reasons.ts';
import { addDays, dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { planNames } from '../../catalog/catalog-public.ts';
import { customerFactsLocked, customerNames } from '../../customers/customers-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { billingZone, calendarOfSubscription, lockCalendar } from '../companies/company-store.ts';
import { holdMisplaced, releaseFitting, usageTermsOf } from '../usage/usage-terms.ts';
import { isMetered } from '../charges/day-charges.ts';
import { membersAgain } from '../pools/pool-member-again.ts';
import { isPooledOn, poolTermsOf, type PoolTerms } from '../pools/pool-terms.ts';
import type { MoneyFacts } from './change-money.ts';
import { laterFacts } from './subscription-asked.ts';
import { misfitAfter, standingOn } from './subscription-course.ts';
import {
  addEvent,
  earlier,
  eventsOf,
  SoldPlans,
  takenBackBy,
  withoutTakenBack,
  type StoredEvent,
} from './subscription-history.ts';
import { moveBuiltOn } from './subscription-moves-made.ts';
import { subscriptionById, subscriptionOfVmFrom, updateSubscription } from './subscription-store.ts';
import { poolFault } from './subscription-terms.ts';

type Db = Kysely<BillingTables>;
type Operation = typeof billingContract.subscriptionTakeBack;
type Kept = Refused<keyof typeof takeBackReasons>;

/**
 * Takes back what was decided and is not charged yet, so that all goes on as if it had never been: nothing was reckoned with it. It stays
 * in the history, and that it was taken back too. Usage that waits for a person because of it has its place again.
 */
export async function subscriptionTakeBack(
  parts: BillingParts,
  { subscriptionId, seq }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const calendar = await lockCalendar(db, await calendarOfSubscription(db, subscriptionId));
  const found = await subscriptionById(db, subscriptionId);
  if (found === undefined) return refuse('no-such-subscription', { subscriptionId });
  context.subject(found.vm_name === '' ? found.plan_name : `${found.plan_name} for ${found.vm_name}`);
  const closedUntil = calendar?.closedUntil ?? null;
  const events = (await eventsOf(db, [subscriptionId])).get(subscriptionId) ?? [];
  const made = events.find((event) => event.seq === seq);
  if (made === undefined) return refuse('no-such-event', { seq });
  if (takenBackBy(events).has(seq)) return done({ on: made.on, already: true });
  const [plans, names] = [new SoldPlans(db), await planNames(db)];
  const nowMs = await parts.nowMs(db);
  const pool = (await poolTermsOf(parts, db, { rows: [found], atMs: nowMs })).get(found.id);
  const kept = await whyKept({ found, closedUntil, plans, names, pool }, { events, made });
  if (kept !== null) return kept;
  if (made.change.do === 'cancel') {
    const ended = await whyEnded(parts, db, { found, on: made.on });
    if (ended !== null) return ended;
  }
  const today = dayAt(nowMs, calendar?.timeZone ?? (await billingZone(db)));
  const { on } = made;
  if (made.change.do === 'cancel')
    await membersAgain(parts, db, { pool: found, zone: calendar?.timeZone ?? 'UTC', nowMs });
  const before = await usageTermsOf(db, parts.kind, [subscriptionId]);
  await addEvent(db, { subscriptionId, on, madeAtMs: nowMs, change: { do: 'take-back', seq } });
  const history = await historyWithout(db, events, made);
  await updateSubscription(db, subscriptionId, {
    ...(await standingOn(db, { found, history, day: today })),
    next_due: earlier(found.next_due, on),
  });
  await holdMisplaced(parts, db, { subscriptionId, on, nowMs });
  const changed = [{ subscriptionId, on }];
  const by = context.actor.name;
  if ((await releaseFitting(parts, db, { changed, before, by, nowMs })) > 0)
    await context.note('held-usage', 'events');
  await context.note('subscription', subscriptionId);
  return done({ on, already: false });
}

/** Why what was decided stays; null where it can be taken back, but for what speaks against going on at all ({@link whyEnded}). */
export async function whyKept(
  of: Pick<MoneyFacts, 'found' | 'closedUntil' | 'plans' | 'names'> & {
    readonly pool: PoolTerms | undefined;
  },
  { events, made }: { readonly events: readonly StoredEvent[]; readonly made: StoredEvent },
): Promise<Kept | null> {
  const { found, closedUntil, plans, names, pool } = of;
  const { on, known, change, source } = made;
  if (change.do === 'start' || change.do === 'take-back' || source?.endsWith(' taken back') === true)
    return refuse('not-planned');
  if (closedUntil !== null && on <= closedUntil) return refuse('in-effect', { on });
  if (closedUntil !== null && known <= closedUntil) return refuse('reckoned-already', { known });
  const without = events.filter((event) => event !== made);
  const move = moveBuiltOn(events, without);
  if (move !== undefined) return refuse('built-on', { on: move.on });
  const end =
    change.do === 'discount' ? endOfDiscount(withoutTakenBack(events), change.discount.id) : undefined;
  if (end !== undefined) return refuse('built-on', { on: end.on });
  const histories = await plans.historiesOf(
    new Map([
      ['with', events],
      ['without', without],
    ]),
  );
  const [now = [], then = []] = [histories.get('with'), histories.get('without')];
  const pause = pauseMisfit(then);
  if (pause !== undefined && pause !== pauseMisfit(now)) return refuse('built-on', { on: pause });
  const terms = { day: addDays(on, -1), vmId: found.vm_id, names };
  const misfit = misfitAfter(then, terms);
  if (misfit !== undefined && misfitAfter(now, terms) === undefined)
    return refuse('later-terms', laterFacts(misfit));
  // Of an end: whyEnded.
  if (change.do !== 'change') return null;
  return poolMisfit(then, { vmId: found.vm_id, names, pool, from: on }) ?? null;
}

function endOfDiscount(events: readonly StoredEvent[], id: string): StoredEvent | undefined {
  return events.find(({ change }) => change.do === 'discount-end' && change.discountId === id);
}

/** What speaks against going on after an end: its VM or its customer is another's affair by now. They stay as they are until the transaction ends. */
async function whyEnded(
  parts: BillingParts,
  db: Db,
  { found, on }: { readonly found: SubscriptionTable; readonly on: LocalDate },
): Promise<Kept | null> {
  const customer = await customerFactsLocked(db, found.customer_id);
  if (customer?.active !== true) return refuse('customer-archived', { customer: customer?.name ?? '' });
  if (found.vm_id === '') return null;
  const vm = await parts.vms.vmFactsLocked(db, found.vm_id);
  if (vm === undefined || vm.isBeingDeleted) return refuse('vm-gone', { vm: found.vm_name });
  const terms = (await poolTermsOf(parts, db, { rows: [found], atMs: await parts.nowMs(db) })).get(found.id);
  // Read behind the VM's lock. Hours of any day from the end on, also of a pool that it has left since.
  const elsewhere = terms?.elsewhere;
  if (elsewhere !== undefined && isMetered(found) && isPooledOn(elsewhere, on))
    return refuse('vm-pooled', { vm: vm.name, plan: elsewhere.plan, customer: elsewhere.owner });
  const other = await subscriptionOfVmFrom(db, found.vm_id, on);
  const whose = other?.customer_id ?? vm.customerId ?? found.customer_id;
  if (other === undefined && whose === found.customer_id) return null;
  const names = await customerNames(db, [whose]);
  return refuse(other === undefined ? 'vm-of-another' : 'vm-subscribed', {
    vm: vm.name,
    customer: names.get(whose)?.name ?? '',
  });
}

/** The first day from one on whose plan does not go with the pools there are: members without one, or a VM that is counted in one. */
function poolMisfit(
  history: readonly HistoryEvent[],
  of: Pick<MoneyFacts, 'names'> & {
    readonly vmId: string;
    readonly pool: PoolTerms | undefined;
    readonly from: LocalDate;
  },
): ReturnType<typeof refuse<'later-terms'>> | undefined {
  if (of.pool === undefined) return undefined;
  const later = history.flatMap(({ on }) => (on > of.from ? [on] : []));
  for (const on of [of.from, ...later.toSorted()]) {
    const priced = conditionsOn(history, on)?.plan;
    if (priced === undefined) continue;
    const name = of.names.get(priced.id) ?? priced.id;
    const fault = poolFault({ name, priced }, { vmId: of.vmId, pool: of.pool, on });
    if (fault !== undefined)
      return refuse('later-terms', { on, why: sentenceOf(changing[fault.code], fault.facts) });
  }
  return undefined;
}

async function historyWithout(db: Db, events: readonly StoredEvent[], made: StoredEvent) {
  const left = events.filter((event) => event !== made);
  return (await new SoldPlans(db).historiesOf(new Map([['left', left]]))).get('left') ?? [];
}
