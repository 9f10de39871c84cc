/** What a host counts of a VM since its boot. Null where the host does not say. */
export interface LoadCounters {
  readonly atMs: number;
  /** Names one boot: counters of two boots are not compared. */
  readonly boot: string;
  readonly vcpus: number;
  readonly cpuTimeNs: number | null;
  readonly memoryBytes: number | null;
  readonly diskReadBytes: number | null;
  readonly diskWriteBytes: number | null;
  readonly netReceiveBytes: number | null;
  readonly netTransmitBytes: number | null;
  readonly diskReadRequests: number | null;
  readonly diskWriteRequests: number | null;
  /** Time its vCPUs were ready to run and had to wait for the host. */
  readonly stolenTimeNs: number | null;
}

/** Load over one interval; rates per second, CPU and what was stolen of it in per cent of all its vCPUs. Null where it is not known. */
export interface Load {
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly diskReadRate: number | null;
  readonly diskWriteRate: number | null;
  readonly netReceiveRate: number | null;
  readonly netTransmitRate: number | null;
  readonly diskReadOpsRate: number | null;
  readonly diskWriteOpsRate: number | null;
  readonly stealPercent: number | null;
}

/** In the order of their columns in stored blocks: new ones go to the end. */
export const LOAD_FIELDS = [
  'cpuPercent',
  'memoryBytes',
  'diskReadRate',
  'diskWriteRate',
  'netReceiveRate',
  'netTransmitRate',
  'diskReadOpsRate',
  'diskWriteOpsRate',
  'stealPercent',
] as const satisfies readonly (keyof Load)[];

/** `value` gives each field, which is the `at`th of `LOAD_FIELDS`. */
export function loadOf(value: (field: keyof Load, at: number) => number | null): Load {
  return {
    cpuPercent: value('cpuPercent', 0),
    memoryBytes: value('memoryBytes', 1),
    diskReadRate: value('diskReadRate', 2),
    diskWriteRate: value('diskWriteRate', 3),
    netReceiveRate: value('netReceiveRate', 4),
    netTransmitRate: value('netTransmitRate', 5),
    diskReadOpsRate: value('diskReadOpsRate', 6),
    diskWriteOpsRate: value('diskWriteOpsRate', 7),
    stealPercent: value('stealPercent', 8),
  };
}

/**
 * Load between two readings. A counter that fell (a device taken out, a restart nobody told us of) says nothing for this
 * interval, rather than something wrong.
 */
export function loadBetween(before: LoadCounters, now: LoadCounters): Load {
  const seconds = (now.atMs - before.atMs) / 1000;
  const comparable = seconds > 0 && before.boot === now.boot;
  const rate = (from: number | null, to: number | null): number | null =>
    comparable && from !== null && to !== null && to >= from ? (to - from) / seconds : null;
  const percent = (from: number | null, to: number | null): number | null => {
    const nsPerSecond = rate(from, to);
    return nsPerSecond === null ? null : Math.min(100, nsPerSecond / 1e7 / Math.max(1, now.vcpus));
  };
  return {
    // Emulator threads can push it over what the vCPUs alone could use.
    cpuPercent: percent(before.cpuTimeNs, now.cpuTimeNs),
    memoryBytes: now.memoryBytes,
    diskReadRate: rate(before.diskReadBytes, now.diskReadBytes),
    diskWriteRate: rate(before.diskWriteBytes, now.diskWriteBytes),
    netReceiveRate: rate(before.netReceiveBytes, now.netReceiveBytes),
    netTransmitRate: rate(before.netTransmitBytes, now.netTransmitBytes),
    diskReadOpsRate: rate(before.diskReadRequests, now.diskReadRequests),
    diskWriteOpsRate: rate(before.diskWriteRequests, now.diskWriteRequests),
    stealPercent: percent(before.stolenTimeNs, now.stolenTimeNs),
  };
}

export const MINUTE_MS = 60_000;

/** The average load over the minute that begins at `minute` × 60 s after the epoch. */
export interface MinuteLoad {
  readonly minute: number;
  readonly load: Load;
}

/** One minute that is not over: for each of `LOAD_FIELDS` its values, weighted by time, and the time they were known. A VM has one, and there are 56,000. */
interface OpenMinute {
  readonly minute: number;
  readonly sums: number[];
}

/** Copied, which is quicker than to fill a new one: there are 56,000 a minute. */
const NO_SUMS: readonly number[] = LOAD_FIELDS.flatMap(() => [0, 0]);

/** Turns intervals of any length into whole minutes, weighted by time. One per VM. */
export class MinuteAverages {
  readonly #longestMs: number;
  /** Rarely more than one, in no order. */
  #open: OpenMinute[] = [];

  /** Intervals longer than `longestMs` leave a hole: a line over an hour nobody watched would be a lie. */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  /** Adds the load between two instants and returns the minutes that are complete now, oldest first. */
  add(fromMs: number, untilMs: number, load: Load): MinuteLoad[] {
    if (untilMs > fromMs && untilMs - fromMs <= this.#longestMs) this.#spread(fromMs, untilMs, load);
    return this.#take(Math.floor(untilMs / MINUTE_MS));
  }

  #spread(fromMs: number, untilMs: number, load: Load): void {
    for (let at = fromMs; at < untilMs;) {
      const minute = Math.floor(at / MINUTE_MS);
      const end = Math.min((minute + 1) * MINUTE_MS, untilMs);
      addTo(this.#sumsOf(minute), load, end - at);
      at = end;
    }
  }

  #sumsOf(minute: number): number[] {
    const open = this.#open.find((one) => one.minute === minute);
    if (open !== undefined) return open.sums;
    const sums = NO_SUMS.slice();
    this.#open.push({ minute, sums });
    return sums;
  }

  #take(before: number): MinuteLoad[] {
    if (!this.#open.some(({ minute }) => minute < before)) return [];
    const done = this.#open.filter(({ minute }) => minute < before);
    this.#open = this.#open.filter(({ minute }) => minute >= before);
    return done
      .toSorted((one, other) => one.minute - other.minute)
      .map(({ minute, sums }) => ({ minute, load: averageOf(sums) }));
  }
}

function addTo(sums: number[], load: Load, ms: number): void {
  for (let at = 0; at < LOAD_FIELDS.length; at += 1) {
    const value = load[LOAD_FIELDS[at] as keyof Load];
    if (value === null) continue;
    sums[2 * at] = (sums[2 * at] as number) + value * ms;
    sums[2 * at + 1] = (sums[2 * at + 1] as number) + ms;
  }
}

function averageOf(sums: readonly number[]): Load {
  return loadOf((_field, at) => {
    const ms = sums[2 * at + 1] as number;
    return ms === 0 ? null : (sums[2 * at] as number) / ms;
  });
}
