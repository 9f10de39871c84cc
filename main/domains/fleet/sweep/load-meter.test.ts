import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadBetween, MINUTE_MS, MinuteAverages, type Load, type LoadCounters } from './load-meter.ts';

const counters = (more: Partial<LoadCounters> = {}): LoadCounters => ({
  atMs: 0,
  boot: 'a',
  vcpus: 2,
  cpuTimeNs: 1e9,
  memoryBytes: 100,
  diskReadBytes: 1000,
  diskWriteBytes: 1000,
  netReceiveBytes: 1000,
  netTransmitBytes: 1000,
  diskReadRequests: 10,
  diskWriteRequests: 10,
  stolenTimeNs: 1e9,
  ...more,
});
const load = (cpuPercent: number | null): Load => ({
  cpuPercent,
  memoryBytes: 5,
  diskReadRate: null,
  diskWriteRate: 0,
  netReceiveRate: 1,
  netTransmitRate: 2,
  diskReadOpsRate: null,
  diskWriteOpsRate: 3,
  stealPercent: 0,
});

describe('load between two readings', () => {
  const cases: readonly [string, Partial<LoadCounters>, Partial<Load>][] = [
    ['half of two vCPUs', { atMs: 10_000, cpuTimeNs: 11e9 }, { cpuPercent: 50, memoryBytes: 100 }],
    ['more than all of them is all of them', { atMs: 1_000, cpuTimeNs: 11e9 }, { cpuPercent: 100 }],
    [
      'bytes per second',
      { atMs: 2_000, diskReadBytes: 5000, netTransmitBytes: 1000 },
      { diskReadRate: 2000, netTransmitRate: 0 },
    ],
    [
      'operations per second, and what was stolen of the time',
      { atMs: 2_000, diskReadRequests: 30, stolenTimeNs: 2e9 },
      { diskReadOpsRate: 10, diskWriteOpsRate: 0, stealPercent: 25 },
    ],
    [
      'a counter that fell says nothing',
      { atMs: 2_000, diskReadBytes: 999 },
      { diskReadRate: null, diskWriteRate: 0 },
    ],
    [
      'another boot says nothing',
      { atMs: 2_000, boot: 'b', cpuTimeNs: 9e9 },
      { cpuPercent: null, netReceiveRate: null, memoryBytes: 100 },
    ],
    ['no time between says nothing', { atMs: 0 }, { cpuPercent: null }],
    [
      'what the host leaves out is unknown',
      { atMs: 2_000, cpuTimeNs: null, memoryBytes: null },
      { cpuPercent: null, memoryBytes: null },
    ],
  ];
  test.each(cases)('%s', (_name, now, expected) => {
    expect(loadBetween(counters(), counters(now))).toMatchObject(expected);
  });
});

describe('minutes', () => {
  test('are averages weighted by time, given when they are over', () => {
    const averages = new MinuteAverages(180_000);
    expect(averages.add(0, 20_000, load(90))).toEqual([]);
    expect(averages.add(20_000, 70_000, load(30))).toEqual([{ minute: 0, load: load(50) }]);
    expect(averages.add(70_000, 2 * MINUTE_MS, load(60))).toEqual([{ minute: 1, load: load(55) }]);
  });

  test('have a hole where nobody looked for too long', () => {
    const averages = new MinuteAverages(180_000);
    expect(averages.add(0, 10 * MINUTE_MS, load(10))).toEqual([]);
    expect(averages.add(10 * MINUTE_MS, 11 * MINUTE_MS, load(10)).map((one) => one.minute)).toEqual([10]);
  });

  test('leave out what was unknown in them', () => {
    const averages = new MinuteAverages(180_000);
    averages.add(0, 30_000, load(null));
    expect(averages.add(30_000, 60_000, load(40))).toEqual([{ minute: 0, load: load(40) }]);
  });

  test('of a steady load are that load, however it is looked at', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 60 }), (steps) => {
        const averages = new MinuteAverages(180_000);
        let at = 0;
        const seen = steps.flatMap((step) => averages.add(at, (at += step), load(42)));
        expect(seen.map((one) => one.minute)).toEqual(
          Array.from({ length: Math.floor(at / MINUTE_MS) }, (_, i) => i),
        );
        for (const one of seen) expect(one.load.cpuPercent).toBeCloseTo(42, 9);
      }),
    );
  });
});
