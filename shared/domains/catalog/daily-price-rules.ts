import type { PriceComponent } from '../billing/price-component.ts';
import type { PlanPrice } from './catalog-contract.ts';

/** The components of a price that is charged day by day, by the names its charges have. */
export const DAILY_COMPONENTS = {
  perMonth: 'month',
  perVcpuHour: 'vcpu-hours',
  perGibHour: 'gib-hours',
} as const;

/** A price that is charged day by day as the components a version keeps: a calendar month in arrears, and two meters of the VM. */
export function dailyComponents(
  price: Pick<PlanPrice, 'perMonth' | 'perVcpuHour' | 'perGibHour'>,
): PriceComponent[] {
  const metered = (id: string, meter: string, unitPrice: string): PriceComponent => ({
    kind: 'usage',
    id,
    meter,
    aggregate: 'sum',
    every: 'month',
    align: 'calendar',
    pricing: { tiers: 'flat', price: unitPrice },
    included: '0',
    proratesIncluded: false,
  });
  return [
    {
      kind: 'recurring',
      id: DAILY_COMPONENTS.perMonth,
      every: 'month',
      timing: 'in-arrears',
      align: 'calendar',
      price: price.perMonth,
      trialDays: 0,
    },
    metered(DAILY_COMPONENTS.perVcpuHour, 'vcpu-hours', price.perVcpuHour),
    metered(DAILY_COMPONENTS.perGibHour, 'memory-gib-hours', price.perGibHour),
  ];
}

/** Those of them that cost something, and the month, which says that nothing else does: what is metered for nothing need not be counted. */
export function pricedComponents(components: readonly PriceComponent[]): PriceComponent[] {
  return components.filter(
    ({ kind, ...of }) =>
      kind !== 'usage' || !('pricing' in of) || of.pricing.tiers !== 'flat' || /[1-9]/.test(of.pricing.price),
  );
}

/** The three amounts again, from the components of a version that is charged day by day. */
export function dailyPrice(
  components: readonly PriceComponent[],
): Pick<PlanPrice, 'perMonth' | 'perVcpuHour' | 'perGibHour'> {
  const of = (id: string): string => {
    const found = components.find((component) => component.id === id);
    if (found?.kind === 'recurring') return found.price;
    return found?.kind === 'usage' && found.pricing.tiers === 'flat' ? found.pricing.price : '0';
  };
  return {
    perMonth: of(DAILY_COMPONENTS.perMonth),
    perVcpuHour: of(DAILY_COMPONENTS.perVcpuHour),
    perGibHour: of(DAILY_COMPONENTS.perGibHour),
  };
}
