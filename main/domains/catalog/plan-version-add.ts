import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { catalogContract } from '../../../shared/domains/catalog/catalog-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { CatalogParts } from './catalog-handlers.ts';
import { planToPrice } from './plan-to-price.ts';
import { addVersion } from './version-store.ts';

type Operation = typeof catalogContract.planVersionAdd;

/** Adds a version of a plan from a day on, charged by its components. Subscriptions keep what they were sold. */
export async function planVersionAdd(
  parts: CatalogParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const { planId, validFrom, price } = input;
  const { currency } = price;
  const found = await planToPrice(parts, { planId, currency, validFrom }, context);
  if (!found.ok) return found;
  const { db, plan, nowMs, other } = found.value;
  if (other !== undefined) {
    const { id: versionId, until } = other;
    return refuse('version-overlaps', { plan: plan.name, currency, validFrom, versionId, until });
  }
  const versionId = await addVersion(db, { planId, price, validFrom, nowMs });
  await context.note('plan', planId);
  return done({ versionId });
}
