import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { catalogContract } from '../../../shared/domains/catalog/catalog-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { CatalogParts } from './catalog-handlers.ts';
import { planToPrice } from './plan-to-price.ts';
import { addPrice } from './version-store.ts';

type Operation = typeof catalogContract.planPriceSet;

/** Adds a version of a plan's price from a day on. Subscriptions keep theirs. */
export async function planPriceSet(
  parts: CatalogParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const { planId, price, validFrom } = input;
  const { currency } = price;
  const found = await planToPrice(parts, { planId, currency, validFrom }, context);
  if (!found.ok) return found;
  const { db, plan, nowMs, other } = found.value;
  // A price of the same kind is corrected by setting it again; a version of another kind is somebody's decision.
  if (other?.charged === 'by-period') {
    const { id: versionId, until } = other;
    return refuse('version-overlaps', { plan: plan.name, currency, validFrom, versionId, until });
  }
  const priceId = await addPrice(db, { planId, price, validFrom, nowMs });
  await context.note('plan', planId);
  return done({ priceId });
}
