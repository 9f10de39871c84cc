import type { Duplex } from 'node:stream';
import type { AnyCodec } from '../../platform/libvirt/xdr-codecs.ts';
import { decodeWhole } from '../../platform/libvirt/xdr-codecs.ts';
import { eventMessages } from '../../platform/libvirt/event-messages.ts';
import type { EventMessages, EventName } from '../../platform/libvirt/event-messages.ts';
import type { Encodable } from '../../platform/libvirt/xdr-codecs.ts';
import {
  encodeMessage,
  encodeRawMessage,
  keepaliveProcedures,
  messageStatuses,
  messageTypes,
  programs,
  PROTOCOL_VERSION,
} from '../../platform/libvirt/message-frame.ts';
import type { Message, MessageHeader } from '../../platform/libvirt/message-frame.ts';
import { MessageParser } from '../../platform/libvirt/message-parser.ts';
import { errorReport } from '../../platform/libvirt/xdr-objects.ts';
import { HostRefusal, reportOf } from './host-refusal.ts';
import { procedureOf, tableName } from './procedure-table.ts';
import type { Handlers, TableName } from './procedure-table.ts';
import { ServerStream } from './server-stream.ts';
import type { StreamPeer } from './server-stream.ts';

/** `max_client_requests` of libvirtd.conf: with so many in hand the daemon does not even read further from that client. */
const MAX_CLIENT_REQUESTS = 5;
/** The last procedure of libvirt 9.0's remote program; above it the daemon has never heard of a number. */
const LAST_PROCEDURE = 446;

const nothingYet: readonly TableName[] = [
  'authList',
  'connectSupportsFeature',
  'connectOpen',
  'connectClose',
];

export type EventRegistration = { readonly event: EventName; readonly about: string | null };

/** What a handler may do besides answering: open the call's stream, register for events, hang up. */
export type ServerCall = {
  readonly connection: RpcConnection;
  /** Opens the stream of this call; `peer` is told what the client sends, and starts once the answer is out. */
  openStream(peer: StreamPeer): void;
};

export type RpcConnectionOptions = {
  readonly handlers: Handlers;
  /** Waited for before each answer: how a slow host is slow. */
  readonly delay: () => Promise<void> | undefined;
  readonly closed: (connection: RpcConnection) => void;
};

/** One client of the simulated daemon: takes calls off the wire, at most five at a time, and answers them as they are done. */
export class RpcConnection {
  readonly #duplex: Duplex;
  readonly #options: RpcConnectionOptions;
  readonly #parser = new MessageParser();
  readonly #waiting: Message[] = [];
  readonly #streams = new Map<number, ServerStream>();
  readonly registrations = new Map<number, EventRegistration>();
  #nextCallback = 1;
  #inHand = 0;
  #said: Buffer[] = [];
  opened = false;

  constructor(duplex: Duplex, options: RpcConnectionOptions) {
    this.#duplex = duplex;
    this.#options = options;
    duplex.on('data', (chunk: Buffer) => this.#receive(chunk));
    duplex.on('error', () => this.close());
    duplex.on('end', () => this.close());
    duplex.on('close', () => this.#gone());
  }

  close(): void {
    if (!this.#duplex.destroyed) this.#duplex.destroy();
    this.#gone();
  }

  /** Registers and gives the number the client will know its events by. `about` is the UUID of the one object meant, or null for all. */
  register(event: EventName, about: string | null): number {
    const callback = this.#nextCallback;
    this.#nextCallback += 1;
    this.registrations.set(callback, { event, about });
    return callback;
  }

  /** Sends an event to every registration of this client that asked for it. */
  notify<Name extends EventName>(
    name: Name,
    about: string,
    payload: Omit<Encodable<EventMessages[Name]['payload']>, 'callbackID'>,
  ): void {
    for (const [callbackID, registration] of this.registrations) {
      if (registration.event !== name) continue;
      if (registration.about !== null && registration.about !== about) continue;
      const { number, payload: codec } = eventMessages[name];
      const header = headerOf(programs.remote, number, messageTypes.message, 0, messageStatuses.ok);
      this.#write(encodeMessage(header, codec as AnyCodec, { ...payload, callbackID }));
    }
  }

  #gone(): void {
    for (const stream of this.#streams.values()) stream.lost();
    this.#streams.clear();
    this.#options.closed(this);
  }

  #receive(chunk: Buffer): void {
    try {
      this.#waiting.push(...this.#parser.push(chunk));
    } catch {
      // As the daemon does with a client that does not speak the protocol: hang up.
      return this.close();
    }
    this.#work();
  }

  /** Takes messages up in order; stops reading while five calls are in hand. */
  #work(): void {
    while (this.#waiting.length > 0 && this.#inHand < MAX_CLIENT_REQUESTS) {
      const message = this.#waiting.shift();
      if (message !== undefined) this.#take(message);
    }
    if (this.#duplex.destroyed) return;
    if (this.#inHand >= MAX_CLIENT_REQUESTS) this.#duplex.pause();
    else if (this.#duplex.isPaused()) this.#duplex.resume();
  }

  #take(message: Message): void {
    if (message.program === programs.keepalive) return this.#answerKeepalive(message);
    if (message.type === messageTypes.stream || message.type === messageTypes.streamHole)
      return this.#inHandUntil(this.#streamPacket(message));
    if (message.type === messageTypes.call) return this.#inHandUntil(this.#call(message));
  }

  #inHandUntil(work: Promise<void>): void {
    this.#inHand += 1;
    void work.finally(() => {
      this.#inHand -= 1;
      this.#work();
    });
  }

  #answerKeepalive(message: Message): void {
    if (message.procedure !== keepaliveProcedures.ping) return;
    const header = headerOf(
      programs.keepalive,
      keepaliveProcedures.pong,
      messageTypes.message,
      0,
      messageStatuses.ok,
    );
    this.#write(encodeRawMessage(header, Buffer.alloc(0)));
  }

  async #streamPacket(message: Message): Promise<void> {
    await this.#streams.get(message.serial)?.receive(message);
  }

  async #call(message: Message): Promise<void> {
    const reply = { ...message, version: PROTOCOL_VERSION, type: messageTypes.reply };
    let opened: { peer: StreamPeer } | undefined;
    try {
      await this.#options.delay();
      const name = this.#known(message);
      const { args, result } = procedureOf(name);
      const answer = await this.#handle(name, decodeArguments(args, message.payload), (peer) => {
        opened = { peer };
      });
      const packet = encodeMessage({ ...reply, status: messageStatuses.ok }, result, answer);
      const stream = opened === undefined ? undefined : this.#openStream(message, opened.peer);
      this.#write(packet);
      stream?.start();
      if (name === 'connectClose') {
        this.#flush();
        this.#duplex.end();
      }
    } catch (error) {
      this.#write(encodeMessage({ ...reply, status: messageStatuses.error }, errorReport, reportOf(error)));
    }
  }

  #known(message: Message): TableName {
    const name = tableName(message.program, message.procedure);
    if (name !== undefined) return name;
    if (message.program !== programs.remote && message.program !== programs.qemu)
      throw new HostRefusal(
        'VIR_ERR_RPC',
        'VIR_FROM_RPC',
        `Cannot find program ${message.program} version ${message.version}`,
      );
    if (message.procedure < 1 || message.procedure > LAST_PROCEDURE)
      throw new HostRefusal('VIR_ERR_RPC', 'VIR_FROM_RPC', `unknown procedure: ${message.procedure}`);
    throw notSupported(`procedure ${message.procedure}`);
  }

  async #handle(name: TableName, args: unknown, openStream: (peer: StreamPeer) => void): Promise<unknown> {
    if (!this.opened && !nothingYet.includes(name))
      throw new HostRefusal('VIR_ERR_INTERNAL_ERROR', 'VIR_FROM_RPC', 'connection not open');
    const handler = this.#options.handlers[name] as
      | ((args: unknown, call: ServerCall) => unknown)
      | undefined;
    if (handler === undefined) throw notSupported(name);
    return await handler(args, { connection: this, openStream });
  }

  #openStream(message: Message, peer: StreamPeer): ServerStream {
    const { serial } = message;
    const stream = new ServerStream(
      headerOf(message.program, message.procedure, messageTypes.stream, serial, messageStatuses.ok),
      peer,
      {
        write: async (packet) => await this.#writeDrained(packet),
        closed: () => this.#streams.delete(serial),
      },
    );
    this.#streams.set(serial, stream);
    return stream;
  }

  /** What is said in one turn goes out as one, as sshd passes on what it finds: a start is its answer and three events. */
  #write(packet: Buffer): void {
    if (this.#said.length === 0) process.nextTick(() => this.#flush());
    this.#said.push(packet);
  }

  /** False where the client's side has no room for more, or is gone. */
  #flush(): boolean {
    const said = this.#said;
    this.#said = [];
    if (!this.#duplex.writable) return false;
    return said.length === 0 || this.#duplex.write(Buffer.concat(said));
  }

  /** Resolves when the client's side has room for more; at once when it is gone. */
  async #writeDrained(packet: Buffer): Promise<void> {
    this.#write(packet);
    if (this.#flush() || !this.#duplex.writable) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#duplex.off('drain', done);
        this.#duplex.off('close', done);
        resolve();
      };
      this.#duplex.on('drain', done);
      this.#duplex.on('close', done);
    });
  }
}

function headerOf(
  program: number,
  procedure: number,
  type: number,
  serial: number,
  status: number,
): MessageHeader {
  return { program, version: PROTOCOL_VERSION, procedure, type, serial, status };
}

function notSupported(what: string): HostRefusal {
  return new HostRefusal('VIR_ERR_NO_SUPPORT', 'VIR_FROM_NONE', what);
}

function decodeArguments(codec: AnyCodec, payload: Buffer): unknown {
  try {
    return decodeWhole(codec, payload, 'call');
  } catch {
    // The words of virNetMessageDecodePayload.
    throw new HostRefusal('VIR_ERR_RPC', 'VIR_FROM_RPC', 'Unable to decode message payload');
  }
}
