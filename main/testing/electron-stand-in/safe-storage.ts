import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from './app.ts';
import { standInOptions } from './stand-in-options.ts';

/** Chromium's own layout on Linux: a prefix for the kind of key, then AES-128-CBC with a nonce of 16 blanks. */
const nonce = Buffer.alloc(16, ' ');
const derive = (password: string): Buffer => pbkdf2Sync(password, 'saltysalt', 1, 16, 'sha1');

function keyFor(prefix: string): Buffer {
  return derive(prefix === 'v10' ? 'peanuts' : keyringPassword());
}

/** What a keyring would keep for this program, over all its starts. */
function keyringPassword(): string {
  const file = join(app.getPath('userData'), 'keyring-of-the-stand-in');
  if (!existsSync(file)) writeFileSync(file, randomBytes(16).toString('base64'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

export const safeStorage = {
  isAsyncEncryptionAvailable: async (): Promise<boolean> => standInOptions.keychain !== 'none',
  encryptStringAsync: async (text: string): Promise<Buffer> => {
    const prefix = standInOptions.keychain === 'keyring' ? 'v11' : 'v10';
    const cipher = createCipheriv('aes-128-cbc', keyFor(prefix), nonce);
    return Buffer.concat([Buffer.from(prefix), cipher.update(text, 'utf8'), cipher.final()]);
  },
  decryptStringAsync: async (sealed: Buffer): Promise<{ shouldReEncrypt: boolean; result: string }> => {
    const decipher = createDecipheriv('aes-128-cbc', keyFor(sealed.toString('latin1', 0, 3)), nonce);
    const result = Buffer.concat([decipher.update(sealed.subarray(3)), decipher.final()]).toString('utf8');
    return { shouldReEncrypt: false, result };
  },
};
