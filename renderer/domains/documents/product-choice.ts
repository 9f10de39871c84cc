/** A choice of what is of no product, whose id is empty: an empty choice is none. */
export const NO_PRODUCT = 'none';

export function choiceOfProduct(productId: string): string {
  return productId === '' ? NO_PRODUCT : productId;
}

export function productOfChoice(choice: string): string {
  return choice === NO_PRODUCT ? '' : choice;
}
