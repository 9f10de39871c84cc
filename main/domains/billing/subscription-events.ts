import type { Kysely } from 'kysely';
import type { SubscriptionEventRow } from '../../../shared/domains/billing/subscription-contract.ts';
import { planNames, planVersionsById } from '../catalog/catalog-public.ts';
import type { BillingTables } from './billing-tables.ts';
import { eventsOf } from './subscription-history.ts';

/** What happened to a subscription, as people read it, in the order it was decided. */
export async function subscriptionEvents(
  db: Kysely<BillingTables>,
  subscriptionId: string,
): Promise<SubscriptionEventRow[]> {
  const events = (await eventsOf(db, [subscriptionId])).get(subscriptionId) ?? [];
  const versions = await planVersionsById(
    db,
    events.flatMap(({ change }) =>
      'version' in change && change.version !== undefined ? [change.version] : [],
    ),
  );
  const names = await planNames(db);
  return events.map(({ seq, on, known, madeAtMs, change }) => {
    const version = 'version' in change && change.version !== undefined ? change.version : undefined;
    const planId = version === undefined ? undefined : versions.get(version)?.planId;
    const anchorDay =
      change.do === 'anchor' ? change.day : change.do === 'start' ? change.anchorDay : undefined;
    return {
      seq,
      on,
      known,
      madeAt: new Date(madeAtMs).toISOString(),
      what: change.do,
      plan: planId === undefined ? null : (names.get(planId) ?? null),
      quantity: ('quantity' in change ? change.quantity : undefined) ?? null,
      allocations: ('allocations' in change ? change.allocations : undefined) ?? null,
      anchorDay: anchorDay ?? null,
      discount: change.do === 'discount' ? change.discount : null,
    };
  });
}
