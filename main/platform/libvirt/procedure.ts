import type { ProgramName } from './message-frame.ts';
import type { AnyCodec, Decoded, Encodable } from './xdr-codecs.ts';

/** How long an answer may take, or the reason why nobody can say. */
export type Deadline = { readonly ms: number } | { readonly unboundedBecause: string };

/** Which way the stream carries bytes once the call itself is answered. */
export type StreamDirection = 'to-host' | 'from-host' | 'both';

/**
 * `high` as libvirt's own annotation: the daemon never waits for a hypervisor monitor to answer it, and keeps workers for it.
 * One of our five places is kept free for these, so that four slow starts do not stop us from looking at the host.
 */
export type Priority = 'high' | 'low';

export type Procedure<Args extends AnyCodec = AnyCodec, Result extends AnyCodec = AnyCodec> = {
  readonly program: ProgramName;
  readonly number: number;
  readonly args: Args;
  readonly result: Result;
  readonly deadline: Deadline;
  readonly priority: Priority;
  readonly stream?: StreamDirection;
};

export type ProcedureArgs<P extends Procedure> = Encodable<P['args']>;
export type ProcedureResult<P extends Procedure> = Decoded<P['result']>;
/** What a host that plays the server receives and has to answer. */
export type ReceivedArgs<P extends Procedure> = Decoded<P['args']>;
export type AnsweredResult<P extends Procedure> = Encodable<P['result']>;

export function seconds(count: number): Deadline {
  return { ms: count * 1_000 };
}

export function minutes(count: number): Deadline {
  return { ms: count * 60_000 };
}

export function unbounded(because: string): Deadline {
  return { unboundedBecause: because };
}

type Line<Args extends AnyCodec, Result extends AnyCodec, Extra> = {
  readonly program: 'remote';
  readonly number: number;
  readonly args: Args;
  readonly result: Result;
  readonly deadline: Deadline;
} & Extra;

/** A call the daemon answers by itself, without asking a hypervisor: `high` priority. */
export function quick<Args extends AnyCodec, Result extends AnyCodec>(
  number: number,
  args: Args,
  result: Result,
  deadline: Deadline = seconds(30),
): Line<Args, Result, { readonly priority: 'high' }> {
  return { program: 'remote', number, args, result, deadline, priority: 'high' };
}

/** A call that may wait for a hypervisor, a guest or a disk: `low` priority, and its deadline is written down. */
export function slow<Args extends AnyCodec, Result extends AnyCodec>(
  number: number,
  args: Args,
  result: Result,
  deadline: Deadline,
): Line<Args, Result, { readonly priority: 'low' }> {
  return { program: 'remote', number, args, result, deadline, priority: 'low' };
}

/** A call that opens a stream; the deadline is for the answer to the call, not for the stream. */
export function streaming<Args extends AnyCodec, Result extends AnyCodec, Direction extends StreamDirection>(
  number: number,
  args: Args,
  result: Result,
  deadline: Deadline,
  stream: Direction,
): Line<Args, Result, { readonly priority: 'low'; readonly stream: Direction }> {
  return { program: 'remote', number, args, result, deadline, priority: 'low', stream };
}

/** `domainGetXmlDesc` → `DOMAIN_GET_XML_DESC`, the name libvirt's sources and logs use. */
export function protocolName(key: string): string {
  return key.replace(/([A-Z])/g, '_$1').toUpperCase();
}
