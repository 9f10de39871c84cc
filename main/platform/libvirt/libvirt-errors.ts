import { errorCodeName, errorCodes, errorDomainName } from './error-codes.ts';

/** What the daemon sends when a call fails (`virNetMessageError` in virnetprotocol.x), as plain data. */
export type LibvirtErrorReport = {
  readonly code: number;
  readonly domain: number;
  readonly message: string | null;
  readonly level: number;
  readonly str1: string | null;
  readonly str2: string | null;
  readonly str3: string | null;
  readonly int1: number;
  readonly int2: number;
};

/** The host understood the call and said no. Keeps everything the daemon told; codes this program does not know keep their number. */
export class LibvirtError extends Error {
  override readonly name = 'LibvirtError';
  readonly report: LibvirtErrorReport;
  /** `VIR_ERR_NO_DOMAIN`, or `VIR_ERR_unknown-999` for a code newer than this program. */
  readonly codeName: string;
  /** The part of libvirt that spoke: `VIR_FROM_QEMU`. */
  readonly domainName: string;
  /** The procedure that failed, `DOMAIN_CREATE_WITH_FLAGS`. */
  readonly procedure: string;

  constructor(report: LibvirtErrorReport, procedure: string) {
    super(report.message ?? `libvirt failed without a message (${errorCodeName(report.code)})`);
    this.report = report;
    this.procedure = procedure;
    this.codeName = errorCodeName(report.code);
    this.domainName = errorDomainName(report.domain);
  }

  get code(): number {
    return this.report.code;
  }

  /** This host, or its driver, is too old or too small for the call; asking again will not help. */
  get isUnsupported(): boolean {
    const { code, message } = this.report;
    if (code === errorCodes.VIR_ERR_NO_SUPPORT || code === errorCodes.VIR_ERR_OPERATION_UNSUPPORTED)
      return true;
    // How a daemon says that it has never heard of a procedure; virnetclientprogram.c reads it the same way.
    return code === errorCodes.VIR_ERR_RPC && message?.startsWith('unknown procedure') === true;
  }
}

/** Why a connection ended, for people and for the code that decides whether to dial again. */
export type ConnectionLossCause =
  | 'closed-by-us'
  | 'closed-by-host'
  | 'transport-failed'
  | 'keepalive-unanswered'
  | 'host-unresponsive'
  | 'opening-timed-out'
  | 'protocol-violated';

/**
 * The connection ended before the answer came. `effectKnown` is false when the call had already been sent: the host may or
 * may not have carried it out, so the caller has to look before it repeats anything that changes the host.
 */
export class LibvirtConnectionLost extends Error {
  override readonly name = 'LibvirtConnectionLost';
  readonly lossCause: ConnectionLossCause;
  readonly effectKnown: boolean;

  constructor(
    message: string,
    options: { lossCause: ConnectionLossCause; effectKnown: boolean; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.lossCause = options.lossCause;
    this.effectKnown = options.effectKnown;
  }
}

/**
 * The host did not answer within the procedure's deadline; the connection stays usable. `wasSent` false: other calls held all
 * places so long that it was never sent. Else its effect is unknown.
 */
export class LibvirtTimeout extends Error {
  override readonly name = 'LibvirtTimeout';
  readonly procedure: string;
  readonly deadlineMs: number;
  readonly wasSent: boolean;

  /** `heldBy`: the calls that held all places, in words. */
  constructor(procedure: string, deadlineMs: number, heldBy?: readonly string[]) {
    const within = `within ${inSeconds(deadlineMs)} s`;
    super(
      heldBy === undefined
        ? `The host did not answer ${procedure} ${within}. It may still carry it out: look at the host before repeating it.`
        : `The host is busy with ${heldBy.join(', ')}: ${procedure} could not be sent ${within}. Nothing was done; try again when one of those has ended.`,
    );
    this.procedure = procedure;
    this.deadlineMs = deadlineMs;
    this.wasSent = heldBy === undefined;
  }
}

function inSeconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}

/** The peer broke the protocol: a length out of bounds, a packet cut short, a value that cannot be. Never retried as it is. */
export class LibvirtProtocolError extends Error {
  override readonly name = 'LibvirtProtocolError';
}

/** The daemon asks for a way to log in that this program does not offer, or refused the one it does. */
export class LibvirtAuthenticationError extends Error {
  override readonly name = 'LibvirtAuthenticationError';
}
