import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFileSealer } from './key-file-sealer.ts';
import { SealBroken } from './sealer.ts';

let folder = '';
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'innkeeper-key-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const newPath = (): string => join(folder, `new ${(files += 1)}`, 'innkeeper.key');
const purpose = 'host:1:passphrase';

async function faultOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'none',
    (error: unknown) => (error instanceof SealBroken ? error.fault : String(error)),
  );
}

describe('the key file sealer', () => {
  test('opens what it sealed, also another one on the same file', async () => {
    const path = newPath();
    const sealer = keyFileSealer(path);
    for (const plain of ['', 'hunter2', 'é 🏨 \n', 'x'.repeat(100_000)]) {
      const sealed = await sealer.seal(plain, purpose);
      expect(await keyFileSealer(path).open(sealed, purpose)).toBe(plain);
      if (plain !== '') expect(sealed).not.toContain(plain);
    }
    expect(sealer.describe()).toBe(`key file ${path}`);
  });

  test('never seals twice to the same text', async () => {
    const sealer = keyFileSealer(newPath());
    const sealed = await Promise.all(
      Array.from({ length: 50 }, async () => await sealer.seal('same', purpose)),
    );
    expect(new Set(sealed).size).toBe(50);
  });

  test('makes its file for its user alone, and says nothing of it when sealing', async () => {
    const path = newPath();
    const sealed = await keyFileSealer(path).seal('x', purpose);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, '..'))).toEqual(['innkeeper.key']);
    expect(sealed).not.toContain(readFileSync(path, 'utf8').trim());
  });

  test('refuses another purpose, another key, and every changed byte', async () => {
    const sealer = keyFileSealer(newPath());
    const sealed = await sealer.seal('hunter2', purpose);
    expect(await faultOf(sealer.open(sealed, 'host:2:passphrase'))).toBe('damaged');
    expect(await faultOf(keyFileSealer(newPath()).open(sealed, purpose))).toBe('other-key');
    for (const [index, letter] of sealed.split('').entries()) {
      // The last letter of base64url may hold bits that count for nothing.
      const isPadding = sealed[index + 1] === undefined || sealed[index + 1] === '.';
      const changed = sealed.slice(0, index) + (letter === 'A' ? 'B' : 'A') + sealed.slice(index + 1);
      if (!isPadding)
        expect(['damaged', 'other-key']).toContain(await faultOf(sealer.open(changed, purpose)));
    }
    for (const text of [
      '',
      'k1',
      'k1...',
      'k2.a.b.c',
      `${sealed}.x`,
      sealed.slice(0, -10),
      sealed.split('.').slice(0, 3).join('.'),
    ]) {
      expect(['damaged', 'other-key']).toContain(await faultOf(sealer.open(text, purpose)));
    }
  });

  test.for([0o640, 0o604, 0o666, 0o620])('refuses a key file of mode %o', async (mode) => {
    const path = newPath();
    await keyFileSealer(path).seal('x', purpose);
    chmodSync(path, mode);
    const opening = keyFileSealer(path).seal('x', purpose);
    await expect(opening).rejects.toThrow(`mode ${mode.toString(8)}`);
    expect(await faultOf(keyFileSealer(path).seal('x', purpose))).toBe('key-exposed');
  });

  const unusable: readonly [what: string, make: (path: string) => void][] = [
    ['empty', (path) => writeFileSync(path, '', { mode: 0o600 })],
    ['too short', (path) => writeFileSync(path, 'abcd', { mode: 0o600 })],
    ['something else', (path) => writeFileSync(path, 'x'.repeat(5000), { mode: 0o600 })],
    ['a folder', (path) => mkdirSync(path, { mode: 0o700 })],
  ];
  test.for(unusable)('refuses a key file that is %s, and leaves it', async ([, make]) => {
    const path = newPath();
    mkdirSync(join(path, '..'), { recursive: true });
    make(path);
    expect(await faultOf(keyFileSealer(path).seal('x', purpose))).toBe('key-unreadable');
    expect(existsSync(path)).toBe(true);
  });

  test('is one key when processes make it at once', async () => {
    const path = newPath();
    const module = fileURLToPath(new URL('./key-file-sealer.ts', import.meta.url));
    const code = `import { keyFileSealer } from ${JSON.stringify(module)}; console.log(await keyFileSealer(${JSON.stringify(path)}).seal('x', 'race'))`;
    const seals = await Promise.all(
      Array.from({ length: 4 }, async () => await outputOf(['--input-type=module', '-e', code])),
    );
    const sealer = keyFileSealer(path);
    for (const sealed of seals) expect(await sealer.open(sealed.trim(), 'race')).toBe('x');
    expect(readdirSync(join(path, '..'))).toEqual(['innkeeper.key']);
  });
});

async function outputOf(args: readonly string[]): Promise<string> {
  return await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}
