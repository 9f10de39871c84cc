import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { joinAddressFor } from './join-address.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'join-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test('is a short path in a folder that only this user can enter', () => {
  vi.stubEnv('XDG_RUNTIME_DIR', folder);
  const address = joinAddressFor(`/a/very/long/${'x'.repeat(300)}.sqlite`);
  expect(dirname(address)).toBe(join(folder, 'innkeeper'));
  expect(statSync(dirname(address)).mode & 0o777).toBe(0o700);
  expect(address).toBe(joinAddressFor(`/a/very/long/${'x'.repeat(300)}.sqlite`));
});

test('without a runtime folder it is in the folder for temporary files, in one of this user', () => {
  vi.stubEnv('XDG_RUNTIME_DIR', '');
  vi.stubEnv('TMPDIR', folder);
  const address = joinAddressFor('/s.sqlite');
  expect(address.startsWith(`${folder}/innkeeper-${process.getuid?.()}/innkeeper/`)).toBe(true);
  expect(statSync(join(address, '../..')).mode & 0o777).toBe(0o700);
});

test.runIf(process.getuid?.() === 0)('a folder that another user made is refused', () => {
  vi.stubEnv('XDG_RUNTIME_DIR', '');
  vi.stubEnv('TMPDIR', folder);
  const made = join(folder, 'innkeeper-0');
  mkdirSync(made);
  chownSync(made, 65_534, 65_534);
  expect(() => joinAddressFor('/s.sqlite')).toThrow(`${made} belongs to another user of this machine.`);
});

test('a link in its place is refused', () => {
  vi.stubEnv('XDG_RUNTIME_DIR', folder);
  symlinkSync(tmpdir(), join(folder, 'innkeeper'));
  expect(() => joinAddressFor('/s.sqlite')).toThrow('belongs to another user');
});
