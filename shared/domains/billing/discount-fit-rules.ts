import { refuse, type Refused } from '../../contract/outcome.ts';
import type { Discount, PriceComponent } from './price-component.ts';

/*
 * Which components of a plan a discount can be on. Asked when it is given, by the form and by the use case; a discount that was given
 * before means for ever what it meant then.
 */

const COMES_OFF: Record<Discount['kind'], readonly PriceComponent['kind'][]> = {
  percent: ['recurring', 'allocation', 'option', 'usage', 'pool'],
  amount: ['recurring', 'allocation', 'option', 'pool'],
  price: ['recurring', 'allocation', 'option', 'pool'],
  'free-set-up': ['set-up'],
};

/** Why a kind of discount is not on a kind of component. */
const WHY_NOT: Partial<Record<PriceComponent['kind'], string>> = {
  usage:
    'is usage, which has no price of a period that an amount would come off or that another could replace: take a percentage off it',
  'set-up': 'is charged once, and nothing but free set-up takes it off',
};

/** Components of a plan that a discount of this kind can be on, by name. */
export function discountable(kind: Discount['kind'], components: readonly PriceComponent[]): string[] {
  return components.filter((component) => COMES_OFF[kind].includes(component.kind)).map(({ id }) => id);
}

/** Whether it takes an amount off a period, or replaces its price: for several components it would do so several times. */
export function isOfOne(kind: Discount['kind']): boolean {
  return kind === 'amount' || kind === 'price';
}

/** Whether a component is charged by what is metered, as a whole or for what lies beyond a pool. */
export function isMeteredComponent({ kind }: PriceComponent): boolean {
  return kind === 'usage' || kind === 'pool';
}

/** Why a discount cannot be given on a plan; undefined where it can. */
export function discountFault(
  plan: { readonly name: string; readonly components: readonly PriceComponent[] },
  discount: Discount,
): Refused<'discount-component' | 'discount-misfit' | 'discount-of-one'> | undefined {
  const may = discountable(discount.kind, plan.components);
  const named = discount.components;
  for (const component of named ?? []) {
    const found = plan.components.find(({ id }) => id === component);
    if (found === undefined) {
      const components = plan.components.map(({ id }) => id).join(', ');
      return refuse('discount-component', { plan: plan.name, component, components });
    }
    if (found.kind === 'usage' && discount.kind === 'percent' && discount.metered === false)
      return refuse('discount-misfit', {
        plan: plan.name,
        component,
        why: 'is usage, and this one is said not to be off what is metered',
      });
    if (may.includes(component)) continue;
    const why = discount.kind === 'free-set-up' ? 'is no set-up' : (WHY_NOT[found.kind] ?? 'has none');
    const others = may.length === 0 ? '' : `, or name ${may.join(' or ')}`;
    return refuse('discount-misfit', { plan: plan.name, component, why: `${why}${others}` });
  }
  if (!isOfOne(discount.kind)) return undefined;
  if ((named ?? may).length === 1) return undefined;
  return may.length === 0
    ? refuse('discount-misfit', {
        plan: plan.name,
        component: plan.components.map(({ id }) => id).join(', '),
        why: 'has no price of a period that an amount would come off',
      })
    : refuse('discount-of-one', { plan: plan.name, components: may.join(', ') });
}

/**
 * A discount as it is kept: per cent with whether it is off what is metered, an amount or another price by the one component it is on,
 * also where the plan has no other.
 */
export function discountAsGiven(discount: Discount, components: readonly PriceComponent[]): Discount {
  if (discount.kind === 'percent') return withMetered(discount);
  if (!isOfOne(discount.kind) || discount.components !== undefined) return discount;
  return { ...discount, components: discountable(discount.kind, components) };
}

/** Per cent are off what is metered, too, where nothing else is said. */
export function withMetered(discount: Discount): Discount {
  return discount.kind === 'percent' ? { ...discount, metered: discount.metered ?? true } : discount;
}
