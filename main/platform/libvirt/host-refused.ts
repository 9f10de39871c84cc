import { OperatingFailure } from '../calls/operating-failure.ts';
import type { LibvirtError } from './libvirt-errors.ts';

/** What libvirt on a host refused, in words for whoever asked, with its own beside. */
export function hostRefused(error: LibvirtError, host: string): OperatingFailure {
  return new OperatingFailure({
    code: 'host-refused',
    sentence: `${host} refused: ${error.message}`,
    remote: {
      system: `libvirt on ${host}`,
      code: error.codeName,
      message: `${error.procedure}: ${error.message}`,
    },
    cause: error,
  });
}
