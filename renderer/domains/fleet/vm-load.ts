import type { VmSeries } from '../../../shared/domains/fleet/vm-contract.ts';
import type { FeedItemOf } from '../../client/operation-types.ts';

export type VmLiveItem = FeedItemOf<'fleet.vmLive'>;

export const LOAD_KEYS = [
  'cpuPercent',
  'memoryBytes',
  'diskReadBytesPerSecond',
  'diskWriteBytesPerSecond',
  'netReceiveBytesPerSecond',
  'netTransmitBytesPerSecond',
] as const;
export type LoadKey = (typeof LOAD_KEYS)[number];

const UNWRITTEN_STEPS = 2;

/** A value per point of time; null where nothing is known. */
export type LoadValues = Readonly<Record<LoadKey, readonly (number | null)[]>>;

export interface VmLoad {
  /** Epoch milliseconds, ascending. */
  timesMs: readonly number[];
  values: LoadValues;
  /** So many of them, from the first, are stored means; the rest was heard live. */
  stored: number;
}

/**
 * The stored series continued by what was heard live. A stored point stands for the whole step that begins at its time,
 * so live points take over where the last step that holds anything ends; one hour is shown, however long it was watched.
 */
export function continueSeries(series: VmSeries, live: readonly VmLiveItem[]): VmLoad {
  const { stepSeconds, atSeconds } = series;
  const known = lastKnown(series);
  const liveFromMs = known < 0 ? -Infinity : ((atSeconds[known] ?? 0) + stepSeconds) * 1000;
  const tail = measured(live).filter((item) => Date.parse(item.at) >= liveFromMs);
  const firstLiveMs = tail[0] ? Date.parse(tail[0].at) : Infinity;
  const before = atSeconds.filter((second) => second * 1000 < firstLiveMs).length;
  // The step under way and the one just ended are not written yet: no gap is drawn where nothing was missed.
  const isNext = known >= 0 && firstLiveMs - liveFromMs <= UNWRITTEN_STEPS * stepSeconds * 1000;
  const kept = isNext ? known + 1 : before;
  const values = {} as Record<LoadKey, (number | null)[]>;
  for (const key of LOAD_KEYS)
    values[key] = [...series[key].slice(0, kept), ...tail.map((item) => item[key])];
  return {
    timesMs: [
      ...atSeconds.slice(0, kept).map((second) => second * 1000),
      ...tail.map((item) => Date.parse(item.at)),
    ],
    values,
    stored: kept,
  };
}

/**
 * Rates need two readings, so the first one of a powered VM has memory alone: it is left out, lest memory run ahead of the
 * others. Of one that is off nothing is known, and that is a gap.
 */
function measured(live: readonly VmLiveItem[]): readonly VmLiveItem[] {
  return live.filter((item) => item.memoryBytes === null || item.cpuPercent !== null);
}

function lastKnown(series: VmSeries): number {
  return series.atSeconds.findLastIndex((_, at) =>
    LOAD_KEYS.some((key) => typeof series[key][at] === 'number'),
  );
}

/** Whether anything at all is known of it. */
export function hasAny(values: LoadValues): boolean {
  return LOAD_KEYS.some((key) => values[key].some((value) => value !== null));
}

/** The end of it, so long before its last point. */
export function lastOf(load: VmLoad, durationMs: number): VmLoad {
  const fromMs = (load.timesMs.at(-1) ?? 0) - durationMs;
  const first = load.timesMs.findIndex((timeMs) => timeMs >= fromMs);
  if (first <= 0) return load;
  const values = {} as Record<LoadKey, readonly (number | null)[]>;
  for (const key of LOAD_KEYS) values[key] = load.values[key].slice(first);
  return { timesMs: load.timesMs.slice(first), values, stored: Math.max(0, load.stored - first) };
}

/** Highest known value; null where nothing is known. */
export function peakOf(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (peak, value) => (value === null ? peak : Math.max(peak ?? value, value)),
    null,
  );
}
