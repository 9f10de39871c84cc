import { addDays, type LocalDate } from '../../kernel/local-date.ts';

/** Days back from today that a line by hand is of without a second look: a year, and a day of a leap one. */
const LOOKED_AT_AGAIN_DAYS = 366;

/**
 * Whether a day lies so far back that its year may be a slip of the pen. The days of a calendar in which nothing was charged yet close
 * from its first line on, so one of 2006 instead of 2026 would close twenty years of them.
 */
export function isLongPast(day: LocalDate, today: LocalDate): boolean {
  return day < addDays(today, -LOOKED_AT_AGAIN_DAYS);
}
