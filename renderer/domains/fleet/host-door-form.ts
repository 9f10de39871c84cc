import type { InputOf } from '../../client/operation-types.ts';

/** What a person writes to describe the way to a host. */
export type HostDoorValues = {
  name: string;
  /** Null: the one that is there longest. */
  clusterId: string | null;
  address: string;
  port: number | string;
  user: string;
  auth: 'agent' | 'key' | 'password';
  privateKey: string;
  passphrase: string;
  password: string;
  /** One per line, nearest first. */
  jump: string;
};

export const emptyDoor: HostDoorValues = {
  name: '',
  clusterId: null,
  address: '',
  port: 22,
  user: 'root',
  auth: 'key',
  privateKey: '',
  passphrase: '',
  password: '',
  jump: '',
};

/** Never written down, in no draft. */
export const doorSecrets = ['privateKey', 'passphrase', 'password'] as const;

const JUMP = /^(?:[^@\s]+@)?(?:\[[^\]\s]+\]|[^:\s]+)(?::\d{1,5})?$/;

export function jumpsOf(text: string): string[] {
  return text
    .split(/[\n,]+/)
    .map((line) => line.trim())
    .filter(Boolean);
}

export const doorProblems = {
  address: (text: string): string | null =>
    text.trim() === ''
      ? 'Its name or IP address, as ssh would be given it.'
      : /[\s/@]/.test(text.trim())
        ? 'Only the name or address: the user and the port have fields of their own.'
        : null,
  port: (port: number | string): string | null =>
    typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535
      ? null
      : 'From 1 to 65,535; SSH is 22 as a rule.',
  user: (text: string): string | null =>
    text.trim() === '' ? 'A user who may use libvirt: root, or one of the group libvirt.' : null,
  privateKey: (text: string, values: HostDoorValues): string | null => {
    if (values.auth !== 'key') return null;
    if (text.trim() === '') return 'Drop the private key file here, or paste its text.';
    if (/^ssh-|^ecdsa-/.test(text.trim())) return 'That is the public key (.pub): the private one is needed.';
    return text.includes('PRIVATE KEY') ? null : 'A private key begins with -----BEGIN … PRIVATE KEY-----.';
  },
  password: (text: string, values: HostDoorValues): string | null =>
    values.auth === 'password' && text === '' ? 'The password of that user; it is used once.' : null,
  jump: (text: string): string | null => {
    const jumps = jumpsOf(text);
    const bad = jumps.find((jump) => !JUMP.test(jump));
    if (bad !== undefined) return `"${bad}": written user@address:port, one per line`;
    return jumps.length > 4 ? 'At most four jump hosts.' : null;
  },
};

/** The call's input; `accepted` are the fingerprints somebody has looked at and said yes to. */
export function doorInput(values: HostDoorValues, accepted: readonly string[]): InputOf<'fleet.hostProbe'> {
  const auth =
    values.auth === 'agent'
      ? { kind: 'agent' as const }
      : values.auth === 'password'
        ? { kind: 'password' as const, password: values.password }
        : {
            kind: 'key' as const,
            // An OpenSSH key without its last line end is refused by strict readers.
            privateKey: `${values.privateKey.trim()}\n`,
            ...(values.passphrase === '' ? {} : { passphrase: values.passphrase }),
          };
  return {
    address: values.address.trim(),
    port: Number(values.port),
    user: values.user.trim(),
    auth,
    jump: jumpsOf(values.jump),
    ...(accepted.length > 0 ? { acceptedFingerprint: accepted.join(' ') } : {}),
  };
}
