import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { calendarOfSubscription, readCalendar } from '../companies/company-store.ts';
import { subscriptionById } from '../subscriptions/subscription-store.ts';
import { poolConditions } from './pool-member-add.ts';
import { mayUndo } from './pool-member-remove.ts';
import { earlierMs, endOfMs, isAfter, membersOf } from './pool-member-store.ts';

type Operation = typeof billingContract.poolMemberList;

/** All that are and ever were, each under the name it has or had last. */
export async function poolMemberList(
  parts: Pick<BillingParts, 'kind' | 'nowMs' | 'vms'>,
  { subscriptionId }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const subscription = await subscriptionById(db, subscriptionId);
  if (subscription === undefined) return refuse('no-such-subscription', { subscriptionId });
  const calendar = await readCalendar(db, await calendarOfSubscription(db, subscriptionId));
  const nowMs = await parts.nowMs(db);
  const conditions = await poolConditions(db, subscription, dayAt(nowMs, calendar?.timeZone ?? 'UTC'));
  const members = await membersOf(db, parts.kind, [subscriptionId]);
  const names = await parts.vms.vmNames(db, [...new Set(members.map((member) => member.vm_id))]);
  const endMs = endOfMs(subscription, calendar?.timeZone ?? 'UTC');
  const until = ({ to_ms: toMs }: { readonly to_ms: number | null }): number | null => earlierMs(toMs, endMs);
  return done({
    isPool: conditions !== undefined,
    rows: members.map((member) => ({
      memberId: member.id,
      vmId: member.vm_id,
      vm: names.get(member.vm_id) ?? member.vm_name,
      from: new Date(member.from_ms).toISOString(),
      to: instantOf(until(member)),
      addedAt: new Date(member.added_at_ms).toISOString(),
      removedAt: instantOf(member.removed_at_ms),
      isIn: isAfter(nowMs, member.from_ms, until(member)),
      undone: member.undone === 1,
      mayUndo: mayUndo(member, calendar, nowMs),
    })),
  });
}

function instantOf(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
