import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';
import { SshError } from './ssh-error.ts';

/** What a host is known by. */
export interface HostKey {
  /** As in the key itself: ssh-ed25519, ecdsa-sha2-nistp256, ssh-rsa. A pinned key asks the host for this algorithm first. */
  algorithm: string;
  /** As OpenSSH prints it: SHA256 and base64 without padding. */
  fingerprint: string;
}

export interface SshKeyPair {
  /** OpenSSH format, without passphrase: a secret. */
  privateKey: string;
  /** One line for authorized_keys. */
  publicKey: string;
}

/** Makes an ed25519 key pair. The comment, say who and where, may be seen by whoever reads authorized_keys. */
export function generateSshKeyPair(comment: string): SshKeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', {
      comment: comment.replace(/[^\x20-\x7e]/g, '?'),
    });
    // ssh2 1.17 drops the zero a public key may begin with: one pair in 256 is malformed. Those are not given out.
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error))
      return { privateKey: pair.private, publicKey: pair.public };
  }
}

/** Reads a private key (OpenSSH, PEM or PPK). Throws SshError key-unreadable, passphrase-needed or passphrase-wrong. */
export function readPrivateKey(privateKey: string, passphrase?: string): ParsedKey {
  const parsed = ssh2.utils.parseKey(privateKey, passphrase);
  if (parsed instanceof Error) {
    const facts = { where: 'the key' };
    if (/no passphrase given/i.test(parsed.message)) throw new SshError('passphrase-needed', facts);
    if (/passphrase|integrity check|bad decrypt|decrypt/i.test(parsed.message))
      throw new SshError('passphrase-wrong', facts);
    throw new SshError('key-unreadable', { ...facts, detail: parsed.message });
  }
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!key?.isPrivateKey())
    throw new SshError('key-unreadable', { where: 'the key', detail: 'it is a public key' });
  return key;
}

/** The authorized_keys line of a private key. Throws as readPrivateKey. */
export function publicKeyOf(privateKey: string, passphrase?: string): string {
  const key = readPrivateKey(privateKey, passphrase);
  return `${key.type} ${key.getPublicSSH().toString('base64')}${key.comment ? ` ${key.comment}` : ''}`;
}

/** Algorithm and fingerprint of a public key blob as it travels in the handshake (RFC 4253, 6.6: the name comes first). */
export function hostKeyOf(blob: Buffer): HostKey {
  const nameLength = blob.readUInt32BE(0);
  return {
    algorithm: blob.toString('latin1', 4, 4 + nameLength),
    fingerprint: `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`,
  };
}

export function sameHostKey(one: HostKey, other: HostKey): boolean {
  return one.algorithm === other.algorithm && one.fingerprint === other.fingerprint;
}
