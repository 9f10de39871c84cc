import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SshError, sshErrorKinds } from './ssh-error.ts';
import { generateSshKeyPair, hostKeyOf, publicKeyOf } from './ssh-key.ts';
import { whereIs } from './ssh-target.ts';
import { shellQuote } from './unix-socket-diagnosis.ts';

test('a generated key is one OpenSSH reads, with the same fingerprint', () => {
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-key-'));
  const pair = generateSshKeyPair('console of Łucja');
  writeFileSync(join(folder, 'key'), pair.privateKey, { mode: 0o600 });
  const publicKey = spawnSync('ssh-keygen', ['-y', '-f', join(folder, 'key')], {
    encoding: 'utf8',
  }).stdout.trim();
  writeFileSync(join(folder, 'key.pub'), pair.publicKey);
  const listed = spawnSync('ssh-keygen', ['-lf', join(folder, 'key.pub')], { encoding: 'utf8' }).stdout;
  rmSync(folder, { recursive: true });
  expect(publicKey.split(' ').slice(0, 2)).toEqual(pair.publicKey.split(' ').slice(0, 2));
  expect(publicKeyOf(pair.privateKey)).toBe(pair.publicKey);
  expect(pair.publicKey).toMatch(/^ssh-ed25519 \S+ console of \?ucja$/);
  const { algorithm, fingerprint } = hostKeyOf(Buffer.from(pair.publicKey.split(' ')[1] ?? '', 'base64'));
  expect(algorithm).toBe('ssh-ed25519');
  expect(listed).toContain(`${fingerprint} `);
});

test('every generated key is whole, also those whose public half begins with a zero', () => {
  const blobs = Array.from({ length: 1_500 }, () => generateSshKeyPair('test').publicKey.split(' ')[1] ?? '');
  expect(blobs.filter((blob) => Buffer.from(blob, 'base64').length !== 51)).toEqual([]);
});

test.each([
  [{ host: 'hv1' }, 'hv1'],
  [{ host: 'hv1', port: 22 }, 'hv1'],
  [{ host: 'hv1', port: 2222 }, 'hv1:2222'],
  [{ host: 'fd00::5' }, 'fd00::5'],
  [{ host: 'fd00::5', port: 2222 }, '[fd00::5]:2222'],
])('%j is written %s', (target, expected) => {
  expect(whereIs(target)).toBe(expected);
});

test.each(['plain', 'two words', "it's", '$(rm -rf /)', 'a"b`c\\d', 'line\nbreak'])(
  'a shell takes %j as one word',
  (word) => {
    expect(spawnSync('sh', ['-c', `printf %s ${shellQuote(word)}`], { encoding: 'utf8' }).stdout).toBe(word);
  },
);

test.each(sshErrorKinds)('%s is a sentence with what to do', (kind) => {
  const key = { algorithm: 'ssh-ed25519', fingerprint: 'SHA256:abc' };
  const error = new SshError(kind, {
    where: 'hv1',
    user: 'ops',
    hostKey: key,
    pinnedHostKey: { ...key, fingerprint: 'SHA256:old' },
    what: '/run/x',
    detail: 'words',
    timeoutMs: 10_000,
  });
  expect(error.message).toMatch(/^[A-Za-z/].*[.)?x]$/s);
  expect(error.message).not.toMatch(/undefined|\[object/);
  expect(error).toMatchObject({ code: `ssh-${kind}`, kind });
  // Without any fact but the place it must still be readable.
  expect(new SshError(kind, { where: 'hv1' }).message.length).toBeGreaterThan(20);
});
