import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import { addDays } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { planFactsLocked, planPriceOn } from '../catalog/catalog-public.ts';
import { customerFactsLocked, customerNames } from '../customers/customers-public.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables } from './billing-tables.ts';
import { lockCalendar } from './company-store.ts';
import { insertSubscription, subscriptionOfVmFrom } from './subscription-store.ts';

type Operation = typeof billingContract.subscriptionStart;

/**
 * Sells a plan for a VM at the price in force on the first day, which the subscription keeps; a VM of nobody becomes the customer's
 * with it. Locks calendar, customer, plan
 * and VM (always in this order), so that none of what is checked here can change before it is committed.
 */
export async function subscriptionStart(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { customerId, planId, vmId, startsOn } = input;
  const calendar = await lockCalendar(db);
  if (calendar === undefined) return refuse('no-company');
  const customer = await customerFactsLocked(db, customerId);
  if (customer === undefined) return refuse('no-such-customer', { customerId });
  context.subject(`a plan to ${customer.name} (${customer.number})`);
  if (!customer.active) return refuse('customer-archived', { customer: customer.name });
  const plan = await planFactsLocked(db, planId);
  if (plan === undefined) return refuse('no-such-plan', { planId });
  context.subject(`${plan.name} to ${customer.name} (${customer.number})`);
  if (!plan.active) return refuse('plan-retired', { plan: plan.name });
  const { currency } = customer;
  const price = await planPriceOn(db, { planId, currency, day: startsOn });
  if (price === undefined) return refuse('no-price', { plan: plan.name, currency, startsOn });
  const vm = await parts.vms.vmFactsLocked(db, vmId);
  if (vm === undefined) return refuse('no-such-vm', { vmId });
  const { name: vmName, isBeingDeleted } = vm;
  if (isBeingDeleted) return refuse('vm-being-deleted', { vm: vmName });
  if (vm.customerId !== null && vm.customerId !== customerId) {
    const owners = await customerNames(db, [vm.customerId]);
    return refuse('vm-of-another', { vm: vmName, customer: owners.get(vm.customerId)?.name ?? '' });
  }
  const { closedUntil } = calendar;
  if (closedUntil !== null && startsOn <= closedUntil) {
    return refuse('day-closed', { startsOn, firstOpenDay: addDays(closedUntil, 1) });
  }
  const other = await subscriptionOfVmFrom(db, vmId, startsOn);
  if (other !== undefined) {
    const names = await customerNames(db, [other.customer_id]);
    return refuse('vm-subscribed', { vm: vmName, customer: names.get(other.customer_id)?.name ?? '' });
  }
  const nowMs = await parts.nowMs(db);
  const id = newId('sub', nowMs);
  context.subject(`${plan.name} for ${vmName}, ${customer.name} (${customer.number})`);
  await insertSubscription(db, {
    id,
    company_id: calendar.company.id,
    customer_id: customerId,
    plan_id: planId,
    plan_name: plan.name,
    price_id: price.id,
    vm_id: vmId,
    vm_name: vmName,
    currency,
    per_month: price.perMonth,
    per_vcpu_hour: price.perVcpuHour,
    per_gib_hour: price.perGibHour,
    starts_on: startsOn,
    ends_on: null,
    created_at_ms: nowMs,
  });
  await context.note('subscription', id);
  if (vm.customerId === null) {
    await parts.vms.giveVm(db, vmId, customerId);
    await context.note('vm', vmId);
  }
  return done({ subscriptionId: id });
}
