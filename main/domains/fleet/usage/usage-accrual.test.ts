import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  accrueUntilOff,
  accrueUsage,
  HOUR_MS,
  LONGEST_GAP_MS,
  mayWait,
  nextMark,
  type UsageMark,
  type UsageSlice,
} from './usage-accrual.ts';

const T0 = Date.UTC(2026, 10, 22, 9, 0, 0);
const on = (atMs: number, more: Partial<UsageMark> = {}): UsageMark => ({
  atMs,
  powered: true,
  boot: 'host/boot/7',
  cpuTimeMs: atMs - T0 + 1,
  vcpus: 2,
  memoryMib: 512,
  ...more,
});
const off = (atMs: number): UsageMark => on(atMs, { powered: false, boot: '', cpuTimeMs: 0 });
const total = (slices: readonly UsageSlice[]): number =>
  slices.reduce((sum, slice) => sum + slice.runningMs, 0);

/** Hours by their beginning, as the store would add them up. */
function hours(all: readonly UsageSlice[]): Map<number, UsageSlice> {
  const sums = new Map<number, UsageSlice>();
  for (const slice of all) {
    const had = sums.get(slice.hourAtMs);
    sums.set(slice.hourAtMs, {
      hourAtMs: slice.hourAtMs,
      runningMs: (had?.runningMs ?? 0) + slice.runningMs,
      vcpuMs: (had?.vcpuMs ?? 0) + slice.vcpuMs,
      memoryMibMs: (had?.memoryMibMs ?? 0) + slice.memoryMibMs,
    });
  }
  return sums;
}

/** Looks at a VM at these moments, one after the other. */
function watch(sights: readonly UsageMark[]): Map<number, UsageSlice> {
  const all: UsageSlice[] = [];
  let mark: UsageMark | undefined;
  for (const sight of sights) {
    if (mark !== undefined) all.push(...accrueUsage(mark, sight));
    mark = nextMark(mark, sight);
  }
  return hours(all);
}

describe('between a mark and a sight', () => {
  const minute = 60_000;
  const cases: readonly [string, UsageMark, UsageMark, number][] = [
    ['on and on, the same boot: all of it', on(T0), on(T0 + minute), minute],
    ['on and off: nothing', on(T0), off(T0 + minute), 0],
    ['off and off: nothing', off(T0), off(T0 + minute), 0],
    ['off and on: what its CPU proves', off(T0), on(T0 + minute, { cpuTimeMs: 20_000 }), 10_000],
    ['off and on, more CPU than time: all of it', off(T0), on(T0 + minute, { cpuTimeMs: 999_999 }), minute],
    [
      'another boot of the host: what its CPU proves',
      on(T0),
      on(T0 + minute, { boot: 'host/boot2/7', cpuTimeMs: 6_000 }),
      3_000,
    ],
    [
      'another instance: what its CPU proves',
      on(T0),
      on(T0 + minute, { boot: 'host/boot/8', cpuTimeMs: 0 }),
      0,
    ],
    [
      'CPU time fell: what its CPU proves',
      on(T0, { cpuTimeMs: 50_000 }),
      on(T0 + minute, { cpuTimeMs: 8_000 }),
      4_000,
    ],
    ['idle, the same boot: all of it', on(T0, { cpuTimeMs: 5 }), on(T0 + minute, { cpuTimeMs: 5 }), minute],
    ['a weekend nobody looked, the same boot: all of it', on(T0), on(T0 + 60 * HOUR_MS), 60 * HOUR_MS],
    ['longer than a record is believed: nothing', on(T0), on(T0 + LONGEST_GAP_MS + 1), 0],
    ['the same moment twice: nothing', on(T0), on(T0), 0],
    ['a clock that went back: nothing', on(T0), on(T0 - minute), 0],
  ];
  test.each(cases)('%s', (_name, mark, sight, expected) => {
    expect(total(accrueUsage(mark, sight))).toBe(expected);
  });

  test('counts with the size it had when the time began', () => {
    const grown = on(T0 + minute, { vcpus: 8, memoryMib: 4096 });
    expect(accrueUsage(on(T0), grown)).toEqual([
      { hourAtMs: T0, runningMs: minute, vcpuMs: 2 * minute, memoryMibMs: 512 * minute },
    ]);
  });

  test('cuts at every full hour', () => {
    const slices = accrueUsage(on(T0 + HOUR_MS - 1), on(T0 + 3 * HOUR_MS + 5));
    expect(slices.map((slice) => [slice.hourAtMs - T0, slice.runningMs])).toEqual([
      [0, 1],
      [HOUR_MS, HOUR_MS],
      [2 * HOUR_MS, HOUR_MS],
      [3 * HOUR_MS, 5],
    ]);
  });

  test('closes the time until a switch-off of the boot it knows, and of no other', () => {
    expect(total(accrueUntilOff(on(T0), { atMs: T0 + minute, boot: 'host/boot/7' }))).toBe(minute);
    expect(total(accrueUntilOff(on(T0), { atMs: T0 + minute, boot: 'host/boot/8' }))).toBe(0);
    expect(total(accrueUntilOff(off(T0), { atMs: T0 + minute, boot: '' }))).toBe(0);
  });
});

describe('however often it is looked at', () => {
  const moments = fc.uniqueArray(fc.integer({ min: 1, max: 30 * HOUR_MS }), { maxLength: 60 });

  test('a VM that stays on has the same hours', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 0, max: HOUR_MS }), (between, start) => {
        const end = start + 31 * HOUR_MS;
        const at = [...between.map((one) => start + one).sort((a, b) => a - b), end];
        const often = watch([start, ...at].map((one) => on(T0 + one)));
        const once = watch([on(T0 + start), on(T0 + end)]);
        expect([...often].sort(([a], [b]) => a - b)).toEqual([...once].sort(([a], [b]) => a - b));
      }),
    );
  });

  test('sights that come twice, late or out of order count nothing twice', () => {
    const anySight = fc.record({
      at: fc.integer({ min: 0, max: 5 * HOUR_MS }),
      powered: fc.boolean(),
      cpu: fc.nat(HOUR_MS),
      boot: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(anySight, { maxLength: 80 }), (sights) => {
        const seen = watch(
          sights.map(({ at, powered, cpu, boot }) =>
            powered ? on(T0 + at, { cpuTimeMs: cpu, boot: String(boot) }) : off(T0 + at),
          ),
        );
        for (const hour of seen.values()) {
          expect(hour.runningMs).toBeGreaterThan(0);
          expect(hour.runningMs).toBeLessThanOrEqual(HOUR_MS);
          expect(hour.vcpuMs).toBe(2 * hour.runningMs);
          expect(hour.memoryMibMs).toBe(512 * hour.runningMs);
        }
      }),
    );
  });
});

describe('a mark may stay where it is', () => {
  const EVERY_MS = 120_000;
  const mark = on(T0 + 30 * 60_000);
  test.each<[string, UsageMark, boolean]>([
    ['while nothing changes', on(mark.atMs + 119_999), true],
    ['not for longer', on(mark.atMs + 120_000), false],
    ['not when it was switched off', off(mark.atMs + 1), false],
    ['not in another boot', on(mark.atMs + 1, { boot: 'host/boot/8' }), false],
    ['not when its CPU time fell', on(mark.atMs + 1, { cpuTimeMs: 0 }), false],
    ['not when it grew', on(mark.atMs + 1, { vcpus: 4 }), false],
    ['not when it has other memory', on(mark.atMs + 1, { memoryMib: 1024 }), false],
    ['not when the clock was set back', on(mark.atMs - 1), false],
  ])('%s', (_when, sight, expected) => {
    expect(mayWait(mark, sight, EVERY_MS)).toBe(expected);
  });

  test('not over an hour, and while it is off as long as that', () => {
    const late = on(T0 + HOUR_MS - 1);
    expect(mayWait(late, on(T0 + HOUR_MS), EVERY_MS)).toBe(false);
    expect(mayWait(off(mark.atMs), off(mark.atMs + 1000), EVERY_MS)).toBe(true);
  });
});
