import type { LocalDate } from '../../kernel/local-date.ts';
import { dateOf, dayOf, type DayNumber } from './day-number-rules.ts';
import { boundaryAfter } from './period-rules.ts';
import {
  meteredRuns,
  recurringRuns,
  type MeteredPart,
  type RecurringPart,
  type Run,
} from './plan-part-rules.ts';
import { effectiveOn, historyKnownOn, knownOn, type HistoryEvent } from './segment-rules.ts';

/**
 * The first day after `day` on whose close rating can give a line, as far as is known: a period begins that is paid in advance, one that
 * is paid in arrears ends, or a change is decided or takes effect. Never later than it should be; days before it need no rating. Null
 * where nothing is due any more. Usage that comes in late is rated when it comes.
 */
export function nextDueAfter(history: readonly HistoryEvent[], day: LocalDate): LocalDate | null {
  const after = dayOf(day);
  const known = historyKnownOn(history, after);
  const days = [
    ...history.flatMap((event) => {
      const on = effectiveOn(event);
      return [knownOn(event), on - 1, on];
    }),
    ...recurringRuns(known).map((run) =>
      run.part.timing === 'in-advance' ? nextBegin(run, after) : nextEnd(run, after),
    ),
    ...meteredRuns(known).flatMap((run) => [nextEnd(run, after), endOfItsPeriod(run)]),
  ].filter((due) => due > after);
  const first = Math.min(...days);
  return Number.isFinite(first) ? dateOf(first) : null;
}

function nextBegin(run: Run<RecurringPart>, after: DayNumber): DayNumber {
  if (run.from > after) return run.from;
  const begin = boundaryAfter(run.grid, after);
  return run.to === null || begin < run.to ? begin : Number.POSITIVE_INFINITY;
}

/** Last day of the first period that ends after the close of `after`. */
function nextEnd(run: Run<RecurringPart> | Run<MeteredPart>, after: DayNumber): DayNumber {
  const within = Math.max(run.from, after + 1);
  if (run.to !== null && within >= run.to) return Number.POSITIVE_INFINITY;
  const end = boundaryAfter(run.grid, within);
  return (run.to === null ? end : Math.min(end, run.to)) - 1;
}

/** Last day of the period that a run ended in: what is paused, or goes on by another version, is due when that is over. */
function endOfItsPeriod({ from, to, grid }: Run<MeteredPart>): DayNumber {
  return to === null || to <= from ? Number.POSITIVE_INFINITY : boundaryAfter(grid, to - 1) - 1;
}
