import { describe, expect, test } from 'vitest';
import type { VmSeries } from '../../../shared/domains/fleet/vm-contract.ts';
import { continueSeries, lastOf, peakOf } from './vm-load.ts';
import type { VmLiveItem } from './vm-load.ts';

const series = (cpu: (number | null)[]): VmSeries => ({
  note: '',
  stepSeconds: 60,
  atSeconds: cpu.map((_, at) => at * 60),
  cpuPercent: cpu,
  memoryBytes: cpu,
  diskReadBytesPerSecond: cpu,
  diskWriteBytesPerSecond: cpu,
  netReceiveBytesPerSecond: cpu,
  netTransmitBytesPerSecond: cpu,
  diskReadOperationsPerSecond: cpu,
  diskWriteOperationsPerSecond: cpu,
  stealPercent: cpu,
});
const live = (...points: [second: number, cpu: number | null, memory?: number | null][]): VmLiveItem[] =>
  points.map(([second, cpu, memory = cpu]) => ({
    at: new Date(second * 1000).toISOString(),
    state: 'running',
    cpuPercent: cpu,
    memoryBytes: memory,
    diskReadBytesPerSecond: cpu,
    diskWriteBytesPerSecond: cpu,
    netReceiveBytesPerSecond: cpu,
    netTransmitBytesPerSecond: cpu,
  }));

describe('the stored series continued by what is heard live', () => {
  test.each<[string, (number | null)[], VmLiveItem[], number[], (number | null)[]]>([
    ['nothing live: the series alone', [1, 2, 3], [], [0, 60, 120], [1, 2, 3]],
    ['live after the last step', [1, 2], live([120, 7], [122, 8]), [0, 60, 120, 122], [1, 2, 7, 8]],
    ['live within a stored step is in it already', [1, 2], live([90, 7], [121, 8]), [0, 60, 121], [1, 2, 8]],
    ['the first reading has no rates yet', [1, 2], live([120, null, 5], [122, 8]), [0, 60, 122], [1, 2, 8]],
    ['a first reading alone: all end together', [1, 2], live([120, null, 5]), [0, 60], [1, 2]],
    [
      'a first reading after a restart is no gap either',
      [1],
      live([60, 7], [62, null, 5], [64, 8]),
      [0, 60, 64],
      [1, 7, 8],
    ],
    ['steps just ended are no gap', [1, null, null], live([70, 7]), [0, 70], [1, 7]],
    ['steps just ended are no gap, the last of them', [1, null, null], live([150, 7]), [0, 150], [1, 7]],
    [
      'older ones are',
      [1, null, null, null],
      live([200, 7]),
      [0, 60, 120, 180, 200],
      [1, null, null, null, 7],
    ],
    [
      'nothing was ever written: live alone, after the gap',
      [null, null],
      live([61, 7]),
      [0, 60, 61],
      [null, null, 7],
    ],
    ['a gap stays a gap', [1, null, 3], live([180, null]), [0, 60, 120, 180], [1, null, 3, null]],
  ])('%s', (_, cpu, items, seconds, expected) => {
    const load = continueSeries(series(cpu), items);
    expect(load.timesMs).toEqual(seconds.map((second) => second * 1000));
    expect(load.values.cpuPercent).toEqual(expected);
    expect(load.values.netTransmitBytesPerSecond).toEqual(expected);
    expect(load.values.memoryBytes).toEqual(expected);
    expect(load.timesMs.toSorted((a, b) => a - b)).toEqual(load.timesMs);
  });
});

test.each<[(number | null)[], number | null]>([
  [[], null],
  [[null, null], null],
  [[0, null], 0],
  [[3, null, 71, 5], 71],
])('the peak of %j is %j', (values, peak) => {
  expect(peakOf(values)).toBe(peak);
});

test.each<[seconds: number, kept: number[]]>([
  [600, [0, 60, 120, 180]],
  [120, [60, 120, 180]],
  [119, [120, 180]],
  [0, [180]],
])('the last %i s of a load', (seconds, kept) => {
  const end = lastOf(continueSeries(series([1, 2, 3]), live([180, 9])), seconds * 1000);
  expect(end.timesMs).toEqual(kept.map((second) => second * 1000));
  expect(end.values.cpuPercent).toEqual([1, 2, 3, 9].slice(-kept.length));
  // The last of them alone was heard live.
  expect(end.stored).toBe(kept.length - 1);
});
