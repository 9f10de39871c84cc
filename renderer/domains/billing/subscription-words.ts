import type { SubscriptionEventRow } from '../../../shared/domains/billing/subscription-contract.ts';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import { componentWords } from '../catalog/component-words.ts';
import { priceWords } from '../catalog/price-words.ts';

/** What it costs, in words: `310.00 a month, 0.0125 per vCPU-hour PLN`; by the period each component. */
export function costWords(row: Pick<SubscriptionRow, 'price' | 'periodPrice'>): string {
  const { price, periodPrice } = row;
  const words = periodPrice ? periodPrice.components.map(componentWords).join('; ') : priceWords(price);
  return `${words}, ${price.currency}${periodPrice?.vat === 'included' ? ' with VAT' : ''}`;
}

/** `A-4 for web-1`; of a subscription that is for no VM the plan alone. */
export function subscriptionName(row: Pick<SubscriptionRow, 'plan' | 'vm'>): string {
  return row.vm === '' ? row.plan : `${row.plan} for ${row.vm}`;
}

const list = (of: Readonly<Record<string, string>>): string =>
  Object.entries(of)
    .map(([resource, units]) => `${units} ${resource}`)
    .join(', ');

/** What happened, in words: `Plan B-8, quantity 2`, `Paused`, `10 % off for 3 periods`. */
export function eventWords(event: SubscriptionEventRow): string {
  const { what, plan, quantity, allocations, anchorDay, discount } = event;
  const parts = [
    ...(plan === null ? [] : [`plan ${plan}`]),
    ...(quantity === null ? [] : [`quantity ${quantity}`]),
    ...(allocations === null ? [] : [list(allocations)]),
    ...(anchorDay === null ? [] : [`periods begin on day ${anchorDay}`]),
    ...(discount === null ? [] : [discountWords(discount)]),
  ];
  const verb = {
    start: 'Started',
    change: 'Changed',
    pause: 'Paused',
    resume: 'Resumed',
    cancel: 'Ended',
    anchor: 'Moved',
    discount: 'Discount',
  }[what];
  return parts.length === 0 ? verb : `${verb}: ${parts.join(', ')}`;
}

function discountWords(discount: NonNullable<SubscriptionEventRow['discount']>): string {
  const times = discount.periods === null ? '' : ` for ${discount.periods} periods`;
  switch (discount.kind) {
    case 'percent':
      return `${discount.percent} % off${times}`;
    case 'amount':
      return `${discount.amount} off${times}`;
    case 'price':
      return `${discount.price} instead of the price${times}`;
    case 'free-set-up':
      return 'free set-up';
  }
}
