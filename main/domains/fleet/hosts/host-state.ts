import type { HostState } from '../../../../shared/domains/fleet/host-contract.ts';
import {
  LibvirtAuthenticationError,
  LibvirtProtocolError,
} from '../../../platform/libvirt/libvirt-errors.ts';
import type { SessionState } from '../../../platform/libvirt/libvirt-session.ts';
import { isSshError, type SshErrorKind } from '../../../platform/ssh/ssh-error.ts';
import type { HostKey } from '../../../platform/ssh/ssh-key.ts';

/** How it stands with a host, in one word and a sentence (empty while all is well). */
export interface HostStanding {
  readonly state: HostState;
  readonly reason: string;
  /** Kind of the SSH error behind it. */
  readonly code?: SshErrorKind;
  /** The key it showed in place of the one it is known by. */
  readonly shownKey?: HostKey;
}

/** What a failure to connect means for a host. */
export function standingOfFailure(error: unknown): HostStanding {
  const reason = sentenceOf(error);
  const code = isSshError(error) ? { code: error.kind } : {};
  if (isSshError(error, 'host-key-changed', 'host-key-unknown'))
    return { state: 'key-changed', reason, ...code };
  if (isRefusal(error)) return { state: 'refused', reason, ...code };
  return { state: 'unreachable', reason, ...code };
}

/** Undefined: nothing new is known. Dialing again is no change for a host that was lost. */
export function standingOfSession(state: SessionState): HostStanding | undefined {
  switch (state.state) {
    case 'connected':
      return { state: 'connected', reason: '' };
    case 'lost':
      return standingOfFailure(state.reason);
    case 'connecting':
    case 'closed':
      return undefined;
  }
}

/** The host answers and does not let us in, or not to libvirt: somebody has to change something there. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof LibvirtAuthenticationError ||
    error instanceof LibvirtProtocolError ||
    isSshError(
      error,
      'auth-failed',
      'password-wrong',
      'password-not-allowed',
      'second-factor-needed',
      'key-not-accepted',
      'key-unreadable',
      'passphrase-needed',
      'passphrase-wrong',
      'agent-unavailable',
      'no-common-algorithm',
      'not-ssh',
      'forwarding-disabled',
      'socket-permission-denied',
      'socket-missing',
    )
  );
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
