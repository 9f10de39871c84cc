import { addDays, addMonths, type LocalDate } from '../../kernel/local-date.ts';
import type { PeriodPrice } from '../billing/price-component.ts';
import type { RatedLine, UsageEvent } from '../billing/rating-lines.ts';
import { rate } from '../billing/rating-rules.ts';

/** What is sold in an example, and used in each of its months. */
export interface SoldExample {
  readonly from: LocalDate;
  readonly quantity: string;
  /** Units as ordered, by resource. */
  readonly allocations: Readonly<Record<string, string>>;
  /** By meter, exact decimal text. */
  readonly usedPerMonth: Readonly<Record<string, string>>;
}

export interface PricePreview {
  /** What is due by the end of each month from the first day on, in minor units: twelve. */
  readonly months: readonly bigint[];
  /** Lines of the first month, and of the second, which is usual where no trial and no discount is left. */
  readonly first: readonly RatedLine[];
  readonly second: readonly RatedLine[];
}

const MONTHS = 12;
/** A day within every period of the example. */
const DAYS_INTO_MONTH = 5;

/** What a price comes to, by the rule that charges it: nothing here knows how. */
export function pricePreview(price: PeriodPrice, sold: SoldExample): PricePreview {
  const { from, quantity, allocations } = sold;
  const plan = { ...price, id: 'preview', version: '1' };
  const history = [{ do: 'start', on: from, plan, quantity, allocations } as const];
  const charged: RatedLine[] = [];
  const months: RatedLine[][] = [];
  let ratedUntil: LocalDate | undefined;
  for (let month = 0; month < MONTHS; month++) {
    const target = addDays(addMonths(from, month + 1), -1);
    const { lines } = rate({
      subscriptionId: 'preview',
      currency: price.currency,
      history,
      usage: usageUntil(sold, month),
      charged,
      target,
      isDayOver: true,
      ...(ratedUntil !== undefined && { ratedUntil }),
    });
    charged.push(...lines);
    months.push([...lines]);
    ratedUntil = target;
  }
  return {
    months: months.map((lines) => lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)),
    first: months[0] ?? [],
    second: months[1] ?? [],
  };
}

function usageUntil({ from, usedPerMonth }: SoldExample, lastMonth: number): UsageEvent[] {
  return Array.from({ length: lastMonth + 1 }, (_, month) => addDays(addMonths(from, month), DAYS_INTO_MONTH))
    .flatMap((day) =>
      Object.entries(usedPerMonth).map(([meter, quantity]) => ({
        id: `${day} ${meter}`,
        meter,
        day,
        quantity,
      })),
    )
    .filter(({ quantity }) => /[1-9]/.test(quantity));
}
