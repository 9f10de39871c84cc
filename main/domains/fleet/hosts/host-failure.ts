import { refuse, type Refused } from '../../../../shared/contract/outcome.ts';
import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import { hostRefused } from '../../../platform/libvirt/host-refused.ts';
import {
  LibvirtAuthenticationError,
  LibvirtConnectionLost,
  LibvirtError,
  LibvirtProtocolError,
  LibvirtTimeout,
} from '../../../platform/libvirt/libvirt-errors.ts';
import { SshError } from '../../../platform/ssh/ssh-error.ts';

/** A host said no, or nothing, while something was done on it: an operating failure in words, with the host's own beside. */
export function hostFailure(error: unknown, host: string): unknown {
  if (error instanceof LibvirtError) return hostRefused(error, host);
  if (error instanceof LibvirtTimeout || error instanceof LibvirtConnectionLost) {
    return new OperatingFailure({
      code:
        error instanceof LibvirtConnectionLost ? 'host-lost' : error.wasSent ? 'host-silent' : 'host-busy',
      sentence: `${host}: ${error.message}`,
      mayRetry: error instanceof LibvirtConnectionLost ? error.effectKnown : !error.wasSent,
      cause: error,
    });
  }
  if (error instanceof LibvirtProtocolError) {
    return new OperatingFailure({
      code: 'host-protocol',
      sentence: `${host} breaks libvirt's protocol: ${error.message}`,
      cause: error,
    });
  }
  return error;
}

/** Why a host cannot be reached now, as the refusal every operation on a VM has. Undefined for what says nothing about the way there. */
export function hostAway(error: unknown, host: string): Refused<'host-away'> | undefined {
  const isAway =
    error instanceof SshError ||
    error instanceof LibvirtConnectionLost ||
    error instanceof LibvirtAuthenticationError ||
    error instanceof LibvirtError ||
    error instanceof AggregateError ||
    (error instanceof OperatingFailure && error.code.startsWith('host-'));
  if (!isAway && !(error instanceof Error && error.message.startsWith('The host did not finish')))
    return undefined;
  return refuse('host-away', { host, reason: (error as Error).message.replace(/\.$/, '') });
}
