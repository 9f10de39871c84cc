import { describe, expect, test } from 'vitest';
import type { HostFactsRead, HostNetworkFacts, StoragePoolFacts } from './host-facts.ts';
import { hostProblems } from './host-problems.ts';
import { parseShellFacts } from './host-shell-facts.ts';

const pool = (more: Partial<StoragePoolFacts> = {}): StoragePoolFacts => ({
  name: 'default',
  type: 'dir',
  path: '/var/lib/libvirt/images',
  active: true,
  capacityBytes: 100,
  allocationBytes: 50,
  availableBytes: 50,
  ...more,
});
const bridge: HostNetworkFacts = {
  kind: 'bridge',
  name: 'br0',
  bridge: 'br0',
  active: true,
  forward: 'bridge',
};
const shell = {
  bootId: '',
  clockOffsetMs: 0,
  cpuModel: '',
  bridges: [],
  bridgeTrafficDropped: false,
  startedAtMs: new Map(),
  mounts: [],
  movesTls: false,
};
type Facts = Pick<HostFactsRead, 'pools' | 'networks' | 'libvirtVersion' | 'kvm' | 'shell'>;
const well: Facts = { pools: [pool()], networks: [bridge], libvirtVersion: '9.0.0', kvm: true, shell };

describe('problems of a host', () => {
  const cases: readonly [string, Partial<Facts>, string[], RegExp][] = [
    ['none', {}, [], /^$/],
    ['no default pool', { pools: [pool({ name: 'data' })] }, ['no-default-pool'], /pool-define-as default/],
    ['a pool that is off', { pools: [pool({ active: false })] }, ['pool-inactive'], /pool-start default/],
    [
      'a pool nearly full',
      { pools: [pool({ availableBytes: 9 })] },
      ['pool-nearly-full'],
      /9 B of 100 B are free/,
    ],
    ['a pool of unknown size', { pools: [pool({ capacityBytes: 0, availableBytes: 0 })] }, [], /^$/],
    ['no network', { networks: [{ ...bridge, active: false }] }, ['no-bridge'], /net-start default/],
    [
      'a firewall before the bridge',
      { shell: { ...shell, bridgeTrafficDropped: true } },
      ['no-guest-bridge-traffic'],
      /bridge-nf-call-iptables/,
    ],
    ['a clock ahead', { shell: { ...shell, clockOffsetMs: 90_000 } }, ['clock-off'], /90 s ahead/],
    ['a clock behind', { shell: { ...shell, clockOffsetMs: -3_000 } }, ['clock-off'], /3 s behind/],
    ['a clock nobody could ask', { shell: null }, [], /^$/],
    ['an old libvirt', { libvirtVersion: '7.10.0' }, ['libvirt-old'], /7\.10\.0 is older than 8\.0\.0/],
    ['no KVM', { kvm: false }, ['no-kvm'], /emulated/],
    ['several', { kvm: false, pools: [] }, ['no-default-pool', 'no-kvm'], /emulated/],
  ];
  test.each(cases)('%s', (_name, facts, codes, words) => {
    const found = hostProblems({ ...well, ...facts });
    expect(found.map((problem) => problem.code)).toEqual(codes);
    expect(found.map((problem) => problem.sentence).join(' ')).toMatch(words);
  });
});

describe('what a shell tells', () => {
  const boot = 'boot 0b0e7d0a-2f0c-4f7e-8a3d-3c5d1e2f3a4b';
  const asked = { askedAtMs: 1_000_000, answeredAtMs: 1_000_200 };
  const cases: readonly [string, string, number | null][] = [
    ['a clock that agrees', 'clock 1000.100000000', 0],
    ['a clock within what the question took', 'clock 1000.190000000', 0],
    ['a clock ahead', 'clock 1060.100000000', 60_000],
    ['a clock behind', 'clock 940.100000000', -60_000],
    ['whole seconds', 'clock 1000.N', 0],
    ['no clock', 'clock ', null],
  ];
  test.each(cases)('%s', (_name, line, offset) => {
    expect(parseShellFacts(`${boot}\n${line}\n`, asked)?.clockOffsetMs).toBe(offset);
  });

  test('bridges, firewall, CPU, mounts and when guests were started', () => {
    const facts = parseShellFacts(
      `${boot}\nclock 1000.1\ncpu AMD EPYC  7443P\nbridge br0 up\nbridge br1 down\nforward -P FORWARD DROP\nstarted 990 two words\nmount nfs1:/a\\040b /srv/vms\n`,
      asked,
    );
    expect(facts).toMatchObject({
      cpuModel: 'AMD EPYC 7443P',
      bridges: [
        { name: 'br0', up: true },
        { name: 'br1', up: false },
      ],
      bridgeTrafficDropped: true,
      mounts: [{ source: 'nfs1:/a b', path: '/srv/vms' }],
    });
    expect(facts?.startedAtMs.get('two words')).toBe(990_000);
  });

  test.each([[''], ['Welcome to this host. Choose: 1) reboot'], ['boot $(cat /proc/…)']])(
    'nothing, in %j',
    (answer) => {
      expect(parseShellFacts(answer, asked)).toBeNull();
    },
  );
});
