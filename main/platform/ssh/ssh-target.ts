import type { HostKey } from './ssh-key.ts';

export type SshAuth =
  /** The agent of the person's session; `socketPath` default SSH_AUTH_SOCK, on Windows OpenSSH's pipe. */
  | { kind: 'agent'; socketPath?: string }
  | { kind: 'key'; privateKey: string; passphrase?: string }
  /** For the first time only: see connectWithPasswordOnce. */
  | { kind: 'password'; password: string };

/** One machine to log in to. */
export interface SshTarget {
  /** Name or address; an IPv6 address without brackets. */
  host: string;
  /** Default 22. */
  port?: number;
  user: string;
  auth: SshAuth;
  /** What the host is known by. Without it the first connection ends in host-key-unknown, which tells the key to confirm. */
  hostKey?: HostKey;
  /** Where no key is pinned: one with such a fingerprint is taken at first sight, because a person has confirmed it. */
  acceptedFingerprints?: ReadonlySet<string>;
}

/** How a person would write it: without the port when it is 22, IPv6 in brackets when it is not. */
export function whereIs({ host, port }: Pick<SshTarget, 'host' | 'port'>): string {
  if (port === undefined || port === 22) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
