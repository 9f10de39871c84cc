import { expect, test } from 'vitest';
import type { VmSeries } from '../../../shared/domains/fleet/vm-contract.ts';
import { comparePath, comparedIds, onOneTime, whyNotCompared } from './load-compare.ts';

function series(atSeconds: number[], cpu: (number | null)[], read: (number | null)[] = cpu): VmSeries {
  const none = atSeconds.map(() => null);
  return {
    note: '',
    stepSeconds: 60,
    atSeconds,
    cpuPercent: cpu,
    memoryBytes: none,
    diskReadBytesPerSecond: read,
    diskWriteBytesPerSecond: cpu,
    netReceiveBytesPerSecond: none,
    netTransmitBytesPerSecond: none,
    diskReadOperationsPerSecond: none,
    diskWriteOperationsPerSecond: none,
    stealPercent: none,
  };
}

test('series read a minute apart stand on one time, with gaps where one knows nothing', () => {
  const { timesMs, lines } = onOneTime([series([0, 60], [1, 2]), undefined, series([60, 120], [null, 4])]);
  expect(timesMs).toEqual([0, 60_000, 120_000]);
  expect(lines('cpuPercent')).toEqual([
    [1, 2, null],
    [null, null, null],
    [null, null, 4],
  ]);
});

test('columns are added, and a gap is one only where all of them are', () => {
  const { lines } = onOneTime([series([0, 60, 120], [1, null, null], [2, 3, null])]);
  expect(lines('diskReadBytesPerSecond', 'diskWriteBytesPerSecond')).toEqual([[3, 3, null]]);
});

test.each([
  ['VM', 1, false, 'Tick another VM: a comparison needs two.'],
  ['host', 0, false, 'Tick another host: a comparison needs two.'],
  ['VM', 9, false, 'At most 8 VMs are compared: tick fewer.'],
  ['host', 3, true, 'At most 8 hosts are compared: tick fewer.'],
] as const)('of %ss %d ticked, all of them %s: %s', (kind, count, all, reason) => {
  expect(whyNotCompared(kind, count, all)).toBe(reason);
});

test('two to eight are compared, at an address that holds them', () => {
  expect(whyNotCompared('VM', 8, false)).toBeNull();
  expect(comparePath('VM', ['vm_1', 'vm_2'])).toBe('/vms/compare?ids=vm_1,vm_2');
  expect(comparePath('host', ['host_1', 'host_2'])).toBe('/hosts/compare?ids=host_1,host_2');
});

test('an address names each once, and eight at most', () => {
  expect(comparedIds('a,b,,a')).toEqual(['a', 'b']);
  expect(comparedIds('a,b,c,d,e,f,g,h,i')).toHaveLength(8);
  expect(comparedIds('')).toEqual([]);
});
