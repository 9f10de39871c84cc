import { describe, expect, test } from 'vitest';
import type { TemplateRow } from '../../../shared/domains/templates/templates-contract.ts';
import { GIB, MIB } from '../../../shared/kernel/bytes.ts';
import {
  emptyVm,
  fieldOf,
  networkChoices,
  placementInput,
  sizeOf,
  vmCreateInput,
  vmProblems,
} from './vm-create-form.ts';
import type { VmCreateValues } from './vm-create-form.ts';

const vm = (some: Partial<VmCreateValues>): VmCreateValues => ({
  ...emptyVm,
  name: 'acct-4812',
  templateId: 'tpl_1',
  network: 'network:default',
  ...some,
});
const template: TemplateRow = {
  id: 'tpl_1',
  name: 'Debian 12',
  os: 'Debian 12',
  state: 'ready',
  format: 'qcow2',
  virtualSizeBytes: 10 * GIB,
  fileBytes: GIB,
  sha256: '',
  minDiskBytes: 0,
  minMemoryBytes: GIB,
  minVcpus: 2,
  source: '',
  hosts: [],
  vms: 0,
  createdAt: '2026-11-22T10:00:00.000Z',
};

describe('what is wrong with a VM as typed', () => {
  test.each<[string, Partial<VmCreateValues>, Record<string, RegExp>]>([
    ['nothing', {}, {}],
    [
      'nothing was chosen',
      { templateId: null, network: null, name: '' },
      { templateId: /made from/, network: /plugged/, name: /acct-4812/ },
    ],
    ['capitals in the name', { name: 'Acct' }, { name: /Lower-case/ }],
    ['blanks around the name do no harm', { name: ' acct-1 ' }, {}],
    ['fewer vCPUs than the template needs', { vcpus: 1 }, { vcpus: /at least 2/ }],
    ['less memory than it needs', { memoryGib: 0.5 }, { memoryGib: /1 GiB/ }],
    ['a smaller disk than the image', { diskGib: 9.9 }, { diskGib: /10 GiB/ }],
    [
      'empty sizes',
      { vcpus: '', memoryGib: '', diskGib: '' },
      { vcpus: /256/, memoryGib: /64 MiB/, diskGib: /GiB/ },
    ],
    [
      'a static address',
      { addressing: 'static', cidr: '10.42.7.131/24', gateway: '10.42.7.1', nameservers: '9.9.9.9, 1.1.1.1' },
      {},
    ],
    [
      'a static address without its prefix',
      { addressing: 'static', cidr: '10.42.7.131' },
      { cidr: /prefix/ },
    ],
    ['no such byte', { addressing: 'static', cidr: '10.42.7.256/24' }, { cidr: /prefix/ }],
    ['a gateway by name', { addressing: 'static', cidr: '10.0.0.2/8', gateway: 'gate' }, { gateway: /IPv4/ }],
    [
      'a name server by name',
      { addressing: 'static', cidr: '10.0.0.2/8', nameservers: '9.9.9.9 dns' },
      { nameservers: /"dns"/ },
    ],
    ['an address left over while DHCP is chosen', { cidr: 'nonsense' }, {}],
    ['a key that is none', { sshKeys: 'ssh-ed25519 AAAA me\nhello' }, { sshKeys: /Line 2/ }],
    ['a tag with a slash', { tags: 'vip a/b' }, { tags: /"a\/b"/ }],
  ])('%s', (_, some, expected) => {
    const problems = vmProblems(vm(some), template);
    expect(Object.keys(problems).toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const [field, words] of Object.entries(expected)) expect(problems[field]).toMatch(words);
  });
});

describe('the input of the call', () => {
  test('sizes in bytes, lists from lines and words, no address where DHCP gives it', () => {
    const input = vmCreateInput(
      vm({ memoryGib: 0.5, diskGib: 2.5, vcpus: 1, tags: 'vip, batch vip', sshKeys: ' ssh-a b\n\nssh-c d ' }),
    );
    expect(input).toMatchObject({
      vcpus: 1,
      memoryBytes: 512 * MIB,
      diskBytes: 2.5 * GIB,
      network: { kind: 'network', name: 'default' },
      hostId: null,
      tags: ['vip', 'batch'],
      sshKeys: ['ssh-a b', 'ssh-c d'],
    });
    expect(input).not.toHaveProperty('address');
  });

  test('a static address goes along whole', () => {
    const typed = vm({
      addressing: 'static',
      cidr: ' 10.0.0.2/8 ',
      gateway: '10.0.0.1',
      nameservers: '9.9.9.9',
    });
    expect(vmCreateInput(typed)?.address).toEqual({
      cidr: '10.0.0.2/8',
      gateway: '10.0.0.1',
      nameservers: ['9.9.9.9'],
    });
  });

  test.each<[string, Partial<VmCreateValues>]>([
    ['no template', { templateId: null }],
    ['no network', { network: null }],
    ['no size', { vcpus: '' }],
  ])('%s: there is none yet', (_, some) => {
    expect(vmCreateInput(vm(some))).toBeNull();
  });
});

test('hosts are asked for by all that filters of clusters look at, and for the cluster that was chosen', () => {
  const typed = vm({ clusterId: 'cl_1', customerId: 'cust_1', tags: 'vip' });
  const asked = { vcpus: 2, memoryBytes: 4 * GIB, diskBytes: 20 * GIB, templateId: 'tpl_1' };
  expect(placementInput(typed)).toEqual({ ...asked, clusterId: 'cl_1', customerId: 'cust_1', tags: ['vip'] });
  expect(vmCreateInput(typed)).toMatchObject({ clusterId: 'cl_1' });
  // Half a tag is no tag: it is asked without.
  expect(placementInput(vm({ tags: 'a/b' }))).toEqual({ ...asked, clusterId: null, customerId: null });
  expect(placementInput(vm({ vcpus: '' }))).toBeNull();
});

test.each<[Partial<VmCreateValues>, boolean]>([
  [{}, true],
  [{ vcpus: 1.5 }, false],
  [{ vcpus: 257 }, false],
  [{ memoryGib: 0.01 }, false],
  [{ diskGib: 0 }, false],
])('a size of %j can be asked about: %s', (some, usable) => {
  expect(sizeOf(vm(some)) !== null).toBe(usable);
});

test('networks that are not active are no choice', () => {
  expect(
    networkChoices([
      { kind: 'network', name: 'default', bridge: 'virbr0', active: true, forward: 'nat' },
      { kind: 'network', name: 'off', bridge: '', active: false, forward: '' },
      { kind: 'bridge', name: 'br0', bridge: 'br0', active: true, forward: '' },
    ]),
  ).toEqual([
    { value: 'network:default', label: 'default (network, nat)' },
    { value: 'bridge:br0', label: 'br0 (bridge)' },
  ]);
});

test.each([
  ['address.cidr', 'cidr'],
  ['memoryBytes', 'memoryGib'],
  ['sshKeys.3', 'sshKeys'],
  ['network.name', 'network'],
  ['nothing.else', null],
])('what is said of %s stands beside %s', (path, field) => {
  expect(fieldOf(path)).toBe(field);
});
