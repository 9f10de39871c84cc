import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

declare const localDateBrand: unique symbol;

/** A calendar date `YYYY-MM-DD` without zone: dates of service, of issue, of the law. */
export type LocalDate = string & { readonly [localDateBrand]: true };

function isLocalDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  try {
    Temporal.PlainDate.from(text, { overflow: 'reject' });
    return true;
  } catch {
    return false;
  }
}

export const localDateSchema = z
  .string()
  .refine(isLocalDate, 'a date as YYYY-MM-DD')
  .transform((text) => text as LocalDate);

/** Parses `YYYY-MM-DD`; throws a RangeError for anything that is no day of the calendar. */
export function localDate(text: string): LocalDate {
  if (!isLocalDate(text)) throw new RangeError(`not a date: ${text}`);
  return text as LocalDate;
}

/** Days from `start` (inclusive) to `endExclusive`. */
export interface Period {
  readonly start: LocalDate;
  readonly endExclusive: LocalDate;
}

const DAY_MS = 86_400_000;

/** Without the calendar's library, which takes ten times as long: days are added by the million. */
export function addDays(date: LocalDate, days: number): LocalDate {
  const text = new Date(Date.parse(date) + days * DAY_MS).toISOString();
  // Before year 0 and after 9999 there is a sign and more digits.
  if (text.length !== '2026-12-01T00:00:00.000Z'.length) throw new RangeError(`not a date: ${text}`);
  return text.slice(0, 10) as LocalDate;
}

/** The day `months` later, clamped to the month's length; keep the anchor day apart, or 31 January drifts to the 28th. */
export function addMonths(date: LocalDate, months: number): LocalDate {
  return localDate(Temporal.PlainDate.from(date).add({ months }).toString());
}

export function daysBetween(start: LocalDate, endExclusive: LocalDate): number {
  return (Date.parse(endExclusive) - Date.parse(start)) / DAY_MS;
}

export function daysInMonth(date: LocalDate): number {
  return Temporal.PlainDate.from(date).daysInMonth;
}

export function firstOfMonth(date: LocalDate): LocalDate {
  return localDate(`${date.slice(0, 8)}01`);
}

/** Every day of the period in order. */
export function* daysOf(period: Period): Generator<LocalDate> {
  for (let day = period.start; day < period.endExclusive; day = addDays(day, 1)) yield day;
}

/** The day it is in `zone` (IANA) at `instantMs`. */
export function dayAt(instantMs: number, zone: string): LocalDate {
  return localDate(
    Temporal.Instant.fromEpochMilliseconds(instantMs).toZonedDateTimeISO(zone).toPlainDate().toString(),
  );
}

/** First instant of a local day in `zone`, epoch milliseconds: 23, 24 or 25 hours before the next day's. */
export function dayStartMs(date: LocalDate, zone: string): number {
  return Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds;
}
