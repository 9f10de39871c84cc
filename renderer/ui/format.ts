import { splitBytes } from '../../shared/kernel/bytes.ts';
import { addDays, localDate } from '../../shared/kernel/local-date.ts';

/** Number formats of the app: thousands comma, fixed decimals, whatever the viewer's locale. Documents have their own. */
const count = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function formatCount(value: number): string {
  return count.format(value);
}

/** `0.934` → `93 %`; one decimal below 10 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent !== 0 && Math.abs(percent) < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/** Minor units as text or bigint (`"123450"`, two digits) → `1,234.50`. Exact: no float is involved. */
export function formatMinor(amountMinor: string | bigint, minorDigits = 2): string {
  const digits = amountMinor
    .toString()
    .replace('-', '')
    .padStart(minorDigits + 1, '0');
  const major = digits.slice(0, digits.length - minorDigits).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  const sign = amountMinor.toString().startsWith('-') ? '−' : '';
  return minorDigits === 0 ? sign + major : `${sign}${major}.${digits.slice(-minorDigits)}`;
}

/** Age or length of time in its largest two units that matter: `4 s`, `12 min`, `5 h`, `3 d`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

/** `"4 s ago"`, `"now"` below two seconds. */
export function formatAgo(atMs: number, nowMs: number): string {
  return nowMs - atMs < 2000 ? 'now' : `${formatDuration(nowMs - atMs)} ago`;
}

/** Bytes per second: `112 MiB/s`. */
export function formatRate(bytesPerSecond: number): string {
  const { value, unit } = splitBytes(bytesPerSecond);
  return `${value} ${unit}/s`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockSeconds = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const dayMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayMonthYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
/** British data writes "Sept"; three letters keep dates in one column. */
const threeLetters = (text: string): string => text.replace('Sept', 'Sep');
const long = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
});

export function formatClock(atMs: number, withSeconds = false): string {
  return (withSeconds ? clockSeconds : clock).format(atMs);
}

/** In the viewer's zone: the clock today, the day this year, the full date before. */
export function formatMoment(atMs: number, nowMs: number = Date.now()): string {
  const at = new Date(atMs);
  const now = new Date(nowMs);
  if (at.toDateString() === now.toDateString()) return clock.format(at);
  return threeLetters(
    at.getFullYear() === now.getFullYear()
      ? `${dayMonth.format(at)}, ${clock.format(at)}`
      : dayMonthYear.format(at),
  );
}

/** `Tue 1 Sep 2026, 14:06 CEST`, in the viewer's zone. */
export function formatLong(atMs: number): string {
  return threeLetters(long.format(atMs)).replace(',', '');
}

/** Instants and days that stand in a sentence of the engine (ISO 8601), as the viewer reads them elsewhere. */
export function formatDatesIn(sentence: string): string {
  return sentence.replaceAll(/\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?/g, (iso, time?: string) =>
    time === undefined ? formatDay(iso) : formatMoment(Date.parse(iso)),
  );
}

/** `1 Sep`, in the viewer's zone. */
export function formatDayMonth(atMs: number): string {
  return threeLetters(dayMonth.format(atMs));
}

/** A moment that matters for its day, of today too: `1 Sep 2026, 14:06`, in the viewer's zone. */
export function formatDated(atMs: number): string {
  return `${threeLetters(dayMonthYear.format(atMs))}, ${clock.format(atMs)}`;
}

/** Days of the calendar from one until before another: `1–31 Aug`, `28 Jul–3 Aug`, `5 Aug`. */
export function formatDays(start: string, endExclusive: string): string {
  const last = addDays(localDate(endExclusive), -1);
  const words = (day: string): string => threeLetters(dayMonth.format(new Date(`${day}T12:00:00`)));
  if (last <= start) return words(start);
  const isOneMonth = start.slice(0, 7) === last.slice(0, 7);
  return `${isOneMonth ? Number(start.slice(8)) : words(start)}–${words(last)}`;
}

/** A day of the calendar, `2026-08-31` → `31 Aug 2026`; no zone is involved. */
export function formatDay(day: string): string {
  return threeLetters(dayMonthYear.format(new Date(`${day}T12:00:00`)));
}
