import { refuse, type Refused } from '../../../shared/contract/outcome.ts';
import { isMeteredByVm, meterNobodyCounts } from '../../../shared/domains/billing/meter-rules.ts';
import type { PricedPlan } from '../../../shared/domains/billing/price-component.ts';

/** Why a plan cannot be sold with these allotments, or for no VM, or by what nobody counts; undefined where it can. */
export function termsRefusal(
  plan: { readonly name: string; readonly priced: PricedPlan },
  asked: {
    readonly allocations?: Readonly<Record<string, string>> | undefined;
    readonly vmId: string;
  },
): Refused<'no-such-resource' | 'meter-unknown' | 'vm-needed'> | undefined {
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
  const meter = meterNobodyCounts(plan.priced);
  if (meter !== undefined) return refuse('meter-unknown', { plan: plan.name, meter });
  if (asked.vmId === '' && isMeteredByVm(plan.priced)) return refuse('vm-needed', { plan: plan.name });
  return undefined;
}
