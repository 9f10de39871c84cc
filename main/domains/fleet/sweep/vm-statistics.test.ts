import { describe, expect, test } from 'vitest';
import { decodeWhole } from '../../../platform/libvirt/xdr-codecs.ts';
import { typedParameterBytes } from '../../../platform/libvirt/xdr-typed-parameter-bytes.ts';
import { typed, type TypedValue } from '../../../platform/libvirt/xdr-typed-parameters.ts';
import { XdrWriter } from '../../../platform/libvirt/xdr-writer.ts';
import { vmStatisticsIn, vmStatisticsOf, type VmStatistics } from './vm-statistics.ts';

type Told = Readonly<Record<string, number | string>>;

/** The same parameters as a record and as bytes have to say the same. */
function read(told: Told): VmStatistics {
  const codec = typedParameterBytes(256);
  const writer = new XdrWriter();
  const values = Object.entries(told).map(([name, value]): [string, TypedValue] => [
    name,
    typeof value === 'number' ? typed.ullong(value) : typed.string(value),
  ]);
  codec.encode(writer, Object.fromEntries(values));
  const ofBytes = vmStatisticsIn(decodeWhole(codec, writer.finish(), 'statistics'));
  expect(vmStatisticsOf(told)).toEqual(ofBytes);
  return ofBytes;
}

const disk = (index: number, more: Told): Told =>
  Object.fromEntries(Object.entries(more).map(([name, value]) => [`block.${index}.${name}`, value]));

describe('statistics of a VM', () => {
  test('that its host says nothing of are unknown', () => {
    expect(read({ 'perf.cmt': 7, 'block.zero.rd.bytes': 1, 'net.0': 2 })).toEqual({
      state: 'unknown',
      isHandedOver: false,
      vcpus: null,
      memoryBytes: null,
      blocks: [],
      counters: {
        cpuTimeNs: null,
        memoryBytes: null,
        diskReadBytes: null,
        diskWriteBytes: null,
        netReceiveBytes: null,
        netTransmitBytes: null,
        diskReadRequests: null,
        diskWriteRequests: null,
        stolenTimeNs: null,
      },
    });
  });

  test.each<[string, Told, Partial<VmStatistics>, Partial<VmStatistics['counters']>]>([
    [
      'state, size and processor time',
      { 'state.state': 3, 'vcpu.current': 2, 'balloon.maximum': 1024, 'cpu.time': 9 },
      { state: 'paused', vcpus: 2, memoryBytes: 1024 ** 2 },
      { cpuTimeNs: 9 },
    ],
    [
      'paused by somebody',
      { 'state.state': 3, 'state.reason': 1 },
      { state: 'paused', isHandedOver: false },
      {},
    ],
    [
      'still while it is handed over',
      { 'state.state': 3, 'state.reason': 2 },
      { state: 'paused', isHandedOver: true },
      {},
    ],
    [
      'off since it was handed over',
      { 'state.state': 5, 'state.reason': 4 },
      { state: 'shut-off', isHandedOver: true },
      {},
    ],
    ['a state of tomorrow', { 'state.state': 99 }, { state: 'unknown' }, {}],
    [
      'memory as the guest tells it',
      { 'balloon.available': 100, 'balloon.usable': 60, 'balloon.unused': 20, 'balloon.rss': 90 },
      {},
      { memoryBytes: 40 * 1024 },
    ],
    [
      'memory of an older balloon driver',
      { 'balloon.available': 100, 'balloon.unused': 20, 'balloon.rss': 90 },
      {},
      { memoryBytes: 80 * 1024 },
    ],
    [
      'memory of a guest that tells nonsense',
      { 'balloon.available': 100, 'balloon.usable': 101, 'balloon.rss': 90 },
      {},
      { memoryBytes: 90 * 1024 },
    ],
    [
      'disks added up, wherever their number stands',
      {
        ...disk(0, {
          name: 'vda',
          'rd.bytes': 1,
          'wr.bytes': 10,
          'rd.reqs': 3,
          capacity: 100,
          allocation: 5,
        }),
        ...disk(1, { name: 'sda', 'rd.bytes': 2 }),
        ...disk(2, { capacity: 7 }),
        'block.count': 3,
      },
      { blocks: [{ target: 'vda', capacityBytes: 100, allocationBytes: 5 }] },
      { diskReadBytes: 3, diskWriteBytes: 10, diskReadRequests: 3, diskWriteRequests: null },
    ],
    [
      'network added up',
      { 'net.count': 2, 'net.0.rx.bytes': 4, 'net.1.rx.bytes': 5, 'net.0.tx.bytes': 6 },
      {},
      { netReceiveBytes: 9, netTransmitBytes: 6 },
    ],
    [
      'vCPUs with a gap where one is unplugged',
      { 'vcpu.current': 2, 'vcpu.maximum': 4, 'vcpu.0.delay': 1, 'vcpu.3.delay': 2 },
      {},
      { stolenTimeNs: 3 },
    ],
    ['text where a number belongs', { 'cpu.time': 'much', 'block.count': 'two' }, {}, { cpuTimeNs: null }],
    [
      'a disk no guest has',
      { 'block.count': 1, 'block.4000000000.name': 'vda', 'block.4000000000.capacity': 1 },
      { blocks: [] },
      {},
    ],
  ])('%s', (_what, told, expected, counters) => {
    const found = read(told);
    expect(found).toMatchObject(expected);
    expect(found.counters).toMatchObject(counters);
  });
});
