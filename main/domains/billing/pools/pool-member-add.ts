import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { isPoolOfVms } from '../../../../shared/domains/billing/meter-rules.ts';
import { conditionsOn, type Conditions } from '../../../../shared/domains/billing/period-price-rules.ts';
import { POOL_MEMBERS_MAX } from '../../../../shared/domains/billing/pool-contract.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { addDays, dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { type customerFacts, customerFactsLocked, customerNames } from '../../customers/customers-public.ts';
import type { BilledVmFacts, BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { calendarOfSubscription, lockCalendar, type Calendar } from '../companies/company-store.ts';
import { historyOf } from '../subscriptions/subscription-history.ts';
import { subscriptionById } from '../subscriptions/subscription-store.ts';
import { usageOfDayEndsAtMs } from '../usage/usage-store.ts';
import {
  closeMember,
  endOfMs,
  insertMember,
  memberCounts,
  poolsAfter,
  staysLeft,
} from './pool-member-store.ts';
import { countedAlone } from './pool-terms.ts';

type Db = Kysely<BillingTables>;
type Operation = typeof billingContract.poolMemberAdd;
type Refusal = RefusalCodeOf<Operation>;

const HOUR_MS = 3_600_000;

/**
 * A VM joins a pool from the hour it is: the hours before are not the pool's, whoever they were of. Locks calendar, customer and VM (in
 * this order), so that no day closes, nobody sells it and no other pool takes it meanwhile.
 */
export async function poolMemberAdd(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, Refusal>> {
  const db = context.tables<BillingTables>();
  const asked = await memberAsked(parts, db, input, {
    calendar: await lockCalendar(db, await calendarOfSubscription(db, input.subscriptionId)),
    customerOf: customerFactsLocked,
    vmOf: parts.vms.vmFactsLocked,
    subject: context.subject,
  });
  if (!asked.ok) return asked;
  const { subscription, vm, fromMs, left, nowMs } = asked.value;
  // Its subscription ended: whoever was in that pool is free.
  for (const { member, untilMs } of left) {
    if (member.to_ms !== null) continue;
    const toMs = Math.max(untilMs, member.from_ms);
    await closeMember(db, member.id, { to_ms: toMs, removed_at_ms: nowMs, undone: 0 });
  }
  const memberId = newId('pme', nowMs);
  await insertMember(db, {
    id: memberId,
    subscription_id: subscription.id,
    vm_id: input.vmId,
    vm_name: vm.name,
    from_ms: fromMs,
    to_ms: null,
    added_at_ms: nowMs,
    removed_at_ms: null,
    undone: 0,
  });
  if (vm.customerId === null) await parts.vms.giveVm(db, input.vmId, subscription.customer_id);
  await context.note('subscription', subscription.id);
  await context.note('vm', input.vmId);
  return done({ memberId, from: new Date(fromMs).toISOString() });
}

export interface AskedMember {
  readonly subscription: SubscriptionTable;
  readonly conditions: Conditions;
  readonly vm: BilledVmFacts;
  readonly fromMs: number;
  /** Stays of the VM that are over. */
  readonly left: Awaited<ReturnType<typeof staysLeft>>;
  readonly nowMs: number;
}

interface Circumstances {
  readonly calendar: Calendar | undefined;
  /** Locked where something is to be written. */
  readonly customerOf: typeof customerFacts;
  readonly vmOf: BillingParts['vms']['vmFactsLocked'];
  readonly subject?: (words: string) => void;
}

/** Whether a VM can join a pool, and from which hour on; writes nothing. */
export async function memberAsked(
  parts: BillingParts,
  db: Db,
  input: InputOf<Operation>,
  of: Circumstances,
): Promise<Outcome<AskedMember, Refusal>> {
  const { subscriptionId, vmId } = input;
  const subscription = await subscriptionById(db, subscriptionId);
  if (subscription === undefined) return refuse('no-such-subscription', { subscriptionId });
  const { plan_name: plan, customer_id: customerId } = subscription;
  const facts = await of.customerOf(db, customerId);
  const customer = facts?.name ?? '';
  of.subject?.(`${plan}, ${customer}`);
  if (facts?.active === false) return refuse('customer-archived', { customer });
  const vm = await of.vmOf(db, vmId);
  if (vm === undefined) return refuse('no-such-vm', { vmId });
  of.subject?.(`${vm.name} to ${plan}, ${customer}`);
  const zone = of.calendar?.timeZone ?? 'UTC';
  // Asked behind the locks: what was waited for lies before.
  const nowMs = await parts.nowMs(db);
  const conditions = await poolConditions(db, subscription, dayAt(nowMs, zone));
  if (conditions === undefined) return refuse('no-pool', { plan });
  const without = await dayWithoutPool(db, subscription, { from: dayAt(nowMs, zone) });
  if (without !== undefined) return refuse('pool-ends', { plan, customer, on: without, vm: vm.name });
  const toMs = endOfMs(subscription, zone);
  const left = await staysLeft(db, parts.kind, { vmId, atMs: nowMs });
  const fromMs = Math.max(
    earliestMs(of.calendar, nowMs),
    startMs(subscription, zone),
    ...left.flatMap(({ member, untilMs }) => (untilMs > member.from_ms ? [untilMs] : [])),
  );
  if (toMs !== null && toMs <= fromMs)
    return refuse('subscription-ended', { plan, endsOn: subscription.ends_on ?? '', customer, vm: vm.name });
  const refusal = await vmRefusal(parts, db, { subscription, vm, vmId, nowMs, plan, customer });
  if (refusal !== undefined) return refusal;
  return done({ subscription, conditions, vm, fromMs, left, nowMs });
}

/** The first day after one on which a subscription goes on by a plan without a pool: its members would share nothing then. */
async function dayWithoutPool(
  db: Db,
  { id, ends_on: endsOn }: SubscriptionTable,
  { from }: { readonly from: LocalDate },
): Promise<LocalDate | undefined> {
  const history = await historyOf(db, id);
  return history
    .flatMap(({ on }) => (on > from && (endsOn === null || on < endsOn) ? [on] : []))
    .toSorted()
    .find((on) => {
      const plan = conditionsOn(history, on)?.plan;
      return plan !== undefined && !isPoolOfVms(plan);
    });
}

/** The terms of a pool on a day, or on its first; undefined where it is none that VMs can share. */
export async function poolConditions(
  db: Db,
  subscription: SubscriptionTable,
  today: LocalDate,
): Promise<Conditions | undefined> {
  const on = today < subscription.starts_on ? subscription.starts_on : today;
  const conditions = conditionsOn(await historyOf(db, subscription.id), on);
  return conditions !== undefined && isPoolOfVms(conditions.plan) ? conditions : undefined;
}

/** The hour it is; where a day that is closed goes on into it (midnight in the middle of an hour), the next. */
export function earliestMs(calendar: Calendar | undefined, nowMs: number): number {
  const hourMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  if (calendar === undefined || calendar.closedUntil === null) return hourMs;
  return Math.max(hourMs, usageOfDayEndsAtMs(calendar.closedUntil, calendar.timeZone));
}

function startMs({ starts_on: startsOn }: SubscriptionTable, zone: string): number {
  return usageOfDayEndsAtMs(addDays(startsOn, -1), zone);
}

async function vmRefusal(
  parts: Pick<BillingParts, 'kind'>,
  db: Db,
  of: {
    readonly subscription: SubscriptionTable;
    readonly vm: BilledVmFacts;
    readonly vmId: string;
    readonly nowMs: number;
    readonly plan: string;
    readonly customer: string;
  },
): Promise<ReturnType<typeof refuse<Refusal>> | undefined> {
  const { subscription, vm, vmId, nowMs, plan, customer } = of;
  if (vm.isBeingDeleted) return refuse('vm-being-deleted', { vm: vm.name });
  if (vm.customerId !== null && vm.customerId !== subscription.customer_id) {
    const owner = (await customerNames(db, [vm.customerId])).get(vm.customerId)?.name ?? '';
    return refuse('vm-of-another', { vm: vm.name, owner, customer });
  }
  if (subscription.vm_id === vmId) return refuse('own-vm', { vm: vm.name, plan, customer });
  const there = (await poolsAfter(db, parts.kind, { vmIds: [vmId], atMs: nowMs })).get(vmId);
  if (there !== undefined) {
    const owners = await customerNames(db, [there.subscription.customer_id]);
    return refuse('in-pool', {
      vm: vm.name,
      plan: there.subscription.plan_name,
      owner: owners.get(there.subscription.customer_id)?.name ?? '',
      until:
        there.subscription.ends_on === null ? 'already' : `until it ends on ${there.subscription.ends_on}`,
    });
  }
  const alone = await countedAlone(db, parts.kind, {
    vmIds: [vmId],
    besides: subscription.id,
    atMs: nowMs,
  });
  const other = alone.get(vmId);
  if (other !== undefined) {
    const { customer_id: id, plan_name: otherPlan, ends_on: endsOn } = other.subscription;
    const owner = (await customerNames(db, [id])).get(id)?.name ?? '';
    const whole = endsOn === null ? 'and goes on' : `until ${endsOn}`;
    const until = other.isYetToCome ? `from ${other.from} on` : whole;
    return refuse('counted-elsewhere', { vm: vm.name, plan: otherPlan, owner, until });
  }
  const counts = await memberCounts(db, parts.kind, { subscriptionIds: [subscription.id], atMs: nowMs });
  return (counts.get(subscription.id) ?? 0) < POOL_MEMBERS_MAX
    ? undefined
    : refuse('pool-full', { plan, customer, most: POOL_MEMBERS_MAX, vm: vm.name });
}
