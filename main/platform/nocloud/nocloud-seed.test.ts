import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isoImage } from './iso-image.ts';
import { noCloudImage, type NoCloudSeed } from './nocloud-seed.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seed-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What another program reads from the image: isoinfo of genisoimage, the reference implementation. */
function readBack(image: Uint8Array, joliet: boolean): Record<string, string> {
  const file = join(folder, 'seed.iso');
  writeFileSync(file, image);
  const flags = joliet ? ['-J'] : [];
  const listed = execFileSync('isoinfo', ['-f', ...flags, '-i', file], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return Object.fromEntries(
    listed.map((path) => [
      path.replace(/^\//, ''),
      execFileSync('isoinfo', [...flags, '-x', path, '-i', file], { encoding: 'utf8' }),
    ]),
  );
}

const seed: NoCloudSeed = {
  instanceId: 'vm_1',
  hostname: 'acct-1',
  sshKeys: ['ssh-ed25519 AAAAC3 anna@desk'],
  firstBootScript: 'echo "it\'s: on" > /root/done',
  address: {
    mac: '52:54:00:00:00:01',
    cidr: '10.77.0.20/24',
    gateway: '10.77.0.1',
    nameservers: ['9.9.9.9'],
  },
};

test('another program reads label, names and contents', () => {
  const image = noCloudImage(seed);
  const files = readBack(image, true);
  expect(Object.keys(files).sort()).toEqual(['meta-data', 'network-config', 'user-data']);
  expect(files['meta-data']).toBe('instance-id: vm_1\nlocal-hostname: acct-1\n');
  expect(files['network-config']).toContain('- 10.77.0.20/24');
  expect(execFileSync('isoinfo', ['-d', '-i', join(folder, 'seed.iso')], { encoding: 'utf8' })).toMatch(
    /Volume id: cidata/,
  );
});

test('readers without Joliet find the files too', () => {
  expect(
    Object.keys(readBack(noCloudImage(seed), false)).map((name) => name.toLowerCase().replace(/;1$/, '')),
  ).toContain('user-data');
});

test('the same seed gives the same bytes', () => {
  expect(noCloudImage(seed)).toEqual(noCloudImage({ ...seed }));
});

test('the script arrives byte for byte, whatever is in it', () => {
  const script = '#!/bin/bash\necho "quotes \' and ünïcode" \\\n  $HOME # : - {a: b}';
  const userData = readBack(noCloudImage({ ...seed, firstBootScript: script }), true)['user-data'] ?? '';
  const encoded = /echo ([A-Za-z0-9+/=]+) \|/.exec(userData)?.[1] ?? '';
  expect(Buffer.from(encoded, 'base64').toString('utf8')).toBe(`${script}\n`);
});

test.each([
  [
    'a key cannot add keys of its own to the configuration',
    { ...seed, sshKeys: ['ssh-rsa AAAA x"\nruncmd: [reboot]'] },
    /^runcmd: \[reboot\]$/m,
    false,
  ],
  ['no script, no command', { ...seed, firstBootScript: '  \n' }, /runcmd/, false],
  ['a script without an interpreter gets a shell', seed, /runcmd/, true],
])('%s', (_name, input, pattern, expected) => {
  expect(pattern.test(readBack(noCloudImage(input), true)['user-data'] ?? '')).toBe(expected);
});

test('without an address there is no network configuration: the guest asks DHCP', () => {
  const { address: _address, ...dhcp } = seed;
  expect(Object.keys(readBack(noCloudImage(dhcp), true))).not.toContain('network-config');
});

test('a file larger than a sector comes back whole', () => {
  const content = new Uint8Array(10_000).map((_, i) => 65 + (i % 26));
  expect(readBack(isoImage('cidata', [{ name: 'big', content }]), true)['big']).toBe(
    Buffer.from(content).toString(),
  );
});

test.each(['', 'seventeen-letters', 'has blank'])('the label "%s" is refused', (label) => {
  expect(() => isoImage(label, [])).toThrow(RangeError);
});
