import type { SubscriptionEventRow } from '../../../shared/domains/billing/subscription-contract.ts';

export interface StandingDiscount {
  readonly discount: NonNullable<SubscriptionEventRow['discount']>;
  readonly from: string;
  /** First day without it; null where no end is decided. */
  readonly to: string | null;
}

/** Discounts that are given on a day or later ones, by the history of a subscription. */
export function discountsStanding(
  events: readonly SubscriptionEventRow[],
  today: string,
): readonly StandingDiscount[] {
  const valid = events.filter(({ isTakenBack }) => !isTakenBack);
  const ends = new Map(
    valid.flatMap(({ what, discount, on }) =>
      what === 'discount-end' && discount !== null ? [[discount.id, on] as const] : [],
    ),
  );
  return valid.flatMap(({ what, discount, on }) => {
    if (what !== 'discount' || discount === null) return [];
    const to = ends.get(discount.id) ?? null;
    return to !== null && to <= today ? [] : [{ discount, from: on, to }];
  });
}
