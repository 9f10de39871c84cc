import type { InputOf } from '../../client/operation-types.ts';
import { discountOf, EMPTY_DISCOUNT, type DiscountDraft } from './discount-draft.ts';

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

const AMOUNT = /^\d{1,15}(\.\d{1,10})?$/;

/** Why it cannot be sold so, or null. */
export function termsFault({ quantity, anchorDay, units, isDiscounted, discount }: SaleTerms): string | null {
  const typed = [quantity, ...Object.values(units)].map((text) => text.trim()).filter(Boolean);
  if (typed.some((text) => !AMOUNT.test(text))) return 'Quantity and units are numbers from 0 on, such as 2.';
  if (!/^(|[1-9]|[12]\d|3[01])$/.test(anchorDay.trim()))
    return 'The anchor day is a day of the month, 1 to 31.';
  return isDiscounted && discountOf(discount) === null ? 'Say how much the discount is.' : null;
}

/** As the contract takes it: what was left empty is not said. */
export function termsOf(
  terms: SaleTerms,
): Pick<InputOf<'billing.subscriptionStart'>, 'quantity' | 'allocations' | 'anchorDay' | 'discounts'> {
  const units = Object.entries(terms.units).flatMap(([name, text]) =>
    text.trim() === '' ? [] : [[name, text.trim()] as const],
  );
  const discount = terms.isDiscounted ? discountOf(terms.discount) : null;
  return {
    ...(terms.quantity.trim() !== '' && { quantity: terms.quantity.trim() }),
    ...(terms.anchorDay.trim() !== '' && { anchorDay: Number(terms.anchorDay) }),
    ...(units.length > 0 && { allocations: Object.fromEntries(units) }),
    ...(discount !== null && { discounts: [discount] }),
  };
}
