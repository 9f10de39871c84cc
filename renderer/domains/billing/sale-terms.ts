import type { PeriodPrice } from '../../../shared/domains/billing/price-component.ts';
import type { InputOf } from '../../client/operation-types.ts';
import { askedUnits } from './asked-units.ts';
import { EXACT, numberFault, plainNumber } from '../../ui/typed-amount.ts';
import { discountFaults, discountOf, EMPTY_DISCOUNT, type DiscountDraft } from './discount-draft.ts';

/** What is typed beside the plan when it is sold. */
export interface SaleTerms {
  quantity: string;
  /** Empty: the day of the month of the first day. */
  anchorDay: string;
  /** By resource, as ordered. */
  units: Readonly<Record<string, string>>;
  isDiscounted: boolean;
  discount: DiscountDraft;
}

export const NO_TERMS: SaleTerms = {
  quantity: '',
  anchorDay: '',
  units: {},
  isDiscounted: false,
  discount: EMPTY_DISCOUNT,
};

/** What was typed that the chosen price asks for: units of another plan are not a word about this one. */
function ofPrice(terms: SaleTerms, price: PeriodPrice): SaleTerms {
  const units = Object.fromEntries(askedUnits(price).map(({ name }) => [name, terms.units[name] ?? '']));
  return { ...terms, units };
}

/** Why it cannot be sold so, or null. */
export function termsFault(terms: SaleTerms, price: PeriodPrice): string | null {
  const { quantity, anchorDay, units, isDiscounted, discount } = ofPrice(terms, price);
  for (const text of [quantity, ...Object.values(units)]) {
    const fault = numberFault(text, EXACT);
    if (fault !== null) return `Quantity and units: ${fault}`;
  }
  if (!/^(|[1-9]|[12]\d|3[01])$/.test(anchorDay.trim()))
    return 'The anchor day is a day of the month, 1 to 31.';
  if (!isDiscounted) return null;
  // Never taken for one on all components, which costs more than was meant.
  if (discountFaults(discount, price.components).component !== undefined)
    return 'Say which component the discount is on, or take it away.';
  return discountOf(discount, price.components) === null ? 'Say how much the discount is.' : null;
}

/** As the contract takes it: what was left empty, or is of another plan, is not said. Call it only where nothing is at fault. */
export function termsOf(
  typed: SaleTerms,
  price: PeriodPrice,
): Pick<InputOf<'billing.subscriptionStart'>, 'quantity' | 'allocations' | 'anchorDay' | 'discounts'> {
  const terms = ofPrice(typed, price);
  const quantity = plainNumber(terms.quantity, EXACT);
  const units = Object.entries(terms.units).flatMap(([name, text]) =>
    text.trim() === '' ? [] : [[name, plainNumber(text, EXACT)] as const],
  );
  const discount = terms.isDiscounted ? discountOf(terms.discount, price.components) : null;
  return {
    ...(quantity !== '' && { quantity }),
    ...(terms.anchorDay.trim() !== '' && { anchorDay: Number(terms.anchorDay) }),
    ...(units.length > 0 && { allocations: Object.fromEntries(units) }),
    ...(discount !== null && { discounts: [discount] }),
  };
}
