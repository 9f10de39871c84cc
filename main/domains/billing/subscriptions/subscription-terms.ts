import { refuse, type Refused } from '../../../../shared/contract/outcome.ts';
import { askedResources } from '../../../../shared/domains/billing/allotment-rules.ts';
import { isWholeQuantity } from '../../../../shared/domains/billing/daily-terms-rules.ts';
import {
  isMeteredByEvents,
  isMeteredByVm,
  isPoolOfVms,
  meterNobodyCounts,
  readsHosts,
} from '../../../../shared/domains/billing/meter-rules.ts';
import type { PlanOption, PricedPlan } from '../../../../shared/domains/billing/price-component.ts';
import { meterMisfit, type UsageMeter } from '../../../../shared/domains/metering/usage-meter-rules.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import { isPooledOn, type Elsewhere, type PoolTerms } from '../pools/pool-terms.ts';
import { metersTold } from '../../metering/metering-public.ts';

type Refusal =
  | 'option-units'
  | 'no-such-resource'
  | 'daily-quantity'
  | 'meter-unknown'
  | 'meter-otherwise'
  | 'vm-needed'
  | 'vm-in-pool'
  | 'vm-left-pool'
  | 'pool-has-members';

interface Plan {
  readonly name: string;
  readonly priced: PricedPlan;
}
interface AskedTerms {
  readonly allocations?: Readonly<Record<string, string>> | undefined;
  readonly quantity?: string | undefined;
  readonly vmId: string;
  /** Absent where pools say nothing of it. */
  readonly pool?: PoolTerms | undefined;
  /** The day it takes effect. */
  readonly on?: LocalDate | undefined;
}

/** Why a plan cannot be sold with these allotments, or for no VM, or by what nobody counts; undefined where it can. */
export async function termsRefusal(
  db: AnyDatabase,
  plan: Plan,
  asked: AskedTerms,
): Promise<Refused<Refusal> | undefined> {
  return termsFault(plan, asked, await metersOf(db, plan.priced));
}

/** Meters that are told from outside, where a plan is charged by any. */
async function metersOf(db: AnyDatabase, plan: PricedPlan): Promise<readonly UsageMeter[]> {
  return isMeteredByEvents(plan) ? await metersTold(db) : [];
}

/** The same of a plan whose meters are known, for many subscriptions. */
export function termsFault(
  plan: Plan,
  asked: AskedTerms,
  told: readonly UsageMeter[],
): Refused<Refusal> | undefined {
  const { quantity = '1' } = asked;
  if (plan.priced.isDaily === true && !isWholeQuantity(quantity))
    return refuse('daily-quantity', { plan: plan.name, quantity });
  const resources = askedResources(plan.priced);
  const unknown = Object.keys(asked.allocations ?? {}).find((resource) => !resources.includes(resource));
  if (unknown !== undefined) {
    return refuse('no-such-resource', {
      plan: plan.name,
      resource: unknown,
      resources: resources.length === 0 ? 'nothing' : [...new Set(resources)].join(', '),
    });
  }
  const wrong = plan.priced.components.find(
    (component): component is PlanOption =>
      component.kind === 'option' && !mayTake(component, asked.allocations?.[component.id] ?? '0'),
  );
  if (wrong !== undefined) {
    const { name: option, id, most } = wrong;
    const units = asked.allocations?.[id] ?? '0';
    return refuse('option-units', { option, units, most: most === null ? 'any' : `at most ${most}` });
  }
  const meter = meterNobodyCounts(
    plan.priced,
    told.map(({ name }) => name),
  );
  if (meter !== undefined) return refuse('meter-unknown', { plan: plan.name, meter });
  const misfit = meterMisfit(plan.priced, told);
  if (misfit !== undefined) return refuse('meter-otherwise', { plan: plan.name, ...misfit });
  if (isMeteredByVm(plan.priced) && !readsHosts(plan.priced, asked.vmId))
    return refuse('vm-needed', { plan: plan.name });
  return poolFault(plan, asked);
}

/** Members need a pool, and a VM that is in one is counted there. */
export function poolFault(
  { name, priced }: Plan,
  { vmId, pool, on }: AskedTerms,
): Refused<'pool-has-members' | 'vm-in-pool' | 'vm-left-pool'> | undefined {
  if (pool === undefined) return undefined;
  const { members, elsewhere } = pool;
  if (members > 0 && !isPoolOfVms(priced)) return refuse('pool-has-members', { plan: name, members });
  if (elsewhere === undefined || !readsHosts(priced, vmId)) return undefined;
  if (on !== undefined && !isPooledOn(elsewhere, on)) return undefined;
  return pooledRefusal(elsewhere);
}

/** Why a VM is not charged by what it uses on days that a pool counts it. */
export function pooledRefusal({
  vm,
  plan,
  owner,
  freeFrom,
}: Elsewhere): Refused<'vm-in-pool' | 'vm-left-pool'> {
  const facts = { vm, plan, customer: owner };
  return freeFrom === null ? refuse('vm-in-pool', facts) : refuse('vm-left-pool', { ...facts, freeFrom });
}

/** Options are counted: nobody takes half a one. */
function mayTake({ most }: PlanOption, units: string): boolean {
  if (!/^\d+(\.0+)?$/.test(units)) return false;
  return most === null || Number(units) <= most;
}
