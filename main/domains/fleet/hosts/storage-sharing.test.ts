import { expect, test } from 'vitest';
import type { StoragePoolFacts } from './host-facts.ts';
import { storageOfPool, withMounts, type PoolSource } from './storage-sharing.ts';

const none: PoolSource = { hosts: [], folder: '', device: '', name: '' };

test.each<[string, Partial<PoolSource>, string]>([
  ['netfs', { hosts: ['nfs1'], folder: '/export/' }, 'nfs1:/export'],
  ['netfs', { hosts: ['nfs1'], folder: '/' }, 'nfs1:/'],
  ['rbd', { hosts: ['mon2', 'mon1'], name: 'vms' }, 'rbd mon1,mon2 vms'],
  ['gluster', { hosts: ['g1'], name: 'vol', folder: '/vms' }, 'gluster g1 vol/vms'],
  ['iscsi', { hosts: ['san'], device: 'iqn.2026-11.example:a' }, 'iscsi san iqn.2026-11.example:a'],
  ['iscsi', { hosts: ['san'] }, ''],
  ['dir', {}, ''],
  ['logical', { name: 'vg0', device: '/dev/sdb' }, ''],
])('a pool of type %s from %j is known as “%s”', (type, source, name) => {
  expect(storageOfPool(type, { ...none, ...source })).toBe(name);
});

const pool: StoragePoolFacts = {
  name: 'default',
  type: 'dir',
  path: '/srv/vms/images',
  active: true,
  capacityBytes: 1,
  allocationBytes: 0,
  availableBytes: 1,
};

test.each([
  ['the folder itself', [{ source: 'nfs1:/vms', path: '/srv/vms/images' }], 'nfs1:/vms'],
  ['a folder above it', [{ source: 'nfs1:/vms/', path: '/srv/vms' }], 'nfs1:/vms/images'],
  [
    'two of them, the nearer one',
    [
      { source: 'nfs1:/a', path: '/srv' },
      { source: 'nfs2:/b', path: '/srv/vms' },
    ],
    'nfs2:/b/images',
  ],
  ['one that only begins like it', [{ source: 'nfs1:/vms', path: '/srv/vm' }], undefined],
  ['nothing', [], undefined],
])('mounted is %s', (_what, mounts, name) => {
  expect(withMounts([pool], mounts).map(({ sharedAs }) => sharedAs)).toEqual([name]);
});
