import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { SealBroken, type Sealer } from './sealer.ts';

/** Sealed text: `k1.<key id>.<nonce>.<ciphertext and tag>`, all base64url. */
const format = 'k1';
const keyBytes = 32;
/** NIST SP 800-38D: 96-bit nonces, drawn at random, are safe for 2^32 seals under one key. */
const nonceBytes = 12;
const tagBytes = 16;

interface Key {
  readonly id: string;
  readonly secret: Buffer;
}

/**
 * Seals with AES-256-GCM and a key in a file of mode 600, made on first use. The purpose is authenticated, so a sealed text
 * moved to another place does not open there. Throws `SealBroken` when others may read the file (not checked on Windows,
 * where its folder's access list protects it).
 */
export function keyFileSealer(path: string): Sealer {
  let key: Key | undefined;
  const load = (): Key => (key ??= readOrCreate(path));
  return {
    seal: async (plain, purpose) => seal(load(), plain, purpose),
    open: async (sealed, purpose) => open(load(), sealed, purpose),
    describe: () => `key file ${path}`,
  };
}

function seal(key: Key, plain: string, purpose: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key.secret, nonce).setAAD(associated(key, purpose));
  const content = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return [format, key.id, nonce.toString('base64url'), content.toString('base64url')].join('.');
}

function open(key: Key, sealed: string, purpose: string): string {
  if (sealed.startsWith('keychain:')) {
    throw new SealBroken(
      'other-key',
      'This secret was sealed with the keychain that the desktop console uses. Keep the desktop console open, so that this works through it, or enter the secret again.',
    );
  }
  const [version, id, nonceText, contentText, ...rest] = sealed.split('.');
  if (
    version !== format ||
    id === undefined ||
    nonceText === undefined ||
    contentText === undefined ||
    rest.length > 0
  ) {
    throw new SealBroken('damaged', 'This is not a sealed secret. Enter the secret again.');
  }
  if (id !== key.id) {
    throw new SealBroken(
      'other-key',
      'This secret was sealed with another key file. Put that key file back, or enter the secret again.',
    );
  }
  const nonce = Buffer.from(nonceText, 'base64url');
  const content = Buffer.from(contentText, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.secret, nonce, { authTagLength: tagBytes }).setAAD(
      associated(key, purpose),
    );
    decipher.setAuthTag(content.subarray(-tagBytes));
    return Buffer.concat([decipher.update(content.subarray(0, -tagBytes)), decipher.final()]).toString(
      'utf8',
    );
  } catch {
    throw new SealBroken(
      'damaged',
      'This sealed secret was changed, or belongs to another place. Enter the secret again.',
    );
  }
}

function associated(key: Key, purpose: string): Buffer {
  return Buffer.from(JSON.stringify([format, key.id, purpose]), 'utf8');
}

function readOrCreate(path: string): Key {
  const found = read(path);
  if (found !== undefined) return found;
  create(path);
  const made = read(path);
  if (made === undefined) throw unreadable(path, 'it was removed while it was made');
  return made;
}

function read(path: string): Key | undefined {
  let handle: number;
  try {
    handle = openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unreadable(path, codeOf(error), error);
  }
  try {
    const state = fstatSync(handle);
    if (!state.isFile()) throw unreadable(path, 'it is not a file');
    expectPrivate(path, state.mode);
    const secret = Buffer.from(readFileSync(handle, 'utf8').trim(), 'base64url');
    if (secret.length !== keyBytes) throw unreadable(path, 'its content is not a key');
    return { secret, id: createHash('sha256').update(secret).digest('base64url').slice(0, 8) };
  } finally {
    closeSync(handle);
  }
}

function expectPrivate(path: string, mode: number): void {
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  throw new SealBroken(
    'key-exposed',
    `The key file ${path} can be read by others (mode ${(mode & 0o777).toString(8)}). Run chmod 600 on it, and change the secrets if others use this machine.`,
  );
}

/** Complete before it has its name; of two processes that make it at once, the second uses the first one's. */
function create(path: string): void {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const handle = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      fchmodSync(handle, 0o600);
      writeSync(handle, `${randomBytes(keyBytes).toString('base64url')}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    linkSync(draft, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw unreadable(path, codeOf(error), error);
  } finally {
    rmSync(draft, { force: true });
  }
}

function unreadable(path: string, why: string, cause?: unknown): SealBroken {
  return new SealBroken(
    'key-unreadable',
    `The key file ${path} cannot be used (${why}). Check that this user may read it and write its folder; without it sealed secrets must be entered again.`,
    cause === undefined ? undefined : { cause },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
