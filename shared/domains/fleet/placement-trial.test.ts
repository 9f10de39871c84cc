import { describe, expect, test } from 'vitest';
import { GIB } from '../../kernel/bytes.ts';
import type { ClusterFacts, PlacementFilter } from './cluster-contract.ts';
import type { PlacementHost, VmToPlace } from './placement-rules.ts';
import { PlacementTrial } from './placement-trial.ts';

const cluster = (more: Partial<ClusterFacts> = {}): ClusterFacts => ({
  id: 'cluster_1',
  name: 'Main',
  site: '',
  jurisdiction: '',
  timeZone: 'UTC',
  cpuOvercommit: 4,
  memoryOvercommit: 1,
  policy: 'spread',
  filters: [],
  windows: [],
  ...more,
});

/** 8 CPUs, 30 GiB to sell, 1000 GiB of disk. */
const host = (name: string, more: Partial<PlacementHost> = {}): PlacementHost => ({
  id: name,
  name,
  clusterId: 'cluster_1',
  closed: '',
  cpuCount: 8,
  memoryBytes: 32 * GIB,
  cpuSold: 0,
  memorySoldBytes: 0,
  pool: { name: 'default', availableBytes: 1000 * GIB },
  labels: [],
  ...more,
});

const vm = (gib: number, more: Partial<VmToPlace> = {}): VmToPlace => ({
  vcpus: 1,
  memoryBytes: gib * GIB,
  diskBytes: 10 * GIB,
  customerId: null,
  templateId: null,
  os: '',
  tags: [],
  ...more,
});

const whyNotOn = (of: PlacementHost, wanted: VmToPlace, about: Partial<ClusterFacts> = {}): string =>
  new PlacementTrial([of], [cluster(about)]).judge(wanted)[0]?.obstacle?.clause ?? '';

describe('whether a VM fits on a host', () => {
  test.each<[string, PlacementHost, VmToPlace, Partial<ClusterFacts>, string]>([
    ['an empty host', host('a'), vm(30), {}, ''],
    ['more memory than there is', host('a'), vm(31), {}, '30 GiB of memory free, 31 GiB wanted'],
    ['memory sold one and a half times', host('a'), vm(45), { memoryOvercommit: 1.5 }, ''],
    [
      'memory sold half',
      host('a'),
      vm(16),
      { memoryOvercommit: 0.5 },
      '15 GiB of memory free, 16 GiB wanted',
    ],
    [
      'all memory sold',
      host('a', { memorySoldBytes: 40 * GIB }),
      vm(1),
      {},
      '0 B of memory free, 1 GiB wanted',
    ],
    ['more CPUs than one host has', host('a'), vm(1, { vcpus: 9 }), {}, 'it has 8 CPUs, 9 wanted'],
    ['the last vCPUs', host('a', { cpuSold: 24 }), vm(1, { vcpus: 8 }), {}, ''],
    ['too few vCPUs', host('a', { cpuSold: 25 }), vm(1, { vcpus: 8 }), {}, '7 vCPUs left to sell, 8 wanted'],
    ['no pool', host('a', { pool: undefined }), vm(1), {}, 'it has no active storage pool'],
    [
      'too little disk',
      host('a'),
      vm(1, { diskBytes: 2000 * GIB }),
      {},
      '1000 GiB free in its pool default, 2.0 TiB wanted',
    ],
    [
      'a host in maintenance',
      host('a', { closed: 'it is in maintenance' }),
      vm(1),
      {},
      'it is in maintenance',
    ],
  ])('%s', (_case, of, wanted, about, reason) => {
    expect(whyNotOn(of, wanted, about)).toBe(reason);
  });
});

describe('filters', () => {
  const filter = (
    subject: PlacementFilter['subject'],
    value: string,
    verb: PlacementFilter['verb'],
    label = 'ssd',
  ): PlacementFilter => ({ subject, value, verb, label });
  const ssd = host('a', { labels: ['ssd'] });
  const windows = vm(1, { os: 'Windows Server 2022' });
  test.each<[string, readonly PlacementFilter[], PlacementHost, VmToPlace, string]>([
    ['needed and there', [filter('tag', 'fast', 'needs')], ssd, vm(1, { tags: ['Fast'] }), ''],
    [
      'needed and not there',
      [filter('tag', 'fast', 'needs')],
      host('a'),
      vm(1, { tags: ['fast'] }),
      'it is not labelled ssd',
    ],
    ['needed by others', [filter('tag', 'fast', 'needs')], host('a'), vm(1, { tags: ['slow'] }), ''],
    [
      'avoided',
      [filter('os', 'windows', 'avoids')],
      ssd,
      windows,
      'it is labelled ssd, which such VMs avoid',
    ],
    ['kept for others', [filter('customer', 'cus_1', 'reserves')], ssd, vm(1), 'ssd is kept for other VMs'],
    ['kept for this one', [filter('customer', 'cus_1', 'reserves')], ssd, vm(1, { customerId: 'cus_1' }), ''],
    [
      'kept for two kinds of which it is one',
      [filter('customer', 'cus_1', 'reserves'), filter('template', 'tpl_1', 'reserves')],
      ssd,
      vm(1, { templateId: 'tpl_1' }),
      '',
    ],
    [
      'a filter about all VMs',
      [filter('any', '', 'avoids')],
      ssd,
      vm(1),
      'it is labelled ssd, which such VMs avoid',
    ],
  ])('%s', (_case, filters, of, wanted, reason) => {
    expect(whyNotOn(of, wanted, { filters: [...filters] })).toBe(reason);
    // What is chosen and what is judged are the same rules, written twice for speed.
    expect(new PlacementTrial([of], [cluster({ filters: [...filters] })]).place(wanted)).toBe(
      reason === '' ? 'a' : undefined,
    );
  });
});

describe('which host is taken', () => {
  const three = [
    host('a'),
    host('b', { memorySoldBytes: 10 * GIB }),
    host('c', { memorySoldBytes: 20 * GIB }),
  ];
  test.each<
    [string, Partial<ClusterFacts>, VmToPlace, Parameters<PlacementTrial['place']>[1], string | undefined]
  >([
    ['spread takes the emptiest', {}, vm(1), {}, 'a'],
    ['pack takes the fullest', { policy: 'pack' }, vm(1), {}, 'c'],
    ['pack takes the fullest on which it fits', { policy: 'pack' }, vm(15), {}, 'b'],
    ['not the one it is on', {}, vm(1), { except: new Set(['a']) }, 'b'],
    ['one that holds the template first', {}, vm(1), { prefer: new Set(['c']) }, 'c'],
    ['one that holds the template only where it fits', {}, vm(15), { prefer: new Set(['c']) }, 'a'],
    ['none of another cluster', {}, vm(1), { within: 'cluster_2' }, undefined],
    ['none where it fits nowhere', {}, vm(31), {}, undefined],
  ])('%s', (_case, about, wanted, choice, expected) => {
    const trial = new PlacementTrial(three, [cluster(about)]);
    const [best] = trial.judge(wanted, choice);
    expect(best?.obstacle === undefined ? best?.host.id : undefined).toBe(expected);
    expect(trial.place(wanted, choice)).toBe(expected);
  });

  test('many at once take each other’s room, and what does not fit says why', () => {
    const trial = new PlacementTrial([host('a'), host('b')], [cluster()]);
    const placed = trial.placeAll([vm(5), vm(20), vm(20), vm(20), vm(5)]);
    expect(placed.map(({ hostId }) => hostId)).toEqual(['a', 'a', 'b', null, 'b']);
    expect(placed[3]?.reason).toBe('2 hosts have too little memory (20 GiB wanted)');
    expect(trial.room('a')).toEqual({ cpus: 30, memoryBytes: 5 * GIB, diskBytes: 980 * GIB });
    trial.release(vm(20), 'a');
    expect(trial.place(vm(20))).toBe('a');
  });

  test('the reason names each kind of obstacle', () => {
    const trial = new PlacementTrial(
      [host('a', { closed: 'it is unreachable' }), host('b'), host('c'), host('d', { pool: undefined })],
      [cluster()],
    );
    expect(trial.whyNowhere(vm(31))).toBe(
      '3 hosts have too little memory (31 GiB wanted); a: it is unreachable',
    );
    expect(trial.whyNowhere(vm(1), { except: new Set(['a', 'b', 'c']) })).toBe(
      'd: it has no active storage pool',
    );
    expect(trial.whyNowhere(vm(1), { within: 'cluster_2' })).toBe('there is no other host');
  });

  test('choosing for thousands of VMs agrees with judging them one by one', () => {
    const hosts = Array.from({ length: 30 }, (_, n) =>
      host(`hv${n}`, {
        memoryBytes: (16 + (n % 7) * 8) * GIB,
        clusterId: `cluster_${n % 3}`,
        labels: n % 4 === 0 ? ['ssd'] : [],
        closed: n % 11 === 0 ? 'it is unreachable' : '',
      }),
    );
    const clusters = [0, 1, 2].map((n) =>
      cluster({
        id: `cluster_${n}`,
        policy: n === 1 ? 'pack' : 'spread',
        filters: n === 2 ? [{ subject: 'tag', value: 'fast', verb: 'needs', label: 'ssd' }] : [],
      }),
    );
    const trial = new PlacementTrial(hosts, clusters);
    for (let n = 0; n < 300; n += 1) {
      const wanted = vm(1 + ((n * 7) % 13), { tags: n % 3 === 0 ? ['fast'] : [], vcpus: 1 + (n % 4) });
      const choice = n % 5 === 0 ? { within: `cluster_${n % 3}` } : {};
      const [best] = trial.judge(wanted, choice);
      const expected = best?.obstacle === undefined ? best?.host.id : undefined;
      expect(trial.place(wanted, choice)).toBe(expected);
    }
  });
});
