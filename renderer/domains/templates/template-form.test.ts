import { describe, expect, test } from 'vitest';
import { emptyTemplate, guessOf, importInput, minimumProblems, templateProblems } from './template-form.ts';
import type { TemplateValues } from './template-form.ts';

const values = (some: Partial<TemplateValues>): TemplateValues => ({ ...emptyTemplate, ...some });

describe('the input of an import', () => {
  test.each<[string, Partial<TemplateValues>, object]>([
    ['a file', { path: ' /img/d12.qcow2 ' }, { source: { kind: 'file', path: '/img/d12.qcow2' } }],
    [
      'a URL',
      { sourceKind: 'url', url: 'https://x.net/a.img ', path: '/left/over' },
      { source: { kind: 'url', url: 'https://x.net/a.img' } },
    ],
    [
      'sizes in the units of the fields',
      { minDiskGib: 2.5, minMemoryMib: 768, minVcpus: 2 },
      { minDiskBytes: 2_684_354_560, minMemoryBytes: 805_306_368, minVcpus: 2 },
    ],
    ['no minimum', { minDiskGib: '', minMemoryMib: '' }, { minDiskBytes: 0, minMemoryBytes: 0 }],
    ['a checksum in capitals', { sha256: ` ${'AB'.repeat(32)}` }, { sha256: 'ab'.repeat(32) }],
  ])('%s', (_, some, expected) => {
    expect(importInput(values(some))).toMatchObject(expected);
  });

  test('no checksum: none is sent', () => {
    expect(importInput(values({ sha256: '  ' }))).not.toHaveProperty('sha256');
  });
});

describe('what is wrong with it', () => {
  test.each<[string, string | null, RegExp | null]>([
    ['a path from nowhere', templateProblems.path('d12.qcow2', values({})), /whole path/],
    ['a path', templateProblems.path('/img/d12.qcow2', values({})), null],
    ['a path on Windows', templateProblems.path(String.raw`C:\img\d12.qcow2`, values({})), null],
    ['a path that is not asked for', templateProblems.path('', values({ sourceKind: 'url' })), null],
    ['another protocol', templateProblems.url('ftp://x.net/a.img', values({ sourceKind: 'url' })), /https/],
    [
      'an address without a file',
      templateProblems.url('https://x.net', values({ sourceKind: 'url' })),
      /names the file/,
    ],
    ['an address', templateProblems.url('https://x.net/a.img', values({ sourceKind: 'url' })), null],
    ['half a checksum', templateProblems.sha256('ab12'), /64 hexadecimal/],
    ['half a vCPU', minimumProblems.minVcpus(0.5), /At least 1/],
    ['no vCPU', minimumProblems.minVcpus(''), /At least 1/],
    ['less than nothing', minimumProblems.minDiskGib(-1), /GiB/],
  ])('%s', (_, problem, words) => {
    if (words === null) expect(problem).toBeNull();
    else expect(problem).toMatch(words);
  });
});

test.each([
  ['/srv/debian-12-genericcloud-amd64.qcow2', 'Debian 12', 'Debian 12'],
  ['https://cloud.example/ubuntu-24.04-server-cloudimg-amd64.img', 'Ubuntu 24.04', 'Ubuntu 24.04'],
  ['https://x.net/Rocky-9.4.qcow2?mirror=1', 'Rocky Linux 9.4', 'Rocky Linux 9.4'],
  [String.raw`C:\images\acct.qcow2`, 'acct', ''],
  ['/srv/images', '', ''],
])('of %s the name is guessed as %j', (source, name, os) => {
  expect(guessOf(source)).toEqual({ name, os });
});
