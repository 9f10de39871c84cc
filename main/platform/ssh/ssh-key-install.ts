import { connectSsh, type SshOptions } from './ssh-connect.ts';
import type { SshConnection } from './ssh-connection.ts';
import { SshError, isSshError } from './ssh-error.ts';
import { publicKeyOf } from './ssh-key.ts';
import { shellQuote } from './unix-socket-diagnosis.ts';

/** Appends one line, once, and never touches another; a file without a newline at its end gets one first. */
const installScript = (publicKey: string) => `set -e
umask 077
cd
mkdir -p .ssh
f=.ssh/authorized_keys
[ -e "$f" ] || : > "$f"
grep -qF -- ${shellQuote(publicKey.split(' ').slice(0, 2).join(' '))} "$f" && exit 0
[ ! -s "$f" ] || [ -z "$(tail -c1 "$f")" ] || echo >> "$f"
printf '%s\\n' ${shellQuote(publicKey)} >> "$f"
if command -v restorecon >/dev/null 2>&1; then restorecon -R .ssh || true; fi
`;

/** Adds a public key (one line of OpenSSH) to the user's authorized_keys, unless it is there. Rejects with SshError command-failed in the host's words. */
export async function installPublicKey(connection: SshConnection, publicKey: string): Promise<void> {
  if (!/^[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( [\x20-\x7e]*)?$/.test(publicKey))
    throw new SshError('key-unreadable', {
      where: connection.where,
      detail: 'not one line of an OpenSSH public key',
    });
  const { code, stdout, stderr } = await connection.exec('sh -s', {
    stdin: installScript(publicKey),
    timeoutMs: 20_000,
  });
  if (code !== 0)
    throw new SshError('command-failed', {
      where: connection.where,
      what: 'adding the key to ~/.ssh/authorized_keys',
      detail: (stderr || stdout).trim().slice(-500),
    });
}

/**
 * Logs in with a password this one time, adds our key, and comes back with the key. The password is in no error and no object afterwards.
 * Rejects with SshError password-wrong, password-not-allowed or key-not-accepted, or as connectSsh.
 */
export async function connectWithPasswordOnce(
  options: Omit<SshOptions, 'auth'> & { password: string; privateKey: string },
): Promise<SshConnection> {
  const { password, privateKey, ...rest } = options;
  const publicKey = publicKeyOf(privateKey);
  const once = await connectSsh({ ...rest, auth: { kind: 'password', password } });
  try {
    await installPublicKey(once, publicKey);
  } finally {
    await once.close();
  }
  try {
    return await connectSsh({ ...rest, auth: { kind: 'key', privateKey } });
  } catch (error) {
    if (isSshError(error, 'auth-failed') && error.facts.where === once.where)
      throw new SshError('key-not-accepted', { where: once.where, user: once.user }, error);
    throw error;
  }
}
