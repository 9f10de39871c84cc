import { errorCodes, errorDomains } from '../../platform/libvirt/error-codes.ts';
import type { ErrorCodeName } from '../../platform/libvirt/error-codes.ts';
import type { Encodable } from '../../platform/libvirt/xdr-codecs.ts';
import type { errorReport } from '../../platform/libvirt/xdr-objects.ts';

export type ErrorDomainName = keyof typeof errorDomains;

/** How the daemon words an error of each number: `virErrorMsgStrings` in src/util/virerror.c. `%s` is the detail. */
const wording: { readonly [K in ErrorCodeName]?: string } = {
  VIR_ERR_INTERNAL_ERROR: 'internal error: %s',
  VIR_ERR_NO_SUPPORT: 'this function is not supported by the connection driver: %s',
  VIR_ERR_INVALID_ARG: 'invalid argument: %s',
  VIR_ERR_OPERATION_FAILED: 'operation failed: %s',
  VIR_ERR_NO_NAME: 'missing name information%s',
  VIR_ERR_XML_ERROR: 'XML error: %s',
  VIR_ERR_NO_DOMAIN: 'Domain not found: %s',
  VIR_ERR_NO_NETWORK: 'Network not found: %s',
  VIR_ERR_NO_STORAGE_POOL: 'Storage pool not found: %s',
  VIR_ERR_NO_STORAGE_VOL: 'Storage volume not found: %s',
  VIR_ERR_STORAGE_VOL_EXIST: 'storage volume %s exists already',
  VIR_ERR_NETWORK_EXIST: 'network %s exists already',
  VIR_ERR_NO_NODE_DEVICE: 'Node device not found: %s',
  VIR_ERR_NO_INTERFACE: 'Interface not found: %s',
  VIR_ERR_OPERATION_INVALID: 'Requested operation is not valid: %s',
  VIR_ERR_NO_NWFILTER: 'Network filter not found: %s',
  VIR_ERR_CONFIG_UNSUPPORTED: 'unsupported configuration: %s',
  VIR_ERR_OPERATION_TIMEOUT: 'Timed out during operation: %s',
  VIR_ERR_NO_DOMAIN_SNAPSHOT: 'Domain snapshot not found: %s',
  VIR_ERR_NO_DOMAIN_CHECKPOINT: 'Domain checkpoint not found: %s',
  VIR_ERR_NO_DOMAIN_METADATA: 'metadata not found: %s',
  VIR_ERR_OPERATION_ABORTED: 'operation aborted: %s',
  VIR_ERR_OPERATION_UNSUPPORTED: 'Operation not supported: %s',
  VIR_ERR_AGENT_UNRESPONSIVE: 'Guest agent is not responding: %s',
  VIR_ERR_DEVICE_MISSING: 'device not found: %s',
  VIR_ERR_NO_DOMAIN_BACKUP: 'Domain backup job id not found: %s',
};

/** What the simulated daemon says no with: the number, the part of libvirt and the words of the real one. */
export class HostRefusal extends Error {
  override readonly name = 'HostRefusal';
  readonly report: Encodable<typeof errorReport>;

  constructor(code: ErrorCodeName, domain: ErrorDomainName, detail: string) {
    const format = wording[code] ?? '%s';
    const message = format.replace('%s', () => detail);
    super(message);
    this.report = {
      code: errorCodes[code],
      domain: errorDomains[domain],
      message,
      level: 2,
      dom: null,
      str1: format,
      str2: detail,
      str3: null,
      int1: -1,
      int2: -1,
      net: null,
    };
  }
}

/** Refusals of the QEMU driver, which most are. */
export function qemuRefusal(code: ErrorCodeName, detail: string): HostRefusal {
  return new HostRefusal(code, 'VIR_FROM_QEMU', detail);
}

export function notRunning(): HostRefusal {
  return new HostRefusal('VIR_ERR_OPERATION_INVALID', 'VIR_FROM_DOMAIN', 'domain is not running');
}

/** A mistake of the simulation is an internal error of the simulated daemon: seen by the client, never fatal to the host. */
export function reportOf(error: unknown): HostRefusal['report'] {
  if (error instanceof HostRefusal) return error.report;
  const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new HostRefusal('VIR_ERR_INTERNAL_ERROR', 'VIR_FROM_NONE', words).report;
}
