import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { discountAsGiven, discountFault } from '../../../../shared/domains/billing/discount-fit-rules.ts';
import { readsHosts } from '../../../../shared/domains/billing/meter-rules.ts';
import { orderFault } from '../../../../shared/domains/billing/order-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { isLongPast } from '../../../../shared/domains/billing/long-past-rules.ts';
import { addDays, dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import {
  planFactsLocked,
  planVersionOn,
  type PlanFacts,
  type StoredVersion,
} from '../../catalog/catalog-public.ts';
import { customerFactsLocked, customerNames, type CustomerFacts } from '../../customers/customers-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import {
  calendarOfCustomer,
  ensureCalendar,
  lockCalendar,
  theCompany,
  type CalendarKey,
} from '../companies/company-store.ts';
import { poolsAfter } from '../pools/pool-member-store.ts';
import { freeFrom } from '../pools/pool-terms.ts';
import { usageOfDayEndsAtMs } from '../usage/usage-store.ts';
import { soldBy } from './subscription-course.ts';
import { addEvent, type StoredChange } from './subscription-history.ts';
import { insertSubscription, subscriptionOfVmFrom } from './subscription-store.ts';
import { pooledRefusal, termsRefusal } from './subscription-terms.ts';

type Operation = typeof billingContract.subscriptionStart;
type Input = InputOf<Operation>;
type Refusal = RefusalCodeOf<Operation>;

/**
 * Sells a plan in the version that is in force on the first day, which the subscription keeps; a VM of nobody becomes the customer's
 * with it. Locks calendar, customer, plan and VM (always in this order), so that none of what is checked here can change before it is
 * committed.
 */
export async function subscriptionStart(
  parts: BillingParts,
  input: Input,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, Refusal>> {
  const db = context.tables<BillingTables>();
  const { customerId, startsOn } = input;
  if ((await theCompany(db)) === undefined) return refuse('no-company');
  const key = await calendarOfCustomer(db, customerId);
  if (key === undefined) return refuse('no-such-customer', { customerId });
  await ensureCalendar(db, key);
  const calendar = await lockCalendar(db, key);
  const customer = await customerFactsLocked(db, customerId);
  if (customer === undefined || calendar === undefined) return refuse('no-such-customer', { customerId });
  // Read before the calendar, which is locked before the customer.
  if (customer.companyId !== key.companyId || customer.billingZone !== key.billingZone)
    return refuse('customer-moved', { customer: customer.name });
  context.subject(`a plan to ${customer.name} (${customer.number})`);
  if (!customer.active) return refuse('customer-archived', { customer: customer.name });
  const sold = await planSold(input, context, customer);
  if (!sold.ok) return sold;
  const { plan, version } = sold.value;
  const vm = await vmToBill(parts, input, context);
  if (!vm.ok) return vm;
  const { closedUntil } = calendar;
  if (closedUntil !== null && startsOn <= closedUntil) {
    return refuse('day-closed', { startsOn, firstOpenDay: addDays(closedUntil, 1) });
  }
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, calendar.timeZone);
  // Nothing is closed yet: the days of this calendar would close from its first one on, whatever year was typed.
  if (closedUntil === null && isLongPast(startsOn, today) && !input.longPast) {
    return refuse('day-long-past', { startsOn, today, plan: plan.name, customer: customer.name });
  }
  const other = await subscribedAlready(input, context);
  if (!other.ok) return other;
  const pooled = await pooledAlready(parts, context, {
    vmId: input.vmId ?? '',
    version,
    startsOn,
    zone: calendar.timeZone,
  });
  if (!pooled.ok) return pooled;
  const id = newId('sub', nowMs);
  const { name: vmName } = vm.value;
  const what = vmName === '' ? plan.name : `${plan.name} for ${vmName}`;
  context.subject(`${what}, ${customer.name} (${customer.number})`);
  const row = rowOf({ id, input, plan, version, vmName, key, nowMs });
  await insertSubscription(db, row);
  for (const change of firstChanges(input, version))
    await addEvent(db, { subscriptionId: id, on: startsOn, madeAtMs: nowMs, change });
  await context.note('subscription', id);
  if (vm.value.isNobodys) {
    await parts.vms.giveVm(db, row.vm_id, customerId);
    await context.note('vm', row.vm_id);
  }
  return done({ subscriptionId: id });
}

interface SoldPlan {
  readonly plan: PlanFacts;
  readonly version: StoredVersion;
}

async function planSold(
  input: Input,
  context: CallContext,
  customer: CustomerFacts,
): Promise<Outcome<SoldPlan, Refusal>> {
  const db = context.tables<BillingTables>();
  const { planId, startsOn, vmId = '' } = input;
  const plan = await planFactsLocked(db, planId);
  if (plan === undefined) return refuse('no-such-plan', { planId });
  context.subject(`${plan.name} to ${customer.name} (${customer.number})`);
  if (!plan.active) return refuse('plan-retired', { plan: plan.name });
  const below = orderFault(input);
  if (below !== undefined)
    return refuse('ordered-below', { customer: customer.name, plan: plan.name, ...below });
  const { currency } = customer;
  const version = await planVersionOn(db, { planId, currency, day: startsOn });
  if (version === undefined)
    return refuse('no-price', { plan: plan.name, customer: customer.name, currency, startsOn });
  const { priced } = version;
  const { quantity, allocations, anchorDay, discounts } = input;
  const ofPeriods = [allocations, anchorDay, discounts?.[0]];
  if (priced.isDaily === true && ofPeriods.some((each) => each !== undefined))
    return refuse('daily-no-terms', { plan: plan.name });
  const refusal = await termsRefusal(db, { name: plan.name, priced }, { allocations, quantity, vmId });
  if (refusal !== undefined) return refusal;
  const ids = (discounts ?? []).map((discount) => discount.id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) return refuse('discount-twice', { discountId: twice });
  for (const discount of input.discounts ?? []) {
    const fault = discountFault({ name: plan.name, components: priced.components }, discount);
    if (fault !== undefined) return fault;
  }
  return done({ plan, version });
}

async function vmToBill(
  parts: BillingParts,
  { vmId, customerId }: Input,
  context: CallContext,
): Promise<Outcome<{ readonly name: string; readonly isNobodys: boolean }, Refusal>> {
  if (vmId === undefined) return done({ name: '', isNobodys: false });
  const db = context.tables<BillingTables>();
  const vm = await parts.vms.vmFactsLocked(db, vmId);
  if (vm === undefined) return refuse('no-such-vm', { vmId });
  if (vm.isBeingDeleted) return refuse('vm-being-deleted', { vm: vm.name });
  if (vm.customerId !== null && vm.customerId !== customerId) {
    const owners = await customerNames(db, [vm.customerId]);
    return refuse('vm-of-another', { vm: vm.name, customer: owners.get(vm.customerId)?.name ?? '' });
  }
  return done({ name: vm.name, isNobodys: vm.customerId === null });
}

async function subscribedAlready(
  { vmId, startsOn }: Input,
  context: CallContext,
): Promise<Outcome<null, Refusal>> {
  if (vmId === undefined) return done(null);
  const db = context.tables<BillingTables>();
  const other = await subscriptionOfVmFrom(db, vmId, startsOn);
  if (other === undefined) return done(null);
  const names = await customerNames(db, [other.customer_id]);
  return refuse('vm-subscribed', {
    vm: other.vm_name,
    customer: names.get(other.customer_id)?.name ?? '',
  });
}

/** A VM that shares a pool is counted there: sold by what it uses it would be paid for twice. */
async function pooledAlready(
  parts: BillingParts,
  context: CallContext,
  of: {
    readonly vmId: string;
    readonly version: StoredVersion;
    readonly startsOn: LocalDate;
    readonly zone: string;
  },
): Promise<Outcome<null, Refusal>> {
  const { vmId, version } = of;
  if (vmId === '' || !readsHosts(version.priced, vmId)) return done(null);
  const db = context.tables<BillingTables>();
  const atMs = usageOfDayEndsAtMs(addDays(of.startsOn, -1), of.zone);
  const there = (await poolsAfter(db, parts.kind, { vmIds: [vmId], atMs })).get(vmId);
  if (there === undefined) return done(null);
  const { member, subscription, untilMs } = there;
  const names = await customerNames(db, [subscription.customer_id]);
  return pooledRefusal({
    vm: member.vm_name,
    plan: subscription.plan_name,
    owner: names.get(subscription.customer_id)?.name ?? '',
    freeFrom: freeFrom(untilMs, of.zone),
  });
}

function firstChanges(input: Input, { id: version, priced }: StoredVersion): StoredChange[] {
  const { quantity, allocations, anchorDay, discounts } = input;
  return [
    { do: 'start', version, quantity, allocations, anchorDay },
    ...(discounts ?? []).map(
      (discount) => ({ do: 'discount', discount: discountAsGiven(discount, priced.components) }) as const,
    ),
  ];
}

function rowOf(made: {
  readonly id: string;
  readonly input: Input;
  readonly plan: PlanFacts;
  readonly version: StoredVersion;
  readonly vmName: string;
  readonly key: CalendarKey;
  readonly nowMs: number;
}): SubscriptionTable {
  const { input, plan, version } = made;
  const isDaily = version.charged === 'daily';
  const vmId = input.vmId ?? '';
  return {
    id: made.id,
    company_id: made.key.companyId,
    customer_id: input.customerId,
    plan_id: plan.id,
    plan_name: plan.name,
    price_id: version.id,
    vm_id: vmId,
    vm_name: made.vmName,
    currency: version.currency,
    starts_on: input.startsOn,
    ends_on: null,
    created_at_ms: made.nowMs,
    ...soldBy(version.priced, input.quantity ?? '1'),
    is_metered: readsHosts(version.priced, vmId) ? 1 : 0,
    is_daily: isDaily ? 1 : 0,
    next_due: isDaily ? null : input.startsOn,
    reopened_from: null,
    paused_from: null,
    paused_until: null,
    billing_zone: made.key.billingZone,
  };
}
