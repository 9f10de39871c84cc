/** What was sold (or used) of something at the end of a day. */
export interface DayOfCapacity {
  /** Days since 1970-01-01, UTC. */
  readonly day: number;
  readonly sold: number;
  /** Hosts there were: what comes or goes with a host is no growth. */
  readonly hosts: number;
}

/** Days that are looked at: older growth says little about the next month. */
export const GROWTH_DAYS = 60;
/** Fewer days say nothing. */
export const GROWTH_LEAST_DAYS = 7;

/**
 * Growth per day by the Theil–Sen estimator: the median of the slopes between all pairs of days, which one big order or one day
 * without records does not move (https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator). Undefined where too few days are known.
 */
export function growthPerDay(days: readonly DayOfCapacity[]): number | undefined {
  const last = days.at(-1)?.day ?? 0;
  const recent = days.filter(({ day }) => day > last - GROWTH_DAYS);
  const first = recent[0];
  if (first === undefined || last - first.day < GROWTH_LEAST_DAYS - 1) return undefined;
  if (recent.length < GROWTH_LEAST_DAYS) return undefined;
  let level = 0;
  let before = first;
  const points = recent.map((point) => {
    if (point.hosts === before.hosts) level += point.sold - before.sold;
    before = point;
    return { day: point.day, level };
  });
  const slopes: number[] = [];
  for (const [at, one] of points.entries()) {
    for (const other of points.slice(at + 1)) slopes.push((other.level - one.level) / (other.day - one.day));
  }
  return median(slopes);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const at = (index: number): number => sorted[index] ?? 0;
  return sorted.length % 2 === 1 ? at(Math.floor(half)) : (at(half - 1) + at(half)) / 2;
}

/** Beyond this nobody plans. */
export const LONGEST_DAYS = 3650;

/** Days until all is sold; null where nothing grows or it takes more than ten years. */
export function daysUntilFull(left: number, perDay: number): number | null {
  if (left <= 0) return 0;
  if (perDay <= 0) return null;
  const days = Math.floor(left / perDay);
  return days > LONGEST_DAYS ? null : days;
}
