import { availableParallelism, cpus, totalmem } from 'node:os';

export type BenchMetric = {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly note?: string;
};

export type BenchLimit = {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly ok: boolean;
};

/** What a bench gives: what was measured, beside what, and whether it keeps its limits. */
export type BenchResult = {
  readonly name: string;
  readonly machine: string;
  readonly metrics: readonly BenchMetric[];
  /** What the metrics are held against, and how it was measured. */
  readonly baseline: string;
  readonly limits: readonly BenchLimit[];
};

/** Cores, processor, memory and Node of this machine, in a line. */
export function machineLine(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${gib} GiB, Node ${process.version}`;
}

/** The middle of an odd number of measurements, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (upper + lower) / 2;
}

/** Of repeated measurements: `middle of 5, 12 to 15`. */
export function spread(values: readonly number[]): string {
  const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  return values.length === 1
    ? 'once'
    : `middle of ${values.length}, ${figure(Math.min(...values))} to ${figure(Math.max(...values))}`;
}

/** A limit that holds when the value is at most this. */
export function atMost(metric: string, value: number, unit: string, most: number): BenchLimit {
  return { metric, value, unit, atMost: most, ok: value <= most };
}
