import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { catalogContract } from '../../../shared/domains/catalog/catalog-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { CatalogTables } from './catalog-tables.ts';
import { lockPlan, setPlanActive } from './plan-store.ts';

type Operation = typeof catalogContract.planRetire;

/** Stops selling a plan, or sells it again; subscriptions go on either way. */
export async function planRetire(
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<CatalogTables>();
  const { planId, active } = input;
  const plan = await lockPlan(db, planId);
  if (plan === undefined) return refuse('no-such-plan', { planId });
  context.subject(plan.name);
  await setPlanActive(db, planId, active);
  await context.note('plan', planId);
  return done({});
}
