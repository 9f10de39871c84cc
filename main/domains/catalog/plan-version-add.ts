import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { catalogContract } from '../../../shared/domains/catalog/catalog-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { billingToday } from '../billing/billing-public.ts';
import type { CatalogParts } from './catalog-handlers.ts';
import type { CatalogTables } from './catalog-tables.ts';
import { lockPlan } from './plan-store.ts';
import { addVersion, versionOfDay } from './version-store.ts';

type Operation = typeof catalogContract.planVersionAdd;

/** Adds a version of a plan from a day on, charged by its components. Subscriptions keep what they were sold. */
export async function planVersionAdd(
  parts: CatalogParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<CatalogTables>();
  const { planId, validFrom, price } = input;
  const plan = await lockPlan(db, planId);
  if (plan === undefined) return refuse('no-such-plan', { planId });
  context.subject(`${plan.name} in ${price.currency}`);
  const nowMs = await parts.nowMs(db);
  const today = await billingToday(db, nowMs);
  if (validFrom < today) return refuse('price-in-past', { today });
  const { currency } = price;
  const other = await versionOfDay(db, { planId, currency, validFrom });
  if (other !== undefined) {
    return refuse('version-overlaps', { plan: plan.name, currency, validFrom, versionId: other.id });
  }
  const versionId = await addVersion(db, { planId, price, validFrom, nowMs });
  await context.note('plan', planId);
  return done({ versionId });
}
