import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import { isMeteredByEvents } from '../../../../shared/domains/billing/meter-rules.ts';
import type { UsageMeter } from '../../../../shared/domains/metering/usage-meter-rules.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import {
  planFacts,
  planFactsLocked,
  planNames,
  planVersions,
  type PlanFacts,
  type StoredVersion,
} from '../../catalog/catalog-public.ts';
import { metersTold } from '../../metering/metering-public.ts';

/** The price that subscriptions are moved to: of a plan the version that is in force on the day, or one that is named. */
export interface MoveTarget {
  readonly plan: PlanFacts;
  readonly versionId: string;
  readonly versions: readonly StoredVersion[];
  /** Meters told from outside, where any of the versions is charged by some. */
  readonly told: readonly UsageMeter[];
  readonly names: ReadonlyMap<string, string>;
}

/** Reads what is moved to; the plan stays as it is until the caller's transaction ends where `locked`. */
export async function moveTarget(
  db: AnyDatabase,
  of: { readonly planId: string; readonly versionId: string; readonly locked?: boolean },
): Promise<Outcome<MoveTarget, 'no-such-plan' | 'no-such-version'>> {
  const { planId, versionId } = of;
  const plan = of.locked === true ? await planFactsLocked(db, planId) : await planFacts(db, planId);
  if (plan === undefined) return refuse('no-such-plan', { planId });
  const versions = await planVersions(db, planId);
  if (versionId !== '' && versions.every(({ id }) => id !== versionId))
    return refuse('no-such-version', { plan: plan.name, versionId });
  const told = versions.some(({ priced }) => isMeteredByEvents(priced)) ? await metersTold(db) : [];
  return done({ plan, versionId, versions, told, names: await planNames(db) });
}
