import type { Duplex } from 'node:stream';
import { CallPlaces, placesInFlight } from './call-places.ts';
import { HostStream } from './host-stream.ts';
import { Keepalive } from './keepalive.ts';
import type { KeepalivePolicy } from './keepalive.ts';
import { LibvirtConnectionLost, LibvirtError, LibvirtProtocolError } from './libvirt-errors.ts';
import type { ConnectionLossCause } from './libvirt-errors.ts';
import {
  encodeMessage,
  encodeRawMessage,
  keepaliveProcedures,
  messageStatuses,
  messageTypes,
  programs,
  PROTOCOL_VERSION,
} from './message-frame.ts';
import type { Message, MessageHeader } from './message-frame.ts';
import { MessageParser } from './message-parser.ts';
import { PendingCall } from './pending-call.ts';
import type { Procedure, ProcedureArgs, ProcedureResult } from './procedure.ts';
import { protocolName } from './procedure.ts';
import { procedures, procedureTitle } from './procedures.ts';
import type { ProcedureName, Procedures } from './procedures.ts';
import { decodeWhole } from './xdr-codecs.ts';
import { errorReport, streamHole } from './xdr-objects.ts';

export type CallOptions = {
  /** Stops waiting. A call already sent may still take effect on the host. The stream it opens ends with it. */
  readonly signal?: AbortSignal | undefined;
  /** Instead of the procedure's own deadline. Holds for the wait until it can be sent, and anew for the answer. */
  readonly deadlineMs?: number | undefined;
};

export type StreamProcedureName = {
  [K in ProcedureName]: Procedures[K] extends { readonly stream: string } ? K : never;
}[ProcedureName];

export type OpenedStream<N extends StreamProcedureName> = {
  readonly result: ProcedureResult<Procedures[N]>;
  readonly stream: HostStream;
};

/** Whatever can carry calls: a connection, or a session that re-dials. The typed methods are written against this. */
export type LibvirtCaller = {
  readonly call: <N extends ProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options?: CallOptions,
  ) => Promise<ProcedureResult<Procedures[N]>>;
  readonly openStream: <N extends StreamProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options?: CallOptions,
  ) => Promise<OpenedStream<N>>;
};

export type RpcChannelHooks = {
  /** An asynchronous notification; decoding it is the listener's. */
  readonly onEvent: (message: Message) => void;
  /** Something that should not be, and did not end the connection: an unknown event, a reply that does not decode. */
  readonly onProtocolProblem: (problem: LibvirtProtocolError) => void;
};

/** Calls, replies, streams and keepalive over one byte stream. Ends exactly once; every pending call then fails exactly once. */
export class RpcChannel implements LibvirtCaller {
  readonly #socket: Duplex;
  readonly #hooks: RpcChannelHooks;
  readonly #parser = new MessageParser();
  readonly #places = new CallPlaces();
  readonly #calls = new Map<number, PendingCall>();
  readonly #queued = new Set<PendingCall>();
  readonly #streams = new Map<number, HostStream>();
  readonly #pausedBy = new Set<number>();
  readonly #keepalive: Keepalive;
  readonly #ended = Promise.withResolvers<LibvirtConnectionLost>();
  #lost: LibvirtConnectionLost | undefined;
  #lastSerial = 0;
  #isCorked = false;

  constructor(socket: Duplex, policy: KeepalivePolicy, hooks: RpcChannelHooks) {
    this.#socket = socket;
    this.#hooks = hooks;
    this.#keepalive = new Keepalive(policy, {
      sendPing: () => this.#sendKeepalive(keepaliveProcedures.ping),
      dead: (silentMs) =>
        this.end(
          'keepalive-unanswered',
          `The host has been silent for ${Math.round(silentMs / 1_000)} s, keepalive included.`,
        ),
    });
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('error', (error: Error) => this.end('transport-failed', brokeWith(error), error));
    socket.on('end', () => this.#hungUp());
    socket.on('close', () => this.#hungUp());
    // One that died on its way here has told so already.
    if (socket.destroyed) this.end('transport-failed', brokeWith(socket.errored), socket.errored);
  }

  /** Settles when the channel ends, with the reason. Never rejects. */
  get ended(): Promise<LibvirtConnectionLost> {
    return this.#ended.promise;
  }

  get isAlive(): boolean {
    return this.#lost === undefined;
  }

  /** To be called once the daemon knows that this client speaks keepalive. */
  startKeepalive(): void {
    if (this.isAlive) this.#keepalive.start();
  }

  async call<N extends ProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options: CallOptions = {},
  ): Promise<ProcedureResult<Procedures[N]>> {
    const { result } = await this.#begin(name, args, options);
    return result as ProcedureResult<Procedures[N]>;
  }

  async openStream<N extends StreamProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options: CallOptions = {},
  ): Promise<OpenedStream<N>> {
    const { result, stream } = await this.#begin(name, args, options);
    if (stream === undefined) throw new Error(`${name} has no stream`);
    if (options.signal !== undefined) stream.endWith(options.signal);
    return { result: result as ProcedureResult<Procedures[N]>, stream };
  }

  /** Ends the channel, once: pending calls and streams fail with the cause, the socket is destroyed. */
  end(lossCause: ConnectionLossCause, message: string, cause?: unknown): void {
    if (this.#lost !== undefined) return;
    const lost = new LibvirtConnectionLost(message, { lossCause, effectKnown: true, cause });
    this.#lost = lost;
    this.#keepalive.stop();
    for (const call of this.#queued) call.fail(lost);
    for (const call of this.#calls.values())
      call.fail(new LibvirtConnectionLost(message, { lossCause, effectKnown: false, cause }));
    for (const stream of this.#streams.values()) stream.lost(lost);
    this.#queued.clear();
    this.#calls.clear();
    this.#streams.clear();
    this.#socket.destroy();
    this.#ended.resolve(lost);
  }

  #begin(
    name: ProcedureName,
    args: unknown,
    options: CallOptions,
  ): Promise<{ result: unknown; stream: HostStream | undefined }> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    if (options.signal?.aborted === true) return Promise.reject(options.signal.reason as Error);
    const procedure: Procedure = procedures[name];
    const call: PendingCall = new PendingCall(protocolName(name), procedure, options.deadlineMs, {
      transmit: () => this.#transmit(call, args),
      abandon: () => this.#abandoned(call),
      inFlight: () => [...this.#calls.values()].map((one) => one.words),
    });
    this.#queued.add(call);
    call.watch(options.signal);
    this.#places.enter(call.place);
    return call.answer;
  }

  #transmit(call: PendingCall, args: unknown): void {
    this.#queued.delete(call);
    const { procedure } = call;
    const header: MessageHeader = {
      program: programs[procedure.program],
      version: PROTOCOL_VERSION,
      procedure: procedure.number,
      type: messageTypes.call,
      serial: this.#nextSerial(),
      status: messageStatuses.ok,
    };
    const packet = encodeMessage(header, procedure.args, args);
    call.serial = header.serial;
    this.#calls.set(header.serial, call);
    if (procedure.stream !== undefined) {
      call.stream = new HostStream(this.#portOf(header), procedure.stream, call.title);
      this.#streams.set(header.serial, call.stream);
    }
    this.#send(packet);
  }

  /** Nobody waits for this call any more. If it was sent it keeps its place, because it keeps the daemon's. */
  #abandoned(call: PendingCall): void {
    if (this.#queued.delete(call) || !this.#calls.has(call.serial)) {
      this.#places.leave(call.place);
      return;
    }
    const abandoned = [...this.#calls.values()].filter((one) => one.isAbandoned);
    const low = abandoned.filter((one) => one.procedure.priority === 'low');
    if (low.length < placesInFlight.low && abandoned.length < placesInFlight.total) return;
    this.end(
      'host-unresponsive',
      `The host is still busy with ${abandoned.length} calls that were given up, which is all the room there is.`,
    );
  }

  #nextSerial(): number {
    do {
      this.#lastSerial = this.#lastSerial === 0xffff_ffff ? 1 : this.#lastSerial + 1;
    } while (this.#calls.has(this.#lastSerial) || this.#streams.has(this.#lastSerial));
    return this.#lastSerial;
  }

  #received(chunk: Buffer): void {
    this.#keepalive.heard();
    try {
      for (const message of this.#parser.push(chunk)) {
        if (this.#lost !== undefined) return;
        this.#dispatch(message);
      }
    } catch (error) {
      if (!(error instanceof LibvirtProtocolError)) throw error;
      this.end('protocol-violated', `The host broke libvirt's protocol: ${error.message}`, error);
    }
  }

  #dispatch(message: Message): void {
    if (message.program === programs.keepalive) {
      if (message.procedure === keepaliveProcedures.ping) this.#sendKeepalive(keepaliveProcedures.pong);
      return;
    }
    switch (message.type) {
      case messageTypes.reply:
        return this.#replied(message);
      case messageTypes.message:
        return this.#hooks.onEvent(message);
      case messageTypes.stream:
      case messageTypes.streamHole:
        return this.#streamed(message);
      case messageTypes.callWithFds:
      case messageTypes.replyWithFds:
        throw new LibvirtProtocolError(
          'the host sent file descriptors, which cannot travel over this connection',
        );
      default:
        throw new LibvirtProtocolError(`message of the unknown type ${message.type}`);
    }
  }

  #replied(message: Message): void {
    const call = this.#calls.get(message.serial);
    const title = procedureTitle(message.program, message.procedure);
    if (call === undefined)
      throw new LibvirtProtocolError(
        `an answer to ${title} with the serial ${message.serial}, which nobody asked`,
      );
    if (programs[call.procedure.program] !== message.program || call.procedure.number !== message.procedure) {
      throw new LibvirtProtocolError(`serial ${message.serial} is ${call.title}, the answer says ${title}`);
    }
    this.#calls.delete(message.serial);
    if (message.status !== messageStatuses.ok) this.#streams.delete(message.serial);
    this.#settle(call, message);
    this.#places.leave(call.place);
  }

  #settle(call: PendingCall, message: Message): void {
    try {
      if (message.status === messageStatuses.error) {
        call.fail(
          new LibvirtError(decodeWhole(errorReport, message.payload, `error of ${call.title}`), call.title),
        );
      } else if (message.status === messageStatuses.ok) {
        const result: unknown = decodeWhole(
          call.procedure.result,
          message.payload,
          `answer to ${call.title}`,
        );
        if (call.isAbandoned) call.stream?.destroy();
        call.succeed(result);
        call.stream?.handOver();
      } else {
        throw new LibvirtProtocolError(`answer to ${call.title} has the unknown status ${message.status}`);
      }
    } catch (error) {
      if (!(error instanceof LibvirtProtocolError)) throw error;
      this.#hooks.onProtocolProblem(error);
      call.stream?.destroy();
      call.fail(error);
    }
  }

  #streamed(message: Message): void {
    const stream = this.#streams.get(message.serial);
    if (stream !== undefined) return stream.accept(message);
    const title = procedureTitle(message.program, message.procedure);
    this.#hooks.onProtocolProblem(
      new LibvirtProtocolError(`a packet of ${title} for stream ${message.serial}, which is not open`),
    );
  }

  #portOf(call: MessageHeader): ConstructorParameters<typeof HostStream>[0] {
    const header = (status: number, type: number = messageTypes.stream): MessageHeader => ({
      ...call,
      type,
      status,
    });
    return {
      sendData: (bytes, flushed) =>
        this.#write(encodeRawMessage(header(messageStatuses.continue), bytes), flushed),
      sendHole: (length) =>
        this.#write(
          encodeMessage(header(messageStatuses.continue, messageTypes.streamHole), streamHole, {
            length,
            flags: 0,
          }),
        ),
      sendStatus: (status) =>
        this.#write(encodeRawMessage(header(messageStatuses[status]), new Uint8Array())),
      pauseSocket: () => {
        this.#pausedBy.add(call.serial);
        this.#socket.pause();
        this.#keepalive.hold(true);
      },
      resumeSocket: () => {
        if (!this.#pausedBy.delete(call.serial) || this.#pausedBy.size > 0) return;
        this.#socket.resume();
        this.#keepalive.hold(false);
      },
      forget: () => this.#streams.delete(call.serial),
    };
  }

  #write(packet: Buffer, flushed?: () => void): void {
    if (this.#lost !== undefined) return;
    const more = this.#send(packet);
    if (flushed === undefined) return;
    if (more) flushed();
    else this.#socket.once('drain', flushed);
  }

  /** What is asked in one turn goes out as one: a sweep asks five things at once, and a packet of SSH costs more than what is in it. */
  #send(packet: Buffer): boolean {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    return this.#socket.write(packet);
  }

  #sendKeepalive(procedure: number): void {
    const header = {
      program: programs.keepalive,
      version: PROTOCOL_VERSION,
      procedure,
      type: messageTypes.message,
      serial: 0,
      status: messageStatuses.ok,
    };
    this.#write(encodeRawMessage(header, new Uint8Array()));
  }

  #hungUp(): void {
    const cut = this.#parser.pendingBytes;
    if (cut === 0) this.end('closed-by-host', 'The host closed the connection.');
    else
      this.end(
        'protocol-violated',
        `The host closed the connection in the middle of a message (${cut} bytes of it had come).`,
      );
  }
}

function brokeWith(error: Error | null): string {
  return `The connection to the host broke: ${error?.message ?? 'it was closed at once'}`;
}
