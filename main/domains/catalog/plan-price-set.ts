import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { catalogContract } from '../../../shared/domains/catalog/catalog-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { billingToday } from '../billing/billing-public.ts';
import type { CatalogParts } from './catalog-handlers.ts';
import type { CatalogTables } from './catalog-tables.ts';
import { lockPlan } from './plan-store.ts';
import { addPrice, versionOfDay } from './version-store.ts';

type Operation = typeof catalogContract.planPriceSet;

/** Adds a version of a plan's price from a day on. Subscriptions keep theirs. */
export async function planPriceSet(
  parts: CatalogParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<CatalogTables>();
  const { planId, price, validFrom } = input;
  const plan = await lockPlan(db, planId);
  if (plan === undefined) return refuse('no-such-plan', { planId });
  context.subject(`${plan.name} in ${price.currency}`);
  const nowMs = await parts.nowMs(db);
  const today = await billingToday(db, nowMs);
  if (validFrom < today) return refuse('price-in-past', { today });
  // A price of the same kind is corrected by setting it again; a version of another kind is somebody's decision.
  const { currency } = price;
  const other = await versionOfDay(db, { planId, currency, validFrom });
  if (other?.charged === 'by-period') {
    return refuse('version-overlaps', { plan: plan.name, currency, validFrom, versionId: other.id });
  }
  const priceId = await addPrice(db, { planId, price, validFrom, nowMs });
  await context.note('plan', planId);
  return done({ priceId });
}
