import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { hostRefused } from '../../platform/libvirt/host-refused.ts';
import {
  LibvirtConnectionLost,
  LibvirtError,
  LibvirtTimeout,
} from '../../platform/libvirt/libvirt-errors.ts';
import { SshError } from '../../platform/ssh/ssh-error.ts';

/**
 * What a host's storage said, as an operating failure. Everything here may be repeated, so whatever only says that the host cannot be
 * reached now is worth another try.
 */
export function hostStorageFailure(error: unknown, host: string): unknown {
  if (error instanceof LibvirtError) return hostRefused(error, host);
  if (error instanceof LibvirtTimeout || error instanceof LibvirtConnectionLost) {
    return new OperatingFailure({
      code: 'host-away',
      sentence: `${host} cannot be reached: ${error.message}`,
      mayRetry: true,
      cause: error,
    });
  }
  if (error instanceof SshError) {
    const { message, mayRetry, remote } = error;
    const sentence = `${host} cannot be reached: ${message}`;
    return new OperatingFailure({
      code: 'host-away',
      sentence,
      mayRetry,
      ...(remote ? { remote } : {}),
      cause: error,
    });
  }
  return error;
}

export function isCode(error: unknown, codeName: string): boolean {
  return error instanceof LibvirtError && error.codeName === codeName;
}
