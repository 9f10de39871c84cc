import { z } from 'zod';

/** How many somebody orders, as exact decimal text. What is below 0 is refused by the use case, which can name who ordered it and of what. */
export const orderedText = z.string().regex(/^-?\d{1,15}(\.\d{1,10})?$/, 'a number, such as 12.50');

/** What of an order nobody can be sold: a quantity is above 0, and units of a resource or an option are not below. */
export function orderFault(ordered: {
  readonly quantity?: string | undefined;
  readonly allocations?: Readonly<Record<string, string>> | undefined;
}): { readonly units: string; readonly of: string } | undefined {
  const { quantity, allocations = {} } = ordered;
  if (quantity !== undefined && (isBelow(quantity) || !/[1-9]/.test(quantity)))
    return { units: quantity, of: 'of ' };
  const below = Object.entries(allocations).find(([, units]) => isBelow(units));
  return below && { units: below[1], of: `${below[0]} of ` };
}

const isBelow = (units: string): boolean => units.startsWith('-');
