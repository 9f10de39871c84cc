import { Temporal } from 'temporal-polyfill';

/** `spread`: the host with most memory free is taken; `pack`: the fullest one on which a VM still fits. */
export const PLACEMENT_POLICIES = ['spread', 'pack'] as const;

/** What a filter looks at in a VM. */
export const FILTER_SUBJECTS = ['any', 'tag', 'os', 'template', 'customer'] as const;

/**
 * `needs`: such VMs are placed only on hosts with the label. `avoids`: never on them. `reserves`: hosts with the label take only
 * such VMs.
 */
export const FILTER_VERBS = ['needs', 'avoids', 'reserves'] as const;

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Times of the day `HH:MM` in the zone of the cluster; one that ends before it begins ends on the day after. */
export interface MaintenanceWindow {
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly until: string;
}

export interface WindowTimes {
  readonly fromMs: number;
  readonly untilMs: number;
}

const DAYS_AHEAD = 8;

/**
 * The maintenance window that is open at `nowMs`, else the next one; undefined where a cluster has none, in which case maintenance
 * is allowed at any time.
 */
export function maintenanceWindowAt(
  cluster: { readonly timeZone: string; readonly windows: readonly MaintenanceWindow[] },
  nowMs: number,
): (WindowTimes & { readonly isOpen: boolean }) | undefined {
  const today = Temporal.Instant.fromEpochMilliseconds(nowMs)
    .toZonedDateTimeISO(cluster.timeZone)
    .toPlainDate();
  const times = cluster.windows
    .flatMap((weekly) =>
      Array.from({ length: DAYS_AHEAD + 1 }, (_, day) => today.add({ days: day - 1 }))
        .filter((date) => weekly.days.includes(WEEKDAYS[date.dayOfWeek - 1] ?? 'mon'))
        .map((date) => windowOn(weekly, date, cluster.timeZone)),
    )
    .filter(({ untilMs }) => untilMs > nowMs)
    .sort((a, b) => a.fromMs - b.fromMs);
  const [first] = times;
  return first && { ...first, isOpen: first.fromMs <= nowMs };
}

function windowOn(weekly: MaintenanceWindow, date: Temporal.PlainDate, timeZone: string): WindowTimes {
  const at = (day: Temporal.PlainDate, time: string): number =>
    day.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(time) }).epochMilliseconds;
  const endsOn = weekly.until <= weekly.from ? date.add({ days: 1 }) : date;
  return { fromMs: at(date, weekly.from), untilMs: at(endsOn, weekly.until) };
}
