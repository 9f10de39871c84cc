import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { customerNames } from '../../customers/customers-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, PoolMemberTable } from '../billing-tables.ts';
import { calendarOfSubscription, lockCalendar, type Calendar } from '../companies/company-store.ts';
import { subscriptionById } from '../subscriptions/subscription-store.ts';
import { usageOfDayEndsAtMs } from '../usage/usage-store.ts';
import { earliestMs } from './pool-member-add.ts';
import { closeMember, earlierMs, endOfMs, isAfter, memberById } from './pool-member-store.ts';

type Operation = typeof billingContract.poolMemberRemove;

/**
 * A VM leaves its pool with the hour it is, or is taken back on the day it was added. Behind the calendar's lock and the VM's, so that no
 * day closes and nobody else takes it meanwhile.
 */
export async function poolMemberRemove(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { memberId, undo } = input;
  const asked = await memberById(db, memberId);
  if (asked === undefined) return refuse('no-such-member', { memberId });
  const calendar = await lockCalendar(db, await calendarOfSubscription(db, asked.subscription_id));
  await parts.vms.vmFactsLocked(db, asked.vm_id);
  const member = (await memberById(db, memberId)) ?? asked;
  const subscription = await subscriptionById(db, member.subscription_id);
  const customerId = subscription?.customer_id ?? '';
  const customer = (await customerNames(db, [customerId])).get(customerId)?.name ?? '';
  const facts = { vm: member.vm_name, plan: subscription?.plan_name ?? '', customer };
  context.subject(`${facts.vm} from ${facts.plan}, ${customer}`);
  const nowMs = await parts.nowMs(db);
  const endMs = subscription === undefined ? null : endOfMs(subscription, calendar?.timeZone ?? 'UTC');
  if (!isAfter(nowMs, member.from_ms, earlierMs(member.to_ms, endMs))) return refuse('not-in-pool', facts);
  if (undo && !mayUndo(member, calendar, nowMs)) {
    const day = dayAt(member.added_at_ms, calendar?.timeZone ?? 'UTC');
    return refuse('too-late-to-undo', { ...facts, day });
  }
  const leavesMs = Math.max(earliestMs(calendar, nowMs), member.from_ms);
  const toMs = undo ? member.from_ms : Math.min(leavesMs, member.to_ms ?? leavesMs);
  await closeMember(db, memberId, { to_ms: toMs, removed_at_ms: nowMs, undone: undo ? 1 : 0 });
  await context.note('subscription', member.subscription_id);
  await context.note('vm', member.vm_id);
  return done({ to: new Date(toMs).toISOString() });
}

/** On the day it was added, of which nothing is closed. */
export function mayUndo(
  member: Pick<PoolMemberTable, 'from_ms' | 'to_ms' | 'added_at_ms' | 'undone'>,
  calendar: Calendar | undefined,
  nowMs: number,
): boolean {
  if (member.undone === 1 || !isAfter(nowMs, member.from_ms, member.to_ms)) return false;
  const zone = calendar?.timeZone ?? 'UTC';
  const closedUntil = calendar?.closedUntil ?? null;
  const isOpen = closedUntil === null || member.from_ms >= usageOfDayEndsAtMs(closedUntil, zone);
  return isOpen && dayAt(member.added_at_ms, zone) === dayAt(nowMs, zone);
}
