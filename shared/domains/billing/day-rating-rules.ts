import { addDays, type LocalDate } from '../../kernel/local-date.ts';
import { lengthOf } from './period-rules.ts';
import type { PriceComponent } from './price-component.ts';
import type { ChargedLine } from './rating-lines.ts';
import type { HistoryEvent } from './segment-rules.ts';

/*
 * What the close of a day must give rating so that it need not look at all that ever was. A day that closes settles what ended before it
 * began: changes take effect on days that are not closed. So rating needs the lines and the usage of the periods that end with the day or
 * later, from their first day on.
 */

/** A charged line with the day until which rating must know of it. */
export interface OpenLine {
  readonly line: ChargedLine;
  readonly openUntil: LocalDate;
}

/** Of what must be known for ever: a set-up is charged once, a discount counts its periods. */
export const OPEN_FOR_EVER = '9999-12-31' as LocalDate;

/** The day from which on rating need not know of a line any more; `known` has the line that it takes something back from. */
export function openUntil(line: ChargedLine, known: readonly OpenLine[]): LocalDate {
  if (line.of !== undefined)
    return known.find(({ line: origin }) => origin.key === line.of)?.openUntil ?? OPEN_FOR_EVER;
  if (line.reason === 'set-up') return OPEN_FOR_EVER;
  const by = line.chargedBy;
  if (by === undefined) return line.toExclusive;
  return by.discounts.length > 0 ? OPEN_FOR_EVER : by.planned[1];
}

/** No month is longer. */
const DAYS_OF_MONTH = 31;

/** The first day whose usage is needed to rate what ends after `settledBefore`: that of the longest period metered. */
export function usageNeededFrom(history: readonly HistoryEvent[], settledBefore: LocalDate): LocalDate {
  return earlierBy(history, settledBefore, (component) => 'meter' in component);
}

/** Lines are needed that are open after this day: no period that ends after `settledBefore` began earlier. */
export function linesNeededFrom(history: readonly HistoryEvent[], settledBefore: LocalDate): LocalDate {
  return earlierBy(history, settledBefore, () => true);
}

function earlierBy(
  history: readonly HistoryEvent[],
  day: LocalDate,
  isOfThese: (component: PriceComponent) => boolean,
): LocalDate {
  const plans = history.flatMap((event) => ('plan' in event && event.plan !== undefined ? [event.plan] : []));
  const days = plans.flatMap(({ components }) =>
    components.flatMap((component) => {
      if (!('every' in component) || !isOfThese(component)) return [];
      const { unit, count } = lengthOf(component.every);
      return [unit === 'days' ? count : count * DAYS_OF_MONTH];
    }),
  );
  return addDays(day, -Math.max(0, ...days));
}
