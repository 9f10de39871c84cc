import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { keyFileSealer } from '../../platform/secrets/key-file-sealer.ts';
import { SealBroken } from '../../platform/secrets/sealer.ts';
import { desktopSealer } from './desktop-sealer.ts';
import { answerKeychain, whyNoKeychain, type Keychain, type KeychainQuestion } from './keychain.ts';

const key = randomBytes(16);
const nonce = randomBytes(16);

/** A keychain of ours: Chromium's layout, a prefix for the kind of key and then the ciphertext. */
function keychain(prefix: string, options: { available?: boolean; failing?: string } = {}): Keychain {
  const fail = (): void => {
    if (options.failing !== undefined) throw new Error(options.failing);
  };
  return {
    isAsyncEncryptionAvailable: async () => options.available ?? true,
    encryptStringAsync: async (text) => {
      fail();
      const cipher = createCipheriv('aes-128-cbc', key, nonce);
      return Buffer.concat([Buffer.from(prefix), cipher.update(text, 'utf8'), cipher.final()]);
    },
    decryptStringAsync: async (sealed) => {
      fail();
      const cipher = createDecipheriv('aes-128-cbc', key, nonce);
      const result = Buffer.concat([cipher.update(sealed.subarray(3)), cipher.final()]).toString('utf8');
      return { shouldReEncrypt: false, result };
    },
  };
}

describe('whether the keychain is used', () => {
  const plainText = /only plain text is offered, and that is refused/;
  test.each<[what: string, keychain: Keychain, platform: NodeJS.Platform, why: RegExp | undefined]>([
    ['Linux with a keyring', keychain('v11'), 'linux', undefined],
    ['Linux with the portal', keychain('v12'), 'linux', undefined],
    ['Linux with Chromium’s built-in password', keychain('v10'), 'linux', plainText],
    ['Linux with a key nobody knows here', keychain('v99'), 'linux', plainText],
    ['Linux with no prefix at all', keychain(''), 'linux', plainText],
    ['macOS, whose keychain’s prefix is v10', keychain('v10'), 'darwin', undefined],
    ['Windows', keychain('v10'), 'win32', undefined],
    ['nothing there', keychain('v11', { available: false }), 'linux', /offers no keychain/],
    ['nothing there on macOS', keychain('v10', { available: false }), 'darwin', /offers no keychain/],
    ['locked', keychain('v11', { failing: 'it is locked' }), 'linux', /it is locked.*key file instead/],
  ])('%s', async (_what, offered, platform, why) => {
    const answer = await whyNoKeychain(offered, platform);
    if (why === undefined) expect(answer).toBeUndefined();
    else expect(answer).toMatch(why);
  });
});

describe('questions of the engine', () => {
  test('what was sealed opens, and is not readable meanwhile', async () => {
    const sealed = await answerKeychain(keychain('v11'), { id: 1, verb: 'seal', text: 'geheim' });
    expect(Buffer.from(sealed.text ?? '', 'base64').toString('latin1')).not.toContain('geheim');
    expect(await answerKeychain(keychain('v11'), { id: 2, verb: 'open', text: sealed.text ?? '' })).toEqual({
      id: 2,
      text: 'geheim',
    });
  });

  test.each<KeychainQuestion>([
    { id: 3, verb: 'seal', text: 'geheim' },
    { id: 4, verb: 'open', text: 'djEx' },
  ])(
    'a keychain that fails: question $id is answered with its words, never with the secret',
    async (question) => {
      const failing = keychain('v11', { failing: 'it is locked' });
      expect(await answerKeychain(failing, question)).toEqual({ id: question.id, failure: 'it is locked' });
    },
  );
});

describe('sealing on the desktop', () => {
  const folder = mkdtempSync(join(tmpdir(), 'desktop-sealer-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const keyFile = keyFileSealer(join(folder, 'secrets.key'));
  const sealerOn = (used: Keychain) =>
    desktopSealer({ ask: async (verb, text) => await answerKeychain(used, { id: 1, verb, text }), keyFile });
  const sealer = sealerOn(keychain('v11'));

  test('seals with the keychain and opens again', async () => {
    const sealed = await sealer.seal('ein Schlüssel', 'host:1');
    expect(sealed).toMatch(/^keychain:[A-Za-z0-9+/]+=*$/);
    expect(await sealer.open(sealed, 'host:1')).toBe('ein Schlüssel');
  });

  test('opens what the key file sealed before', async () => {
    expect(await sealer.open(await keyFile.seal('older', 'host:1'), 'host:1')).toBe('older');
  });

  test.each<[what: string, open: () => Promise<string>, fault: string]>([
    [
      'for another purpose',
      async () => await sealer.open(await sealer.seal('x', 'host:1'), 'host:2'),
      'damaged',
    ],
    [
      'something else in the keychain’s hand',
      async () => {
        const { text } = await answerKeychain(keychain('v11'), { id: 1, verb: 'seal', text: 'not ours' });
        return await sealer.open(`keychain:${text}`, 'host:1');
      },
      'damaged',
    ],
    [
      'a keychain that is locked',
      async () => await sealerOn(keychain('v11', { failing: 'locked' })).open('keychain:djEx', 'host:1'),
      'key-unreadable',
    ],
    [
      'by the command line, which has no keychain',
      async () => await keyFile.open(await sealer.seal('x', 'host:1'), 'host:1'),
      'other-key',
    ],
  ])('does not open %s', async (_what, open, fault) => {
    const error = await open().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(SealBroken);
    expect((error as SealBroken).fault).toBe(fault);
  });
});
