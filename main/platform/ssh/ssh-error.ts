import { OperatingFailure } from '../calls/operating-failure.ts';
import type { HostKey } from './ssh-key.ts';

/** What a sentence about an SSH failure may need. Nothing in here is secret. */
export interface SshErrorFacts {
  /** The machine as the person named it: `10.0.0.5`, `hv1:2222`. Of several hops, the one that failed. */
  where: string;
  user?: string;
  /** Key the host showed. */
  hostKey?: HostKey;
  /** Key the host is known by. */
  pinnedHostKey?: HostKey;
  /** A socket, a port or a command on the host. */
  what?: string;
  /** The other side's own words, or a list of what it offers. */
  detail?: string;
  /** Group that owns a socket. */
  group?: string;
  timeoutMs?: number;
  hostCount?: number;
}

type Sentence = (facts: SshErrorFacts) => string;

const seconds = (timeoutMs: number | undefined) => `${Math.round((timeoutMs ?? 0) / 100) / 10} s`;
const words = (detail: string | undefined) => (detail ? ` (${detail})` : '');
const again = { mayRetry: true };
const final = { mayRetry: false };

/** The closed list of what can go wrong, each with what to do about it. `mayRetry`: the same attempt may succeed later without anyone changing anything. */
const kinds = {
  // --- reaching the machine
  'name-unknown': [
    again,
    (f) => `The name ${f.where} is not known: check the spelling, or the name service.${words(f.detail)}`,
  ],
  unreachable: [
    again,
    (f) => `There is no way to ${f.where}: check the address, the route and the VPN.${words(f.detail)}`,
  ],
  'network-down': [
    again,
    (f) =>
      `Your network is down: none of ${f.hostCount ?? 'the'} hosts answers. Check this machine's connection or VPN; nothing is known to be wrong with the hosts.`,
  ],
  refused: [
    again,
    (f) => `${f.where} is there but nothing listens on that port: is sshd running, and on that port?`,
  ],
  'timed-out': [
    again,
    (f) =>
      `${f.where} did not answer within ${seconds(f.timeoutMs)}: it is off, cut from the network, or a firewall drops the packets.`,
  ],
  'not-ssh': [
    final,
    (f) => `What answers at ${f.where} is not an SSH server${words(f.detail)}: check the port.`,
  ],
  busy: [
    again,
    (f) =>
      `${f.where} turned the connection away before it began, again and again: too many log-ins at once (MaxStartups in sshd_config), or an address filter.`,
  ],
  'no-common-algorithm': [
    final,
    (f) => `${f.where} and this program have no cipher in common${words(f.detail)}: update the SSH server.`,
  ],
  // --- knowing the machine
  'host-key-unknown': [
    final,
    (f) =>
      `${f.where} is not known yet. It shows the ${f.hostKey?.algorithm} key ${f.hostKey?.fingerprint}: compare it on the host (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), then confirm it.`,
  ],
  'host-key-changed': [
    final,
    (f) =>
      `${f.where} shows another host key than before: ${f.hostKey?.algorithm} ${f.hostKey?.fingerprint}, known was ${f.pinnedHostKey?.algorithm} ${f.pinnedHostKey?.fingerprint}. Somebody may be listening in. Only if the host was reinstalled: compare the key on the host, then replace the known one.`,
  ],
  // --- logging in
  'agent-unavailable': [
    final,
    (f) =>
      `There is no SSH agent to ask${words(f.detail)}: start one and add the key (ssh-add), or give a key instead.`,
  ],
  'key-unreadable': [
    final,
    (f) => `The private key cannot be read${words(f.detail)}: give an OpenSSH or PEM private key.`,
  ],
  'passphrase-needed': [final, () => 'The private key is locked: give its passphrase.'],
  'passphrase-wrong': [final, () => 'The passphrase does not open the private key.'],
  'auth-failed': [
    final,
    (f) =>
      `${f.where} did not let ${f.user} in with what was offered${words(f.detail)}: check the user name, and that the key is in its authorized_keys.`,
  ],
  'password-wrong': [final, (f) => `${f.where} did not accept the password of ${f.user}.`],
  'password-not-allowed': [
    final,
    (f) =>
      `${f.where} takes no passwords for ${f.user}, only ${f.detail || 'other means'}: use a key, or allow PasswordAuthentication for the moment.`,
  ],
  'second-factor-needed': [
    final,
    (f) =>
      `${f.where} accepted ${f.user} but also asks for a second factor${words(f.detail)}: exempt this user's key from it.`,
  ],
  'key-not-accepted': [
    final,
    (f) =>
      `The key was added to ${f.user}'s authorized_keys on ${f.where}, but the server does not take it: see AuthorizedKeysFile and PubkeyAuthentication in sshd_config, and who may write to ${f.user}'s home folder.`,
  ],
  // --- working on the machine
  lost: [again, (f) => `The connection to ${f.where} was lost${words(f.detail)}.`],
  closed: [again, (f) => `The connection to ${f.where} is closed.`],
  'channel-refused': [
    again,
    (f) =>
      `${f.where} opens no more channels${words(f.detail)}: too many at once on one connection (MaxSessions in sshd_config).`,
  ],
  'forwarding-disabled': [
    final,
    (f) =>
      `The SSH server on ${f.where} forwards nothing to ${f.what} for ${f.user}: set AllowStreamLocalForwarding and AllowTcpForwarding to yes in sshd_config${f.detail ? ` (${f.detail})` : ''}.`,
  ],
  'socket-missing': [
    final,
    (f) => `There is no socket ${f.what} on ${f.where}: is libvirt installed, and its daemon started?`,
  ],
  'socket-permission-denied': [
    final,
    (f) =>
      `${f.user} may not open ${f.what} on ${f.where}: add the user to the group ${f.group ?? 'libvirt'} (usermod -aG ${f.group ?? 'libvirt'} ${f.user}), then connect again.`,
  ],
  'socket-refused': [
    again,
    (f) =>
      `Nobody listens on ${f.what} on ${f.where}: start the daemon (systemctl start libvirtd or virtqemud).`,
  ],
  'port-refused': [again, (f) => `${f.where} could not reach ${f.what}${words(f.detail)}.`],
  'command-timed-out': [
    again,
    (f) => `A command on ${f.where} did not end within ${seconds(f.timeoutMs)}: ${f.what}`,
  ],
  'command-output-too-long': [final, (f) => `A command on ${f.where} wrote more than it may: ${f.what}`],
  'command-failed': [final, (f) => `A command on ${f.where} failed${words(f.detail)}: ${f.what}`],
} satisfies Record<string, [{ mayRetry: boolean }, Sentence]>;

export type SshErrorKind = keyof typeof kinds;

/** Every kind, for tests and documentation. */
export const sshErrorKinds = Object.keys(kinds) as SshErrorKind[];

/** The one error of this folder (besides an abort, which rejects with the signal's reason). Its message is a sentence a person can act on. */
export class SshError extends OperatingFailure {
  override readonly name: string = 'SshError';
  readonly kind: SshErrorKind;
  readonly facts: SshErrorFacts;

  constructor(kind: SshErrorKind, facts: SshErrorFacts, cause?: unknown) {
    const [{ mayRetry }, sentence] = kinds[kind] as [{ mayRetry: boolean }, Sentence];
    super({
      code: `ssh-${kind}`,
      sentence: sentence(facts),
      mayRetry,
      ...(facts.detail === undefined
        ? {}
        : { remote: { system: facts.where, code: kind, message: facts.detail } }),
      cause,
    });
    this.kind = kind;
    this.facts = facts;
  }

  /** The key the host showed, for a person to compare (kinds host-key-unknown and host-key-changed). */
  get hostKey(): HostKey | undefined {
    return this.facts.hostKey;
  }
}

export function isSshError(error: unknown, ...wanted: SshErrorKind[]): error is SshError {
  return error instanceof SshError && (wanted.length === 0 || wanted.includes(error.kind));
}

/** Failures that say something about the way to the host and nothing about the host's own set-up. */
export function isNetworkFailure(error: unknown): error is SshError {
  return isSshError(error, 'name-unknown', 'unreachable', 'timed-out', 'lost', 'network-down');
}
