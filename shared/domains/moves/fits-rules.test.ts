import { describe, expect, test } from 'vitest';
import { GIB } from '../../kernel/bytes.ts';
import { fitProblems, whyNotMove, type CandidateHost, type FitCheck, type MovingVm } from './fits-rules.ts';
import { whyWait } from './move-rules.ts';

const pool = { name: 'default', type: 'dir', path: '/images', active: true, availableBytes: 100 * GIB };
const host = (id: string, more: Partial<CandidateHost> = {}): CandidateHost => ({
  id,
  state: 'connected',
  maintenance: 'active',
  arch: 'x86_64',
  kvm: true,
  encrypts: false,
  cpuCount: 16,
  libvirtVersion: '9.0.0',
  qemuVersion: '7.2.9',
  pools: [pool],
  networks: [{ name: 'br0', active: true }],
  policyReason: '',
  memoryFreeBytes: 64 * GIB,
  ...more,
});
const disk = {
  target: 'vda',
  device: 'disk',
  source: '/images/a.qcow2',
  readonly: false,
  capacityBytes: 40 * GIB,
  allocationBytes: GIB,
};
const vm = (more: Partial<MovingVm> = {}): MovingVm => ({
  hostId: 'a',
  state: 'running',
  vcpus: 4,
  memoryBytes: 8 * GIB,
  disks: [disk],
  networks: ['br0'],
  ...more,
});
const plain = { encrypt: false };
/** A mounted file system, the same on every host that has it at this path. */
const shared = { ...pool, name: 'san', type: 'netfs', path: '/san' };

describe('a VM on another host', () => {
  test.each<[what: string, to: Partial<CandidateHost>, of: Partial<MovingVm>, checks: FitCheck[]]>([
    ['fits', {}, {}, []],
    ['is there already', { id: 'a' }, {}, ['host']],
    ['finds it away', { state: 'unreachable' }, {}, ['host']],
    ['finds it in maintenance', { maintenance: 'maintenance' }, {}, ['host']],
    ['is kept off by its cluster', { policyReason: 'ssd is kept for other VMs' }, {}, ['policy']],
    ['finds an older QEMU', { qemuVersion: '7.1.0' }, {}, ['version']],
    ['is off: an older QEMU serves', { qemuVersion: '7.1.0' }, { state: 'shut-off' }, []],
    ['finds a newer QEMU', { qemuVersion: '8.0.0' }, {}, []],
    ['finds no KVM', { kvm: false }, {}, ['cpu']],
    ['finds another architecture', { arch: 'aarch64' }, {}, ['cpu']],
    ['wants more CPUs', { cpuCount: 2 }, {}, ['cpu']],
    ['wants more memory', { memoryFreeBytes: GIB }, {}, ['memory']],
    ['finds no pool', { pools: [] }, {}, ['storage']],
    ['finds its pool off', { pools: [{ ...pool, active: false }] }, {}, ['storage']],
    ['finds too little room', { pools: [{ ...pool, availableBytes: GIB }] }, {}, ['storage']],
    ['has a disk in no pool', {}, { disks: [{ ...disk, source: '/elsewhere/a.raw' }] }, ['storage']],
    [
      'has a disk on LVM',
      { pools: [pool, { ...pool, name: 'vg', type: 'logical', path: '/dev/vg' }] },
      { disks: [{ ...disk, source: '/dev/vg/a' }] },
      ['storage'],
    ],
    ['finds no pool of files', { pools: [{ ...pool, type: 'logical' }] }, {}, ['storage']],
    [
      'has two disks for which there is room one at a time',
      { pools: [{ ...pool, availableBytes: 60 * GIB }] },
      { disks: [disk, { ...disk, target: 'vdb', source: '/images/b.qcow2' }] },
      ['storage'],
    ],
    ['finds no network', { networks: [] }, {}, ['network']],
    ['finds its network off', { networks: [{ name: 'br0', active: false }] }, {}, ['network']],
    [
      'finds everything wrong',
      { state: 'refused', kvm: false, memoryFreeBytes: 0, pools: [], networks: [] },
      {},
      ['host', 'cpu', 'memory', 'storage', 'network'],
    ],
  ])('%s', (_what, to, of, checks) => {
    const lvm = { ...pool, name: 'vg', type: 'logical', path: '/dev/vg' };
    const from = host('a', { pools: [pool, lvm] });
    expect(fitProblems(vm(of), from, host('b', to), plain).map((problem) => problem.check)).toEqual(checks);
  });

  test('on shared storage it needs no room', () => {
    const full = { ...pool, availableBytes: 0 };
    const moving = vm({ disks: [{ ...disk, source: '/san/a.qcow2' }] });
    expect(
      fitProblems(moving, host('a', { pools: [pool, shared] }), host('b', { pools: [full, shared] }), plain),
    ).toEqual([]);
  });

  const nfs = { ...shared, type: 'dir', sharedAs: 'nfs1:/san' };
  test.each<[what: string, here: object, there: object, checks: FitCheck[]]>([
    ['mounted elsewhere it is other storage', shared, { ...shared, path: '/mnt/san' }, ['storage']],
    ['a folder of one file server is the same storage', nfs, nfs, []],
    ['a folder of another one is not', nfs, { ...nfs, sharedAs: 'nfs2:/san' }, ['storage']],
    ['nor is a folder of its own', nfs, { ...nfs, sharedAs: undefined }, ['storage']],
  ])('%s', (_what, here, there, checks) => {
    const moving = vm({ disks: [{ ...disk, source: '/san/a.qcow2' }] });
    const from = host('a', { pools: [{ ...shared, ...here }] });
    const to = host('b', { pools: [{ ...shared, ...there, availableBytes: 0 }] });
    expect(fitProblems(moving, from, to, plain).map((problem) => problem.check)).toEqual(checks);
  });

  const has = { encrypts: true };
  test.each<[what: string, from: object, to: object, of: Partial<MovingVm>, reasons: string[]]>([
    ['both hosts can', has, has, {}, []],
    ['the other cannot', has, {}, {}, ['it has no certificate for encrypted moves']],
    ['its own cannot', {}, has, {}, ['the VM’s host has no certificate for encrypted moves']],
    ['neither can and it is off', {}, {}, { state: 'shut-off' }, []],
  ])('where moves have to be encrypted and %s', (_what, from, to, of, reasons) => {
    const found = fitProblems(vm(of), host('a', from), host('b', to), { encrypt: true });
    expect(found.map((problem) => problem.reason)).toEqual(reasons);
  });

  test.each(['paused', 'shutting-down', 'provisioning', 'missing', 'unknown'] as const)(
    '%s, it is not moved',
    (state) => {
      expect(whyNotMove(vm({ state }))).not.toBeNull();
    },
  );
});

test.each([
  ['nothing is under way', [], true],
  [
    'its host has its fill',
    [
      ['a', 'x'],
      ['y', 'a'],
    ],
    false,
  ],
  [
    'the other has its fill',
    [
      ['x', 'b'],
      ['b', 'y'],
    ],
    false,
  ],
  ['the way between them is taken', [['b', 'a']], false],
  [
    'others are busy',
    [
      ['x', 'y'],
      ['x', 'z'],
    ],
    true,
  ],
] as const)('caps: %s', (_what, running, may) => {
  const moves = running.map(([fromHostId, toHostId]) => ({ fromHostId, toHostId }));
  const wait = whyWait({ fromHostId: 'a', toHostId: 'b' }, moves, {
    perHost: 2,
    perLink: 1,
    mibPerSecond: 0,
    encrypt: false,
  });
  expect(wait === null).toBe(may);
});
