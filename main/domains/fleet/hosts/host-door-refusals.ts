import { refuse, type Refused } from '../../../../shared/contract/outcome.ts';
import type { RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import {
  LibvirtAuthenticationError,
  LibvirtConnectionLost,
  LibvirtError,
  LibvirtProtocolError,
  LibvirtTimeout,
} from '../../../platform/libvirt/libvirt-errors.ts';
import { SshError, type SshErrorFacts, type SshErrorKind } from '../../../platform/ssh/ssh-error.ts';

type DoorCode = RefusalCodeOf<typeof fleetContract.hostProbe>;

/** What a person asked for: whom to enter as, where. */
export interface DoorAsked {
  /** As the person wrote it. */
  readonly address: string;
  readonly user: string;
  /** How the SSH errors name this host and not a jump host. */
  readonly where: string;
}

type Translation = readonly [DoorCode, (facts: SshErrorFacts) => string];

const brackets = (detail: string | undefined): string => (detail ? ` (${detail})` : '');
const seconds = (ms: number | undefined): string => `${Math.round((ms ?? 0) / 1000)} s`;

/** Each way in which SSH can fail, as one of the refusals of the contract; the words complete its sentence. */
const translations: Readonly<Record<SshErrorKind, Translation>> = {
  'name-unknown': ['host-unreachable', () => 'the name is not known here'],
  unreachable: ['host-unreachable', (f) => `there is no way to it${brackets(f.detail)}`],
  'network-down': ['host-unreachable', () => "no host answers, so it is this machine's own network"],
  refused: ['host-unreachable', () => 'nothing listens on that port'],
  'timed-out': ['host-unreachable', (f) => `it did not answer within ${seconds(f.timeoutMs)}`],
  'not-ssh': ['host-unreachable', () => 'what answers there is not an SSH server'],
  busy: [
    'host-unreachable',
    () => 'it turns connections away before they begin (MaxStartups, or an address filter)',
  ],
  'no-common-algorithm': [
    'host-unreachable',
    (f) => `it has no cipher in common with this program${brackets(f.detail)}`,
  ],
  lost: ['host-unreachable', (f) => `the connection was lost${brackets(f.detail)}`],
  closed: ['host-unreachable', () => 'the connection was closed'],
  'channel-refused': ['host-unreachable', (f) => `it opens no more channels${brackets(f.detail)}`],
  'port-refused': [
    'host-unreachable',
    (f) => `it could not reach ${f.what ?? 'the port'}${brackets(f.detail)}`,
  ],
  'command-timed-out': ['host-unreachable', (f) => `a command did not end within ${seconds(f.timeoutMs)}`],
  'command-output-too-long': ['host-unreachable', () => 'a command wrote more than it may'],
  'host-key-unknown': ['host-key-unknown', () => ''],
  'host-key-changed': ['host-key-changed', () => ''],
  'agent-unavailable': ['agent-missing', () => ''],
  'key-unreadable': ['key-malformed', (f) => f.detail ?? 'it cannot be read'],
  'passphrase-needed': ['passphrase-needed', () => ''],
  'passphrase-wrong': ['passphrase-wrong', () => ''],
  'auth-failed': ['auth-failed', (f) => `the key was not accepted${brackets(f.detail)}`],
  'password-wrong': ['auth-failed', () => 'the password is wrong'],
  'password-not-allowed': ['auth-failed', (f) => `it takes no passwords, only ${f.detail ?? 'other means'}`],
  'second-factor-needed': ['auth-failed', () => 'it asks for a second factor; exempt this user from it'],
  'key-not-accepted': [
    'auth-failed',
    () =>
      'our key was installed but is not taken (see PubkeyAuthentication and AuthorizedKeysFile in sshd_config)',
  ],
  'command-failed': ['auth-failed', (f) => `our key could not be installed${brackets(f.detail)}`],
  'forwarding-disabled': [
    'host-unreachable',
    () => 'its SSH server forwards no sockets (AllowStreamLocalForwarding), and it has no virt-ssh-helper',
  ],
  'socket-permission-denied': ['socket-forbidden', () => ''],
  'socket-missing': ['libvirt-missing', (f) => `there is no socket ${f.what ?? ''}`],
  'socket-refused': [
    'libvirt-missing',
    (f) => `nobody listens on ${f.what ?? 'its socket'}; start libvirtd or virtqemud`,
  ],
};

/** The refusal that a failure to enter a host means; undefined for what is none (a bug, an abort). */
export function doorRefusal(error: unknown, asked: DoorAsked): Refused<DoorCode> | undefined {
  const { address, user } = asked;
  if (error instanceof LibvirtAuthenticationError) return refuse('socket-forbidden', { user, address });
  if (error instanceof LibvirtError || error instanceof LibvirtProtocolError || isViolation(error))
    return refuse('libvirt-missing', { address, detail: plain(error.message) });
  if (error instanceof SshError) return sshRefusal(error, asked);
  if (error instanceof AggregateError || isLost(error)) {
    return refuse('host-unreachable', { address, detail: plain((error as Error).message) });
  }
  return undefined;
}

function sshRefusal(error: SshError, { address, user, where }: DoorAsked): Refused<DoorCode> {
  const { facts, kind } = error;
  const [code, words] = translations[kind];
  const detail = plain(words(facts));
  const isAtJump = facts.where !== where && facts.where !== 'the key';
  const isAboutKey = code === 'host-key-unknown' || code === 'host-key-changed';
  if (isAtJump && !isAboutKey && code !== 'agent-missing') {
    return refuse('jump-failed', {
      jump: facts.where,
      detail: detail === '' ? plain(error.message) : detail,
    });
  }
  return refuse(code, {
    address: isAtJump ? facts.where : address,
    user: facts.user ?? user,
    detail,
    fingerprint: facts.hostKey?.fingerprint ?? null,
    pinned: facts.pinnedHostKey?.fingerprint ?? null,
  });
}

/** What answers on the daemon's socket is no libvirt, or means us harm. */
function isViolation(error: unknown): error is LibvirtConnectionLost {
  return error instanceof LibvirtConnectionLost && error.lossCause === 'protocol-violated';
}

function isLost(error: unknown): boolean {
  if (error instanceof LibvirtConnectionLost || error instanceof LibvirtTimeout) return true;
  return error instanceof Error && error.message.startsWith('The host did not finish opening libvirt');
}

/** Ends up inside a sentence of ours. */
function plain(words: string): string {
  return words.trim().replace(/\.$/, '');
}
