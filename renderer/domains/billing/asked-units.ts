import type { PeriodPrice, PlanOption } from '../../../shared/domains/billing/price-component.ts';
import { componentWords } from '../catalog/component-words.ts';

/** What a subscription of a price says units of. */
export interface AskedUnits {
  /** By which its allotments name it. */
  readonly name: string;
  readonly label: string;
  readonly description?: string;
}

/** Resources that are allotted as ordered, then options with their price. */
export function askedUnits(price: Pick<PeriodPrice, 'components'> | null): AskedUnits[] {
  const components = price?.components ?? [];
  const resources = components.flatMap((each) => (each.kind === 'allocation' ? [each.resource] : []));
  return [
    ...[...new Set(resources)].map((name) => ({ name, label: `${name} as ordered` })),
    ...optionsOf(price).map((option) => ({
      name: option.id,
      label: option.name,
      description: componentWords(option).replace(`option ${option.name}: `, ''),
    })),
  ];
}

export function optionsOf(price: Pick<PeriodPrice, 'components'> | null): PlanOption[] {
  return (price?.components ?? []).flatMap((each) => (each.kind === 'option' ? [each] : []));
}
