import { addDays, addMonths, firstOfMonth, localDate } from '../../../shared/kernel/local-date.ts';
import { formatDay } from '../../ui/format.ts';

const monthYear = new Intl.DateTimeFormat('en-US', { month: 'short', year: 'numeric', timeZone: 'UTC' });
const at = (day: string): Date => new Date(`${day}T00:00:00Z`);
const withoutYear = (day: string): string => formatDay(day).slice(0, -5);

/** Days `[start, endExclusive)` as short as can be: `Aug 2026`, `14–31 Aug 2026`, `28 Aug – 3 Sep 2026`, `21 Nov 2026`. */
export function periodWords(start: string, endExclusive: string): string {
  const first = localDate(start);
  if (endExclusive <= start) return formatDay(start);
  const last = addDays(localDate(endExclusive), -1);
  if (first === firstOfMonth(first) && endExclusive === addMonths(first, 1))
    return monthYear.format(at(start));
  if (first === last) return formatDay(start);
  if (first.slice(0, 7) === last.slice(0, 7)) return `${Number(first.slice(8))}–${formatDay(last)}`;
  if (first.slice(0, 4) === last.slice(0, 4)) return `${withoutYear(first)} – ${formatDay(last)}`;
  return `${formatDay(first)} – ${formatDay(last)}`;
}
