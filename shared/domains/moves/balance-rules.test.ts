import { describe, expect, test } from 'vitest';
import { GIB } from '../../kernel/bytes.ts';
import { dampedLoad, planBalance, type BalancedHost, type BalancedVm } from './balance-rules.ts';

const MINUTE = 60_000;
const NOW = 100 * MINUTE;
const limits = { cpuPercent: 70, memoryPercent: 70 };
const host = (
  id: string,
  cpuPercent: number,
  memoryPercent: number,
  more: Partial<BalancedHost> = {},
): BalancedHost => ({
  id,
  name: id,
  clusterId: 'one',
  isOpen: true,
  cpuCount: 10,
  memoryBytes: 100 * GIB,
  load: { cpuPercent, memoryPercent, samples: 30 },
  ...more,
});
const vm = (id: string, hostId: string, more: Partial<BalancedVm> = {}): BalancedVm => ({
  id,
  name: id,
  hostId,
  vcpus: 2,
  cpuPercent: 50,
  memoryBytes: 4 * GIB,
  mayMove: true,
  ...more,
});

test('a minute of load counts three quarters, half an hour one', () => {
  const quiet = Array.from({ length: 29 }, (_, index) => ({
    atMs: NOW - (index + 2) * MINUTE + 1,
    cpuPercent: 0,
    memoryPercent: 40,
  }));
  const peak = { atMs: NOW, cpuPercent: 90, memoryPercent: 40 };
  const load = dampedLoad([...quiet, peak], NOW);
  expect(load?.cpuPercent).toBeCloseTo(0.75 * 90 + 0.25 * (90 / 30), 5);
  expect(load?.memoryPercent).toBeCloseTo(40, 5);
  expect(dampedLoad(quiet, NOW + 2 * MINUTE)).toBeUndefined();
});

describe('the plan', () => {
  test.each<[what: string, hosts: BalancedHost[], vms: BalancedVm[], moves: string[], notes: number]>([
    ['nobody is busy', [host('a', 60, 60), host('b', 5, 5)], [vm('x', 'a')], [], 0],
    ['a busy host, a quiet one', [host('a', 78, 50), host('b', 20, 20)], [vm('x', 'a')], ['x a b'], 0],
    [
      'the smallest that is enough goes',
      [host('a', 78, 50), host('b', 20, 20)],
      [vm('small', 'a', { cpuPercent: 20 }), vm('right', 'a'), vm('huge', 'a', { cpuPercent: 100 })],
      ['right a b'],
      0,
    ],
    ['memory counts as well', [host('a', 10, 73), host('b', 10, 10)], [vm('x', 'a')], ['x a b'], 0],
    ['it rests', [host('a', 78, 50), host('b', 20, 20)], [vm('x', 'a', { mayMove: false })], [], 1],
    ['the other would be too busy', [host('a', 78, 50), host('b', 60, 20)], [vm('x', 'a')], [], 1],
    [
      'the other is of another cluster',
      [host('a', 78, 50), host('b', 5, 5, { clusterId: 'two' })],
      [vm('x', 'a')],
      [],
      1,
    ],
    [
      'the other is in maintenance',
      [host('a', 78, 50), host('b', 5, 5, { isOpen: false })],
      [vm('x', 'a')],
      [],
      1,
    ],
    [
      'the busiest first, the quietest target first',
      [host('a', 75, 50), host('b', 90, 50), host('c', 30, 30), host('d', 10, 10)],
      [vm('x', 'a'), vm('y', 'b', { cpuPercent: 100 })],
      ['y b d', 'x a d'],
      0,
    ],
  ])('%s', (_what, hosts, vms, moves, notes) => {
    const plan = planBalance(hosts, vms, limits);
    expect(plan.moves.map((move) => `${move.vmId} ${move.fromHostId} ${move.targets[0]?.id}`)).toEqual(moves);
    expect(plan.notes).toHaveLength(notes);
  });
});
