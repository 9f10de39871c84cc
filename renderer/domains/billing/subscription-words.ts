import type { SubscriptionEventRow } from '../../../shared/domains/billing/subscription-contract.ts';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import { componentWords } from '../catalog/component-words.ts';
import { priceWords } from '../catalog/price-words.ts';

/** What it costs, in words: `2 × 310.00 a month, 0.0125 per vCPU-hour PLN`; by the period each component. */
export function costWords(row: Pick<SubscriptionRow, 'price' | 'periodPrice' | 'dailyQuantity'>): string {
  const { price, periodPrice, dailyQuantity } = row;
  const times = dailyQuantity === 1 ? '' : `${dailyQuantity} × `;
  const words = periodPrice
    ? periodPrice.components.map(componentWords).join('; ')
    : `${times}${priceWords(price)}`;
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

const HAPPENED = {
  start: 'Started',
  change: 'Changed',
  pause: 'Paused',
  resume: 'Resumed',
  cancel: 'Ended',
  anchor: 'Moved',
  discount: 'Discount',
  'discount-end': 'Discount ended',
  'take-back': 'Taken back',
} as const;

const PLANNED = {
  ...HAPPENED,
  change: 'Changes',
  pause: 'Is paused',
  resume: 'Is resumed',
  cancel: 'Ends',
  anchor: 'Moves',
  'discount-end': 'Discount ends',
} as const;

/** What happened, in words: `Plan B-8, quantity 2`, `Paused`, `10 % off for 3 periods`. `all`: of the same history, for what was taken back. */
export function eventWords(event: SubscriptionEventRow, all: readonly SubscriptionEventRow[] = []): string {
  const back = all.find(({ seq }) => seq === event.takesBack);
  return back === undefined
    ? words(HAPPENED[event.what], event)
    : `${HAPPENED[event.what]}: ${eventWords(back)}`;
}

/** What is to happen: `Changes: plan B-8`, `Ends`. */
export function plannedWords(event: SubscriptionEventRow): string {
  return words(PLANNED[event.what], event);
}

function words(verb: string, event: SubscriptionEventRow): string {
  const { plan, quantity, allocations, anchorDay, discount } = event;
  const parts = [
    ...(plan === null ? [] : [`plan ${plan}`]),
    ...(quantity === null ? [] : [`quantity ${quantity}`]),
    ...(allocations === null ? [] : [list(allocations)]),
    ...(anchorDay === null ? [] : [`periods begin on day ${anchorDay}`]),
    ...(discount === null ? [] : [discountWords(discount)]),
  ];
  return parts.length === 0 ? verb : `${verb}: ${parts.join(', ')}`;
}

/** `10 % off fee for 3 periods`. */
export function discountWords(discount: NonNullable<SubscriptionEventRow['discount']>): string {
  const { components } = discount;
  const times = discount.periods === null ? '' : ` for ${discount.periods} periods`;
  const on = components === undefined ? '' : ` ${components.join(', ')}`;
  switch (discount.kind) {
    case 'percent': {
      const fees = discount.metered === true ? '' : ', not off usage';
      return `${discount.percent} % off${on}${times}${fees}`;
    }
    // Of those given before it had to be said on which.
    case 'amount':
      return `${discount.amount} off${on === '' ? ' each component' : on}${times}`;
    case 'price':
      return `${discount.price} instead of the price of ${on === '' ? 'each component' : on.trim()}${times}`;
    case 'free-set-up':
      return `free set-up${components === undefined ? '' : ` (${components.join(', ')})`}`;
  }
}
