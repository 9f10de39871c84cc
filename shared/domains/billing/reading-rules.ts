import {
  add,
  larger,
  ratioFrom,
  ratioText,
  smaller,
  subtract,
  ZERO,
  type Ratio,
} from '../../kernel/ratio.ts';
import type { LocalDate } from '../../kernel/local-date.ts';
import type { Aggregate } from './price-component.ts';
import type { ReadingDay } from './reading-contract.ts';
import type { UsageEvent } from './rating-lines.ts';

/**
 * The days of what was measured, in order, each with what of it is beyond what was included. A sum is beyond once the days before have used
 * it up; by the day, and by the highest, each day is compared by itself; of the last reading only that one is.
 */
export function readingDays(
  events: readonly UsageEvent[],
  of: { readonly aggregate: Aggregate; readonly includedOn: (day: LocalDate) => Ratio },
): ReadingDay[] {
  const days = [...Map.groupBy(events, ({ day }) => day)].toSorted(([one], [other]) =>
    one < other ? -1 : 1,
  );
  let before = ZERO;
  return days.map(([day, ofDay], n) => {
    const quantity = ofDay.map((event) => ratioFrom(event.quantity)).reduce(add, ZERO);
    const included = of.includedOn(day);
    const left = of.aggregate === 'sum' ? larger(subtract(included, before), ZERO) : included;
    before = add(before, quantity);
    const isCompared = of.aggregate !== 'last' || n === days.length - 1;
    const beyond = isCompared ? subtract(quantity, smaller(quantity, left)) : ZERO;
    return { day, quantity: ratioText(quantity), beyond: ratioText(beyond), heardOn: heardOn(day, ofDay) };
  });
}

function heardOn(day: LocalDate, events: readonly UsageEvent[]): LocalDate | null {
  const last = events
    .flatMap(({ known }) => (known === undefined ? [] : [known]))
    .toSorted()
    .at(-1);
  return last !== undefined && last > day ? last : null;
}
