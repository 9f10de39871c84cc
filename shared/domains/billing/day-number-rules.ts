import type { LocalDate } from '../../kernel/local-date.ts';

/**
 * Days since 1 January 1970 as a number. Rating compares and subtracts days by the million, which whole numbers do at once;
 * dates of the proleptic Gregorian calendar, no zone and no clock, so a day with 23 or 25 hours is one day.
 */
export type DayNumber = number;

/** Year and month counted in months since year 0, so that a quarter later is three more. */
export type MonthNumber = number;

const DAYS_PER_ERA = 146_097;
const YEARS_PER_ERA = 400;
/** From 1 March of year 0 to 1 January 1970. */
const DAYS_TO_1970 = 719_468;

/** Day of a date; the calendar's cycle of 400 years counted from 1 March, so that a leap day is the last of its year. */
export function dayNumber(year: number, month: number, day: number): DayNumber {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / YEARS_PER_ERA);
  const yearOfEra = shifted - era * YEARS_PER_ERA;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - DAYS_TO_1970;
}

export interface CalendarDay {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

export function calendarDay(number: DayNumber): CalendarDay {
  const fromMarch = number + DAYS_TO_1970;
  const era = Math.floor(fromMarch / DAYS_PER_ERA);
  const dayOfEra = fromMarch - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * YEARS_PER_ERA + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

const CODE_OF_ZERO = 48;

/** Two digits of a date. */
function twoDigits(date: LocalDate, at: number): number {
  return (date.charCodeAt(at) - CODE_OF_ZERO) * 10 + date.charCodeAt(at + 1) - CODE_OF_ZERO;
}

export function dayOf(date: LocalDate): DayNumber {
  return dayNumber(twoDigits(date, 0) * 100 + twoDigits(date, 2), twoDigits(date, 5), twoDigits(date, 8));
}

export function dateOf(number: DayNumber): LocalDate {
  const { year, month, day } = calendarDay(number);
  const two = (value: number): string => String(value).padStart(2, '0');
  // A day of the calendar by how it was made; asking the calendar again would take longer than all the rest of rating.
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}` as LocalDate;
}

export function monthOf(number: DayNumber): MonthNumber {
  const { year, month } = calendarDay(number);
  return year * 12 + month - 1;
}

/** Day `anchorDay` of a month, or the month's last where it is shorter: 31 is 29 February in a leap year and 31 March after it. */
export function dayInMonth(month: MonthNumber, anchorDay: number): DayNumber {
  const year = Math.floor(month / 12);
  const first = dayNumber(year, month - year * 12 + 1, 1);
  const nextYear = Math.floor((month + 1) / 12);
  const next = dayNumber(nextYear, month + 1 - nextYear * 12 + 1, 1);
  return first + Math.min(anchorDay, next - first) - 1;
}
