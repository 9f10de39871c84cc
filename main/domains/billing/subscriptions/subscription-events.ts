import type { Kysely } from 'kysely';
import type { Units } from '../../../../shared/domains/billing/allotment-rules.ts';
import type { SubscriptionEventRow } from '../../../../shared/domains/billing/subscription-contract.ts';
import { planNames, planVersionsById } from '../../catalog/catalog-public.ts';
import type { BillingTables } from '../billing-tables.ts';
import { eventsOf, takenBackBy, type StoredChange, type StoredEvent } from './subscription-history.ts';

/** What happened to a subscription, as people read it, in the order it was decided. */
export async function subscriptionEvents(
  db: Kysely<BillingTables>,
  subscriptionId: string,
): Promise<SubscriptionEventRow[]> {
  return await rowsOfEvents(db, (await eventsOf(db, [subscriptionId])).get(subscriptionId) ?? []);
}

/** The same of events that were read; all of one subscription. */
export async function rowsOfEvents(
  db: Kysely<BillingTables>,
  events: readonly StoredEvent[],
): Promise<SubscriptionEventRow[]> {
  const backs = takenBackBy(events);
  const versions = await planVersionsById(
    db,
    events.flatMap(({ change }) =>
      'version' in change && change.version !== undefined ? [change.version] : [],
    ),
  );
  const names = await planNames(db);
  const given = new Map(
    events.flatMap(({ change, seq }) =>
      change.do === 'discount' && !backs.has(seq) ? [[change.discount.id, change.discount] as const] : [],
    ),
  );
  return events.map(({ seq, on, known, madeAtMs, change, source }) => {
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
      allocations: unitsSaid(change) ?? null,
      isOfAllUnits: !('units' in change && change.units !== undefined),
      anchorDay: anchorDay ?? null,
      discount:
        change.do === 'discount'
          ? change.discount
          : change.do === 'discount-end'
            ? (given.get(change.discountId) ?? null)
            : null,
      move: moveOf(source),
      takesBack: change.do === 'take-back' ? change.seq : null,
      isTakenBack: backs.has(seq),
    };
  });
}

function unitsSaid(change: StoredChange): Units | undefined {
  if (change.do === 'start') return change.allocations;
  return change.do === 'change' ? (change.units ?? change.allocations) : undefined;
}

/** See `source` in billing-tables.ts. */
function moveOf(source: string | null): SubscriptionEventRow['move'] {
  const [, repricingId] = /^move (\S+)/.exec(source ?? '') ?? [];
  return repricingId === undefined
    ? null
    : { repricingId, isTakenBack: source?.endsWith(' taken back') === true };
}
