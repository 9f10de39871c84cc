import type { Kysely } from 'kysely';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { closeMember, endOfMs, staysOpen } from './pool-member-store.ts';
import { countedAlone } from './pool-terms.ts';

/**
 * Members of a pool whose end is taken back are in it again, but for those that are another's affair by now: of another customer, gone,
 * or charged by what they use. These have left with the end that was. The caller holds the calendar's lock.
 */
export async function membersAgain(
  parts: Pick<BillingParts, 'kind' | 'vms'>,
  db: Kysely<BillingTables>,
  of: { readonly pool: SubscriptionTable; readonly zone: string; readonly nowMs: number },
): Promise<void> {
  const { pool, zone, nowMs } = of;
  const endMs = endOfMs(pool, zone);
  if (endMs === null) return;
  const members = await staysOpen(db, parts.kind, { subscriptionIds: [pool.id], atMs: endMs });
  const vmIds = members.map((member) => member.vm_id);
  const alone = await countedAlone(db, parts.kind, { vmIds, besides: pool.id, atMs: endMs });
  for (const member of members) {
    // Locked one by one, in the order of their ids, so that nobody gives one away meanwhile.
    const vm = await parts.vms.vmFactsLocked(db, member.vm_id);
    const owner = vm?.customerId ?? pool.customer_id;
    const isOurs = vm !== undefined && !vm.isBeingDeleted && owner === pool.customer_id;
    if (isOurs && !alone.has(member.vm_id)) {
      // Of nobody meanwhile: as when it was added.
      if (vm.customerId === null) await parts.vms.giveVm(db, member.vm_id, pool.customer_id);
      continue;
    }
    const toMs = Math.max(endMs, member.from_ms);
    await closeMember(db, member.id, { to_ms: toMs, removed_at_ms: nowMs, undone: 0 });
  }
}
