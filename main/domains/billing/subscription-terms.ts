import { refuse, type Refused } from '../../../shared/contract/outcome.ts';
import {
  isMeteredByEvents,
  isMeteredByVm,
  meterNobodyCounts,
} from '../../../shared/domains/billing/meter-rules.ts';
import type { PricedPlan } from '../../../shared/domains/billing/price-component.ts';
import { meterMisfit } from '../../../shared/domains/metering/usage-meter-rules.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { metersTold } from '../metering/metering-public.ts';

type Refusal = 'no-such-resource' | 'meter-unknown' | 'meter-otherwise' | 'vm-needed';

/** Why a plan cannot be sold with these allotments, or for no VM, or by what nobody counts; undefined where it can. */
export async function termsRefusal(
  db: AnyDatabase,
  plan: { readonly name: string; readonly priced: PricedPlan },
  asked: {
    readonly allocations?: Readonly<Record<string, string>> | undefined;
    readonly vmId: string;
  },
): Promise<Refused<Refusal> | undefined> {
  const resources = plan.priced.components.flatMap((component) =>
    component.kind === 'allocation' ? [component.resource] : [],
  );
  const unknown = Object.keys(asked.allocations ?? {}).find((resource) => !resources.includes(resource));
  if (unknown !== undefined) {
    return refuse('no-such-resource', {
      plan: plan.name,
      resource: unknown,
      resources: resources.length === 0 ? 'nothing' : [...new Set(resources)].join(', '),
    });
  }
  const told = isMeteredByEvents(plan.priced) ? await metersTold(db) : [];
  const meter = meterNobodyCounts(
    plan.priced,
    told.map(({ name }) => name),
  );
  if (meter !== undefined) return refuse('meter-unknown', { plan: plan.name, meter });
  const misfit = meterMisfit(plan.priced, told);
  if (misfit !== undefined) return refuse('meter-otherwise', { plan: plan.name, ...misfit });
  if (asked.vmId === '' && isMeteredByVm(plan.priced)) return refuse('vm-needed', { plan: plan.name });
  return undefined;
}
