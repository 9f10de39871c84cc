import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeLab } from './lab-in-test.ts';
import { runProgram } from './program-run.ts';

/** What the mini guest makes of a user-data file, with the awk it has. */
async function read(want: 'hostname' | 'keys' | 'script', document: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cloud-config-'));
  try {
    writeFileSync(join(folder, 'user-data'), `#cloud-config\n${document}`);
    return await runProgram('busybox', [
      'awk',
      '-v',
      `want=${want}`,
      '-f',
      join(import.meta.dirname, 'mini-guest/cloud-config.awk'),
      join(folder, 'user-data'),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describeLab('cloud-config as the mini guest reads it', () => {
  test.each([
    ['plain', 'hostname: web1\n', 'web1\n'],
    ['comment and quotes', 'hostname: "web1" # the first\nmanage_etc_hosts: true\n', 'web1\n'],
    ['fqdn', 'fqdn: web1.example.org\n', 'web1\n'],
    ['JSON', '{"hostname": "web1", "users": []}\n', 'web1\n'],
    ['JSON over several lines', '{\n  "users": [],\n  "hostname": "web1"\n}\n', 'web1\n'],
    ['none', 'ssh_pwauth: false\n', ''],
  ])('host name, %s', async (_, document, expected) => {
    expect(await read('hostname', document)).toBe(expected);
  });

  test.each([
    [
      'list',
      'ssh_authorized_keys:\n  - ssh-ed25519 AAAA me@home\n  - "ssh-rsa BBBB"\n',
      ['ssh-ed25519 AAAA me@home', 'ssh-rsa BBBB'],
    ],
    [
      'list at the indent of its key',
      'ssh_authorized_keys:\n- ssh-ed25519 AAAA\npackage_update: false\n',
      ['ssh-ed25519 AAAA'],
    ],
    [
      'flow',
      'ssh_authorized_keys: [ssh-ed25519 AAAA a b, "ssh-rsa BBBB"]\n',
      ['ssh-ed25519 AAAA a b', 'ssh-rsa BBBB'],
    ],
    [
      'of a user',
      'users:\n  - default\n  - name: root\n    ssh_authorized_keys:\n      - ssh-ed25519 AAAA\n',
      ['ssh-ed25519 AAAA'],
    ],
    ['none', 'hostname: x\n', []],
  ])('keys, %s', async (_, document, expected) => {
    expect((await read('keys', document)).split('\n').filter(Boolean).sort()).toEqual(expected);
  });

  test.each([
    [
      'strings',
      'runcmd:\n  - echo one\n  - "echo \\"two\\""\n  - \'it\'\'s\'\nfinal_message: done\n',
      `echo one\necho "two"\nit's\n`,
    ],
    [
      'lists',
      'runcmd:\n  - [ sh, -c, "echo \'a, b\'" ]\n  - - touch\n    - /x y\n',
      `'sh' '-c' 'echo '\\''a, b'\\'''\n'touch' '/x y'\n`,
    ],
    [
      'block',
      'runcmd:\n  - |\n    for i in 1 2; do\n      echo $i\n    done\n  - echo end\n',
      'for i in 1 2; do\n  echo $i\ndone\n\necho end\n',
    ],
    ['JSON', '{"runcmd":[["sh","-c","a\\nb"],"echo \\u0041"]}', `'sh' '-c' 'a\nb'\necho A\n`],
    [
      'files before commands',
      "write_files:\n- path: /etc/x\n  permissions: '0600'\n  content: |\n    a: b\nruncmd:\n- cat /etc/x\n",
      `mkdir -p "$(dirname '/etc/x')"\nprintf %s 'a: b\n' > '/etc/x'\nchmod '0600' '/etc/x'\ncat /etc/x\n`,
    ],
    ['none', 'hostname: x\n', ''],
  ])('first-boot script, %s', async (_, document, expected) => {
    expect(await read('script', document)).toBe(expected);
  });
});
