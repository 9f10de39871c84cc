import { describe, expect, test } from 'vitest';
import { HostMinutes, type OwnLoad } from './host-minutes.ts';
import { loadOf, MINUTE_MS, type Load } from '../sweep/load-meter.ts';
import type { VmSighting } from '../sweep/vm-sighting.ts';

const LONGEST_MS = 180_000;
const idle = loadOf(() => 0);
const vm = (
  minute: number,
  load: Partial<Load>,
  vcpus = 1,
): Pick<VmSighting, 'uuid' | 'vcpus' | 'minutes'> => ({
  uuid: 'vm',
  vcpus,
  minutes: [{ minute, load: { ...idle, ...load } }],
});
const own = (cpuPercent: number | null, memoryBytes = 100): OwnLoad => ({ cpuPercent, memoryBytes });

/** Sweeps each half minute from minute 0 on, VMs told before the sweep they came with. */
function swept(...sweeps: readonly (readonly [OwnLoad, ...ReturnType<typeof vm>[]])[]) {
  const minutes = new HostMinutes(LONGEST_MS);
  return sweeps.map(([load, ...vms], n) => {
    minutes.add(vms);
    return minutes.swept((n * MINUTE_MS) / 2, load);
  });
}

describe('the minutes of a host', () => {
  test('have its own processor and memory, and what its VMs did together', () => {
    const [first, half, whole, next] = swept(
      [own(null)],
      [own(10, 100)],
      [
        own(30, 300),
        vm(0, { diskReadRate: 5, netTransmitRate: 1, cpuPercent: 90, memoryBytes: 7 }),
        vm(0, { diskReadRate: 7, netTransmitRate: 2, cpuPercent: 90, memoryBytes: 7 }),
      ],
      [own(50)],
    );
    expect([first, half, next]).toEqual([[], [], []]);
    expect(whole).toEqual([
      {
        minute: 0,
        load: { ...idle, cpuPercent: 20, memoryBytes: 200, diskReadRate: 12, netTransmitRate: 3 },
      },
    ]);
  });

  test.each<[string, ReturnType<typeof vm>[], Partial<Load>]>([
    ['no VM did anything: nothing was read', [], { diskReadRate: 0, stealPercent: 0 }],
    [
      'a VM whose counter was set back is left out of that sum alone',
      [vm(0, { diskReadRate: null, diskWriteRate: 2 }), vm(0, { diskReadRate: 5, diskWriteRate: 3 })],
      { diskReadRate: 5, diskWriteRate: 5 },
    ],
    [
      'what no VM said is not known',
      [vm(0, { diskReadRate: null, stealPercent: null })],
      { diskReadRate: null, stealPercent: null },
    ],
    [
      'what was stolen is the mean over vCPUs, not over VMs',
      [vm(0, { stealPercent: 40 }, 1), vm(0, { stealPercent: 0 }, 3)],
      { stealPercent: 10 },
    ],
  ])('%s', (_what, vms, expected) => {
    const [, , whole] = swept([own(null)], [own(10)], [own(10), ...vms]);
    expect(whole).toMatchObject([{ minute: 0, load: expected }]);
  });

  test('a processor counter that was set back leaves that half of the minute out', () => {
    const [, , whole] = swept([own(null)], [own(null, 100)], [own(30, 300)]);
    expect(whole).toMatchObject([{ minute: 0, load: { cpuPercent: 30, memoryBytes: 200 } }]);
  });

  test('a minute some VM tells later is told again, whole', () => {
    const sweeps = swept(
      [own(null)],
      [own(10)],
      [own(10), vm(0, { netReceiveRate: 4 })],
      [own(10), vm(0, { netReceiveRate: 6 })],
      [own(10)],
    );
    expect(sweeps.map((told) => told.map(({ minute, load }) => [minute, load.netReceiveRate]))).toEqual([
      [],
      [],
      [[0, 4]],
      [[0, 10]],
      [[1, 0]],
    ]);
  });

  test('nobody watched for long: a hole, and a clock set back begins anew', () => {
    const minutes = new HostMinutes(LONGEST_MS);
    minutes.swept(0, own(10));
    expect(minutes.swept(LONGEST_MS + 1, own(10))).toEqual([]);
    expect(minutes.swept(MINUTE_MS, own(10))).toEqual([]);
    expect(minutes.swept(2 * MINUTE_MS, own(70))).toMatchObject([{ minute: 1, load: { cpuPercent: 70 } }]);
  });
});
